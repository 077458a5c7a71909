/* SPDX-License-Identifier: MIT */
/* pprof files: any order of fields, packed or not, sparse ids, defaults, hidden frames, cuts. */
#include "base/buf.h"
#include "base/file.h"
#include "collect/profile_file.h"
#include "render/proto.h"

#include "unit.h"

/* A small file, put together field by field in an order the test chooses. */
struct file {
	struct buf out, part;
	const char *strings[40];
	unsigned n_strings;
};

static uint64_t str(struct file *f, const char *s)
{
	for (unsigned i = 0; i < f->n_strings; i++)
		if (strcmp(f->strings[i], s) == 0)
			return i;
	f->strings[f->n_strings] = s;
	return f->n_strings++;
}

static void put_type(struct file *f, unsigned field, const char *name, const char *unit)
{
	proto_uint(&f->part, 1, str(f, name));
	proto_uint(&f->part, 2, str(f, unit));
	proto_message(&f->out, field, &f->part);
}

static void put_sample(struct file *f, const uint64_t *locs, size_t n, const uint64_t *values,
	size_t k, bool packed)
{
	if (packed) {
		proto_packed(&f->part, 1, locs, n);
		proto_packed(&f->part, 2, values, k);
	} else {
		for (size_t i = 0; i < n; i++)
			proto_uint(&f->part, 1, locs[i]);
		for (size_t i = 0; i < k; i++) {
			proto_varint(&f->part, 2 << 3);
			proto_varint(&f->part, values[i]);
		}
	}
	proto_message(&f->out, 2, &f->part);
}

static void put_function(struct file *f, uint64_t id, const char *name)
{
	proto_uint(&f->part, 1, id);
	proto_uint(&f->part, 2, str(f, name));
	proto_uint(&f->part, 4, str(f, "src.c"));
	proto_uint(&f->part, 5, id % 100);
	proto_message(&f->out, 5, &f->part);
}

/* Innermost function first. */
static void put_location(struct file *f, uint64_t id, const uint64_t *functions, size_t n)
{
	struct buf line = { 0 };

	proto_uint(&f->part, 1, id);
	proto_uint(&f->part, 3, 0x1000 + id);
	for (size_t i = 0; i < n; i++) {
		proto_uint(&line, 1, functions[i]);
		proto_uint(&line, 2, 10 + i);
		proto_message(&f->part, 4, &line);
	}
	proto_message(&f->out, 4, &f->part);
	buf_done(&line);
}

static void put_strings(struct file *f)
{
	for (unsigned i = 0; i < f->n_strings; i++)
		proto_bytes(&f->out, 6, f->strings[i], strlen(f->strings[i]));
}

static void file_init(struct file *f)
{
	*f = (struct file){ 0 };
	str(f, "");
}

static struct profile *read_file(struct file *f, struct profile_set *set)
{
	const struct format *format;
	struct err err = { 0 };
	int r = profile_bytes_read(buf_span(&f->out), "test", NULL, set, &format, &err);

	if (r < 0)
		print_error("%s\n", err.msg);
	assert_int_equal(r, 0);
	assert_string_equal(format->id, "pprof");
	buf_done(&f->out);
	buf_done(&f->part);
	return set->v.v[0];
}

static void stack_text(const struct profile *p, uint32_t node, struct buf *b)
{
	if (p->stacks.v[node].parent)
		stack_text(p, p->stacks.v[node].parent, b);
	const struct frame *f = &p->frames.v[p->stacks.v[node].frame];

	buf_printf(
		b, "%s%s%s", b->n ? ";" : "", profile_str(p, f->function), f->inlined ? "*" : "");
}

