/* SPDX-License-Identifier: MIT */
/* CPython's structures in a made-up memory, its own tables of offsets, its line tables. */
#include "base/file.h"
#include "parse/python_lines.h"
#include "parse/python_object.h"
#include "parse/python_stack.h"
#include "python_line_cases.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>

/* ---- line tables ---- */

static void test_lines(void **state)
{
#define CASE(m)                                                               \
	{                                                                     \
		m, table_##m, sizeof(table_##m), lines_##m, sizeof(lines_##m) \
	}
	static const struct {
		unsigned minor;
		const uint8_t *table;
		size_t table_n;
		const uint8_t *lines;
		size_t n;
	} cases[] = { CASE(8), CASE(9), CASE(10), CASE(11), CASE(12), CASE(13), CASE(14),
		CASE(15) };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		for (size_t unit = 0; unit < cases[i].n; unit++)
			assert_int_equal(
				python_line(cases[i].minor,
					span_of(cases[i].table, cases[i].table_n), 2, 2 * unit),
				cases[i].lines[unit]);
#undef CASE
}

static void test_lines_cut(void **state)
{
	/* every prefix gives an answer and reads nothing behind it (sanitizers watch) */
	for (size_t n = 0; n <= sizeof(table_13); n++)
		for (uint64_t at = 0; at < 300; at += 2)
			python_line(13, span_of(table_13, n), 2, at);
	assert_int_equal(python_line(11, span_of("\x00", 1), 1, 0), 0);
	assert_int_equal(python_line(11, span_of(NULL, 0), 1, 0), 0);
}

/* ---- the interpreter's own table ---- */

static struct span table_of(unsigned minor, struct buf *b)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/python/table-3.%u",
		getenv("PERF_OPS_SOURCE"), minor);
	assert_int_equal(file_read(path, 1 << 16, b, NULL), 0);
	return span_from(buf_span(b), 2);
}

static void test_table(void **state)
{
	/* offsetof() on the headers of 3.13.0, 3.14.8 and 3.15.0 */
	static const struct {
		unsigned minor, native_id, datastack, owner, code_bytes, first_line;
	} cases[] = { { 13, 160, 232, 70, 200, 68 }, { 14, 160, 232, 74, 208, 68 },
		{ 15, 184, 256, 74, 208, 68 } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_(buf_done) struct buf b = { 0 };
		struct python_layout l;

		assert_int_equal(python_layout_table(table_of(cases[i].minor, &b), &l, NULL), 0);
		assert_int_equal(l.minor, cases[i].minor);
		assert_int_equal(l.tagged, cases[i].minor >= 14);
		assert_int_equal(l.ts_native_id, cases[i].native_id);
		assert_int_equal(l.ts_datastack, cases[i].datastack);
		assert_int_equal(l.ts_frame, 72);
		assert_int_equal(l.frame_previous, 8);
		assert_int_equal(l.frame_code, 0);
		assert_int_equal(l.frame_instr, 56);
		assert_int_equal(l.frame_owner, cases[i].owner);
		assert_int_equal(l.code_filename, 112);
		assert_int_equal(l.code_qualname, 128);
		assert_int_equal(l.code_lines, 136);
		assert_int_equal(l.code_bytes, cases[i].code_bytes);
		assert_int_equal(l.code_first_line, cases[i].first_line);
		assert_int_equal(l.text_ascii, 40);
		assert_int_equal(l.text_compact, 56);
		assert_int_equal(l.bytes_data, 32);
		assert_int_equal(l.gil_holder, 8);
		assert_int_equal(l.gil_locked, 16);
	}
}

