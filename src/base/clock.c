/* SPDX-License-Identifier: MIT */
/* Clocks. */
#include "base/clock.h"

#include "base/span.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

static uint64_t now(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t clock_mono_ns(void)
{
	return now(CLOCK_MONOTONIC);
}

uint64_t clock_wall_ns(void)
{
	const char *frozen = getenv("PERF_OPS_NOW");
	uint64_t s;

	if (frozen && span_parse_u64(span_str(frozen), &s))
		return s * 1000000000u;
	return now(CLOCK_REALTIME);
}

uint64_t clock_self_cpu_ns(void)
{
	return now(CLOCK_PROCESS_CPUTIME_ID);
}

uint64_t clock_thread_cpu_ns(void)
{
	return now(CLOCK_THREAD_CPUTIME_ID);
}

void sleep_ns(uint64_t ns)
{
	struct timespec ts = { .tv_sec = (time_t)(ns / 1000000000u),
		.tv_nsec = (long)(ns % 1000000000u) };

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, &ts) == EINTR)
		;
}
