/* SPDX-License-Identifier: MIT */
/*
 * Recorded profiles of tests/programs against their truth: the culprit is first, a cause is right
 * or withheld, and the healthy programs get none.
 */
#include "analyze/findings.h"
#include "profile_fixture.h"
#include "unit.h"

#include <dirent.h>
#include <jansson.h>

struct folder {
	char path[1024];
	struct arena arena;
};

static bool read_source(void *ctx, const char *file, struct span *ret)
{
	struct folder *f = ctx;
	struct buf text = { 0 };

	if (file[0] == '/' ||
		file_read(path_join(&f->arena, f->path, file), 1 << 20, &text, NULL) < 0)
		return false;
	*ret = span_of(arena_strndup(&f->arena, text.p, text.n), text.n);
	buf_done(&text);
	return true;
}

/* "crm::Finder::run" is "Finder::run" and "run"; "main.(*Hub).publish" is "Hub.publish". */
static bool same_function(const char *found, const char *truth)
{
	char plain[512];
	size_t n = 0, t = strlen(truth);

	for (const char *c = found; *c && n + 1 < sizeof(plain); c++)
		if (!strchr("(*)", *c))
			plain[n++] = *c;
	plain[n] = '\0';
	return strcmp(found, truth) == 0 ||
		(n >= t && strcmp(plain + n - t, truth) == 0 &&
			(n == t || strchr(":.", plain[n - t - 1])));
}

static bool is_culprit(const json_t *truth, const char *function)
{
	const json_t *v;
	size_t i;

	if (same_function(function, json_string_value(json_object_get(truth, "culprit_function"))))
		return true;
	json_array_foreach(json_object_get(truth, "culprit_alternatives"), i,
		v) if (same_function(function, json_string_value(v))) return true;
	return false;
}

struct tally {
	unsigned programs, recognised;
};

static void check_program(const char *dir, struct tally *t)
{
	struct folder folder = { 0 };
	struct arena a = { 0 };
	struct findings f;
	const struct source_reader reader = { .read = read_source, .ctx = &folder };

	snprintf(folder.path, sizeof(folder.path), "%s", dir);

	struct profile *p = fixture_load(path_join(&a, dir, "profile.txt"));
	json_t *truth = json_load_file(path_join(&a, dir, "truth.json"), 0, NULL);

	if (!p || !truth) {
		profile_free(p);
		json_decref(truth);
		arena_done(&a);
		return;
	}
	findings_from_profile(p, &(struct findings_opts){ .reader = &reader }, &a, &f);

	const char *class = json_string_value(json_object_get(truth, "class"));

	if (f.n == 0)
		fail_msg("%s: no finding", dir);
	if (strcmp(class, "healthy") == 0) {
		for (size_t i = 0; i < f.n; i++)
			if (*f.v[i].cause)
				fail_msg("%s: invented %s in %s", dir, f.v[i].cause,
					f.v[i].where.function);
		assert_true(strncmp(f.remark, "nothing dominates", 17) == 0);
	} else {
		t->programs++;
		if (!is_culprit(truth, f.v[0].where.function))
			fail_msg("%s: blames %s", dir, f.v[0].where.function);
		if (*f.v[0].cause && strcmp(f.v[0].cause, class) != 0)
			fail_msg(
				"%s: %s (%s), but it is %s", dir, f.v[0].cause, f.v[0].rule, class);
		t->recognised += *f.v[0].cause != '\0';
		assert_true(f.v[0].ci[0] <= f.v[0].share && f.v[0].share <= f.v[0].ci[1]);
	}
	arena_done(&folder.arena);
	arena_done(&a);
	profile_free(p);
	json_decref(truth);
}

static void culprits_and_causes(void **state)
{
	char root[1024];
	struct tally t = { 0 };
	struct dirent *e;
	DIR *d;

	snprintf(root, sizeof(root), "%s/tests/programs",
		getenv("PERF_OPS_SOURCE") ? getenv("PERF_OPS_SOURCE") : ".");
	d = opendir(root);
	assert_non_null(d);
	while ((e = readdir(d))) {
		char dir[2048];

		if (e->d_name[0] == '.')
			continue;
		snprintf(dir, sizeof(dir), "%s/%s", root, e->d_name);
		check_program(dir, &t);
	}
	closedir(d);
	print_message("# %u programs, cause recognised in %u\n", t.programs, t.recognised);
	assert_true(t.programs >= 24);
	assert_true(t.recognised * 10 >= t.programs * 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(culprits_and_causes) };

	return cmocka_run_group_tests_name("programs", tests, NULL, NULL);
}
