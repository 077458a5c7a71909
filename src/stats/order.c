/* SPDX-License-Identifier: MIT */
/* Sorting and what follows from it. */
#include "stats/order.h"

#include "base/alloc.h"
#include "stats/distribution.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void sort_doubles(double *v, size_t n)
{
	if (n > 1)
		qsort(v, n, sizeof(*v), compare);
}

double *sorted_copy(const double *v, size_t n)
{
	double *s = xreallocarray(NULL, n + 1, sizeof(*s));

	if (n)
		memcpy(s, v, n * sizeof(*s));
	sort_doubles(s, n);
	return s;
}

double sorted_median(const double *v, size_t n)
{
	if (!n)
		return NAN;
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

double sorted_quantile(const double *v, size_t n, double q)
{
	if (!n)
		return NAN;
	double at = q * (double)(n - 1);
	size_t i = (size_t)at;

	if (i + 1 >= n)
		return v[n - 1];
	return v[i] + (at - (double)i) * (v[i + 1] - v[i]);
}

double median_of(const double *v, size_t n)
{
	_cleanup_(freep) double *s = sorted_copy(v, n);

	return sorted_median(s, n);
}

double robust_sd(const double *v, size_t n)
{
	_cleanup_(freep) double *s = sorted_copy(v, n);
	double m = sorted_median(s, n);

	for (size_t i = 0; i < n; i++)
		s[i] = fabs(s[i] - m);
	sort_doubles(s, n);
	return 1.4826 * sorted_median(s, n);
}

struct ranked {
	double v;
	size_t i;
};

static int compare_ranked(const void *a, const void *b)
{
	return compare(&((const struct ranked *)a)->v, &((const struct ranked *)b)->v);
}

void double_mid_ranks(const double *v, size_t n, unsigned *ret)
{
	_cleanup_(freep) struct ranked *r = xreallocarray(NULL, n + 1, sizeof(*r));

	for (size_t i = 0; i < n; i++)
		r[i] = (struct ranked){ v[i], i };
	if (n > 1)
		qsort(r, n, sizeof(*r), compare_ranked);
	for (size_t i = 0, j; i < n; i = j) {
		for (j = i + 1; j < n && r[j].v == r[i].v; j++)
			;
		for (size_t t = i; t < j; t++)
			ret[r[t].i] = (unsigned)(i + 1 + j); /* twice the mean of ranks i+1 .. j */
	}
}

size_t median_ci_rank(size_t n, double alpha, double *ret_coverage)
{
	size_t k = 0;

	while (k < n / 2 && 2 * fair_coin_cdf((unsigned)n, (int)k) <= alpha)
		k++;
	if (ret_coverage)
		*ret_coverage = k ? 1 - 2 * fair_coin_cdf((unsigned)n, (int)k - 1) : 0;
	return k;
}

bool median_ci(const double *v, size_t n, double alpha, struct interval *ret)
{
	_cleanup_(freep) double *s = sorted_copy(v, n);
	size_t k = median_ci_rank(n, alpha, NULL);

	if (!k) {
		*ret = n ? (struct interval){ s[0], s[n - 1] } : (struct interval){ NAN, NAN };
		return false;
	}
	*ret = (struct interval){ s[k - 1], s[n - k] };
	return true;
}
