/* SPDX-License-Identifier: MIT */
/* Blame, tables and findings on profiles made by hand. */
#include "analyze/blame.h"
#include "analyze/findings.h"
#include "analyze/tables.h"
#include "unit.h"

#define MS 1000000

/* Adds count samples of 1 ms for "main;run;strlen"; "@lib" at the end of a name makes a library
 * frame. */
static void add(struct profile *p, uint32_t thread, uint64_t count, const char *names)
{
	char copy[512], *next = copy;
	uint32_t stack = 0;
	int64_t value = (int64_t)count * MS;

	snprintf(copy, sizeof(copy), "%s", names);
	while (next) {
		char *name = strsep(&next, ";");
		char *at = strchr(name, '@');
		enum frame_kind kind = FRAME_APP;

		if (at) {
			*at = '\0';
			kind = strcmp(at + 1, "k") == 0 ? FRAME_KERNEL : FRAME_LIBRARY;
		}

		uint32_t f = profile_add_frame(p,
			&(struct frame){ .function = profile_string(p, name),
				.module = profile_string(p,
					kind == FRAME_KERNEL ? "[kernel]"
						: at         ? "/lib/libx.so"
							     : "prog"),
				.kind = (uint8_t)kind });

		stack = profile_add_stack(p, stack, f);
	}
	profile_add_sample(p, stack, thread, 0, count, &value);
}

static struct profile *new_profile(void)
{
	struct profile *p = profile_new();

	profile_add_type(p, "cpu", "nanoseconds");
	profile_add_thread(p, 100, 100, "prog");
	profile_add_thread(p, 100, 101, "worker");
	return p;
}

struct expect {
	const char *what;
	struct {
		uint32_t thread;
		uint64_t count;
		const char *stack;
	} samples[8];
	const char *owner;
	double share;
};

static const struct expect cases[] = {
	{ "library work is charged to its caller",
		{ { 0, 900, "_start;main;load;emit;strcat@lib" }, { 0, 100, "_start;main;other" } },
		"emit", 0.9 },
	{ "kernel work is charged to its caller",
		{ { 0, 900, "main;load;read_line;read@lib;vfs_read@k" }, { 0, 100, "main;other" } },
		"read_line", 0.9 },
	{ "recursion counts once",
		{ { 0, 400, "main;walk;walk;walk" }, { 0, 300, "main;walk;walk;leaf" },
			{ 0, 300, "main;other" } },
		"walk", 0.7 },
	{ "copies belong to who makes them",
		{ { 0, 800, "main;forecast;<Net as core::clone::Clone>::clone;malloc@lib" },
			{ 0, 200, "main;step" } },
		"forecast", 0.8 },
	{ "a comparator that works is the culprit, not the sort",
		{ { 0, 700, "main;merge;std::sort@lib;compare;split;malloc@lib" },
			{ 0, 150, "main;merge;std::sort@lib;compare" },
			{ 0, 150, "main;merge;std::sort@lib" } },
		"split", 0.7 },
	{ "a comparison operator is not: the caller sorts too much",
		{ { 0, 700, "main;rank;std::sort@lib;Entry::operator<" },
			{ 0, 250, "main;rank;std::sort@lib" }, { 0, 50, "main" } },
		"rank", 0.95 },
	{ "closures belong to their function",
		{ { 0, 900, "main;find_all;Iter::position@lib;find_all::{closure#0};memcmp@lib" },
			{ 0, 100, "main;x" } },
		"find_all", 0.9 },
	{ "thread costs belong to who starts threads",
		{ { 0, 300, "main;run;pthread_create@lib;clone3@lib;copy_process@k" },
			{ 1, 600, "clone3@lib;start_thread@lib;exit_mmap@k" },
			{ 0, 100, "main;other" } },
		"run", 0.9 },
	{ "garbage collection belongs to who allocates",
		{ { 0, 400, "main.main;main.parse;runtime.mallocgc@lib" },
			{ 1, 400, "runtime.gcBgMarkWorker@lib;runtime.scanobject@lib" },
			{ 0, 200, "main.main;main.sum" } },
		"main.parse", 0.8 },
	{ "threads are merged",
		{ { 0, 450, "main;serve;work" }, { 1, 450, "start_thread@lib;serve;work" },
			{ 0, 100, "main;other" } },
		"work", 0.9 },
	{ "a function that spreads over helpers owns them",
		{ { 0, 300, "main;save;write_a;memmove@lib" },
			{ 0, 250, "main;save;write_b;memmove@lib" }, { 0, 250, "main;save" },
			{ 0, 200, "main;other" } },
		"save", 0.8 },
	{ "a thin driver owns nothing",
		{ { 0, 500, "main;drive;stage_a" }, { 0, 300, "main;drive;stage_b" },
			{ 0, 200, "main;drive;stage_c" } },
		"stage_a", 0.5 },
	{ "one callee of several drivers",
		{ { 0, 400, "main;a;lookup" }, { 0, 400, "main;b;lookup" }, { 0, 100, "main;a" },
			{ 0, 100, "main;b" } },
		"lookup", 0.8 },
	{ "a program in one function", { { 0, 1000, "_start;main" } }, "main", 1 },
};

