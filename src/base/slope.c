/* SPDX-License-Identifier: MIT */
/* Least squares with autocorrelated residuals. */
#include "base/slope.h"

#include "base/compiler.h"

#include <math.h>

static double mean(const double *v, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += v[i];
	return n ? sum / (double)n : 0;
}

struct slope slope_fit(const double *time_s, const double *value, size_t n)
{
	double mt = mean(time_s, n), my = mean(value, n);
	double sxx = 0, sxy = 0, see = 0, lag = 0, last = 0;
	struct slope s = { .mean = my };

	if (n < 4)
		return s;
	for (size_t i = 0; i < n; i++) {
		sxx += (time_s[i] - mt) * (time_s[i] - mt);
		sxy += (time_s[i] - mt) * (value[i] - my);
	}
	if (sxx <= 0)
		return s;
	s.per_s = sxy / sxx;
	for (size_t i = 0; i < n; i++) {
		double e = value[i] - my - s.per_s * (time_s[i] - mt);

		see += e * e;
		lag += i ? e * last : 0;
		last = e;
	}
	/* a negative r would narrow the error: not believed with few points */
	double r = see > 0 ? MAX(0.0, MIN(lag / see, 0.9)) : 0;

	s.se = sqrt(see / (double)(n - 2) / sxx) * sqrt((1 + r) / (1 - r));
	return s;
}
