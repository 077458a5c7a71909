/* SPDX-License-Identifier: MIT */
/* Offsets of CPython's structures. */
#include "parse/python_layout.h"

#include "base/compiler.h"

#include <errno.h>

#define NONE PYTHON_NONE

/* Fields that are the same in every version; ob_type of a plain object, ob_size of a variable one.
 */
#define COMMON                                                                               \
	.entry_owner = 3, .ob_type = 8, .type_name = 24, .bytes_size = 16, .bytes_data = 32, \
	.text_length = 16, .text_state = 32, .frame_tlbc = NONE, .code_tlbc = NONE

/*
 * offsetof() on the internal headers of 3.8.18, 3.9.18, 3.10.13, 3.11.7 and 3.12.1. Up to 3.10
 * a frame is an object of its own (PyFrameObject); 3.11 brought frames on a data stack.
 */
static const struct python_layout fixed[] = {
	{ COMMON, .minor = 8, .interpreters_head = 32, .runtime_gil_holder = 1160,
		.runtime_gil_locked = 1168, .interp_next = 0, .interp_threads = 8,
		.interp_gil = NONE, .ts_size = 264, .ts_prev = 0, .ts_next = 8, .ts_interp = 16,
		.ts_frame = 24, .ts_cframe = NONE, .ts_thread_id = 176, .ts_native_id = NONE,
		.ts_datastack = NONE, .frame_size = 120, .frame_previous = 24, .frame_code = 32,
		.frame_instr = 104, .frame_owner = NONE, .frame_is_entry = NONE, .code_size = 176,
		.code_filename = 104, .code_name = 112, .code_qualname = NONE,
		.code_first_line = 40, .code_lines = 120, .code_bytes = 48, .text_ascii = 48,
		.text_compact = 72 },
	{ COMMON, .minor = 9, .interpreters_head = 32, .runtime_gil_holder = 360,
		.runtime_gil_locked = 368, .interp_next = 0, .interp_threads = 8,
		.interp_gil = NONE, .ts_size = 264, .ts_prev = 0, .ts_next = 8, .ts_interp = 16,
		.ts_frame = 24, .ts_cframe = NONE, .ts_thread_id = 176, .ts_native_id = NONE,
		.ts_datastack = NONE, .frame_size = 120, .frame_previous = 24, .frame_code = 32,
		.frame_instr = 104, .frame_owner = NONE, .frame_is_entry = NONE, .code_size = 176,
		.code_filename = 104, .code_name = 112, .code_qualname = NONE,
		.code_first_line = 40, .code_lines = 120, .code_bytes = 48, .text_ascii = 48,
		.text_compact = 72 },
	{ COMMON, .minor = 10, .interpreters_head = 32, .runtime_gil_holder = 360,
		.runtime_gil_locked = 368, .interp_next = 0, .interp_threads = 8,
		.interp_gil = NONE, .ts_size = 280, .ts_prev = 0, .ts_next = 8, .ts_interp = 16,
		.ts_frame = 24, .ts_cframe = NONE, .ts_thread_id = 176, .ts_native_id = NONE,
		.ts_datastack = NONE, .frame_size = 112, .frame_previous = 24, .frame_code = 32,
		.frame_instr = 96, .frame_owner = NONE, .frame_is_entry = NONE, .code_size = 176,
		.code_filename = 104, .code_name = 112, .code_qualname = NONE,
		.code_first_line = 40, .code_lines = 120, .code_bytes = 48, .text_ascii = 48,
		.text_compact = 72 },
	{ COMMON, .minor = 11, .interpreters_head = 40, .runtime_gil_holder = 368,
		.runtime_gil_locked = 376, .interp_next = 0, .interp_threads = 16,
		.interp_gil = NONE, .ts_size = 360, .ts_prev = 0, .ts_next = 8, .ts_interp = 16,
		.ts_frame = NONE, .ts_cframe = 56, .cframe_frame = 8, .ts_thread_id = 152,
		.ts_native_id = 160, .ts_datastack = 296, .frame_size = 80, .frame_previous = 48,
		.frame_code = 32, .frame_instr = 56, .frame_owner = 69, .frame_is_entry = 68,
		.code_size = 192, .code_filename = 112, .code_name = 120, .code_qualname = 128,
		.code_first_line = 72, .code_lines = 136, .code_bytes = 184, .text_ascii = 48,
		.text_compact = 72 },
	{ COMMON, .minor = 12, .interpreters_head = 40, .runtime_gil_holder = NONE,
		.runtime_gil_locked = NONE, .interp_next = 0, .interp_threads = 72,
		.interp_gil = 384, .gil_holder = 8, .gil_locked = 16, .ts_size = 288, .ts_prev = 0,
		.ts_next = 8, .ts_interp = 16, .ts_frame = NONE, .ts_cframe = 56, .cframe_frame = 0,
		.ts_thread_id = 136, .ts_native_id = 144, .ts_datastack = 232, .frame_size = 80,
		.frame_previous = 8, .frame_code = 0, .frame_instr = 56, .frame_owner = 70,
		.frame_is_entry = NONE, .code_size = 200, .code_filename = 112, .code_name = 120,
		.code_qualname = 128, .code_first_line = 68, .code_lines = 136, .code_bytes = 192,
		.text_ascii = 40, .text_compact = 56 },
};

