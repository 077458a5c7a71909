/* SPDX-License-Identifier: MIT */
/*
 * Two samples that were not taken in pairs: Mann & Whitney's U (1947) and the Hodges-Lehmann shift
 * with the interval that inverts the test (Hollander, Wolfe & Chicken 2014, 4.1-4.3). Exact, given
 * the ties, up to MANN_WHITNEY_EXACT values together; beyond, the normal approximation with tie
 * and continuity corrections. Drift between the samples is not controlled: say so.
 */
#pragma once

#include "stats/order.h"

enum { MANN_WHITNEY_EXACT = 100 };

struct mann_whitney {
	double u;         /* pairs with x > y, ties count one half */
	double p;         /* two-sided */
	double p_greater; /* one-sided: x tends to be greater */
};

struct mann_whitney mann_whitney_test(const double *x, size_t n, const double *y, size_t m);
/* The largest whole k with P(U <= k) <= tail without ties; -1: none. */
long mann_whitney_critical(size_t n, size_t m, double tail);
/* Median of all x_i - y_j, and its interval; false and an infinite interval when too few. */
double shift_hodges_lehmann(const double *x, size_t n, const double *y, size_t m);
bool shift_ci(
	const double *x, size_t n, const double *y, size_t m, double alpha, struct interval *ret);
