/* SPDX-License-Identifier: MIT */
/*
 * Exponentially distributed distances between samples. The next sample comes after an exponential
 * number of bytes of the given mean, whatever was allocated before (the distribution has no
 * memory): so an allocation of n bytes is sampled with probability 1 - exp(-n / mean), and stands
 * for n / (1 - exp(-n / mean)) bytes. No libm: this runs in other people's programs.
 */
#pragma once

#include <stdint.h>

/* Natural logarithm of x > 0, relative error below 1e-9. */
double draw_log(double x);
/* At least 1; *state must not be 0 (xorshift64*, Vigna 2016). */
int64_t draw_distance(uint64_t *state, uint64_t mean_bytes);
