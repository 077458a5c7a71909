/* SPDX-License-Identifier: MIT */
/*
 * From an interval of the log ratio to a word. With a margin m and L = ln(1 + m):
 *	regressed, improved	the interval excludes 0 and the estimate is past L
 *	negligible		the interval excludes 0 and lies inside +-L
 *	no-change		the equivalence interval (1 - 2 alpha) lies inside +-L: two
 *one-sided tests (Schuirmann 1987) inconclusive		otherwise
 */
#pragma once

#include "stats/order.h"

enum verdict {
	VERDICT_INCONCLUSIVE,
	VERDICT_IMPROVED,
	VERDICT_REGRESSED,
	VERDICT_NEGLIGIBLE,
	VERDICT_NO_CHANGE,
};

/* "improved", "no-change", ... as in JSON. */
const char *verdict_name(enum verdict v);
/* Logs: `estimate`, the test's interval and the wider-alpha one for equivalence; margin as a ratio.
 */
enum verdict verdict_of(
	double estimate, struct interval ci, struct interval equivalence, double margin_ratio);
/* Two one-sided tests at alpha by the signed-rank interval of 1 - 2 alpha. */
bool equivalent_within(const double *d, size_t n, double alpha, double margin_ratio);

/*
 * Standard error behind an interval of level alpha, taking it as a normal's: width / (2 z).
 * 0 when the interval is not finite.
 */
double interval_se(struct interval ci, double alpha);
/* The smallest true change that would be found with this power: exp((z_{1-a/2} + z_power) se) - 1.
 */
double minimum_detectable(double se, double alpha, double power);
/* Pairs needed to find `change_ratio` with this power, from the se that `n` pairs gave. */
double pairs_needed(double se, size_t n, double change_ratio, double alpha, double power);
