/* SPDX-License-Identifier: MIT */
/*
 * Reads the records of a slot of the allocation channel. The other side can write anything at any
 * moment: each record is copied before it is looked at, and one that makes no sense ends the slot.
 */
#pragma once

#include "base/span.h"
#include "parse/alloc_channel.h"

struct alloc_ring {
	struct alloc_slot *slot;
	uint64_t tail; /* ours; what the slot says is not believed */
	_Alignas(8) uint8_t copy[sizeof(struct alloc_record) + ALLOC_MAX_STACK + 8];
};

struct alloc_sample {
	struct alloc_record r;
	struct span stack;     /* valid until the next call */
	double bytes, objects; /* what the sample stands for */
};

/* 1: a record; 0: none at the moment; -EBADMSG: the slot holds nonsense, read no more. */
int alloc_ring_next(struct alloc_ring *ring, struct alloc_sample *ret);
/* Bytes that wait to be read; at most ALLOC_RING_BYTES. */
uint64_t alloc_ring_waiting(const struct alloc_ring *ring);
/* Whether what a sample allocated is not freed yet. */
bool alloc_slot_live(const struct alloc_slot *s, uint32_t place, uint32_t id);

/*
 * 1 / (1 - exp(-size / mean)): how many allocations of this size one sampled one stands for, see
 * preload/draw.h. An allocation of 0 bytes counts as 1.
 */
double alloc_weight(uint64_t size, uint64_t mean_bytes);