/* Samples before everything that they refer to; ids are huge; integers packed or one by one. */
static void test_order_and_packing(void **state)
{
	(void)state;
	for (int packed = 0; packed < 2; packed++) {
		for (int samples_last = 0; samples_last < 2; samples_last++) {
			struct file f;
			struct profile_set set = { 0 };
			uint64_t big = 1ull << 60;
			_cleanup_(buf_done) struct buf text = { 0 };

			file_init(&f);
			put_type(&f, 1, "samples", "count");
			put_type(&f, 1, "cpu", "nanoseconds");
			for (int pass = 0; pass < 2; pass++) {
				if (pass == samples_last)
					put_sample(&f, (uint64_t[]){ big + 7, 3 }, 2,
						(uint64_t[]){ 4, 40000 }, 2, packed);
				else {
					put_location(&f, 3, (uint64_t[]){ 9 }, 1);
					put_location(&f, big + 7, (uint64_t[]){ big + 1, 5, 6 }, 3);
					put_function(&f, 9, "main");
					put_function(&f, big + 1, "inner");
					put_function(&f, 5, "middle");
					put_function(&f, 6, "outer");
				}
			}
			put_strings(&f);
			struct profile *p = read_file(&f, &set);

			assert_int_equal(p->n_types, 1);
			assert_string_equal(p->types[0].name, "cpu");
			assert_int_equal(p->samples.n, 1);
			assert_int_equal(p->samples.v[0].count, 4);
			assert_int_equal(p->samples.v[0].value[0], 40000);
			stack_text(p, p->samples.v[0].stack, &text);
			/* the last line of a location is the real caller */
			assert_string_equal(buf_cstr(&text), "main;outer;middle*;inner*");
			profile_set_done(&set);
		}
	}
}

