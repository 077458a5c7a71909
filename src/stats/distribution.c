/* SPDX-License-Identifier: MIT */
/* Normal, binomial and Student's t. */
#include "stats/distribution.h"

#include <math.h>

double normal_cdf(double z)
{
	return 0.5 * erfc(-z / M_SQRT2);
}

/* x with cdf(x) = p, for p >= 1/2; the tail is compared, where doubles are fine-grained. */
static double upper_quantile(double p, double df, double (*lower)(double, double))
{
	double lo = 0, hi = 1;

	while (lower(-hi, df) > 1 - p && hi < 1e300)
		hi *= 2;
	for (int i = 0; i < 200 && hi - lo > 1e-15 * hi; i++) {
		double mid = lo + (hi - lo) / 2;

		if (lower(-mid, df) > 1 - p)
			lo = mid;
		else
			hi = mid;
	}
	return hi;
}

static double normal_lower(double z, double df)
{
	(void)df;
	return normal_cdf(z);
}

double normal_quantile(double p)
{
	if (p <= 0 || p >= 1)
		return p <= 0 ? -INFINITY : INFINITY;
	return p < 0.5 ? -upper_quantile(1 - p, 0, normal_lower)
		       : upper_quantile(p, 0, normal_lower);
}

double fair_coin_cdf(unsigned n, int k)
{
	double sum = 0;

	if (k < 0)
		return 0;
	for (unsigned i = 0; i <= (unsigned)k && i <= n; i++)
		sum += exp(lgamma(n + 1.0) - lgamma(i + 1.0) - lgamma(n - i + 1.0) - n * M_LN2);
	return sum < 1 ? sum : 1;
}

/* Lentz's evaluation of the continued fraction of I_x(a, b). */
static double beta_fraction(double x, double a, double b)
{
	const double tiny = 1e-300;
	double c = 1, d = 1 - (a + b) * x / (a + 1), h;

	d = 1 / (fabs(d) < tiny ? tiny : d);
	h = d;
	for (int m = 1; m < 1000; m++) {
		for (int odd = 0; odd < 2; odd++) {
			double num = odd
				? -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
				: m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));

			d = 1 + num * d;
			c = 1 + num / c;
			d = 1 / (fabs(d) < tiny ? tiny : d);
			c = fabs(c) < tiny ? tiny : c;
			h *= d * c;
		}
		if (fabs(d * c - 1) < 1e-15)
			break;
	}
	return h;
}

static double incomplete_beta(double x, double a, double b)
{
	if (x <= 0 || x >= 1)
		return x <= 0 ? 0 : 1;
	double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));

	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(x, a, b) / a;
	return 1 - front * beta_fraction(1 - x, b, a) / b;
}

double student_cdf(double t, double df)
{
	double tail = 0.5 * incomplete_beta(df / (df + t * t), df / 2, 0.5);

	return t < 0 ? tail : 1 - tail;
}

double student_quantile(double p, double df)
{
	if (p <= 0 || p >= 1)
		return p <= 0 ? -INFINITY : INFINITY;
	return p < 0.5 ? -upper_quantile(1 - p, df, student_cdf)
		       : upper_quantile(p, df, student_cdf);
}
