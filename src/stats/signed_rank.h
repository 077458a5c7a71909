/* SPDX-License-Identifier: MIT */
/*
 * Paired differences: Wilcoxon's signed-rank test (1945) with its exact null distribution, the
 * Hodges-Lehmann estimate (1963) and the interval that inverts the test (Hollander, Wolfe &
 * Chicken 2014, 3.1-3.3). Up to SIGNED_RANK_EXACT differences everything is exact; beyond, the
 * normal approximation with the variance of the ranks at hand.
 */
#pragma once

#include "stats/order.h"

enum { SIGNED_RANK_EXACT = 200, WALSH_MAX = 2000 };

struct signed_rank {
	double w_plus; /* sum of the (mid-)ranks of positive differences */
	double p;      /* two-sided */
	double p_less; /* one-sided: differences below 0 */
	size_t n_used; /* without zeros */
};

/* Zeros are ranked and then left out (Pratt 1959); ties get mid-ranks, and the null is theirs. */
struct signed_rank signed_rank_test(const double *d, size_t n);

/* P(W+ <= w) for n differences without ties; exact, n <= SIGNED_RANK_EXACT. */
double signed_rank_cdf(size_t n, double w);
/* The largest whole k with P(W+ <= k) <= tail; -1 when there is none (n too small). */
long signed_rank_critical(size_t n, double tail);

/* Median of all (d_i + d_j) / 2, i <= j; of the first WALSH_MAX differences. NAN when empty. */
double hodges_lehmann(const double *d, size_t n);
/*
 * Interval of the Walsh averages with coverage >= 1 - alpha. false and an infinite interval when n
 * is too small for any (below 6 at 95 %).
 */
bool signed_rank_ci(const double *d, size_t n, double alpha, struct interval *ret);
