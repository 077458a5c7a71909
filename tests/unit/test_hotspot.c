/* SPDX-License-Identifier: MIT */
/* A JVM made by hand: its tables, a code heap with one compiled method and what was inlined. */
#include "parse/attach_protocol.h"
#include "parse/hotspot_vm.h"
#include "parse/unsigned5.h"
#include "unit.h"

#include <errno.h>

enum { SIZE = 64 << 10, BASE = 0x10000 };

struct memory {
	uint8_t bytes[SIZE];
	uint64_t next; /* where the next thing goes */
};

static size_t read_memory(void *ctx, const struct memory_piece *v, size_t n)
{
	struct memory *m = ctx;

	for (size_t i = 0; i < n; i++) {
		if (v[i].addr < BASE || v[i].addr - BASE > SIZE ||
			v[i].len > SIZE - (v[i].addr - BASE))
			return i;
		memcpy(v[i].to, m->bytes + (v[i].addr - BASE), v[i].len);
	}
	return n;
}

static void put(struct memory *m, uint64_t addr, uint64_t value, size_t bytes)
{
	memcpy(m->bytes + (addr - BASE), &value, bytes);
}

static uint64_t put_text(struct memory *m, const char *s)
{
	uint64_t at = m->next;

	memcpy(m->bytes + (at - BASE), s, strlen(s) + 1);
	m->next += (strlen(s) + 8) & ~7ull;
	return at;
}

static uint64_t room(struct memory *m, size_t n)
{
	uint64_t at = m->next;

	m->next += (n + 7) & ~7ull;
	return at;
}

/* The fields of JDK 17, with offsets of our own. */
static const struct {
	const char *type, *field;
	uint64_t offset;
} fields[] = {
	{ "CodeHeap", "_memory", 0 },
	{ "CodeHeap", "_segmap", 32 },
	{ "CodeHeap", "_log2_segment_size", 64 },
	{ "VirtualSpace", "_low_boundary", 0 },
	{ "VirtualSpace", "_high_boundary", 8 },
	{ "GrowableArrayBase", "_len", 0 },
	{ "GrowableArray<int>", "_data", 8 },
	{ "CodeBlob", "_name", 0 },
	{ "CodeBlob", "_frame_size", 8 },
	{ "CodeBlob", "_frame_complete_offset", 12 },
	{ "CodeBlob", "_code_begin", 16 },
	{ "CodeBlob", "_code_end", 24 },
	{ "CompiledMethod", "_method", 32 },
	{ "nmethod", "_compile_id", 40 },
	{ "nmethod", "_metadata_offset", 44 },
	{ "CompiledMethod", "_scopes_data_begin", 48 },
	{ "nmethod", "_scopes_pcs_offset", 56 },
	{ "nmethod", "_dependencies_offset", 60 },
	{ "PcDesc", "_pc_offset", 0 },
	{ "PcDesc", "_scope_decode_offset", 4 },
	{ "Method", "_constMethod", 8 },
	{ "ConstMethod", "_constants", 0 },
	{ "ConstMethod", "_code_size", 8 },
	{ "ConstMethod", "_flags", 10 },
	{ "ConstMethod", "_name_index", 12 },
	{ "ConstantPool", "_pool_holder", 8 },
	{ "ConstantPool", "_source_file_name_index", 16 },
	{ "Klass", "_name", 16 },
	{ "Symbol", "_body", 4 },
	{ "Symbol", "_length_and_refcount", 0 },
	{ "CodeCache", "_heaps", 0 },
	{ "Abstract_VM_Version", "_vm_major_version", 0 },
};
static const struct {
	const char *type;
	uint64_t size;
} sizes[] = { { "HeapBlock", 16 }, { "CodeHeap", 80 }, { "nmethod", 64 }, { "CodeBlob", 32 },
	{ "PcDesc", 8 }, { "ConstMethod", 16 }, { "ConstantPool", 24 } };

struct jvm {
	struct memory m;
	struct memory_reader reader;
	uint64_t symbols[HOTSPOT_N_SYMBOLS];
	uint64_t heaps, version; /* static variables */
	uint64_t heap_low, pc;
	uint64_t outer; /* Method */
	uint64_t structs;
};

static void put_symbol(struct jvm *j, enum hotspot_symbol s, uint64_t value)
{
	j->symbols[s] = room(&j->m, 8);
	put(&j->m, j->symbols[s], value, 8);
}

