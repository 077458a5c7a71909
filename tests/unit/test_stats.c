/* SPDX-License-Identifier: MIT */
/* Statistics against published tables and worked examples (R, Hollander & Wolfe). */
#include "stats/distribution.h"
#include "stats/mann_whitney.h"
#include "stats/order.h"
#include "stats/pcg.h"
#include "stats/run_order.h"
#include "stats/sequential.h"
#include "stats/sign_flip.h"
#include "stats/signed_rank.h"
#include "stats/verdict.h"

#include "unit.h"

#include <math.h>

#define close_to(a, b, tolerance)                                          \
	do {                                                               \
		double a_ = (a), b_ = (b);                                 \
		if (!(fabs(a_ - b_) <= (tolerance)))                       \
			fail_msg("%s is %.10g, wanted %.10g", #a, a_, b_); \
	} while (0)

/* O'Neill's pcg32-demo output for seed 42, stream 54: a published vector. */
static void generator(void **state)
{
	static const uint32_t expected[] = { 0xa15c02b7, 0x7b47f409, 0xba1d3330, 0x83d2f293,
		0xbfa4784b, 0xcbed606e };
	struct pcg g;
	unsigned seen[6] = { 0 }, order[6];

	(void)state;
	pcg_seed(&g, 42, 54);
	for (size_t i = 0; i < ARRAY_LEN(expected); i++)
		assert_int_equal(pcg_u32(&g), expected[i]);
	pcg_permutation(&g, order, 6);
	for (size_t i = 0; i < 6; i++)
		seen[order[i]]++;
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(seen[i], 1);
}

static void distributions(void **state)
{
	static const struct {
		double df, t;
	} cases[] = { { 1, 12.7062 }, { 9, 2.2622 }, { 28, 2.0484 }, { 29, 2.0452 },
		{ 120, 1.9799 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		close_to(student_quantile(0.975, cases[i].df), cases[i].t, 5e-5);
		close_to(student_cdf(-cases[i].t, cases[i].df), 0.025, 1e-5);
	}
	close_to(normal_quantile(0.975), 1.959963984540054, 1e-10);
	close_to(normal_quantile(0.2), -0.8416212335729143, 1e-10);
	close_to(fair_coin_cdf(10, 2), 56.0 / 1024, 1e-12);
}

static void critical_u(void **state)
{
	static const struct {
		size_t n;
		double level;
		long u;
	} cases[] = { { 5, 0.05, 2 }, { 6, 0.05, 5 }, { 8, 0.05, 13 }, { 10, 0.05, 23 },
		{ 15, 0.05, 64 }, { 20, 0.05, 127 }, { 5, 0.01, 0 }, { 10, 0.01, 16 },
		{ 20, 0.01, 105 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(mann_whitney_critical(cases[i].n, cases[i].n, cases[i].level / 2),
			cases[i].u);
}

static void least_u_p(void **state)
{
	static const struct {
		size_t n;
		double p;
	} cases[] = { { 3, 0.1 }, { 4, 0.02857 }, { 5, 0.0079365 }, { 6, 0.0021645 },
		{ 10, 1.0825e-5 } };
	double x[10], y[10];

	(void)state;
	for (size_t i = 0; i < 10; i++) {
		x[i] = (double)i;
		y[i] = 100 + (double)i;
	}
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		close_to(mann_whitney_test(x, cases[i].n, y, cases[i].n).p, cases[i].p,
			cases[i].p * 1e-3);
}

static void critical_w(void **state)
{
	static const struct {
		size_t n;
		long w;
	} cases[] = { { 5, -1 }, { 6, 0 }, { 8, 3 }, { 10, 8 }, { 15, 25 }, { 20, 52 }, { 25, 89 },
		{ 30, 137 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(signed_rank_critical(cases[i].n, 0.025), cases[i].w);
	close_to(signed_rank_cdf(9, 5), 10.0 / 512, 1e-12);
	/* the normal approximation takes over without a jump */
	close_to((double)(signed_rank_critical(201, 0.025) - signed_rank_critical(200, 0.025)),
		88.5, 2.5);
}

static void median_ranks(void **state)
{
	static const struct {
		size_t n, k;
		double coverage;
	} cases[] = { { 6, 1, 0.9688 }, { 10, 2, 0.9785 }, { 20, 6, 0.9586 }, { 30, 10, 0.9572 } };
	double coverage;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(median_ci_rank(cases[i].n, 0.05, &coverage), cases[i].k);
		close_to(coverage, cases[i].coverage, 1e-4);
	}
	assert_int_equal(median_ci_rank(5, 0.05, NULL), 0);
	double v[] = { 3, 1, 2, 6, 5, 4 };
	struct interval ci;

	assert_true(median_ci(v, 6, 0.05, &ci));
	close_to(ci.low, 1, 0);
	close_to(ci.high, 6, 0);
	close_to(median_of(v, 6), 3.5, 0);
}

/* Hollander & Wolfe: depression scores of nine patients before and after. */
static void depression_pairs(void **state)
{
	static const double x[] = { 1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30 };
	static const double y[] = { 0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29 };
	double d[9], flipped[9];
	struct interval ci, mirror;

	(void)state;
	for (size_t i = 0; i < 9; i++) {
		d[i] = y[i] - x[i];
		flipped[i] = -d[i];
	}
	struct signed_rank r = signed_rank_test(d, 9);

	close_to(r.p_less, 0.01953125, 1e-12);
	close_to(r.p, 0.0390625, 1e-12);
	close_to(r.w_plus, 5, 0);
	close_to(hodges_lehmann(d, 9), -0.46, 5e-4);
	assert_true(signed_rank_ci(d, 9, 0.05, &ci));
	close_to(ci.low, -0.786, 5e-4);
	close_to(ci.high, -0.010, 5e-4);
	/* labels swapped: everything turns around */
	assert_true(signed_rank_ci(flipped, 9, 0.05, &mirror));
	close_to(mirror.low, -ci.high, 1e-12);
	close_to(hodges_lehmann(flipped, 9), -hodges_lehmann(d, 9), 1e-12);
	assert_false(signed_rank_ci(d, 5, 0.05, &ci));
}

/* Hollander & Wolfe: permeability of membranes, 10 against 5. */
static void permeability(void **state)
{
	static const double x[] = { 0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46 };
	static const double y[] = { 1.15, 0.88, 0.90, 0.74, 1.21 };
	struct mann_whitney r = mann_whitney_test(x, 10, y, 5);
	struct interval ci;

	(void)state;
	close_to(r.u, 35, 0);
	close_to(r.p_greater, 0.1272061, 1e-6);
	close_to(r.p, 0.2544122, 1e-6);
	close_to(shift_hodges_lehmann(x, 10, y, 5), 0.305, 1e-9);
	assert_true(shift_ci(x, 10, y, 5, 0.05, &ci));
	assert_true(ci.low < 0.305 && ci.high > 0.305 && ci.low < 0 && ci.high > 0);
}

/* Ties and zeros, counted by hand. */
static void ties(void **state)
{
	/* |d| ranks: 0 -> 1, the two 1s -> 2.5 each, 2 -> 4; W+ = 6.5 of 2.5 + 2.5 + 4 */
	static const double d[] = { 0, 1, -1, 2 };
	/* 1 1 | 1 2: of the six ways to pick two of {1,1,1,2}, three hold the 2 */
	static const double x[] = { 1, 1 }, y[] = { 1, 2 };
	struct signed_rank r = signed_rank_test(d, 4);

	(void)state;
	close_to(r.w_plus, 6.5, 0);
	assert_int_equal(r.n_used, 3);
	close_to(r.p, 2 * 3.0 / 8, 1e-12); /* 6.5 twice and 9 */
	close_to(mann_whitney_test(x, 2, y, 2).u, 1, 0);
	close_to(mann_whitney_test(x, 2, y, 2).p, 1, 1e-12);
	close_to(mann_whitney_test(x, 2, y, 2).p_greater, 1, 1e-12);
	static const double none[] = { 0, 0, 0 };

	close_to(signed_rank_test(none, 3).p, 1, 0);
}

static void flips(void **state)
{
	double d[40], p;

	(void)state;
	for (size_t i = 0; i < 40; i++)
		d[i] = i < 6 ? (double)i + 1 : (i % 2 ? 1 : -1) * (1 + (double)(i / 2));
	close_to(sign_flip_p(d, 6, sign_flip_mean, 1), 2.0 / 64, 1e-12);
	d[0] = -1;
	/* 1 against 20: |T*| >= 19 needs all alike but at most the 1 */
	close_to(sign_flip_p(d, 6, sign_flip_mean, 1), 4.0 / 64, 1e-12);
	p = sign_flip_p(d, 40, sign_flip_mean, 7);
	assert_true(p == sign_flip_p(d, 40, sign_flip_mean, 7) && p > 1e-4 && p <= 1);
}

static void verdicts(void **state)
{
	static const struct {
		double estimate, low, high, eq_low, eq_high;
		enum verdict expected;
	} cases[] = {
		{ 0.05, 0.03, 0.07, 0.035, 0.065, VERDICT_REGRESSED },
		{ -0.05, -0.07, -0.03, -0.065, -0.035, VERDICT_IMPROVED },
		{ 0.005, 0.002, 0.008, 0.003, 0.007, VERDICT_NEGLIGIBLE },
		{ 0.001, -0.005, 0.006, -0.004, 0.005, VERDICT_NO_CHANGE },
		{ 0.001, -0.015, 0.017, -0.012, 0.014, VERDICT_INCONCLUSIVE },
		{ 0.008, 0.001, 0.015, 0.002, 0.014, VERDICT_INCONCLUSIVE },
		{ 0.2, -INFINITY, INFINITY, -INFINITY, INFINITY, VERDICT_INCONCLUSIVE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(
			verdict_of(cases[i].estimate,
				(struct interval){ cases[i].low, cases[i].high },
				(struct interval){ cases[i].eq_low, cases[i].eq_high }, 0.01),
			cases[i].expected);
	struct interval ci = { -0.0196, 0.0196 };

	close_to(interval_se(ci, 0.05), 0.01, 1e-6);
	close_to(minimum_detectable(0.01, 0.05, 0.8), expm1(0.028016), 1e-5);
	close_to(pairs_needed(0.01, 30, expm1(0.01), 0.05, 0.8), ceil(30 * 2.8015852 * 2.8015852),
		0);
}

static void order_of_runs(void **state)
{
	double up[20], saw[20], z, spiky[] = { 10, 11, 10, 9, 10, 11, 10, 50 };
	bool out[8];

	(void)state;
	for (size_t i = 0; i < 20; i++) {
		up[i] = (double)i;
		saw[i] = i % 2 ? 1 : -1;
	}
	/* of 0..19: 19 / (n (n^2 - 1) / 12) */
	close_to(von_neumann_ratio(up, 20, &z), 19 / 665.0, 1e-12);
	assert_true(z < -3);
	assert_true(von_neumann_ratio(saw, 20, &z) > 3 && z > 2);
	struct trend t = mann_kendall(up, 20);

	close_to(t.s, 190, 0);
	close_to(t.slope, 1, 1e-12);
	close_to(t.z, 189 / sqrt(950), 1e-9);
	assert_true(fabs(mann_kendall(saw, 20).z) < 1);
	/* MAD 0.5: 11 scores 1.3, 50 scores 54 */
	assert_int_equal(mad_outliers(spiky, 8, out), 1);
	assert_true(out[7]);
}

static void looks(void **state)
{
	struct sequential s;
	double d[50], all = 0;

	(void)state;
	close_to(sequential_spent(0.05, 1), 0.05, 1e-12);
	for (size_t i = 0; i < 50; i++)
		d[i] = 1 + (double)i;
	sequential_init(&s, 0.05, 50, 3);
	struct look l = sequential_look(&s, d, 10, false);

	assert_true(l.crossed);
	close_to(l.level, sequential_spent(0.05, 0.2), 0.003);
	for (size_t n = 20; n <= 50; n += 10)
		all = sequential_look(&s, d, n, n == 50).level;
	/* the five levels of a Pocock-like plan stay well under alpha and over alpha / 5 */
	assert_true(all > 0.01 && all < 0.05);
	assert_true(s.stopped_count <= 500);
	sequential_done(&s);
	/* five pairs cannot reject at a fifth of the plan */
	sequential_init(&s, 0.05, 25, 3);
	l = sequential_look(&s, d, 5, false);
	assert_false(l.crossed);
	assert_true(l.level < 2.0 / 32);
	sequential_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(generator),
		cmocka_unit_test(distributions), cmocka_unit_test(critical_u),
		cmocka_unit_test(least_u_p), cmocka_unit_test(critical_w),
		cmocka_unit_test(median_ranks), cmocka_unit_test(depression_pairs),
		cmocka_unit_test(permeability), cmocka_unit_test(ties), cmocka_unit_test(flips),
		cmocka_unit_test(verdicts), cmocka_unit_test(order_of_runs),
		cmocka_unit_test(looks) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