int python_layout_fixed(unsigned minor, struct python_layout *ret, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(fixed); i++) {
		if (fixed[i].minor == minor) {
			*ret = fixed[i];
			return 0;
		}
	}
	return fail(err, ENOTSUP, "no structure offsets are known for Python 3.%u", minor);
}

/*
 * ---- _Py_DebugOffsets (Include/internal/pycore_debug_offsets.h)
 * ---------------------------------- A cookie, the version, free_threaded, then 64-bit offsets
 * only. Their order per minor version, up to the last one that is needed; `SKIP` is one that is
 * not.
 */
enum slot {
	SKIP,
	RUNTIME_SIZE,
	INTERPRETERS_HEAD,
	INTERP_SIZE,
	INTERP_NEXT,
	INTERP_THREADS,
	INTERP_GIL,
	INTERP_OWN_GIL,
	GIL_LOCKED,
	GIL_HOLDER,
	TS_SIZE,
	TS_PREV,
	TS_NEXT,
	TS_INTERP,
	TS_FRAME,
	TS_THREAD_ID,
	TS_NATIVE_ID,
	TS_DATASTACK,
	FRAME_SIZE,
	FRAME_PREVIOUS,
	FRAME_CODE,
	FRAME_INSTR,
	FRAME_OWNER,
	FRAME_TLBC,
	CODE_SIZE,
	CODE_FILENAME,
	CODE_NAME,
	CODE_QUALNAME,
	CODE_LINES,
	CODE_FIRST_LINE,
	CODE_BYTES,
	CODE_TLBC,
	OBJECT_TYPE,
	TYPE_NAME,
	BYTES_SIZE,
	BYTES_DATA,
	TEXT_STATE,
	TEXT_LENGTH,
	TEXT_ASCII,
	N_SLOTS,
};

#define RUNTIME RUNTIME_SIZE, SKIP, INTERPRETERS_HEAD
#define GIL INTERP_GIL, INTERP_OWN_GIL, SKIP, GIL_LOCKED, GIL_HOLDER
#define TS_HEAD TS_SIZE, TS_PREV, TS_NEXT, TS_INTERP, TS_FRAME
#define TS_IDS TS_THREAD_ID, TS_NATIVE_ID, TS_DATASTACK, SKIP /* status */
#define FRAME FRAME_SIZE, FRAME_PREVIOUS, FRAME_CODE, FRAME_INSTR, SKIP, FRAME_OWNER
#define CODE                                                                                   \
	CODE_SIZE, CODE_FILENAME, CODE_NAME, CODE_QUALNAME, CODE_LINES, CODE_FIRST_LINE, SKIP, \
		SKIP, SKIP, CODE_BYTES
