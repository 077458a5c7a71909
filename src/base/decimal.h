/* SPDX-License-Identifier: MIT */
/*
 * Decimal text to the nearest double (ties to even), whatever the locale. Values beyond the range
 * become infinity, below it zero.
 */
#pragma once

#include "base/span.h"

/* mantissa × 10^exp10. */
double decimal_scale(uint64_t mantissa, int exp10);
/*
 * The whole span as [-+]digits[.digits][e[+-]digits]; false when it is anything else.
 */
bool decimal_parse(struct span s, double *ret);
