/* SPDX-License-Identifier: MIT */
/*
 * Samples of a perf.data file as they come: stacks of (module, offset) in a tree, one sum per
 * stack, thread and event. Names are given at the end, when the file has told its build ids, once
 * per address instead of once per sample.
 */
#pragma once

#include "parse/perf_maps.h"

enum { PERF_MAX_EVENTS = 64, PERF_MAX_CHAIN = 4096 };

struct perf_place {
	uint32_t module;
	bool is_return;
	uint64_t offset;
};

struct perf_node {
	uint32_t parent, place;
};

struct perf_sum {
	uint32_t node, thread, event;
	uint64_t count, period, time_ns;
};

/* One address of a chain: what it is in, and whether by the kernel's view. */
enum perf_context {
	PERF_IN_USER,
	PERF_IN_KERNEL,
	PERF_IN_GUEST,
};

struct perf_address {
	uint64_t ip;
	enum perf_context context;
	bool is_return;
};

struct perf_seen;
struct perf_last;

struct perf_stacks {
	struct perf_maps *maps;
	struct profile *p; /* for threads */
	vec_of(struct perf_place) places;
	struct map_u64 place_index;
	vec_of(struct perf_node) nodes; /* [0] is the root */
	struct map_u64 node_index;
	vec_of(struct perf_sum) sums;
	struct map_u64 sum_index;
	uint32_t *recent;               /* sums met before, direct-mapped: number + 1 */
	struct perf_seen *seen;         /* addresses met before, direct-mapped */
	vec_of(struct perf_last) lasts; /* by thread: its last chain */
	uint64_t total_count[PERF_MAX_EVENTS];
};

void perf_stacks_init(struct perf_stacks *s, struct perf_maps *maps, struct profile *p);
void perf_stacks_done(struct perf_stacks *s);

/* A chain, leaf first. */
void perf_stacks_add(struct perf_stacks *s, int32_t pid, uint32_t thread,
	const struct perf_address *chain, size_t n, uint32_t event, uint64_t period,
	uint64_t time_ns);

/* Stacks of the profile for each node; *ret_named[i]: the leaf of node i has a name. */
void perf_stacks_name(struct perf_stacks *s, const struct format_symbols *symbols,
	uint32_t **ret_stacks, bool **ret_named);