#define SKIP3 SKIP, SKIP, SKIP
#define TUPLE_LIST SKIP3, SKIP3
#define SET SKIP3, SKIP
#define DICT_FLOAT_LONG SKIP3, SKIP, SKIP, SKIP3
#define BYTES SKIP, BYTES_SIZE, BYTES_DATA
#define TEXT SKIP, TEXT_STATE, TEXT_LENGTH, TEXT_ASCII

static const uint8_t slots_13[] = { RUNTIME, INTERP_SIZE, SKIP, INTERP_NEXT, INTERP_THREADS, SKIP3,
	SKIP, GIL, TS_HEAD, TS_IDS, FRAME, CODE, SKIP, OBJECT_TYPE, SKIP, TYPE_NAME, SKIP, SKIP,
	TUPLE_LIST, DICT_FLOAT_LONG, BYTES, TEXT };
static const uint8_t slots_14[] = { RUNTIME, INTERP_SIZE, SKIP, INTERP_NEXT, INTERP_THREADS, SKIP,
	SKIP3, SKIP, GIL, SKIP, SKIP, TS_HEAD, TS_IDS, FRAME, SKIP, FRAME_TLBC, CODE, CODE_TLBC,
	SKIP, OBJECT_TYPE, SKIP, TYPE_NAME, SKIP, SKIP, TUPLE_LIST, SET, DICT_FLOAT_LONG, BYTES,
	TEXT };
static const uint8_t slots_15[] = { RUNTIME, INTERP_SIZE, SKIP, INTERP_NEXT, INTERP_THREADS, SKIP,
	SKIP3, SKIP, GIL, SKIP, SKIP, TS_HEAD, SKIP3, TS_IDS, SKIP3, SKIP, SKIP /* err_stackitem */,
	FRAME, SKIP, FRAME_TLBC, CODE, CODE_TLBC, SKIP, OBJECT_TYPE, SKIP, TYPE_NAME, SKIP3, SKIP,
	SKIP, SKIP /* heap_type_object */, TUPLE_LIST, SET, DICT_FLOAT_LONG, BYTES, TEXT };

struct table {
	uint8_t minor;
	const uint8_t *slots;
	size_t n;
};

static const struct table tables[] = {
	{ 13, slots_13, ARRAY_LEN(slots_13) },
	{ 14, slots_14, ARRAY_LEN(slots_14) },
	{ 15, slots_15, ARRAY_LEN(slots_15) },
};

/* Of what a table says: a field must lie inside its structure, that inside our ceiling. */
struct bound {
	uint8_t field, size_field, width;
	uint16_t ceiling; /* 0: one for big structures */
};

