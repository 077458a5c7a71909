/* SPDX-License-Identifier: MIT */
/*
 * What we write we read back: random profiles through pprof and collapsed files are the same
 * stacks with the same values. And files that claim to be large stay small in memory.
 */
#include "base/buf.h"
#include "collect/profile_file.h"
#include "render/writer.h"

#include "unit.h"

static uint32_t seed = 1;

static uint32_t pick(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

/* Names with everything that formats trip over, except what collapsed cannot hold. */
static const char *const names[] = { "main", "std::map<int, f(int)>::at(int const&) const",
	"java/lang/Thread.run", "a b 12", "f(x) [clone .isra.0]", "_[k", "\xc3\xbc" };

static struct profile *random_profile(unsigned n_types)
{
	struct profile *p = profile_new();

	profile_add_type(p, "cpu", "nanoseconds");
	for (unsigned i = 1; i < n_types; i++)
		profile_add_type(p, i == 1 ? "alloc_space" : "faults", i == 1 ? "bytes" : "count");
	p->period_ns = 1000000;
	for (unsigned i = 0, n = 1 + pick(60); i < n; i++) {
		int64_t values[PROFILE_MAX_VALUES] = { 0 };
		uint32_t stack = 0;

		for (unsigned k = 0, depth = 1 + pick(9); k < depth; k++) {
			struct frame f = { .function =
						   profile_string(p, names[pick(ARRAY_LEN(names))]),
				.file = profile_string(p, pick(2) ? "src/a.c" : ""),
				.line = pick(3),
				.kind = FRAME_APP,
				.inlined = k > 0 && pick(3) == 0 };

			stack = profile_add_stack(p, stack, profile_add_frame(p, &f));
		}
		for (unsigned k = 0; k < n_types; k++)
			values[k] = 1 + pick(1000000);
		profile_add_sample(p, stack,
			profile_add_thread(p, 10, 10 + (int32_t)pick(3), "worker"), 0, 1 + pick(5),
			values);
	}
	return p;
}

static struct profile *through(const struct profile *p, const char *format, struct profile_set *set)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	struct sink out;
	const struct format *read;
	struct err err = { 0 };

	sink_to_buf(&out, &b);
	assert_int_equal(writer_by_id(format)->write(&out, p, &(struct writer_opts){ 0 }, NULL), 0);
	sink_done(&out);
	int r = profile_bytes_read(buf_span(&b), "test", NULL, set, &read, &err);

	if (r < 0)
		print_error("%s\n", err.msg);
	assert_int_equal(r, 0);
	assert_string_equal(read->id, format);
	return set->v.v[0];
}

/* Collapsed text of one value: equal profiles give equal text. */
static void text_of(const struct profile *p, unsigned type, struct buf *ret)
{
	struct sink out;

	buf_clear(ret);
	sink_to_buf(&out, ret);
	collapsed_writer.write(&out, p, &(struct writer_opts){ .type = type }, NULL);
	sink_done(&out);
}

static void test_pprof(void **state)
{
	(void)state;
	for (int round = 0; round < 60; round++) {
		struct profile *p = random_profile(1 + pick(3));
		struct profile_set set = { 0 };
		struct profile *q = through(p, "pprof", &set);
		_cleanup_(buf_done) struct buf a = { 0 }, b = { 0 };

		assert_int_equal(q->n_types, p->n_types);
		assert_int_equal(q->period_ns, p->period_ns);
		assert_int_equal(q->threads.n, p->threads.n);
		assert_int_equal(q->samples.n, p->samples.n);
		assert_int_equal(profile_total_count(q), profile_total_count(p));
		for (unsigned i = 0; i < p->n_types; i++) {
			assert_string_equal(q->types[i].name, p->types[i].name);
			assert_string_equal(q->types[i].unit, p->types[i].unit);
			text_of(p, i, &a);
			text_of(q, i, &b);
			assert_string_equal(buf_cstr(&a), buf_cstr(&b));
		}
		profile_set_done(&set);
		profile_free(p);
	}
}

static void test_collapsed(void **state)
{
	(void)state;
	for (int round = 0; round < 60; round++) {
		struct profile *p = random_profile(1);
		struct profile_set set = { 0 };
		struct profile *q = through(p, "collapsed", &set);
		_cleanup_(buf_done) struct buf a = { 0 }, b = { 0 };

		text_of(p, 0, &a);
		text_of(q, 0, &b);
		assert_string_equal(buf_cstr(&a), buf_cstr(&b));
		profile_set_done(&set);
		profile_free(p);
	}
}

/* A length field that claims gigabytes: an error or a cut file, at once. */
static void test_hostile_lengths(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *format;
	} cases[] = {
		{ "\x0a\x04\x08\x01\x10\x02\x12\xff\xff\xff\x1f", 11, "pprof" },
		{ "\x0a\x04\x08\x01\x10\x02\x32\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 16, "pprof" },
		{ "PERFILE2\x68\0\0\0\0\0\0\0\x90\0\0\0\0\0\0\0\x68\0\0\0\0\0\0\0\xff\xff\xff\xff"
		  "\xff\xff\xff\x7f\xff\xff\xff\x03\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\x7f",
			56, "perf" },
		{ "PERFILE2\x10\0\0\0\0\0\0\0\x47\0\0\0\0\0\x10\0\xff\xff\xff\xff\xff\xff\xff\x7f",
			32, "perf" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct profile_set set = { 0 };
		const struct format *format;
		struct err err = { 0 };

		assert_true(profile_bytes_read(span_of(cases[i].bytes, cases[i].n), "test",
				    &(struct profile_file_opts){ .format = cases[i].format }, &set,
				    &format, &err) < 0);
		assert_true(*err.msg);
		profile_set_done(&set);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pprof),
		cmocka_unit_test(test_collapsed),
		cmocka_unit_test(test_hostile_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
