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

/* What one raw sample stands for, and in which unit its weight is. To add one: a line here. */
#define SAMPLE_VALUES(X)                     \
	X(CPU, "cpu", "nanoseconds")         \
	X(OFF_CPU, "off-cpu", "nanoseconds") \
	X(IO, "io", "nanoseconds")           \
	X(IO_BYTES, "io_bytes", "bytes")     \
	X(IO_CALLS, "io_calls", "count")     \
	X(GROWTH, "growth", "bytes")         \
	X(FAULTS, "faults", "count")

enum sample_value {
#define X(id, name, unit) SAMPLE_##id,
	SAMPLE_VALUES(X)
#undef X
		SAMPLE_N_VALUES
};

/*
 * Samples that are counted together: of one thread and one value. A stratum parts them further
 * where a part has a known sum of its own; at the end all weights of a group are scaled alike.
 */
struct sample_group {
	uint32_t thread;
	uint8_t value; /* enum sample_value */
	uint8_t stratum;
	double scale;
};

struct raw_sample {
	uint32_t node, group;
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
	vec_of(struct sample_group) groups;
	vec_of(struct raw_sample) samples;
	struct map_u64 frame_index, node_index, group_index, sample_index;
};

void sample_store_init(struct sample_store *s);
void sample_store_done(struct sample_store *s);
/* Node of a stack; frames are leaf first. */
uint32_t sample_store_stack(
	struct sample_store *s, const struct raw_frame *frames, size_t n, uint32_t thread);
/* Node of one more frame below a stack. */
uint32_t sample_store_child(struct sample_store *s, uint32_t node, const struct raw_frame *frame);
/* Number of the group, made with scale 1 when there is none. */
uint32_t sample_store_group(
	struct sample_store *s, uint32_t thread, enum sample_value value, uint8_t stratum);
void sample_store_count(struct sample_store *s, uint32_t node, uint32_t group, uint64_t count,
	uint64_t weight, uint64_t time_ns);