static const struct bound bounds[] = {
	{ INTERPRETERS_HEAD, RUNTIME_SIZE, 8, 0 },
	{ INTERP_NEXT, INTERP_SIZE, 8, 0 },
	{ INTERP_THREADS, INTERP_SIZE, 8, 0 },
	{ INTERP_GIL, INTERP_SIZE, 8, 0 },
	{ INTERP_OWN_GIL, INTERP_SIZE, 8, 0 },
	{ GIL_LOCKED, INTERP_SIZE, 4, 0 },
	{ GIL_HOLDER, INTERP_SIZE, 8, 0 },
	{ TS_PREV, TS_SIZE, 8, PYTHON_MAX_THREAD_STATE },
	{ TS_NEXT, TS_SIZE, 8, PYTHON_MAX_THREAD_STATE },
	{ TS_INTERP, TS_SIZE, 8, PYTHON_MAX_THREAD_STATE },
	{ TS_FRAME, TS_SIZE, 8, PYTHON_MAX_THREAD_STATE },
	{ TS_THREAD_ID, TS_SIZE, 8, PYTHON_MAX_THREAD_STATE },
	{ TS_NATIVE_ID, TS_SIZE, 8, PYTHON_MAX_THREAD_STATE },
	{ TS_DATASTACK, TS_SIZE, 8, PYTHON_MAX_THREAD_STATE },
	{ FRAME_PREVIOUS, FRAME_SIZE, 8, PYTHON_MAX_FRAME },
	{ FRAME_CODE, FRAME_SIZE, 8, PYTHON_MAX_FRAME },
	{ FRAME_INSTR, FRAME_SIZE, 8, PYTHON_MAX_FRAME },
	{ FRAME_OWNER, FRAME_SIZE, 1, PYTHON_MAX_FRAME },
	{ FRAME_TLBC, FRAME_SIZE, 4, PYTHON_MAX_FRAME },
	{ CODE_FILENAME, CODE_SIZE, 8, PYTHON_MAX_CODE },
	{ CODE_NAME, CODE_SIZE, 8, PYTHON_MAX_CODE },
	{ CODE_QUALNAME, CODE_SIZE, 8, PYTHON_MAX_CODE },
	{ CODE_LINES, CODE_SIZE, 8, PYTHON_MAX_CODE },
	{ CODE_FIRST_LINE, CODE_SIZE, 4, PYTHON_MAX_CODE },
	{ CODE_BYTES, CODE_SIZE, 1, PYTHON_MAX_CODE },
	{ CODE_TLBC, CODE_SIZE, 8, PYTHON_MAX_CODE },
	{ OBJECT_TYPE, SKIP, 8, 64 },
	{ TYPE_NAME, SKIP, 8, 64 },
	{ BYTES_SIZE, SKIP, 8, 64 },
	{ BYTES_DATA, SKIP, 1, 64 },
	{ TEXT_STATE, SKIP, 4, 64 },
	{ TEXT_LENGTH, SKIP, 8, 64 },
	{ TEXT_ASCII, SKIP, 1, 64 },
};

static const uint64_t MAX_STRUCTURE = 16 << 20;

static bool in_bounds(const uint64_t v[N_SLOTS], const struct bound *b)
{
	uint64_t ceiling = b->ceiling ? b->ceiling : MAX_STRUCTURE, size = ceiling;

	if (b->size_field)
		size = v[b->size_field];
	if (size == 0 || size > ceiling || v[b->field] > size ||
		(b->width > 1 && size - v[b->field] < b->width))
		return false;
	/* a structure's end is where instructions or characters begin */
	return b->width == 1 || v[b->field] % b->width == 0;
}

static bool two_fields_at_once(const uint64_t v[N_SLOTS])
{
	return v[FRAME_PREVIOUS] == v[FRAME_CODE] || v[FRAME_PREVIOUS] == v[FRAME_INSTR] ||
		v[FRAME_CODE] == v[FRAME_INSTR] || v[TS_NEXT] == v[TS_INTERP] ||
		v[TS_NEXT] == v[TS_FRAME] || v[CODE_FILENAME] == v[CODE_QUALNAME] ||
		v[CODE_FILENAME] == v[CODE_LINES];
}