static void put_tables(struct jvm *j)
{
	enum { STRIDE = 40 };
	size_t n = ARRAY_LEN(fields), k = ARRAY_LEN(sizes);
	uint64_t structs = room(&j->m, (n + 1) * STRIDE), types = room(&j->m, (k + 1) * STRIDE);

	j->heaps = room(&j->m, 8);
	j->version = room(&j->m, 8);
	put(&j->m, j->version, 17, 4);
	for (size_t i = 0; i < n; i++) {
		uint64_t e = structs + i * STRIDE;
		bool heaps = strcmp(fields[i].field, "_heaps") == 0,
		     version = strcmp(fields[i].field, "_vm_major_version") == 0;

		put(&j->m, e, put_text(&j->m, fields[i].type), 8);
		put(&j->m, e + 8, put_text(&j->m, fields[i].field), 8);
		put(&j->m, e + 16, fields[i].offset, 8);
		put(&j->m, e + 24, heaps ? j->heaps : version ? j->version : 0, 8);
	}
	for (size_t i = 0; i < k; i++) {
		put(&j->m, types + i * STRIDE, put_text(&j->m, sizes[i].type), 8);
		put(&j->m, types + i * STRIDE + 8, sizes[i].size, 8);
	}
	put_symbol(j, HOTSPOT_STRUCTS, structs);
	put_symbol(j, HOTSPOT_STRUCT_STRIDE, STRIDE);
	put_symbol(j, HOTSPOT_STRUCT_TYPE, 0);
	put_symbol(j, HOTSPOT_STRUCT_FIELD, 8);
	put_symbol(j, HOTSPOT_STRUCT_OFFSET, 16);
	put_symbol(j, HOTSPOT_STRUCT_ADDRESS, 24);
	put_symbol(j, HOTSPOT_TYPES, types);
	put_symbol(j, HOTSPOT_TYPE_STRIDE, STRIDE);
	put_symbol(j, HOTSPOT_TYPE_NAME, 0);
	put_symbol(j, HOTSPOT_TYPE_SIZE, 8);
	j->structs = structs;
}

static uint64_t put_vm_symbol(struct jvm *j, const char *s)
{
	uint64_t at = room(&j->m, 4 + strlen(s) + 1);

	put(&j->m, at + 2, strlen(s), 2);
	memcpy(j->m.bytes + (at + 4 - BASE), s, strlen(s));
	return at;
}

/* bytecode of 20 bytes; lines: 0 -> 10, 8 -> 12 */
static uint64_t put_method(struct jvm *j, const char *class_name, const char *name)
{
	uint64_t klass = room(&j->m, 24), pool = room(&j->m, 24 + 8 * 3), method = room(&j->m, 16),
		 cm = room(&j->m, 16 + 20 + 16);
	static const uint8_t lines[] = { 0xff, 0, 20, 8 << 3 | 2, 0 };

	put(&j->m, klass + 16, put_vm_symbol(j, class_name), 8);
	put(&j->m, pool + 8, klass, 8);
	put(&j->m, pool + 16, 2, 2);
	put(&j->m, pool + 24 + 8, put_vm_symbol(j, name), 8);
	put(&j->m, pool + 24 + 16, put_vm_symbol(j, "Shop.java"), 8);
	put(&j->m, cm, pool, 8);
	put(&j->m, cm + 8, 20, 2);
	put(&j->m, cm + 10, 1, 1);
	put(&j->m, cm + 12, 1, 2);
	memcpy(j->m.bytes + (cm + 16 + 20 - BASE), lines, sizeof(lines));
	put(&j->m, method + 8, cm, 8);
	return method;
}