static void test_table_hostile(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	struct span t = table_of(14, &b);
	struct python_layout l;
	uint8_t bad[PYTHON_TABLE_BYTES];

	for (size_t n = 0; n < 24; n++)
		assert_true(python_layout_table(span_sub(t, 0, n), &l, NULL) < 0);
	/* no offset may be far outside, whichever it is; some are not used and may be anything */
	for (size_t at = 24; at + 8 <= 700; at += 8) {
		memcpy(bad, t.p, sizeof(bad));
		memset(bad + at, 0xff, 8);
		int r = python_layout_table(span_of(bad, sizeof(bad)), &l, NULL);

		assert_true(r == 0 || r == -EBADMSG);
		if (r == 0)
			assert_true(l.ts_size <= PYTHON_MAX_THREAD_STATE &&
				l.frame_size <= PYTHON_MAX_FRAME && l.code_size <= PYTHON_MAX_CODE);
	}
	memcpy(bad, t.p, sizeof(bad));
	bad[10] = 99; /* 3.99 */
	assert_int_equal(python_layout_table(span_of(bad, sizeof(bad)), &l, NULL), -ENOTSUP);
	bad[0] = 'y';
	assert_int_equal(python_layout_table(span_of(bad, sizeof(bad)), &l, NULL), -ENODATA);
	assert_int_equal(python_layout_fixed(7, &l, NULL), -ENOTSUP);
	assert_int_equal(python_layout_fixed(13, &l, NULL), -ENOTSUP);
}

/* ---- a made-up process ---- */

enum { BASE = 0x100000, ROOM = 1 << 16 };

struct world {
	uint8_t bytes[ROOM];
	size_t used;
	struct memory_reader reader;
	struct python_layout l;
};

static size_t read_world(void *ctx, const struct memory_piece *v, size_t n)
{
	const struct world *w = ctx;

	for (size_t i = 0; i < n; i++) {
		struct span s = span_sub(span_of(w->bytes, ROOM), v[i].addr - BASE, v[i].len);

		if (v[i].addr < BASE || s.n != v[i].len)
			return i;
		memcpy(v[i].to, s.p, s.n);
	}
	return n;
}

static void world_init(struct world *w, unsigned minor)
{
	*w = (struct world){ 0 };
	w->reader = (struct memory_reader){ .ctx = w, .read = read_world };
	if (python_layout_fixed(minor, &w->l, NULL) < 0) {
		_cleanup_(buf_done) struct buf b = { 0 };

		assert_int_equal(python_layout_table(table_of(minor, &b), &w->l, NULL), 0);
	}
}

static uint64_t take(struct world *w, size_t n)
{
	uint64_t at = BASE + w->used;

	w->used += (n + 15) & ~(size_t)15;
	assert_true(w->used <= ROOM);
	return at;
}

static void put(struct world *w, uint64_t addr, const void *p, size_t n)
{
	memcpy(w->bytes + (addr - BASE), p, n);
}

static void put64(struct world *w, uint64_t addr, uint64_t v)
{
	put(w, addr, &v, 8);
}

static uint64_t make_text(struct world *w, const void *chars, uint64_t n, unsigned kind, bool ascii)
{
	uint64_t at = take(w, 80 + n * kind);
	uint32_t form = kind << 2 | 1u << 5 | (unsigned)ascii << 6;

	put64(w, at + w->l.text_length, n);
	put(w, at + w->l.text_state, &form, 4);
	put(w, at + (ascii ? w->l.text_ascii : w->l.text_compact), chars, (size_t)n * kind);
	return at;
}

static uint64_t make_bytes(struct world *w, const void *p, uint64_t n)
{
	uint64_t at = take(w, 40 + n);

	put64(w, at + w->l.bytes_size, n);
	put(w, at + w->l.bytes_data, p, (size_t)n);
	return at;
}

