/* SPDX-License-Identifier: MIT */
/* perf.data files of the fuzz corpus: file, pipe, compressed, stack copies; cut and foreign. */
#include "base/file.h"
#include "collect/profile_file.h"

#include "unit.h"

static void load(const char *name, struct buf *ret)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/perf_data/%s", getenv("PERF_OPS_SOURCE"),
		name);
	assert_int_equal(file_read(path, 1 << 20, ret, NULL), 0);
}

static bool has_caveat(const struct profile *p, const char *id)
{
	for (const struct caveat *c = p->caveats.first; c; c = c->next)
		if (strcmp(c->id, id) == 0)
			return true;
	return false;
}

static void test_real_files(void **state)
{
	static const struct {
		const char *name;
		unsigned types;
		double hz;
	} cases[] = {
		{ "fp.data", 1, 49 },
		{ "zstd.data", 1, 49 },
		{ "dwarf.data", 1, 20 },
		{ "two-events.pipe", 2, 49 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_(buf_done) struct buf file = { 0 };
		struct profile_set set = { 0 };
		const struct format *format;

		load(cases[i].name, &file);
		assert_int_equal(
			profile_bytes_read(buf_span(&file), "test", NULL, &set, &format, NULL), 0);
		assert_string_equal(format->id, "perf");
		const struct profile *p = set.v.v[0];

		assert_int_equal(p->n_types, cases[i].types);
		assert_string_equal(p->types[0].name, "cpu");
		assert_true(p->quality.samples >= 3);
		/* each sample of the clock stands for one period */
		assert_true(profile_total(p, 0) > 0);
		assert_int_equal((uint64_t)profile_total(p, 0) % p->period_ns, 0);
		assert_true(p->quality.wanted_hz == cases[i].hz);
		assert_int_equal(p->quality.lost, 0);
		assert_string_equal(profile_str(p, p->threads.v[0].name), "ledger");
		if (cases[i].types == 2)
			assert_int_equal(profile_type(p, "faults"), 1);
		/* nobody to unwind: said */
		assert_int_equal(has_caveat(p, "stacks-not-unwound"),
			strcmp(cases[i].name, "dwarf.data") == 0);
		profile_set_done(&set);
	}
}

/* Every length: a sentence, or what was readable with a caveat. */
static void test_cut(void **state)
{
	_cleanup_(buf_done) struct buf file = { 0 };

	(void)state;
	load("fp.data", &file);
	for (size_t n = 0; n < file.n; n += 61) {
		struct profile_set set = { 0 };
		const struct format *format;
		struct err err = { 0 };
		int r = profile_bytes_read(span_sub(buf_span(&file), 0, n), "test",
			&(struct profile_file_opts){ .format = "perf" }, &set, &format, &err);

		if (r < 0)
			assert_true(*err.msg);
		else
			assert_true(has_caveat(set.v.v[0], "file-cut-off"));
		profile_set_done(&set);
	}
}

static void test_other_byte_order(void **state)
{
	static const char head[] = "2ELIFREP\0\0\0\0\0\0\0\x68";
	struct profile_set set = { 0 };
	const struct format *format;
	struct err err = { 0 };

	(void)state;
	assert_true(profile_bytes_read(
			    span_of(head, sizeof(head)), "test", NULL, &set, &format, &err) < 0);
	assert_non_null(strstr(err.msg, "byte order"));
	assert_non_null(strstr(err.hint, "perf script"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real_files),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_other_byte_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
