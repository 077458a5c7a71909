/* SPDX-License-Identifier: MIT */
/* What the regular looks at a target show over time: growth of memory, bursts of CPU. Pure. */
#pragma once

#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>

enum { LOOKS_MAX = 600 };

struct look_series {
	double time_s[LOOKS_MAX]; /* from the first look */
	double cpu_s[LOOKS_MAX];  /* CPU time it used or was ready to use so far */
	double rss_bytes[LOOKS_MAX];
	size_t n;
};

void look_series_add(struct look_series *s, double time_s, double cpu_s, double rss_bytes);

/* Slope of the resident size and its standard error, see base/slope.h. */
void look_series_rss_slope(const struct look_series *s, double *ret_slope, double *ret_se);
/* Largest growth within a quarter of the looks: all of it for a jump, a quarter for a steady line.
 */
double look_series_rss_step(const struct look_series *s);

/*
 * Bursts: runs of looks with more than 60 % of the highest CPU use (at least 0.2 cores), separated
 * by looks below 25 % of it. *ret_period_s is the mean distance of their starts when the distances
 * vary by less than 35 %, else 0.
 */
unsigned look_series_bursts(const struct look_series *s, double *ret_period_s);
