/* SPDX-License-Identifier: MIT */
/* Drift, trend and outliers in the order of runs. */
#include "stats/run_order.h"

#include "base/alloc.h"
#include "base/compiler.h"
#include "stats/distribution.h"
#include "stats/order.h"

#include <math.h>

double von_neumann_ratio(const double *v, size_t n, double *ret_z)
{
	_cleanup_(freep) unsigned *rank = xreallocarray(NULL, n + 1, sizeof(*rank));
	double num = 0, den = 0, N = (double)n, mean = N + 1; /* of doubled ranks */

	if (ret_z)
		*ret_z = 0;
	if (n < 3)
		return 2;
	double_mid_ranks(v, n, rank);
	for (size_t i = 0; i < n; i++) {
		double step = i + 1 < n ? (double)rank[i + 1] - rank[i] : 0;

		num += step * step;
		den += (rank[i] - mean) * (rank[i] - mean);
	}
	if (den == 0)
		return 2;
	double var = 4 * (N - 2) * (5 * N * N - 2 * N - 9) / (5 * N * (N + 1) * (N - 1) * (N - 1));

	if (ret_z)
		*ret_z = (num / den - 2) / sqrt(var);
	return num / den;
}

struct trend mann_kendall(const double *v, size_t n)
{
	struct trend t = { .p = 1 };

	n = MIN(n, (size_t)2000);
	if (n < 3)
		return t;
	_cleanup_(freep) double *slope = xreallocarray(NULL, n * (n - 1) / 2, sizeof(*slope));
	size_t m = 0;
	double N = (double)n, var = N * (N - 1) * (2 * N + 5) / 18;

	for (size_t i = 0; i < n; i++) {
		double ties = 1;
		bool first = true;

		for (size_t j = 0; j < i; j++)
			first = first && v[j] != v[i];
		for (size_t j = i + 1; j < n; j++) {
			t.s += (v[j] > v[i]) - (v[j] < v[i]);
			ties += v[j] == v[i];
			slope[m++] = (v[j] - v[i]) / (double)(j - i);
		}
		if (first)
			var -= ties * (ties - 1) * (2 * ties + 5) / 18;
	}
	t.slope = median_of(slope, m);
	if (var > 0 && t.s != 0)
		t.z = (t.s + (t.s > 0 ? -1 : 1)) / sqrt(var);
	t.p = fmin(1, 2 * normal_cdf(-fabs(t.z)));
	return t;
}

double robust_z(const double *v, size_t n, size_t i, double least_sd)
{
	double sd = fmax(robust_sd(v, n), least_sd), off = v[i] - median_of(v, n);

	return sd > 0 ? off / sd : off == 0 ? 0 : copysign(INFINITY, off);
}

size_t mad_outliers(const double *v, size_t n, bool *ret)
{
	double m = median_of(v, n), mad = robust_sd(v, n) / 1.4826;
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		ret[i] = mad > 0 && fabs(0.6745 * (v[i] - m) / mad) > 3.5;
		found += ret[i];
	}
	return found;
}