static void test_default_type(void **state)
{
	static const struct {
		const char *wanted, *first;
	} cases[] = {
		{ NULL, "inuse_space" }, /* none: the last */
		{ "alloc_space", "alloc_space" },
		{ "inuse_objects", "inuse_objects" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct file f;
		struct profile_set set = { 0 };

		file_init(&f);
		put_type(&f, 1, "alloc_objects", "count");
		put_type(&f, 1, "alloc_space", "bytes");
		put_type(&f, 1, "inuse_objects", "count");
		put_type(&f, 1, "inuse_space", "bytes");
		put_sample(&f, (uint64_t[]){ 1 }, 1, (uint64_t[]){ 1, 2, 3, 4 }, 4, true);
		put_location(&f, 1, (uint64_t[]){ 1 }, 1);
		put_function(&f, 1, "main");
		if (cases[i].wanted)
			proto_uint(&f.out, 14, str(&f, cases[i].wanted));
		put_strings(&f);
		struct profile *p = read_file(&f, &set);

		assert_int_equal(p->n_types, 4);
		assert_string_equal(p->types[0].name, cases[i].first);
		assert_int_equal(profile_total(p, (unsigned)profile_type(p, "alloc_space")), 2);
		assert_int_equal(profile_total(p, (unsigned)profile_type(p, "inuse_space")), 4);
		profile_set_done(&set);
	}
}

static void test_counts_become_time(void **state)
{
	struct file f;
	struct profile_set set = { 0 };

	(void)state;
	file_init(&f);
	put_type(&f, 1, "samples", "count");
	put_sample(&f, (uint64_t[]){ 1 }, 1, (uint64_t[]){ 5 }, 1, true);
	put_location(&f, 1, (uint64_t[]){ 1 }, 1);
	put_function(&f, 1, "main");
	put_type(&f, 11, "cpu", "microseconds");
	proto_uint(&f.out, 12, 10000);
	put_strings(&f);
	struct profile *p = read_file(&f, &set);

	assert_string_equal(p->types[0].name, "cpu");
	assert_int_equal(profile_total(p, 0), 5 * 10000000ll);
	assert_int_equal(p->period_ns, 10000000);
	profile_set_done(&set);
}

static void test_hidden_frames(void **state)
{
	static const struct {
		const char *drop, *keep, *stack;
	} cases[] = {
		{ "malloc|operator new", "", "main;build" },
		{ "mal.*", "malloc", "main;build;malloc;grow" },
		{ "main", "", "main;build;malloc;grow" }, /* never the outermost */
		{ "mal", "", "main;build;malloc;grow" },  /* whole names */
		{ "(?:bui)ld", "", "main" },
		{ "mal\\d", "", "main;build;malloc;grow" }, /* not POSIX: shown, with a caveat */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct file f;
		struct profile_set set = { 0 };
		_cleanup_(buf_done) struct buf text = { 0 };
		bool said = false;

		file_init(&f);
		put_type(&f, 1, "space", "bytes");
		put_sample(&f, (uint64_t[]){ 4, 3, 2, 1 }, 4, (uint64_t[]){ 5 }, 1, true);
		for (uint64_t id = 1; id <= 4; id++)
			put_location(&f, id, &id, 1);
		put_function(&f, 1, "main");
		put_function(&f, 2, "build");
		put_function(&f, 3, "malloc");
		put_function(&f, 4, "grow");
		proto_uint(&f.out, 7, str(&f, cases[i].drop));
		if (*cases[i].keep)
			proto_uint(&f.out, 8, str(&f, cases[i].keep));
		put_strings(&f);
		struct profile *p = read_file(&f, &set);

		stack_text(p, p->samples.v[0].stack, &text);
		assert_string_equal(buf_cstr(&text), cases[i].stack);
		assert_int_equal(profile_total(p, 0), 5);
		for (const struct caveat *c = p->caveats.first; c; c = c->next)
			said |= strcmp(c->id, "frames-not-dropped") == 0;
		assert_int_equal(said, strchr(cases[i].drop, '\\') != NULL);
		profile_set_done(&set);
	}
}

static void test_labels_and_differences(void **state)
{
	struct file f;
	struct profile_set set = { 0 };
	struct buf label = { 0 };

	(void)state;
	file_init(&f);
	put_type(&f, 1, "cpu", "milliseconds");
	proto_packed(&f.part, 1, (uint64_t[]){ 77 }, 1); /* a location that is nowhere */
	proto_packed(&f.part, 2, (uint64_t[]){ (uint64_t)-3 }, 1);
	proto_uint(&label, 1, str(&f, "thread"));
	proto_uint(&label, 2, str(&f, "io worker"));
	proto_message(&f.part, 3, &label);
	proto_uint(&label, 1, str(&f, "tid"));
	proto_uint(&label, 3, 4711);
	proto_message(&f.part, 3, &label);
	proto_message(&f.out, 2, &f.part);
	put_strings(&f);
	buf_done(&label);
	struct profile *p = read_file(&f, &set);

	assert_int_equal(profile_total(p, 0), -3000000);
	assert_int_equal(p->threads.n, 1);
	assert_int_equal(p->threads.v[0].tid, 4711);
	assert_string_equal(profile_str(p, p->threads.v[0].name), "io worker");
	profile_set_done(&set);
}

/* The real file of the corpus, whole and cut: never a crash, and names or a clear sentence. */
static void test_real_file(void **state)
{
	_cleanup_(buf_done) struct buf file = { 0 };
	char path[4096];
	struct profile_set set = { 0 };
	const struct format *format;

	(void)state;
	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/pprof/go-cpu.pb.gz",
		getenv("PERF_OPS_SOURCE"));
	assert_int_equal(file_read(path, 1 << 20, &file, NULL), 0);
	assert_int_equal(profile_bytes_read(buf_span(&file), path, NULL, &set, &format, NULL), 0);
	assert_int_equal(profile_total_count(set.v.v[0]), 67);
	assert_int_equal(profile_total(set.v.v[0], 0), 670000000);
	assert_int_equal(set.v.v[0]->period_ns, 10000000);
	profile_set_done(&set);
	for (size_t n = 0; n < file.n; n += 97) {
		struct err err = { 0 };
		int r = profile_bytes_read(
			span_sub(buf_span(&file), 0, n), path, NULL, &set, &format, &err);

		if (r < 0)
			assert_true(*err.msg);
		else
			assert_non_null(set.v.v[0]->caveats.first);
		profile_set_done(&set);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_and_packing),
		cmocka_unit_test(test_default_type),
		cmocka_unit_test(test_counts_become_time),
		cmocka_unit_test(test_hidden_frames),
		cmocka_unit_test(test_labels_and_differences),
		cmocka_unit_test(test_real_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