static void owners(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct profile *p = new_profile();
		struct source s;
		struct blame b;

		for (size_t k = 0; k < ARRAY_LEN(cases[i].samples) && cases[i].samples[k].stack;
			k++)
			add(p, cases[i].samples[k].thread, cases[i].samples[k].count,
				cases[i].samples[k].stack);
		source_init(&s, NULL);
		blame_init(&b, p, 0, knowledge_builtin(), &s);
		if (!b.n_owners ||
			strcmp(b.code.functions.v[b.owners[0].function].plain, cases[i].owner) != 0)
			fail_msg("%s: %s", cases[i].what,
				b.n_owners ? b.code.functions.v[b.owners[0].function].plain
					   : "nobody");
		if (b.owners[0].weight / b.total < cases[i].share - 0.001 ||
			b.owners[0].weight / b.total > cases[i].share + 0.001)
			fail_msg("%s: share %g", cases[i].what, b.owners[0].weight / b.total);
		blame_done(&b);
		source_done(&s);
		profile_free(p);
	}
}

/* Weights claimed by owners and orphans add up to the whole, whatever the stacks. */
static void nothing_is_lost(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct profile *p = new_profile();
		struct source s;
		struct blame b;
		double sum = 0;

		for (size_t k = 0; k < ARRAY_LEN(cases[i].samples) && cases[i].samples[k].stack;
			k++)
			add(p, cases[i].samples[k].thread, cases[i].samples[k].count,
				cases[i].samples[k].stack);
		source_init(&s, NULL);
		blame_init(&b, p, 0, knowledge_builtin(), &s);
		for (size_t k = 0; k < b.n_owners; k++)
			sum += b.owners[k].weight;
		assert_true(sum + b.orphan_weight > 0.97 * b.total &&
			sum + b.orphan_weight < 1.001 * b.total);
		blame_done(&b);
		source_done(&s);
		profile_free(p);
	}
}

static void few_samples_raise_nothing(void **state)
{
	struct profile *p = new_profile();
	struct findings f;
	struct arena a = { 0 };

	add(p, 0, 20, "main;f;malloc@lib");
	findings_from_profile(p, &(struct findings_opts){ 0 }, &a, &f);
	assert_int_equal(f.n, 0);
	assert_non_null(f.caveats.first);
	assert_string_equal(f.caveats.first->id, "too-few-samples");
	add(p, 0, 30, "main;f;malloc@lib");
	findings_from_profile(p, &(struct findings_opts){ 0 }, &a, &f);
	assert_int_equal(f.n, 1);
	assert_string_equal(f.v[0].cause, "");
	assert_string_equal(f.v[0].where.function, "f");
	assert_true(f.v[0].ci[0] < 1 && f.v[0].ci[1] == 1);
	add(p, 0, 60, "main;g");
	add(p, 0, 50, "main;f;malloc@lib");
	findings_from_profile(
		p, &(struct findings_opts){ 0 }, &a, &f); /* 100 of 160: not surely most */
	assert_string_equal(f.v[0].cause, "");
	add(p, 0, 1000, "main;f;malloc@lib");
	p->language = "c";
	findings_from_profile(p, &(struct findings_opts){ 0 }, &a, &f);
	assert_string_equal(f.v[0].cause, "excessive-allocation");
	assert_non_null(f.v[0].fix[0]);
	assert_string_equal(f.v[0].where.stack, "main;f;malloc");
	arena_done(&a);
	profile_free(p);
}

static void empty_profile(void **state)
{
	struct profile *p = profile_new();
	struct findings f;
	struct arena a = { 0 };

	profile_add_type(p, "cpu", "nanoseconds");
	findings_from_profile(p, &(struct findings_opts){ 0 }, &a, &f);
	assert_int_equal(f.n, 0);
	arena_done(&a);
	profile_free(p);
}

static void tables(void **state)
{
	struct profile *p = new_profile();
	struct arena a = { 0 };
	struct table t;

	add(p, 0, 300, "main;walk;walk");
	add(p, 0, 100, "main;walk");
	add(p, 0, 600, "main");
	table_make(p, 0, TABLE_FUNCTIONS, &a, &t);
	assert_int_equal(t.n, 2);
	assert_string_equal(t.rows[0].function, "main");
	assert_float_equal(t.rows[0].self_share, 0.6, 1e-9);
	assert_float_equal(t.rows[0].total_share, 1.0, 1e-9);
	assert_int_equal(t.rows[1].self_count, 400);
	assert_int_equal(t.rows[1].total_count, 400); /* recursion once */
	/* Wilson 95 % for 400 of 1000: 0.3701 .. 0.4307 */
	assert_float_equal(t.rows[1].self_ci[0], 0.3701, 5e-4);
	assert_float_equal(t.rows[1].self_ci[1], 0.4307, 5e-4);
	arena_done(&a);
	profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(owners),
		cmocka_unit_test(nothing_is_lost),
		cmocka_unit_test(few_samples_raise_nothing),
		cmocka_unit_test(empty_profile),
		cmocka_unit_test(tables),
	};

	return cmocka_run_group_tests_name("blame", tests, NULL, NULL);
}