static void put_code(struct jvm *j)
{
	enum { SEGMENT = 128, HEADER = 16 };
	uint64_t array = room(&j->m, 16), list = room(&j->m, 8), heap = room(&j->m, 80),
		 segmap = room(&j->m, 64);
	uint64_t inner = put_method(j, "a/Shop$Cart", "add");

	j->outer = put_method(j, "a/Shop", "fill");
	j->heap_low = room(&j->m, 8 * SEGMENT);
	put(&j->m, j->heaps, array, 8);
	put(&j->m, array, 1, 4);
	put(&j->m, array + 8, list, 8);
	put(&j->m, list, heap, 8);
	put(&j->m, heap, j->heap_low, 8);
	put(&j->m, heap + 8, j->heap_low + 8 * SEGMENT, 8);
	put(&j->m, heap + 32, segmap, 8);
	put(&j->m, heap + 40, segmap + 8, 8);
	put(&j->m, heap + 64, 7, 4);
	memcpy(j->m.bytes + (segmap - BASE), "\xff\0\1\2\3\xff\xff\xff", 8);

	uint64_t blob = j->heap_low + SEGMENT + HEADER, code = blob + 64, meta = code + 64,
		 scopes = meta + 16, pcs = scopes + 16;

	put(&j->m, blob, put_text(&j->m, "nmethod"), 8);
	put(&j->m, blob + 8, 4, 4);
	put(&j->m, blob + 12, 6, 2);
	put(&j->m, blob + 16, code, 8);
	put(&j->m, blob + 24, code + 64, 8);
	put(&j->m, blob + 32, j->outer, 8);
	put(&j->m, blob + 40, 77, 4);
	put(&j->m, blob + 44, meta - blob, 4);
	put(&j->m, blob + 48, scopes, 8);
	put(&j->m, blob + 56, pcs - blob, 4);
	put(&j->m, blob + 60, pcs + 24 - blob, 4);
	put(&j->m, meta, j->outer, 8);
	put(&j->m, meta + 8, inner, 8);
	/* at 1: outermost, method 1, bci 9; at 4: called from 1, method 2, bci 0 */
	memcpy(j->m.bytes + (scopes - BASE), "\x63\0\1\x0a\1\2\1", 7);
	put(&j->m, pcs, 0xffffffff, 4);
	put(&j->m, pcs + 8, 20, 4);
	put(&j->m, pcs + 12, 1, 4);
	put(&j->m, pcs + 16, 40, 4);
	put(&j->m, pcs + 20, 4, 4);
	j->pc = code;
}

