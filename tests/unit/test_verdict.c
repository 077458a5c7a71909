/* SPDX-License-Identifier: MIT */
/* Joining profiles of one observation, and ranking over several resources. */
#include "analyze/verdict.h"
#include "model/profile_merge.h"
#include "unit.h"

static uint32_t stack_of(struct profile *p, const char *text)
{
	uint32_t stack = 0;

	while (*text) {
		size_t n = strcspn(text, ";");
		char name[64];
		bool waiting = *text == '[';

		snprintf(name, sizeof(name), "%.*s", (int)n, text);
		stack = profile_add_stack(p, stack,
			profile_add_frame(p,
				&(struct frame){ .function = profile_string(p, name),
					.file = waiting ? 0 : profile_string(p, "prog.c"),
					.kind = waiting ? FRAME_KERNEL : FRAME_APP }));
		text += n + (text[n] == ';');
	}
	return stack;
}

static void add(
	struct profile *p, const char *type, const char *stack, uint64_t count, int64_t value)
{
	int64_t v[PROFILE_MAX_VALUES] = { 0 };

	v[profile_add_type(p, type, "nanoseconds")] = value;
	profile_add_sample(p, stack_of(p, stack), profile_add_thread(p, 1, 1, "t"), 0, count, v);
}

static void clocks_do_not_share_counts(void **state)
{
	struct profile *p = profile_new();

	add(p, "cpu", "main;f", 10, 10000);
	add(p, "off-cpu", "main;f", 3, 999);
	add(p, "cpu", "main;f", 5, 5000);
	assert_int_equal(p->samples.n, 2);
	assert_int_equal(profile_total(p, 0), 15000);
	assert_int_equal(profile_total(p, 1), 999);
	assert_int_equal(profile_type_count(p, 0), 15);
	assert_int_equal(profile_type_count(p, 1), 3);
	assert_int_equal(profile_total_count(p), 18);
	profile_free(p);
}

static void merging_keeps_sums_and_names(void **state)
{
	struct profile *a = profile_new(), *b = profile_new();

	profile_string(a, "shifts the string ids");
	add(a, "cpu", "main;f", 10, 100);
	add(b, "cpu", "main;f;g", 7, 70);
	add(b, "lock", "main;f", 2, 20);
	add(b, "lock", "main;h", 1, 5);
	assert_int_equal(profile_merge(a, b, 2), 2); /* lock only */
	assert_int_equal(profile_total(a, 0), 100);
	assert_int_equal(profile_type(a, "lock"), 1);
	assert_int_equal(profile_total(a, 1), 25);
	assert_int_equal(profile_type_count(a, 1), 3);
	assert_int_equal(profile_merge(a, b, 1), 1); /* now the CPU time as well */
	assert_int_equal(profile_total(a, 0), 170);
	assert_int_equal(a->threads.n, 1);
	const struct profile_sample *last = &a->samples.v[a->samples.n - 1];

	assert_string_equal(
		profile_str(a, a->frames.v[a->stacks.v[last->stack].frame].function), "g");
	assert_int_equal(a->stacks.v[last->stack].depth, 3);
	profile_free(a);
	profile_free(b);
}

static void types_beyond_the_limit_are_left_out(void **state)
{
	struct profile *a = profile_new(), *b = profile_new();
	char name[16];

	for (int i = 0; i < PROFILE_MAX_VALUES; i++) {
		snprintf(name, sizeof(name), "t%d", i);
		profile_add_type(a, name, "count");
	}
	add(b, "lock", "main", 1, 1);
	assert_int_equal(profile_merge(a, b, 1), 0);
	assert_int_equal(a->n_types, PROFILE_MAX_VALUES);
	profile_free(a);
	profile_free(b);
}

struct expected {
	const char *function, *resource;
};

static void expect(const struct profile *p, unsigned resources, double memory,
	const struct expected *want, size_t n)
{
	struct arena arena = { 0 };
	struct findings f;
	const char *resource;

	verdict_from_profile(p,
		&(struct verdict_opts){ .resources = resources, .memory_weight = memory }, &arena,
		&f, &resource);
	assert_true(f.n >= n);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(f.v[i].where.function, want[i].function);
		assert_string_equal(f.v[i].resource, want[i].resource);
		assert_int_equal(f.v[i].rank, i + 1);
	}
	if (n)
		assert_string_equal(resource, want[0].resource);
	arena_done(&arena);
}

