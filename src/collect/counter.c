/* SPDX-License-Identifier: MIT */
/* Counter differences. */
#include "collect/counter.h"

uint64_t counter_delta(uint64_t before, uint64_t now)
{
	if (now >= before)
		return now - before;
	if (before <= UINT32_MAX && before > INT32_MAX && now < INT32_MAX)
		return now + ((uint64_t)UINT32_MAX + 1 - before);
	return 0;
}

double counter_rate(uint64_t before, uint64_t now, double seconds)
{
	return seconds > 0 ? (double)counter_delta(before, now) / seconds : 0;
}
