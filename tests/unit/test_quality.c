/* SPDX-License-Identifier: MIT */
/* The grade of a profile and what it lets through. */
#include "analyze/quality.h"
#include "unit.h"

static struct profile *sampled(uint64_t n)
{
	struct profile *p = profile_new();
	unsigned cpu = profile_add_type(p, "cpu", "nanoseconds");
	int64_t v[PROFILE_MAX_VALUES] = { 0 };
	uint32_t frame =
		profile_add_frame(p, &(struct frame){ .function = profile_string(p, "f") });

	v[cpu] = (int64_t)n * 1000000;
	profile_add_sample(
		p, profile_add_stack(p, 0, frame), profile_add_thread(p, 1, 1, "t"), 0, n, v);
	p->quality.samples = n;
	p->quality.target_cpu_ns = n * 1000000;
	return p;
}

static void grades(void **state)
{
	static const struct {
		uint64_t n;
		struct profile_quality q;
		double named;
		enum quality_grade grade;
		const char *first; /* part of the first reason, NULL none */
	} cases[] = {
		{ 4000, { .samples = 4000 }, 0.9, QUALITY_GOOD, NULL },
		{ 4000, { .samples = 4000 }, -1, QUALITY_GOOD, NULL },
		{ 20, { .samples = 20 }, 0.9, QUALITY_POOR, "only 20 samples" },
		{ 150, { .samples = 150 }, 0.9, QUALITY_LIMITED, "only 150 samples" },
		{ 4000, { .samples = 4000, .lost = 40 }, 0.9, QUALITY_GOOD, NULL },
		{ 4000, { .samples = 4000, .lost = 400 }, 0.9, QUALITY_LIMITED,
			"9 % of the samples were lost" },
		{ 4000, { .samples = 4000, .lost = 4000 }, 0.9, QUALITY_POOR,
			"50 % of the samples were lost" },
		{ 4000, { .samples = 4000, .truncated = 400 }, 0.9, QUALITY_LIMITED,
			"stacks are incomplete" },
		{ 4000, { .samples = 4000, .unsymbolised = 3000 }, 0.9, QUALITY_POOR, "no name" },
		{ 4000, { .samples = 4000, .throttled = 3 }, 0.9, QUALITY_LIMITED, "throttled" },
		{ 4000, { .samples = 4000, .kernel_hidden = 2000 }, 0.9, QUALITY_LIMITED,
			"in the kernel" },
		{ 4000, { .samples = 4000 }, 0.05, QUALITY_POOR, "no application function" },
		{ 4000, { .samples = 4000, .target_cpu_ns = 8000000000 }, 0.9, QUALITY_LIMITED,
			"not seen" },
		/* the worst reason comes first */
		{ 4000, { .samples = 4000, .truncated = 400, .unsymbolised = 3900 }, 0.9,
			QUALITY_POOR, "98 % of the samples have no name" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct profile *p = sampled(cases[i].n);
		struct arena a = { 0 };
		struct quality_verdict v;
		uint64_t cpu = p->quality.target_cpu_ns;

		p->quality = cases[i].q;
		if (!p->quality.target_cpu_ns)
			p->quality.target_cpu_ns = cpu;
		quality_judge(p, cases[i].named, &a, &v);
		assert_int_equal(v.grade, cases[i].grade);
		if (cases[i].first)
			assert_non_null(strstr(v.because[0], cases[i].first));
		else
			assert_null(v.because[0]);
		arena_done(&a);
		profile_free(p);
	}
}

static void a_poor_profile_names_no_cause(void **state)
{
	static const struct {
		enum quality_grade grade;
		const char *resource;
		double confidence, after;
		bool cause;
	} cases[] = {
		{ QUALITY_GOOD, "cpu", 0.8, 0.8, true },
		{ QUALITY_LIMITED, "cpu", 0.8, 0.68, true },
		{ QUALITY_LIMITED, "cpu", 0.5, 0, false }, { QUALITY_POOR, "cpu", 0.95, 0, false },
		{ QUALITY_POOR, "wall", 0.8, 0.8, true }, /* measured in another way */
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a = { 0 };
		struct finding f = { .cause = "sort-in-loop",
			.rule = "X1",
			.resource = cases[i].resource,
			.confidence = cases[i].confidence,
			.fix = { "sort once" },
			.where = { .function = "f" } };
		struct findings all = { .v = &f, .n = 1 };

		quality_gate(&(struct quality_verdict){ .grade = cases[i].grade }, &a, &all);
		assert_true(f.confidence > cases[i].after - 1e-9 &&
			f.confidence < cases[i].after + 1e-9);
		assert_int_equal(*f.cause != 0, cases[i].cause);
		assert_int_equal(f.fix[0] != NULL, cases[i].cause);
		arena_done(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grades),
		cmocka_unit_test(a_poor_profile_names_no_cause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
