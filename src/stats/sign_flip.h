/* SPDX-License-Identifier: MIT */
/*
 * Sign-flip permutation test (Fisher 1935; Edgington & Onghena 2007): with a fair coin per pair
 * deciding who goes first, the signs of the differences are fair coins when nothing differs,
 * whatever the drift or the tails. Exact by Gray code up to SIGN_FLIP_EXACT differences, else
 * p = (1 + hits) / (B + 1) (Phipson & Smyth 2010).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { SIGN_FLIP_EXACT = 20, SIGN_FLIP_DRAWS = 9999 };

/* A statistic that changes its sign when all differences do. */
typedef double sign_flip_statistic(const double *d, size_t n);

double sign_flip_mean(const double *d, size_t n);
/* Two-sided p of |statistic|. */
double sign_flip_p(const double *d, size_t n, sign_flip_statistic *statistic, uint64_t seed);
