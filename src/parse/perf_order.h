/* SPDX-License-Identifier: MIT */
/*
 * Records of several CPUs in the order of time. perf writes what it finds in each CPU's ring and
 * then a FINISHED_ROUND record: what comes later is not older than the newest record of the round
 * before the last (linux tools/perf/util/ordered-events.c).
 */
#pragma once

#include "base/span.h"
#include "base/vec.h"

struct perf_pending {
	uint64_t time_ns;
	size_t at; /* in bytes; the order in the file among equal times */
	uint32_t size;
	uint32_t event;
};

struct perf_order {
	vec_of(struct perf_pending) pending;
	vec_of(uint8_t) bytes;
	uint64_t newest, limit; /* newest of this round; of the round before */
	bool sorted;
	void (*handle)(void *ctx, struct span record, uint32_t event);
	void *ctx;
};

void perf_order_init(struct perf_order *o,
	void (*handle)(void *ctx, struct span record, uint32_t event), void *ctx);
void perf_order_done(struct perf_order *o);
/* A record with its time; one without (0) is handled at once, as are all when too many wait. */
void perf_order_add(struct perf_order *o, struct span record, uint64_t time_ns, uint32_t event);
void perf_order_round(struct perf_order *o);
/* All that waits. */
void perf_order_flush(struct perf_order *o);
