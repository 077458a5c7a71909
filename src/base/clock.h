/* SPDX-License-Identifier: MIT */
/* Time in nanoseconds. Monotonic for durations, wall time only for names and history. */
#pragma once

#include <stdint.h>

uint64_t clock_mono_ns(void);     /* CLOCK_MONOTONIC */
uint64_t clock_wall_ns(void);     /* since the epoch; PERF_OPS_NOW (seconds) freezes it for tests */
uint64_t clock_self_cpu_ns(void); /* CPU time of this process so far, all threads */
uint64_t clock_thread_cpu_ns(void); /* of the calling thread alone */
void sleep_ns(uint64_t ns);
