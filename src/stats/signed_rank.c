/* SPDX-License-Identifier: MIT */
/* Wilcoxon's signed-rank test, Hodges-Lehmann and the interval between Walsh averages. */
#include "stats/signed_rank.h"

#include "base/alloc.h"
#include "base/compiler.h"
#include "stats/distribution.h"

#include <math.h>

/*
 * Null probabilities of the sum of those ranks whose fair coin shows heads, by convolution:
 * p(s) = p(s)/2 + p(s - rank)/2. ret has total + 1 entries.
 */
static void coin_sum(const unsigned *rank, size_t n, size_t total, double *ret)
{
	size_t reach = 0;

	for (size_t s = 0; s <= total; s++)
		ret[s] = s == 0;
	for (size_t i = 0; i < n; i++) {
		reach += rank[i];
		for (size_t s = reach + 1; s-- > 0;)
			ret[s] = 0.5 * ret[s] + (s >= rank[i] ? 0.5 * ret[s - rank[i]] : 0);
	}
}

static double sum_range(const double *p, size_t from, size_t to)
{
	double s = 0;

	for (size_t i = from; i < to; i++)
		s += p[i];
	return s < 1 ? s : 1;
}

/* The doubled ranks of the non-zero differences; returns how many. */
static size_t pratt_ranks(
	const double *d, size_t n, unsigned *rank, size_t *ret_plus, size_t *ret_total)
{
	_cleanup_(freep) double *size = xreallocarray(NULL, n + 1, sizeof(*size));
	size_t used = 0;

	for (size_t i = 0; i < n; i++)
		size[i] = fabs(d[i]);
	double_mid_ranks(size, n, rank);
	*ret_plus = *ret_total = 0;
	for (size_t i = 0; i < n; i++) {
		if (d[i] == 0)
			continue;
		*ret_plus += d[i] > 0 ? rank[i] : 0;
		*ret_total += rank[i];
		rank[used++] = rank[i];
	}
	return used;
}

/* P(W <= plus) and P(W >= plus), in doubled ranks. */
static void tails(
	const unsigned *rank, size_t n, size_t plus, size_t total, double *low, double *high)
{
	if (n <= SIGNED_RANK_EXACT) {
		_cleanup_(freep) double *p = xreallocarray(NULL, total + 1, sizeof(*p));

		coin_sum(rank, n, total, p);
		*low = sum_range(p, 0, plus + 1);
		*high = sum_range(p, plus, total + 1);
		return;
	}
	double var = 0, half = (double)total / 2;

	for (size_t i = 0; i < n; i++)
		var += (double)rank[i] * rank[i] / 4;
	*low = normal_cdf(
		((double)plus + 1 - half) / sqrt(var)); /* half a rank = 1 in doubled ranks */
	*high = normal_cdf((half - (double)plus + 1) / sqrt(var));
}

struct signed_rank signed_rank_test(const double *d, size_t n)
{
	_cleanup_(freep) unsigned *rank = xreallocarray(NULL, n + 1, sizeof(*rank));
	size_t plus, total, used = pratt_ranks(d, n, rank, &plus, &total);
	double low = 1, high = 1;

	if (used)
		tails(rank, used, plus, total, &low, &high);
	return (struct signed_rank){ .w_plus = (double)plus / 2,
		.p = fmin(1, 2 * fmin(low, high)),
		.p_less = low,
		.n_used = used };
}

/* Probabilities of W+ = 0 .. n(n+1)/2 without ties; malloc'ed. */
static double *plain_null(size_t n, size_t *ret_total)
{
	_cleanup_(freep) unsigned *rank = xreallocarray(NULL, n + 1, sizeof(*rank));
	size_t total = n * (n + 1) / 2;
	double *p = xreallocarray(NULL, total + 1, sizeof(*p));

	for (size_t i = 0; i < n; i++)
		rank[i] = (unsigned)i + 1;
	coin_sum(rank, n, total, p);
	*ret_total = total;
	return p;
}

double signed_rank_cdf(size_t n, double w)
{
	size_t total;
	_cleanup_(freep) double *p = plain_null(n, &total);

	if (w < 0)
		return 0;
	return sum_range(p, 0, w >= (double)total ? total + 1 : (size_t)w + 1);
}

long signed_rank_critical(size_t n, double tail)
{
	if (n > SIGNED_RANK_EXACT) {
		double m = (double)n * ((double)n + 1) / 4, sd = sqrt(m * (2 * (double)n + 1) / 6);
		double k = floor(m + normal_quantile(tail) * sd - 0.5);

		return k < 0 ? -1 : (long)k;
	}
	size_t total, k = 0;
	_cleanup_(freep) double *p = plain_null(n, &total);

	/* a hair of tolerance: sums such as 10/512 must not miss a level they equal */
	for (double sum = p[0]; k <= total && sum <= tail * (1 + 1e-12); k++)
		sum += k + 1 <= total ? p[k + 1] : 1;
	return (long)k - 1;
}

static double *walsh(const double *d, size_t n, size_t *ret_n)
{
	size_t m = 0;

	n = MIN(n, (size_t)WALSH_MAX);
	double *w = xreallocarray(NULL, n * (n + 1) / 2 + 1, sizeof(*w));

	for (size_t i = 0; i < n; i++)
		for (size_t j = i; j < n; j++)
			w[m++] = (d[i] + d[j]) / 2;
	sort_doubles(w, m);
	*ret_n = m;
	return w;
}

double hodges_lehmann(const double *d, size_t n)
{
	size_t m;
	_cleanup_(freep) double *w = walsh(d, n, &m);

	return sorted_median(w, m);
}

bool signed_rank_ci(const double *d, size_t n, double alpha, struct interval *ret)
{
	size_t m;
	_cleanup_(freep) double *w = walsh(d, n, &m);
	long k = n ? signed_rank_critical(MIN(n, (size_t)WALSH_MAX), alpha / 2) : -1;

	if (k < 0) {
		*ret = (struct interval){ -INFINITY, INFINITY };
		return false;
	}
	*ret = (struct interval){ w[k], w[m - 1 - (size_t)k] };
	return true;
}
