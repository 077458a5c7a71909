/* SPDX-License-Identifier: MIT */
/* Slope with error, steps and bursts of a series of looks. */
#include "collect/look_series.h"

#include "base/compiler.h"

#include <math.h>

void look_series_add(struct look_series *s, double time_s, double cpu_s, double rss_bytes)
{
	if (s->n == LOOKS_MAX)
		return;
	s->time_s[s->n] = time_s;
	s->cpu_s[s->n] = cpu_s;
	s->rss_bytes[s->n++] = rss_bytes;
}

static double mean(const double *v, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += v[i];
	return n ? sum / (double)n : 0;
}

void look_series_rss_slope(const struct look_series *s, double *ret_slope, double *ret_se)
{
	double mt = mean(s->time_s, s->n), my = mean(s->rss_bytes, s->n);
	double sxx = 0, sxy = 0, see = 0, lag = 0, last = 0;

	*ret_slope = *ret_se = 0;
	if (s->n < 4)
		return;
	for (size_t i = 0; i < s->n; i++) {
		sxx += (s->time_s[i] - mt) * (s->time_s[i] - mt);
		sxy += (s->time_s[i] - mt) * (s->rss_bytes[i] - my);
	}
	if (sxx <= 0)
		return;
	double slope = sxy / sxx;

	for (size_t i = 0; i < s->n; i++) {
		double e = s->rss_bytes[i] - my - slope * (s->time_s[i] - mt);

		see += e * e;
		lag += i ? e * last : 0;
		last = e;
	}
	double r = see > 0 ? lag / see : 0;
	/* a negative r would narrow the error: not believed with few looks */
	double widen = sqrt((1 + MAX(0.0, MIN(r, 0.9))) / (1 - MAX(0.0, MIN(r, 0.9))));

	*ret_slope = slope;
	*ret_se = sqrt(see / (double)(s->n - 2) / sxx) * widen;
}

double look_series_rss_step(const struct look_series *s)
{
	size_t span = MAX(s->n / 4, (size_t)1);
	double best = 0;

	for (size_t i = span; i < s->n; i++)
		best = MAX(best, s->rss_bytes[i] - s->rss_bytes[i - span]);
	return best;
}

static double cores_at(const struct look_series *s, size_t i)
{
	double dt = s->time_s[i] - s->time_s[i - 1];

	return dt > 0 ? (s->cpu_s[i] - s->cpu_s[i - 1]) / dt : 0;
}

unsigned look_series_bursts(const struct look_series *s, double *ret_period_s)
{
	double max = 0, starts[LOOKS_MAX];
	unsigned n = 0;
	bool in_burst = false, quiet_before = false;

	*ret_period_s = 0;
	for (size_t i = 1; i < s->n; i++)
		max = MAX(max, cores_at(s, i));
	if (max < 0.2)
		return 0;
	for (size_t i = 1; i < s->n; i++) {
		double c = cores_at(s, i);

		if (c < max * 0.25) {
			in_burst = false;
			quiet_before = true;
		} else if (c > max * 0.6 && !in_burst && quiet_before) {
			in_burst = true;
			starts[n++] = s->time_s[i];
		}
	}
	if (n < 3)
		return n;
	double period = (starts[n - 1] - starts[0]) / (n - 1), var = 0;

	for (unsigned i = 1; i < n; i++) {
		double d = starts[i] - starts[i - 1] - period;

		var += d * d;
	}
	if (sqrt(var / (n - 1)) < 0.35 * period)
		*ret_period_s = period;
	return n;
}