static uint64_t make_code(struct world *w, const char *name, struct span lines, uint64_t n_code)
{
	uint64_t at = take(w, w->l.code_size + n_code), type = take(w, 64);
	uint32_t first = 2;

	put64(w, at + w->l.ob_type, type);
	put64(w, type + w->l.type_name, take(w, 16));
	put(w, BASE + w->used - 16, "code", 5);
	put64(w, at + w->l.code_filename, make_text(w, "/srv/app.py", 11, 1, true));
	put64(w, at + w->l.code_name, make_text(w, name, strlen(name), 1, true));
	if (w->l.code_qualname != PYTHON_NONE)
		put64(w, at + w->l.code_qualname, make_text(w, name, strlen(name), 1, true));
	put64(w, at + w->l.code_lines, make_bytes(w, lines.p, lines.n));
	put(w, at + w->l.code_first_line, &first, 4);
	if (w->l.minor >= 11)
		put64(w, at + w->l.bytes_size, n_code / 2);
	else
		put64(w, at + w->l.code_bytes,
			make_bytes(w, lines_8, MIN(n_code, sizeof(lines_8))));
	return at;
}

static uint64_t make_frame(struct world *w, uint64_t previous, uint64_t code, uint64_t instr)
{
	uint64_t at = take(w, w->l.frame_size);

	put64(w, at + w->l.frame_previous, previous);
	put64(w, at + w->l.frame_code, code | (w->l.tagged && code ? 1 : 0));
	put64(w, at + w->l.frame_instr, instr);
	return at;
}

static uint64_t make_thread(struct world *w, uint64_t *ret_runtime, uint64_t frame)
{
	uint64_t runtime = take(w, 4096), interp = take(w, 16384), ts = take(w, 4096);

	put64(w, runtime + w->l.interpreters_head, interp);
	put64(w, interp + w->l.interp_threads, ts);
	put64(w, ts + w->l.ts_interp, interp);
	put64(w, ts + w->l.ts_thread_id, 4711);
	if (w->l.ts_native_id != PYTHON_NONE)
		put64(w, ts + w->l.ts_native_id, 1234);
	if (w->l.ts_frame != PYTHON_NONE) {
		put64(w, ts + w->l.ts_frame, frame);
	} else {
		uint64_t cframe = take(w, 32);

		put64(w, ts + w->l.ts_cframe, cframe);
		put64(w, cframe + w->l.cframe_frame, frame);
	}
	*ret_runtime = runtime;
	return ts;
}

/* leaf and root in one call of the evaluator, in every version's own way */
static void check_walk(unsigned minor)
{
	struct world w;
	struct python_threads threads = { 0 };
	struct python_stack stack = { 0 };
	struct python_code code;
	uint64_t runtime, leaf_code, root_code, first, shim = 0, root, leaf;

	world_init(&w, minor);
	leaf_code = make_code(&w, "leaf", span_of(table_12, sizeof(table_12)), 154);
	root_code = make_code(&w, "root", span_of(table_12, sizeof(table_12)), 154);
	first = leaf_code + w.l.code_bytes;
	if (minor >= 12) {
		shim = make_frame(&w, 0, 0, 0);
		put(&w, shim + w.l.frame_owner, "\3", 1);
	}
	root = make_frame(&w, shim, root_code, minor >= 11 ? root_code + w.l.code_bytes : 0);
	leaf = make_frame(&w, root, leaf_code, minor >= 11 ? first + 4 : 0);
	if (minor == 11)
		put(&w, root + w.l.frame_is_entry, "\1", 1);
	make_thread(&w, &runtime, leaf);
	assert_int_equal(python_threads_read(&w.reader, &w.l, runtime, &threads, NULL), 0);
	assert_int_equal(threads.v.n, 1);
	assert_int_equal(threads.v.v[0].thread_id, 4711);
	assert_int_equal(threads.v.v[0].native_id, minor >= 11 ? 1234 : 0);
	assert_true(python_stack_read(&w.reader, &w.l, &threads.v.v[0], &stack));
	assert_true(stack.complete);
	assert_int_equal(stack.v.n, minor >= 12 ? 3 : 2);
	assert_int_equal(stack.v.v[0].code, leaf_code);
	assert_int_equal(stack.v.v[1].code, root_code);
	assert_int_equal(stack.v.v[0].entry, minor < 11);
	assert_int_equal(stack.v.v[1].entry, minor <= 11);
	if (minor >= 12)
		assert_int_equal(stack.v.v[2].code, 0);
	assert_true(python_code_read(&w.reader, &w.l, leaf_code, 0, &code));
	assert_string_equal(buf_cstr(&code.function), "leaf");
	assert_string_equal(buf_cstr(&code.file), "/srv/app.py");
	if (minor >= 11)
		assert_int_equal(
			python_code_line(&code, &w.l, &w.reader, stack.v.v[0].instr, 0), 4);
	assert_false(python_code_read(&w.reader, &w.l, leaf, 0, &(struct python_code){ 0 }));
	/* a state that became another thread's, a chain that bites its tail */
	threads.v.v[0].thread_id = 1;
	assert_false(python_stack_read(&w.reader, &w.l, &threads.v.v[0], &stack));
	threads.v.v[0].thread_id = 4711;
	put64(&w, root + w.l.frame_previous, leaf);
	assert_true(python_stack_read(&w.reader, &w.l, &threads.v.v[0], &stack));
	assert_false(stack.complete);
	python_code_done(&code);
	vec_done(&threads.v);
	vec_done(&stack.v);
}

