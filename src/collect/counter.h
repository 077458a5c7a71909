/* SPDX-License-Identifier: MIT */
/* Differences of counters that may wrap at 32 bits, be reset, or belong to a thing that came anew.
 */
#pragma once

#include <stdint.h>

/*
 * now - before. A counter that went backwards from above 2^31 but below 2^32 has wrapped at 32 bits
 * (diskstats and network counters of some kernels and drivers); any other step back is a reset
 * (device plugged anew, idle time corrected by the kernel) and counts as 0.
 */
uint64_t counter_delta(uint64_t before, uint64_t now);
/* The same per second; 0 when no time has passed. */
double counter_rate(uint64_t before, uint64_t now, double seconds);
