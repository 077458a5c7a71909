/* SPDX-License-Identifier: MIT */
/* Shares with their error, in words. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { SHARE_LEN = 48 };

/*
 * Half width of the 95 % Wilson interval of `share` observed in n samples, 0..1 (Wilson 1927);
 * 1 when there were none.
 */
double share_error(double share, uint64_t n);
/* "92 %", "4.2 %", "0.3 %", "<0.1 %" */
char *share_text(char *out, double share);
/* "92 % ±1": the error with as many digits as it deserves; "92 %" when the interval is unknown. */
char *share_ci_text(char *out, double share, const double ci[2]);
