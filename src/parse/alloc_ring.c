/* SPDX-License-Identifier: MIT */
/* Records of the allocation channel. */
#include "parse/alloc_ring.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static const uint64_t MAX_SIZE = (uint64_t)1 << 47; /* user address space */

double alloc_weight(uint64_t size, uint64_t mean_bytes)
{
	double n = size ? (double)size : 1;

	return -1 / expm1(-n / (double)(mean_bytes ? mean_bytes : 1));
}

uint64_t alloc_ring_waiting(const struct alloc_ring *ring)
{
	uint64_t head = __atomic_load_n(&ring->slot->head, __ATOMIC_ACQUIRE);
	uint64_t n = head - ring->tail;

	return n <= ALLOC_RING_BYTES ? n : ALLOC_RING_BYTES;
}

static void copy_out(const struct alloc_ring *ring, void *to, uint64_t at, size_t n)
{
	size_t i = at % ALLOC_RING_BYTES, first = ALLOC_RING_BYTES - i;

	if (n <= first) {
		memcpy(to, ring->slot->ring + i, n);
	} else {
		memcpy(to, ring->slot->ring + i, first);
		memcpy((char *)to + first, ring->slot->ring, n - first);
	}
}

int alloc_ring_next(struct alloc_ring *ring, struct alloc_sample *ret)
{
	uint64_t waiting = __atomic_load_n(&ring->slot->head, __ATOMIC_ACQUIRE) - ring->tail;
	struct alloc_record *r = &ret->r;

	if (waiting == 0)
		return 0;
	if (waiting > ALLOC_RING_BYTES || waiting < sizeof(*r))
		return -EBADMSG;
	copy_out(ring, r, ring->tail, sizeof(*r));
	if (r->bytes % 8 || r->bytes > waiting || r->bytes > sizeof(ring->copy) ||
		r->stack_bytes > ALLOC_MAX_STACK || r->bytes < sizeof(*r) + r->stack_bytes ||
		r->size > MAX_SIZE || r->mean_bytes == 0 || r->mean_bytes > MAX_SIZE ||
		(r->place >= ALLOC_PLACES && r->place != UINT32_MAX))
		return -EBADMSG;
	copy_out(ring, ring->copy, ring->tail + sizeof(*r), r->stack_bytes);
	ring->tail += r->bytes;
	__atomic_store_n(&ring->slot->tail, ring->tail, __ATOMIC_RELEASE);
	ret->stack = span_of(ring->copy, r->stack_bytes);
	ret->objects = alloc_weight(r->size, r->mean_bytes);
	ret->bytes = ret->objects * (double)r->size;
	return 1;
}

bool alloc_slot_live(const struct alloc_slot *s, uint32_t place, uint32_t id)
{
	return place < ALLOC_PLACES && __atomic_load_n(&s->addr[place], __ATOMIC_ACQUIRE) > 1 &&
		__atomic_load_n(&s->id[place], __ATOMIC_RELAXED) == id;
}
