/* SPDX-License-Identifier: MIT */
/*
 * Error rates by simulation: the whole decision (five looks, repeated intervals, margins) on slots
 * with drift, autocorrelation, spikes, two modes and a position effect. Unchanged code may be
 * called changed in 5 % of trials, a real change has to be found.
 */
#include "stats/order.h"
#include "stats/pcg.h"
#include "stats/sequential.h"
#include "stats/signed_rank.h"
#include "stats/verdict.h"

#include "unit.h"

#include <math.h>

enum { TRIALS = 600, PAIRS = 40 };

/* The log times of one trial's pairs, in random order; `effect` is added to the second command. */
static void trial(struct pcg *g, double effect, double *ret_d)
{
	double ar = 0;

	for (unsigned i = 0; i < PAIRS; i++) {
		double slot[2];

		for (unsigned s = 0; s < 2; s++) {
			ar = 0.8 * ar + 0.02 * pcg_normal(g);
			slot[s] = ar + 0.3 * i / PAIRS + 0.01 * pcg_normal(g) + (s ? 0.02 : 0);
			if (pcg_below(g, 20) == 0)
				slot[s] += 0.3 * pcg_unit(g);
			if (pcg_below(g, 3) == 0)
				slot[s] += 0.05;
		}
		ret_d[i] = pcg_u32(g) >> 31 ? slot[1] - slot[0] : slot[0] - slot[1];
		ret_d[i] += effect;
	}
}

/* The share of trials that end with a verdict of change (or, for `same`, of no change). */
static double share(double effect, double margin, bool same, uint64_t seed)
{
	unsigned hits = 0;

	for (unsigned t = 0; t < TRIALS; t++) {
		struct sequential test, equivalence;
		struct pcg g;
		double d[PAIRS];
		enum verdict v = VERDICT_INCONCLUSIVE;

		pcg_seed(&g, seed + t, 9);
		trial(&g, effect, d);
		sequential_init(&test, 0.05, PAIRS, seed + t);
		sequential_init(&equivalence, 0.10, PAIRS, seed + t);
		for (unsigned k = 1; k <= SEQUENTIAL_LOOKS && v == VERDICT_INCONCLUSIVE; k++) {
			size_t n = PAIRS * k / SEQUENTIAL_LOOKS;
			struct look a = sequential_look(&test, d, n, k == SEQUENTIAL_LOOKS);
			struct look b = sequential_look(&equivalence, d, n, k == SEQUENTIAL_LOOKS);
			struct interval ci, eq;

			signed_rank_ci(d, n, a.level, &ci);
			signed_rank_ci(d, n, b.level, &eq);
			v = verdict_of(hodges_lehmann(d, n), ci, eq, margin);
		}
		sequential_done(&test);
		sequential_done(&equivalence);
		hits += same ? v == VERDICT_NO_CHANGE
			     : v == VERDICT_IMPROVED || v == VERDICT_REGRESSED ||
				v == VERDICT_NEGLIGIBLE;
	}
	return (double)hits / TRIALS;
}

/* Upper end of the 99.9 % band of a share whose true value is at most p. */
static double band(double p)
{
	return p + 3.29 * sqrt(p * (1 - p) / TRIALS);
}

static void nothing_differs(void **state)
{
	double s = share(0, 0.01, false, 1000);

	(void)state;
	print_message("# unchanged called changed: %.1f %% of %d\n", 100 * s, TRIALS);
	assert_true(s <= band(0.05));
}

static void power(void **state)
{
	double at5 = share(log1p(0.05), 0.01, false, 2000),
	       at10 = share(log1p(0.10), 0.01, false, 3000);

	(void)state;
	print_message(
		"# found: 5 %% slower %.0f %%, 10 %% slower %.0f %%\n", 100 * at5, 100 * at10);
	assert_true(at5 > 0.6 && at10 > 0.95 && at10 >= at5);
}

/* At exactly the margin "no change" is wrong, and may be said in 5 % of trials. */
static void equivalence_at_the_margin(void **state)
{
	double wrong = share(log1p(0.05), 0.05, true, 4000), right = share(0, 0.05, true, 5000);

	(void)state;
	print_message("# no change within 5 %%: %.1f %% when it is 5 %%, %.0f %% when it is 0\n",
		100 * wrong, 100 * right);
	assert_true(wrong <= band(0.05));
	assert_true(right > 0.5);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(nothing_differs),
		cmocka_unit_test(power), cmocka_unit_test(equivalence_at_the_margin) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
