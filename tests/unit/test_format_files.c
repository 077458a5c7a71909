/* SPDX-License-Identifier: MIT */
/*
 * Files that real tools wrote (tests/golden/formats), each against what is expected of it, and cut
 * off at many lengths: then there is an error, or a caveat, or at most the weight of the whole.
 */
#include "base/file.h"
#include "text_format.h"

#include <dirent.h>

enum { CUTS = 60 };

static int64_t total_of(const struct profile_set *set)
{
	int64_t sum = 0;

	vec_foreach (p, &set->v)
		sum += profile_total(*p, 0);
	return sum;
}

static void check_cuts(struct span text, const char *name, int64_t whole)
{
	for (size_t i = 1; i < CUTS; i++) {
		struct profile_set set = { 0 };
		const struct format *format;
		struct err err = { 0 };
		int r = profile_bytes_read(
			span_sub(text, 0, text.n * i / CUTS), name, NULL, &set, &format, &err);

		assert_int_equal(r < 0, err.msg[0] != 0);
		if (r == 0 && total_of(&set) > whole)
			fail_msg("%s cut to %zu/%d has more than the whole", name, i, CUTS);
		profile_set_done(&set);
	}
}

static void check_file(const char *folder, const char *name)
{
	struct buf in = { 0 }, out = { 0 }, expected = { 0 };
	const struct format *format = NULL;
	struct profile_set set = { 0 };
	struct err err = { 0 };
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(file_read(path, 64 << 20, &in, NULL), 0);
	if (profile_bytes_read(buf_span(&in), name, NULL, &set, &format, &err) < 0)
		fail_msg("%s: %s", name, err.msg);
	buf_printf(&out, "%s\n", format->id);
	text_format_dump(&set, &out);
	snprintf(path, sizeof(path), "%s/expected/%s", folder, name);
	if (getenv("PERF_OPS_UPDATE_GOLDEN")) {
		FILE *f = fopen(path, "w");

		assert_non_null(f);
		fputs(buf_cstr(&out), f);
		fclose(f);
	}
	assert_int_equal(file_read(path, 64 << 20, &expected, NULL), 0);
	assert_string_equal(buf_cstr(&out), buf_cstr(&expected));
	check_cuts(buf_span(&in), name, total_of(&set));
	profile_set_done(&set);
	buf_done(&in);
	buf_done(&out);
	buf_done(&expected);
}

static void files(void **state)
{
	char folder[2048];
	struct dirent *e;
	int n = 0;

	(void)state;
	snprintf(folder, sizeof(folder), "%s/tests/golden/formats", getenv("PERF_OPS_SOURCE"));

	DIR *d = opendir(folder);

	assert_non_null(d);
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.' || strcmp(e->d_name, "expected") == 0)
			continue;
		check_file(folder, e->d_name);
		n++;
	}
	closedir(d);
	assert_true(n > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(files) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
