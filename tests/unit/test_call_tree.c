/* SPDX-License-Identifier: MIT */
/* Merging by function, self and total with recursion, shares and their intervals. */
#include "render/call_tree.h"
#include "render/share.h"

#include "base/alloc.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static uint32_t frame(struct profile *p, const char *name, uint32_t line)
{
	return profile_add_frame(p,
		&(struct frame){ .function = profile_string(p, name),
			.file = profile_string(p, "a.c"),
			.line = line });
}

static void hit(struct profile *p, uint32_t stack, int64_t ns)
{
	uint32_t thread = profile_add_thread(p, 1, 1, "t");

	profile_add_sample(p, stack, thread, 0, 1, &ns);
}

static const struct call_function *function(const struct call_tree *t, const char *name)
{
	vec_foreach (f, &t->functions)
		if (strcmp(profile_str(t->profile, f->name), name) == 0)
			return f;
	fail_msg("no function %s", name);
	return NULL;
}

static void test_recursion_counts_once(void **state)
{
	struct profile *p = profile_new();
	struct call_tree t;

	profile_add_type(p, "cpu", "nanoseconds");
	uint32_t main_10 = profile_add_stack(p, 0, frame(p, "main", 10));
	uint32_t main_20 = profile_add_stack(p, 0, frame(p, "main", 20));
	uint32_t walk = profile_add_stack(p, main_10, frame(p, "walk", 3));
	uint32_t again = profile_add_stack(p, walk, frame(p, "walk", 4));

	hit(p, main_20, 1);
	hit(p, walk, 10);
	hit(p, again, 100);
	call_tree_init(&t, p, 0);
	assert_int_equal(t.total, 111);
	assert_int_equal(t.nodes.n, 4); /* root, main, walk, walk: the two lines of main are one */
	assert_int_equal(function(&t, "main")->total, 111);
	assert_int_equal(function(&t, "main")->self, 1);
	assert_int_equal(function(&t, "main")->line, 10);
	assert_int_equal(function(&t, "walk")->total, 110);
	assert_int_equal(function(&t, "walk")->self, 110);
	assert_int_equal(function(&t, "walk")->line, 3);
	uint32_t *order = call_tree_ranking(&t, false), hottest[2];

	assert_string_equal(profile_str(p, t.functions.v[order[0]].name), "walk");
	assert_int_equal(call_tree_hottest(&t, hottest, 2), 2);
	assert_int_equal(t.nodes.v[hottest[0]].self, 100);
	assert_int_equal(t.nodes.v[hottest[1]].self, 10);
	free(order);
	call_tree_done(&t);
	profile_free(p);
}

/* Totals agree with a count made sample by sample, on random trees with recursion. */
static void test_totals_against_brute_force(void **state)
{
	uint32_t seed = 1;

	for (int round = 0; round < 50; round++) {
		struct profile *p = profile_new();
		int64_t want[6] = { 0 }, sum = 0;
		struct call_tree t;

		profile_add_type(p, "cpu", "nanoseconds");
		for (int i = 0; i < 60; i++) {
			uint32_t node = 0;
			bool seen[6] = { false };

			for (int d = 0; d < 1 + i % 9; d++) {
				seed = seed * 1664525 + 1013904223;
				unsigned k = (seed >> 16) % 6;
				char name[2] = { (char)('a' + k), 0 };

				node = profile_add_stack(
					p, node, frame(p, name, 1 + (seed >> 24) % 3));
				seen[k] = true;
			}
			hit(p, node, i);
			sum += i;
			for (int k = 0; k < 6; k++)
				want[k] += seen[k] ? i : 0;
		}
		call_tree_init(&t, p, 0);
		assert_int_equal(t.total, sum);
		for (int k = 0; k < 6; k++)
			if (want[k])
				assert_int_equal(
					function(&t, (char[]){ (char)('a' + k), 0 })->total,
					want[k]);
		call_tree_done(&t);
		profile_free(p);
	}
}

static void test_shares(void **state)
{
	char text[SHARE_LEN];

	/* Wilson interval for 50 of 100, computed apart: centre 0.5, half width 0.09617 */
	assert_true(fabs(share_error(0.5, 100) - 0.096169) < 1e-5);
	/* 0 of 10: upper limit 0.27753, so half width 0.13877 */
	assert_true(fabs(share_error(0, 10) - 0.138766) < 1e-5);
	assert_true(share_error(0.5, 0) == 1);
	assert_string_equal(share_text(text, 0.92), "92 %");
	assert_string_equal(share_text(text, 0.042), "4.2 %");
	assert_string_equal(share_text(text, 0.0004), "<0.1 %");
	assert_string_equal(share_text(text, 0), "0 %");
	assert_string_equal(share_ci_text(text, 0.92, (double[]){ 0.91, 0.93 }), "92 % ±1");
	assert_string_equal(share_ci_text(text, 0.043, (double[]){ 0.038, 0.049 }), "4.3 % ±0.6");
	assert_string_equal(share_ci_text(text, 0.974, (double[]){ 0.966, 0.982 }), "97 % ±1");
	assert_string_equal(share_ci_text(text, 0.5, (double[]){ 0, 0 }), "50 %");
	assert_string_equal(share_ci_text(text, 0, (double[]){ 0, 0.01 }), "0 %");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recursion_counts_once),
		cmocka_unit_test(test_totals_against_brute_force),
		cmocka_unit_test(test_shares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