static void what_dominates_comes_first(void **state)
{
	struct profile *p = profile_new();

	add(p, "cpu", "main;work", 1000, 1000);
	add(p, "off-cpu", "main;fetch;[waiting: socket]", 4, 3000);
	add(p, "inuse_space", "main;keep", 400, 1 << 20);
	/* three quarters of the time is waiting; memory is of no concern */
	expect(p, 0, 0, (struct expected[]){ { "fetch", "wall" }, { "work", "cpu" } }, 2);
	/* memory that grows without end */
	expect(p, 0, 1, (struct expected[]){ { "keep", "memory" }, { "fetch", "wall" } }, 2);
	/* the user asks for one */
	expect(p, RESOURCE_CPU, 0.9, (struct expected[]){ { "work", "cpu" } }, 1);
	expect(p, RESOURCE_MEMORY, 0, (struct expected[]){ { "keep", "memory" } }, 1);
	profile_free(p);
}

static void one_place_is_one_finding(void **state)
{
	struct profile *p = profile_new();
	struct arena arena = { 0 };
	struct findings f;
	const char *resource;

	add(p, "cpu", "main;load", 400, 400);
	add(p, "off-cpu", "main;load;[waiting: disk]", 9, 600);
	verdict_from_profile(p, &(struct verdict_opts){ 0 }, &arena, &f, &resource);
	assert_int_equal(f.n, 1);
	assert_string_equal(f.v[0].resource, "wall");
	assert_true(f.v[0].share > 0.59 && f.v[0].share < 0.61);
	size_t last = 0;

	while (f.v[0].evidence[last + 1])
		last++;
	assert_string_equal(f.v[0].evidence[last], "also 100 % of cpu");
	arena_done(&arena);
	profile_free(p);
}

static void shares_are_of_what_they_are_called(void **state)
{
	struct profile *p = profile_new();
	struct arena arena = { 0 };
	struct findings f;
	const char *resource;

	add(p, "cpu", "main;work", 700, 700);
	add(p, "io", "main;save;fsync", 40, 300);
	/* 700 of CPU, 300 of I/O that is part of 300 off the CPU elsewhere */
	add(p, "off-cpu", "main;idle_loop;[waiting: poll]", 3, 300);
	verdict_from_profile(
		p, &(struct verdict_opts){ .resources = RESOURCE_IO }, &arena, &f, &resource);
	assert_int_equal(f.n, 1);
	assert_string_equal(f.v[0].resource, "io");
	assert_true(f.v[0].share > 0.99); /* all of the I/O ... */
	assert_true(f.v[0].bound_ratio > 1.42 && f.v[0].bound_ratio < 1.44); /* ... 30 % of time */
	verdict_from_profile(
		p, &(struct verdict_opts){ .resources = RESOURCE_WALL }, &arena, &f, &resource);
	assert_string_equal(f.v[0].resource, "wall");
	assert_true(f.v[0].share > 0.29 && f.v[0].share < 0.31);
	arena_done(&arena);
	profile_free(p);
}

static void a_little_waiting_is_no_finding(void **state)
{
	struct profile *p = profile_new();

	add(p, "cpu", "main;work", 1000, 10000);
	add(p, "off-cpu", "main;log;[waiting: disk]", 2, 300);
	struct arena arena = { 0 };
	struct findings f;
	const char *resource;

	verdict_from_profile(p, &(struct verdict_opts){ 0 }, &arena, &f, &resource);
	assert_int_equal(f.n, 1);
	assert_string_equal(f.v[0].where.function, "work");
	assert_string_equal(resource, "cpu");
	arena_done(&arena);
	profile_free(p);
}

static void what_is_asked_for_is_shown_as_little_as_it_is(void **state)
{
	struct profile *p = profile_new();
	struct arena arena = { 0 };
	struct findings f;
	const char *resource;

	add(p, "cpu", "main;work", 1000, 9800);
	add(p, "off-cpu", "main;log;[waiting: disk]", 4, 200);
	verdict_from_profile(p, &(struct verdict_opts){ 0 }, &arena, &f, &resource);
	assert_int_equal(f.n, 1);
	verdict_from_profile(
		p, &(struct verdict_opts){ .resources = RESOURCE_WALL }, &arena, &f, &resource);
	assert_int_equal(f.n, 1);
	assert_string_equal(f.v[0].where.function, "log");
	assert_true(f.v[0].share > 0.019 && f.v[0].share < 0.021);
	verdict_from_profile(
		p, &(struct verdict_opts){ .resources = RESOURCE_ALL }, &arena, &f, &resource);
	assert_int_equal(f.n, 2);
	assert_string_equal(f.v[0].where.function, "work");
	arena_done(&arena);
	profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clocks_do_not_share_counts),
		cmocka_unit_test(merging_keeps_sums_and_names),
		cmocka_unit_test(types_beyond_the_limit_are_left_out),
		cmocka_unit_test(what_dominates_comes_first),
		cmocka_unit_test(one_place_is_one_finding),
		cmocka_unit_test(shares_are_of_what_they_are_called),
		cmocka_unit_test(a_little_waiting_is_no_finding),
		cmocka_unit_test(what_is_asked_for_is_shown_as_little_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
