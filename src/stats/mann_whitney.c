/* SPDX-License-Identifier: MIT */
/* Mann-Whitney's U, exact by counting subsets of ranks, and the Hodges-Lehmann shift. */
#include "stats/mann_whitney.h"

#include "base/alloc.h"
#include "base/compiler.h"
#include "stats/distribution.h"

#include <math.h>
#include <string.h>

/*
 * How many of the subsets of `take` ranks have each sum, as a share of all; total + 1 entries,
 * malloc'ed. Counts stay below C(100, 50) = 1e29, well inside a double.
 */
static double *subset_sums(const unsigned *rank, size_t all, size_t take, size_t total)
{
	double *row = xcalloc((take + 1) * (total + 1), sizeof(*row)), sum = 0;

	row[0] = 1;
	for (size_t i = 0; i < all; i++)
		for (size_t k = MIN(i + 1, take); k > 0; k--)
			for (size_t s = total; s >= rank[i]; s--)
				row[k * (total + 1) + s] +=
					row[(k - 1) * (total + 1) + s - rank[i]];
	memmove(row, row + take * (total + 1), (total + 1) * sizeof(*row));
	for (size_t s = 0; s <= total; s++)
		sum += row[s];
	for (size_t s = 0; s <= total; s++)
		row[s] /= sum;
	return row;
}

static double tie_term(const unsigned *rank, size_t all)
{
	/* sum over values of (t^2 - 1) is sum over blocks of (t^3 - t) */
	double sum = 0;

	for (size_t i = 0; i < all; i++) {
		double t = 0;

		for (size_t j = 0; j < all; j++)
			t += rank[j] == rank[i];
		sum += t * t - 1;
	}
	return sum;
}

struct mann_whitney mann_whitney_test(const double *x, size_t n, const double *y, size_t m)
{
	size_t all = n + m, plus = 0;
	struct mann_whitney r = { .p = 1, .p_greater = 1 };

	if (!n || !m)
		return r;
	_cleanup_(freep) double *v = xreallocarray(NULL, all, sizeof(*v));
	_cleanup_(freep) unsigned *rank = xreallocarray(NULL, all, sizeof(*rank));
	double low = 0, high = 0;

	memcpy(v, x, n * sizeof(*v));
	memcpy(v + n, y, m * sizeof(*v));
	double_mid_ranks(v, all, rank);
	for (size_t i = 0; i < n; i++)
		plus += rank[i];
	r.u = (double)plus / 2 - (double)n * ((double)n + 1) / 2;
	if (all <= MANN_WHITNEY_EXACT) {
		size_t total = all * (all + 1);
		_cleanup_(freep) double *p = subset_sums(rank, all, n, total);

		for (size_t s = 0; s <= total; s++) {
			low += s <= plus ? p[s] : 0;
			high += s >= plus ? p[s] : 0;
		}
	} else {
		double a = (double)all, nm = (double)n * (double)m;
		double sd = sqrt(nm / 12 * (a + 1 - tie_term(rank, all) / (a * (a - 1))));

		low = sd > 0 ? normal_cdf((r.u + 0.5 - nm / 2) / sd) : 1;
		high = sd > 0 ? normal_cdf((nm / 2 - r.u + 0.5) / sd) : 1;
	}
	r.p_greater = fmin(1, high);
	r.p = fmin(1, 2 * fmin(low, high));
	return r;
}

long mann_whitney_critical(size_t n, size_t m, double tail)
{
	size_t all = n + m;

	if (!n || !m)
		return -1;
	if (all > MANN_WHITNEY_EXACT) {
		double nm = (double)n * (double)m;
		double k = floor(
			nm / 2 + normal_quantile(tail) * sqrt(nm * (double)(all + 1) / 12) - 0.5);

		return k < 0 ? -1 : (long)k;
	}
	unsigned rank[MANN_WHITNEY_EXACT];
	size_t total = all * (all + 1) / 2, least = n * (n + 1) / 2, k = 0;

	for (size_t i = 0; i < all; i++)
		rank[i] = (unsigned)i + 1;
	_cleanup_(freep) double *p = subset_sums(rank, all, n, total);

	for (double sum = p[least]; k <= n * m && sum <= tail * (1 + 1e-12); k++)
		sum += k + 1 <= n * m ? p[least + k + 1] : 1;
	return (long)k - 1;
}

static double *differences(const double *x, size_t n, const double *y, size_t m)
{
	double *d = xreallocarray(NULL, n * m + 1, sizeof(*d));

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < m; j++)
			d[i * m + j] = x[i] - y[j];
	sort_doubles(d, n * m);
	return d;
}

double shift_hodges_lehmann(const double *x, size_t n, const double *y, size_t m)
{
	_cleanup_(freep) double *d = differences(x, n, y, m);

	return sorted_median(d, n * m);
}

bool shift_ci(
	const double *x, size_t n, const double *y, size_t m, double alpha, struct interval *ret)
{
	_cleanup_(freep) double *d = differences(x, n, y, m);
	long k = mann_whitney_critical(n, m, alpha / 2);

	if (k < 0) {
		*ret = (struct interval){ -INFINITY, INFINITY };
		return false;
	}
	*ret = (struct interval){ d[k], d[n * m - 1 - (size_t)k] };
	return true;
}