static int setup(void **state)
{
	struct jvm *j = calloc(1, sizeof(*j));

	j->m.next = BASE + 64;
	j->reader = (struct memory_reader){ .ctx = &j->m, .read = read_memory };
	put_tables(j);
	put_code(j);
	*state = j;
	return j->m.next < BASE + SIZE ? 0 : -1;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

static void test_walk(void **state)
{
	struct jvm *j = *state;
	struct hotspot_layout l;
	struct hotspot_frame f[HOTSPOT_MAX_INLINE];
	struct hotspot_blob b;
	struct strtab names;
	struct hotspot h;

	strtab_init(&names);
	assert_int_equal(hotspot_layout_read(&l, &j->reader, j->symbols, NULL), 0);
	assert_int_equal(l.version, 17);
	hotspot_init(&h, &j->reader, &l, &names);
	assert_true(hotspot_heaps_read(&h));
	assert_true(hotspot_is_code(&h, j->pc));
	assert_false(hotspot_is_code(&h, j->heap_low - 1));
	assert_false(hotspot_blob_find(&h, j->heap_low + 8, &b)); /* free */
	assert_true(hotspot_blob_find(&h, j->pc + 40, &b));
	assert_int_equal(b.kind, HOTSPOT_COMPILED);
	assert_int_equal(b.frame_bytes, 32);
	assert_int_equal(b.compile_id, 77);

	/* exactly at a call, and before it: the next one counts */
	for (uint64_t at = 40; at >= 30; at -= 10) {
		assert_int_equal(hotspot_compiled_frames(&h, &b, j->pc + at, f), 2);
		assert_string_equal(strtab_get(&names, f[0].function), "a.Shop$Cart.add");
		assert_string_equal(strtab_get(&names, f[0].file), "a/Shop.java");
		assert_int_equal(f[0].line, 10);
		assert_string_equal(strtab_get(&names, f[1].function), "a.Shop.fill");
		assert_int_equal(f[1].line, 12);
		assert_int_equal(f[1].decl_line, 10);
	}
	assert_int_equal(hotspot_compiled_frames(&h, &b, j->pc + 20, f), 1);
	assert_string_equal(strtab_get(&names, f[0].function), "a.Shop.fill");

	assert_true(hotspot_blob_same(&h, &b));
	put(&j->m, b.addr + 40, 78, 4); /* thrown away, another one in its place */
	assert_false(hotspot_blob_same(&h, &b));
	hotspot_done(&h);
	strtab_done(&names);
}

static void test_torn(void **state)
{
	struct jvm *j = *state;
	struct hotspot_layout l;
	struct err err = { 0 };
	uint64_t name;

	/* a field that every version has is missing */
	memcpy(&name, j->m.bytes + (j->structs + 8 - BASE), 8);
	j->m.bytes[name - BASE + 1] = 'x';
	assert_int_equal(hotspot_layout_read(&l, &j->reader, j->symbols, &err), -ENOTSUP);
	assert_non_null(strstr(err.msg, "_memory"));
	/* memory that cannot be read is a JVM that has not begun */
	for (int i = 0; i < HOTSPOT_N_SYMBOLS; i++)
		j->symbols[i] = 8;
	assert_int_equal(hotspot_layout_read(&l, &j->reader, j->symbols, NULL), -EAGAIN);
}

static void test_bent(void **state)
{
	struct jvm *j = *state, *bent = malloc(sizeof(*bent));
	uint32_t seed = 7;

	/* whatever a byte says, the walk ends and reads nothing outside */
	for (int round = 0; round < 3000; round++) {
		struct hotspot_frame f[HOTSPOT_MAX_INLINE];
		struct hotspot_layout l;
		struct hotspot_blob b;
		struct strtab names;
		struct hotspot h;

		memcpy(bent, j, sizeof(*bent));
		bent->reader.ctx = &bent->m;
		for (int k = 0; k < 4; k++) {
			seed = seed * 1664525u + 1013904223u;
			bent->m.bytes[(seed >> 8) % (j->m.next - BASE)] ^=
				(uint8_t)(1u << (seed & 7));
		}
		if (hotspot_layout_read(&l, &bent->reader, bent->symbols, NULL) < 0)
			continue;
		strtab_init(&names);
		hotspot_init(&h, &bent->reader, &l, &names);
		if (hotspot_heaps_read(&h) && hotspot_blob_find(&h, bent->pc + 40, &b))
			assert_true(hotspot_compiled_frames(&h, &b, bent->pc + 40, f) <=
				HOTSPOT_MAX_INLINE);
		hotspot_done(&h);
		strtab_done(&names);
	}
	free(bent);
}

static void test_unsigned5(void **state)
{
	static const struct {
		uint8_t bytes[5];
		size_t n;
		uint8_t excluded;
		uint32_t value;
	} cases[] = {
		{ { 0 }, 1, 0, 0 },
		{ { 191 }, 1, 0, 191 },
		{ { 192, 0 }, 2, 0, 192 },
		{ { 255, 3 }, 2, 0, 255 + 3 * 64 },
		{ { 1 }, 1, 1, 0 },
		{ { 192, 1 }, 2, 1, 191 },
		{ { 193, 2 }, 2, 1, 192 + 64 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct unsigned5 u = { .in = cursor_of(span_of(cases[i].bytes, cases[i].n), 0),
			.excluded = cases[i].excluded };

		assert_int_equal(unsigned5_read(&u), cases[i].value);
		assert_false(u.in.bad);
		assert_int_equal(u.in.at, cases[i].n);
	}
	struct unsigned5 zero = { .in = cursor_of(span_of("\0", 1), 0), .excluded = 1 };

	unsigned5_read(&zero);
	assert_true(zero.in.bad);
}

static void test_answers(void **state)
{
	static const struct {
		const char *answer;
		int r;
		const char *text; /* of the answer, or in the error */
	} cases[] = {
		{ "0\nJDK 17\n", 0, "JDK 17\n" },
		{ "0\n", 0, "" },
		{ "", -EPROTO, "without an answer" },
		{ "1\njava.lang.X: no\n", -EREMOTEIO, "java.lang.X: no" },
		{ "-1\n\nbad\x01thing\n", -EREMOTEIO, "bad thing" },
		{ "101\n", -EREMOTEIO, "no reason" },
		{ "0\nCould not start recording\n", -EREMOTEIO, "Could not start" },
		{ "HTTP/1.1 400\n", -EPROTO, "not a JVM" },
		{ "99999999999999999999\n", -EPROTO, "not a JVM" },
	};
	_cleanup_(buf_done) struct buf request = { 0 };
	char longest[2000] = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err err = { 0 };
		struct span text = { 0 };

		assert_int_equal(
			attach_answer_parse(span_str(cases[i].answer), &text, &err), cases[i].r);
		if (cases[i].r == 0)
			assert_true(span_eq(text, cases[i].text));
		else
			assert_non_null(strstr(err.msg, cases[i].text));
	}
	assert_int_equal(attach_request_jcmd(&request, "JFR.check", NULL), 0);
	assert_int_equal(request.n, 2 + 5 + 10 + 2);
	assert_memory_equal(request.p, "1\0jcmd\0JFR.check\0\0\0", 19);
	memset(longest, 'x', sizeof(longest) - 1);
	assert_int_equal(attach_request_jcmd(&request, longest, NULL), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_walk, setup, teardown),
		cmocka_unit_test_setup_teardown(test_torn, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bent, setup, teardown),
		cmocka_unit_test(test_unsigned5),
		cmocka_unit_test(test_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
