/* SPDX-License-Identifier: MIT */
/* A straight line through points in time, with an error that holds for neighbours that resemble
 * each other. */
#pragma once

#include <stddef.h>

struct slope {
	double per_s, se; /* least squares and standard error; both 0 with less than 4 points */
	double mean;
};

/*
 * Neighbouring points of a memory curve are not independent: the usual error is widened by the
 * lag-1 autocorrelation r of the residuals, sqrt((1 + r) / (1 - r)).
 */
struct slope slope_fit(const double *time_s, const double *value, size_t n);
