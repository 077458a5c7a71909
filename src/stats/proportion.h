/* SPDX-License-Identifier: MIT */
/* How sure a share is that was seen in n samples. */
#pragma once

#include <stdint.h>

/*
 * Wilson's score interval (Wilson 1927), 95 %, for `hits` out of `n` independent samples; right
 * near 0 and 1 too, where the textbook +/- 1.96 sd is not. n = 0 gives 0 .. 1.
 */
void proportion_ci95(double hits, double n, double *ret_low, double *ret_high);
