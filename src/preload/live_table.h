/* SPDX-License-Identifier: MIT */
/*
 * The addresses of sampled allocations that are not freed yet. Without locks: an address has one
 * owner at a time, so it is never added twice and only its owner takes it out. A filter of small
 * counters in front tells nearly every other address apart with one load from memory that lies as
 * close together as the objects do.
 */
#pragma once

#include "parse/alloc_channel.h"

#include <stdbool.h>

enum { LIVE_FILTER = 1 << 18 };

/* Wiped in the child of a fork (see fork_wiped in alloc_sampler.c): it has sampled nothing yet. */
extern uint8_t live_filter[LIVE_FILTER];

static inline unsigned live_filter_index(uintptr_t addr)
{
	/*
	 * One counter for each 256 bytes: what a program uses of its heap at a time needs few cache
	 * lines of counters, and a sampled block makes few of its neighbours look like it. Higher
	 * bits separate large blocks of equal alignment.
	 */
	return (unsigned)(addr >> 8 ^ addr >> 25) & (LIVE_FILTER - 1);
}

/* False: certainly not in the table. */
static inline bool live_maybe(const void *p)
{
	return __atomic_load_n(&live_filter[live_filter_index((uintptr_t)p)], __ATOMIC_RELAXED) !=
		0;
}

/* Makes live_maybe true for an address for ever. */
void live_filter_pin(const void *p);
/* Place in the table, UINT32_MAX when its bucket is full. */
uint32_t live_add(struct alloc_slot *s, const void *p, uint32_t id);
/* Takes the address out; its place, UINT32_MAX when it is not in. */
uint32_t live_remove(struct alloc_slot *s, const void *p);
/* Puts back what has just been removed from that place, unless that is taken again. */
void live_put_back(struct alloc_slot *s, const void *p, uint32_t place, uint32_t id);
