/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes what a target may write into the memory that allocation samples are handed over in. The
 * first 16 bytes: where the ring stands and how much is said to wait; then the ring's bytes.
 */
#include "parse/alloc_ring.h"
#include "parse/proc_smaps.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct alloc_slot *slot;
	static struct alloc_ring *ring;
	static struct alloc_sample sample;
	struct span text = span_of(data, n);
	struct proc_smap m;
	uint64_t waiting;

	while (proc_smaps_next(&text, &m))
		if (m.path.n > n)
			abort();
	if (n < 16)
		return 0;
	if (!slot) {
		slot = calloc(1, sizeof(*slot));
		ring = calloc(1, sizeof(*ring));
	}
	if (!slot || !ring)
		abort();
	ring->slot = slot;
	memcpy(&ring->tail, data, 8);
	memcpy(&waiting, data + 8, 8);
	slot->head = ring->tail + waiting;
	for (size_t i = 16; i < n; i++)
		slot->ring[(ring->tail + i - 16) % ALLOC_RING_BYTES] = data[i];
	for (int i = 0; i < 1000 && alloc_ring_next(ring, &sample) == 1; i++) {
		if (sample.stack.n > ALLOC_MAX_STACK || !(sample.objects >= 1))
			abort();
		alloc_slot_live(slot, sample.r.place, sample.r.id);
	}
	return 0;
}
