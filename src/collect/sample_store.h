/* SPDX-License-Identifier: MIT */
/*
 * Raw samples merged while sampling: each distinct address once, each distinct stack once, with
 * counts per thread. Names are looked up only afterwards, once per address.
 */
#pragma once

#include "base/map.h"
#include "base/vec.h"
#include "collect/module.h"

struct raw_node {
	uint32_t parent; /* node 0 is the root */
	uint32_t frame;
};

struct raw_sample {
	uint32_t node, thread;
	uint64_t count, weight;
	uint64_t time_ns; /* of the first */
};

/* The last stack of a thread, root first: the next one mostly begins the same. */
struct recent_stack {
	uint32_t thread;
	vec_of(struct raw_frame) frames;
	vec_of(uint32_t) nodes;
};

enum { RECENT_STACKS = 16 };

struct sample_store {
	struct recent_stack recent[RECENT_STACKS];
	vec_of(struct raw_frame) frames;
	vec_of(struct raw_node) nodes;
	vec_of(struct raw_sample) samples;
	struct map_u64 frame_index, node_index, sample_index;
};

void sample_store_init(struct sample_store *s);
void sample_store_done(struct sample_store *s);
/* frames are leaf first. */
void sample_store_add(struct sample_store *s, const struct raw_frame *frames, size_t n,
	uint32_t thread, uint64_t weight, uint64_t time_ns);
