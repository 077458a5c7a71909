/* SPDX-License-Identifier: MIT */
/*
 * Turns the allocation channel into sums per stack while the target runs: drains the rings, unwinds
 * each sample, and looks now and then which of the sampled blocks are still held. What a stack
 * holds over time is kept on one axis for all of them, of at most ALLOC_LOOKS points.
 */
#pragma once

#include "collect/addr_space.h"
#include "collect/alloc_channel.h"
#include "collect/managed_frame.h"
#include "collect/python.h"
#include "collect/runtime.h"
#include "collect/sample_store.h"
#include "collect/unwind.h"
#include "model/profile.h"
#include "parse/alloc_ring.h"

enum { ALLOC_LOOKS = 64 };

/* Sums of one stack of one thread. */
struct alloc_entry {
	uint32_t node, thread;
	uint64_t time_ns; /* of the first sample */
	uint64_t samples; /* raw */
	uint64_t held;    /* of those, not freed at the last look */
	uint64_t untracked;
	double bytes, objects;           /* allocated since the start */
	double held_bytes, held_objects; /* at the last look */
	double peak_bytes;               /* held when all together held the most */
	float *looks;                    /* held bytes at each point of the axis; NULL: all 0 */
};

/* A sampled block that was not freed at the last look. */
struct alloc_block {
	uint32_t entry, place, id;
	float bytes, objects;
};

struct alloc_process {
	unsigned slot;
	struct alloc_ring ring;
	pid_t pid;
	bool known;  /* /proc shows the same process: it has our channel mapped */
	bool broken; /* wrote nonsense */
	bool gone;
	uint64_t gone_ns;
	vec_of(struct alloc_block) blocks;
};

struct alloc_watch {
	struct alloc_channel channel;
	struct module_table modules;
	struct addr_spaces spaces;
	struct sample_store store;
	struct runtimes runtimes; /* who steps generated code */
	struct managed_frames managed;
	struct python_runtime *python;
	struct profile *profile; /* threads, and what the rest is added to at the end */
	struct map_u64 index;    /* node, thread -> entries */
	vec_of(struct alloc_entry) entries;
	vec_of(struct alloc_process *) processes; /* NULL: slot not in use */
	struct arena arena;
	uint64_t start_ns;
	double look_s[ALLOC_LOOKS],
		look_bytes[ALLOC_LOOKS];   /* the axis, and the sum at each point */
	uint64_t look_blocks[ALLOC_LOOKS]; /* sampled blocks held at each point */
	size_t n_looks;
	double look_every_s;
	double peak_bytes;
	bool freed_at_exit; /* what is held is of shortly before the end */
	uint64_t n_samples, n_processes, n_broken, dropped, untracked;
	double dropped_bytes;
	uint64_t ends[UNWIND_N_ENDS];
	uint64_t rate_hz; /* wanted at most */
	uint64_t rate_from_ns, rate_from_samples;
	struct raw_frame frames[2 * UNWIND_MAX_FRAMES]; /* Python's come in place of native ones */
	struct unwind_regs regs[UNWIND_MAX_FRAMES];
	struct alloc_sample sample;
};

/* start_ns: CLOCK_MONOTONIC of the start of the observation. */
struct alloc_watch *alloc_watch_new(
	const struct alloc_channel *channel, uint64_t rate_hz, uint64_t start_ns);
void alloc_watch_free(struct alloc_watch *w);
/* Empties all rings and adapts the rate; how full (0 to 1) the fullest one was. */
double alloc_watch_drain(struct alloc_watch *w, uint64_t now_ns);
/* Looks at what is held. Cheap enough for some times a second. */
void alloc_watch_look(struct alloc_watch *w, uint64_t now_ns);
/* The last look of all: what processes that have just ended held counts as held. */
void alloc_watch_end(struct alloc_watch *w, uint64_t now_ns);
