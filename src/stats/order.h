/* SPDX-License-Identifier: MIT */
/* What sorting gives: medians, quantiles, mid-ranks, and the exact interval for a median. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct interval {
	double low, high;
};

void sort_doubles(double *v, size_t n);
/* malloc'ed sorted copy; n may be 0. */
double *sorted_copy(const double *v, size_t n);
/* Of a sorted array; NAN when empty. */
double sorted_median(const double *v, size_t n);
/* Linear interpolation between order statistics (Hyndman & Fan 1996, type 7). */
double sorted_quantile(const double *v, size_t n, double q);
/* Of any array. */
double median_of(const double *v, size_t n);
/* Median absolute deviation from the median, times 1.4826: a normal's standard deviation. */
double robust_sd(const double *v, size_t n);

/* Doubled mid-ranks of v (ties share their mean rank): always whole numbers, 2 .. 2n. */
void double_mid_ranks(const double *v, size_t n, unsigned *ret);

/*
 * Rank k (from 1) so that [v_(k), v_(n+1-k)] covers the median with at least 1 - alpha:
 * 2 P(Bin(n, 1/2) <= k-1) <= alpha (David & Nagaraja 2003, 7.1). 0 when n is too small.
 * *ret_coverage is what it really covers; may be NULL.
 */
size_t median_ci_rank(size_t n, double alpha, double *ret_coverage);
/* false, and the whole range, when n is too small for that coverage. */
bool median_ci(const double *v, size_t n, double alpha, struct interval *ret);
