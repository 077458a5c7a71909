/* SPDX-License-Identifier: MIT */
/*
 * What the order of runs says about the machine: does the level wander or rise, which runs stand
 * out. These diagnose; they never remove anything from a result.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Rank von Neumann ratio (Bartels 1982): about 2 for independent values, lower when neighbours are
 * alike (drift, autocorrelation). *ret_z is its normal deviate, may be NULL. 2 and 0 when n < 3.
 */
double von_neumann_ratio(const double *v, size_t n, double *ret_z);

struct trend {
	double s;     /* Mann-Kendall S (Mann 1945): rising pairs minus falling ones */
	double z, p;  /* with continuity correction; two-sided */
	double slope; /* Theil-Sen (Sen 1968): median of pairwise slopes, per step */
};

/* Of the first 2000 values. */
struct trend mann_kendall(const double *v, size_t n);

/* Iglewicz & Hoaglin (1993): |0.6745 (v - median) / MAD| > 3.5. ret[i] is set; returns how many. */
size_t mad_outliers(const double *v, size_t n, bool *ret);
/* (v[i] - median) / (1.4826 MAD); a spread of nothing counts as `least_sd`. */
double robust_z(const double *v, size_t n, size_t i, double least_sd);