static void fill(const uint64_t v[N_SLOTS], struct python_layout *l)
{
	l->interpreters_head = (uint32_t)v[INTERPRETERS_HEAD];
	l->runtime_gil_holder = l->runtime_gil_locked = NONE;
	l->interp_next = (uint32_t)v[INTERP_NEXT];
	l->interp_threads = (uint32_t)v[INTERP_THREADS];
	l->interp_gil = (uint32_t)v[INTERP_GIL];
	l->gil_holder = (uint32_t)(v[GIL_HOLDER] - v[INTERP_OWN_GIL]);
	l->gil_locked = (uint32_t)(v[GIL_LOCKED] - v[INTERP_OWN_GIL]);
	l->ts_size = (uint16_t)v[TS_SIZE];
	l->ts_prev = (uint16_t)v[TS_PREV];
	l->ts_next = (uint16_t)v[TS_NEXT];
	l->ts_interp = (uint16_t)v[TS_INTERP];
	l->ts_frame = (uint16_t)v[TS_FRAME];
	l->ts_cframe = NONE;
	l->ts_thread_id = (uint16_t)v[TS_THREAD_ID];
	l->ts_native_id = (uint16_t)v[TS_NATIVE_ID];
	l->ts_datastack = (uint16_t)v[TS_DATASTACK];
	l->frame_size = (uint16_t)v[FRAME_SIZE];
	l->frame_previous = (uint16_t)v[FRAME_PREVIOUS];
	l->frame_code = (uint16_t)v[FRAME_CODE];
	l->frame_instr = (uint16_t)v[FRAME_INSTR];
	l->frame_owner = (uint16_t)v[FRAME_OWNER];
	l->frame_is_entry = NONE;
	l->code_size = (uint16_t)v[CODE_SIZE];
	l->code_filename = (uint16_t)v[CODE_FILENAME];
	l->code_name = (uint16_t)v[CODE_NAME];
	l->code_qualname = (uint16_t)v[CODE_QUALNAME];
	l->code_lines = (uint16_t)v[CODE_LINES];
	l->code_first_line = (uint16_t)v[CODE_FIRST_LINE];
	l->code_bytes = (uint16_t)v[CODE_BYTES];
	l->ob_type = (uint16_t)v[OBJECT_TYPE];
	l->type_name = (uint16_t)v[TYPE_NAME];
	l->bytes_size = (uint16_t)v[BYTES_SIZE];
	l->bytes_data = (uint16_t)v[BYTES_DATA];
	l->text_state = (uint16_t)v[TEXT_STATE];
	l->text_length = (uint16_t)v[TEXT_LENGTH];
	l->text_ascii = (uint16_t)v[TEXT_ASCII];
	/* PyCompactUnicodeObject adds utf8_length and utf8 */
	l->text_compact = (uint16_t)(v[TEXT_ASCII] + 16);
	l->frame_tlbc = l->free_threaded && v[FRAME_TLBC] ? (uint16_t)v[FRAME_TLBC] : NONE;
	l->code_tlbc = l->free_threaded && v[CODE_TLBC] ? (uint16_t)v[CODE_TLBC] : NONE;
}

int python_layout_table(struct span table, struct python_layout *ret, struct err *err)
{
	struct cursor c = cursor_of(table, 8);
	uint64_t v[N_SLOTS] = { 0 }, version = cursor_u64(&c), free_threaded = cursor_u64(&c);
	const struct table *t = NULL;

	if (c.bad || !span_starts(table, "xdebugpy"))
		return fail(err, ENODATA, "the interpreter carries no table of its offsets");
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		if (version >> 16 == (0x300 | tables[i].minor))
			t = &tables[i];
	if (!t || version > UINT32_MAX)
		return fail(err, ENOTSUP, "Python %u.%u is newer than the versions known here",
			(unsigned)(version >> 24 & 0xff), (unsigned)(version >> 16 & 0xff));
	for (size_t i = 0; i < t->n; i++)
		v[t->slots[i]] = cursor_u64(&c);
	if (c.bad)
		return fail(err, EBADMSG, "the interpreter's table of offsets is cut short");
	for (size_t i = 0; i < ARRAY_LEN(bounds); i++)
		if (!in_bounds(v, &bounds[i]))
			return fail(err, EBADMSG,
				"the interpreter's table of offsets says what cannot be (entry %u)",
				(unsigned)bounds[i].field);
	if (two_fields_at_once(v) || v[GIL_HOLDER] < v[INTERP_OWN_GIL] ||
		v[GIL_LOCKED] < v[INTERP_OWN_GIL])
		return fail(err, EBADMSG, "the interpreter's table of offsets contradicts itself");
	*ret = (struct python_layout){ .minor = t->minor,
		.free_threaded = free_threaded == 1,
		.tagged = t->minor >= 14,
		.entry_owner = 3 };
	fill(v, ret);
	return 0;
}