static void test_walk(void **state)
{
	for (unsigned minor = PYTHON_MINOR_MIN; minor <= PYTHON_MINOR_MAX; minor++)
		check_walk(minor);
}

static void test_threads_broken(void **state)
{
	struct world w;
	struct python_threads threads = { 0 };
	uint64_t runtime, ts;

	world_init(&w, 12);
	assert_int_equal(python_threads_read(&w.reader, &w.l, BASE, &threads, NULL), -EAGAIN);
	ts = make_thread(&w, &runtime, 0);
	put64(&w, ts + w.l.ts_next, ts); /* a ring */
	assert_int_equal(python_threads_read(&w.reader, &w.l, runtime, &threads, NULL), -EBADMSG);
	put64(&w, ts + w.l.ts_next, 0);
	put64(&w, ts + w.l.ts_interp, 8);
	assert_int_equal(python_threads_read(&w.reader, &w.l, runtime, &threads, NULL), -EBADMSG);
	vec_done(&threads.v);
}

static void test_text(void **state)
{
	static const uint16_t greek[] = { 0x3b1, 0x3b2, 0x20ac };
	static const uint32_t wide[] = { 'a', 0x1f40d };
	_cleanup_(buf_done) struct buf b = { 0 };
	struct world w;

	world_init(&w, 11);
	assert_true(python_text(&w.reader, &w.l, make_text(&w, "run\x1b[0m", 7, 1, true), 99, &b));
	assert_string_equal(buf_cstr(&b), "run?[0m");
	assert_true(python_text(&w.reader, &w.l, make_text(&w, "\xe9t\xe9", 3, 1, false), 99, &b));
	assert_string_equal(buf_cstr(&b), "\xc3\xa9t\xc3\xa9");
	assert_true(python_text(&w.reader, &w.l, make_text(&w, greek, 3, 2, false), 99, &b));
	assert_string_equal(buf_cstr(&b), "\xce\xb1\xce\xb2\xe2\x82\xac");
	assert_true(python_text(&w.reader, &w.l, make_text(&w, wide, 2, 4, false), 99, &b));
	assert_string_equal(buf_cstr(&b), "a\xf0\x9f\x90\x8d");
	assert_true(python_text(&w.reader, &w.l, make_text(&w, "cut here", 8, 1, true), 3, &b));
	assert_string_equal(buf_cstr(&b), "cut");
	assert_false(python_text(&w.reader, &w.l, make_text(&w, "xyz", 1, 3, false), 9, &b));
	assert_false(python_text(&w.reader, &w.l, 7, 9, &b));
	assert_false(python_text(&w.reader, &w.l, BASE + ROOM, 9, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_lines_cut),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_table_hostile),
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_threads_broken),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
