/* SPDX-License-Identifier: MIT */
/* Slope with error, steps and bursts of a series of looks. */
#include "collect/look_series.h"

#include "base/compiler.h"
#include "base/slope.h"

#include <math.h>

void look_series_add(struct look_series *s, double time_s, double cpu_s, double rss_bytes)
{
	if (s->n == LOOKS_MAX)
		return;
	s->time_s[s->n] = time_s;
	s->cpu_s[s->n] = cpu_s;
	s->rss_bytes[s->n++] = rss_bytes;
}

void look_series_rss_slope(const struct look_series *s, double *ret_slope, double *ret_se)
{
	struct slope line = slope_fit(s->time_s, s->rss_bytes, s->n);

	*ret_slope = line.per_s;
	*ret_se = line.se;
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
