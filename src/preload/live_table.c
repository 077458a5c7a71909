/* SPDX-License-Identifier: MIT */
/* The table of sampled addresses and its filter. */
#include "preload/live_table.h"

uint8_t live_filter[LIVE_FILTER] __attribute__((aligned(ALLOC_PAGE)));

enum { FILTER_FULL = 255 }; /* stays: a counter that overflowed would forget addresses */

static void filter_add(uintptr_t addr, int by)
{
	uint8_t *c = &live_filter[live_filter_index(addr)];
	uint8_t old = __atomic_load_n(c, __ATOMIC_RELAXED);

	do {
		if (old == FILTER_FULL || (by < 0 && old == 0))
			return;
	} while (!__atomic_compare_exchange_n(
		c, &old, (uint8_t)(old + by), true, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
}

void live_filter_pin(const void *p)
{
	__atomic_store_n(
		&live_filter[live_filter_index((uintptr_t)p)], FILTER_FULL, __ATOMIC_RELAXED);
}

static unsigned bucket_of(uintptr_t addr)
{
	/* Fibonacci hashing: the golden ratio of 2^64 */
	return (unsigned)(((uint64_t)addr >> 4) * 0x9e3779b97f4a7c15u >> 51) % ALLOC_BUCKETS;
}

static bool occupy(struct alloc_slot *s, uint32_t place, const void *p, uint32_t id)
{
	uint64_t empty = 0;

	if (__atomic_load_n(&s->addr[place], __ATOMIC_RELAXED) != 0)
		return false;
	/* 1 is no address: taken while the id is being written */
	if (!__atomic_compare_exchange_n(
		    &s->addr[place], &empty, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return false;
	__atomic_store_n(&s->id[place], id, __ATOMIC_RELAXED);
	__atomic_store_n(&s->addr[place], (uint64_t)(uintptr_t)p, __ATOMIC_RELEASE);
	filter_add((uintptr_t)p, 1);
	__atomic_fetch_add(&s->n_live, 1, __ATOMIC_RELAXED);
	return true;
}

uint32_t live_add(struct alloc_slot *s, const void *p, uint32_t id)
{
	uint32_t first = bucket_of((uintptr_t)p) * ALLOC_WAYS;

	for (uint32_t i = first; i < first + ALLOC_WAYS; i++)
		if (occupy(s, i, p, id))
			return i;
	__atomic_fetch_add(&s->untracked, 1, __ATOMIC_RELAXED);
	return UINT32_MAX;
}

uint32_t live_remove(struct alloc_slot *s, const void *p)
{
	uint32_t first = bucket_of((uintptr_t)p) * ALLOC_WAYS;

	for (uint32_t i = first; i < first + ALLOC_WAYS; i++) {
		if (__atomic_load_n(&s->addr[i], __ATOMIC_RELAXED) != (uint64_t)(uintptr_t)p)
			continue;
		__atomic_store_n(&s->addr[i], 0, __ATOMIC_RELEASE);
		filter_add((uintptr_t)p, -1);
		__atomic_fetch_sub(&s->n_live, 1, __ATOMIC_RELAXED);
		return i;
	}
	return UINT32_MAX;
}

void live_put_back(struct alloc_slot *s, const void *p, uint32_t place, uint32_t id)
{
	occupy(s, place, p, id);
}
