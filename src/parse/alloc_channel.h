/* SPDX-License-Identifier: MIT */
/*
 * The memory shared between perf-ops and the processes it samples allocations in: one file, a
 * control page and a fixed number of slots. A process claims a slot at its first sample; it writes
 * records to the slot's ring and keeps its table of sampled addresses in it. perf-ops reads both
 * and never waits for the other side, nor they for it: a full ring drops and counts.
 *
 * Only for this pair of the same build: native byte order, checked by magic and version. Accessed
 * with __atomic built-ins where both sides do. perf-ops believes nothing of what it reads here.
 */
#pragma once

#include <assert.h>
#include <stdint.h>

#define ALLOC_CHANNEL_ENV "PERF_OPS_ALLOC" /* path of the file, in the target's environment */

enum {
	ALLOC_MAGIC = 0x70616c31, /* "pal1": changes with the layout */
	ALLOC_SLOTS = 64,
	ALLOC_PAGE = 4096,
	ALLOC_RING_BYTES = 2 << 20, /* a power of two */
	ALLOC_MAPS_BYTES = 124 << 10,
	ALLOC_WAYS = 16, /* addresses in one bucket: two cache lines */
	ALLOC_BUCKETS = 1 << 13,
	ALLOC_PLACES = ALLOC_WAYS * ALLOC_BUCKETS,
	ALLOC_N_REGS = 8,
	ALLOC_MAX_STACK = 48 << 10,
};

struct alloc_control {
	uint32_t magic;
	uint32_t reserve;    /* disk space must be reserved before writing: no memory file */
	uint64_t mean_bytes; /* between two samples; perf-ops adapts it while running */
	uint32_t stop;       /* no more samples: perf-ops has ended */
	uint32_t loaded;     /* processes that have the library */
	uint32_t no_slot;    /* of those, that found all slots taken */
	uint32_t no_space;   /* that could not reserve or map one */
	uint32_t claims;     /* slots claimed so far */
	uint32_t owner[ALLOC_SLOTS]; /* pid; 0 free: taken by the process, given back by perf-ops */
};
static_assert(sizeof(struct alloc_control) <= ALLOC_PAGE, "one page");

struct alloc_slot {
	uint32_t ready;         /* the rest is valid */
	uint32_t ended;         /* the program has ended or was replaced (exec) */
	uint32_t pid;           /* as the process sees itself */
	uint32_t claim;         /* number of the claim: a later one of the same pid replaces this */
	uint64_t head;          /* bytes ever written to the ring; the process */
	uint64_t tail;          /* bytes ever read; perf-ops */
	uint64_t dropped;       /* samples that found the ring full */
	uint64_t dropped_bytes; /* what those stood for */
	uint64_t untracked;     /* samples without a place in the table: not in use, nor freed */
	uint32_t n_live;        /* used places of the table */
	uint32_t maps_bytes;    /* of maps */
	char pad[ALLOC_PAGE - 64];
	char maps[ALLOC_MAPS_BYTES]; /* /proc/self/maps at the first sample */
	uint64_t addr[ALLOC_PLACES]; /* sampled and not freed; 0 free */
	uint32_t id[ALLOC_PLACES];   /* which sample that is */
	uint8_t ring[ALLOC_RING_BYTES];
};
static_assert(sizeof(struct alloc_slot) % ALLOC_PAGE == 0, "whole pages");

enum { ALLOC_CHANNEL_BYTES = ALLOC_PAGE + ALLOC_SLOTS * (int)sizeof(struct alloc_slot) };

static inline uint64_t alloc_slot_offset(unsigned i)
{
	return ALLOC_PAGE + (uint64_t)i * sizeof(struct alloc_slot);
}

/* One sample: this header, then stack_bytes from the stack pointer on, then padding to 8. */
struct alloc_record {
	uint32_t bytes; /* of the whole record */
	uint32_t id;    /* counts up within the slot */
	uint32_t tid;
	uint32_t place; /* in the table; UINT32_MAX: untracked */
	uint64_t time_ns;
	uint64_t size;               /* asked for */
	uint64_t mean_bytes;         /* in force when this sample was drawn */
	uint64_t regs[ALLOC_N_REGS]; /* ip sp bp bx r12 r13 r14 r15 */
	uint32_t stack_bytes;
	uint32_t pad;
};
static_assert(sizeof(struct alloc_record) == 112, "layout");
