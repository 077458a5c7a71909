/* SPDX-License-Identifier: MIT */
/*
 * Weighted stacks of one thread over the numbers that a file gives its frames: what they are called
 * may stand later in the file. Becomes samples of a profile when the names are known.
 */
#pragma once

#include "model/profile.h"

struct stack_weight {
	uint32_t node;
	uint64_t count;
	int64_t value[PROFILE_MAX_VALUES];
};

struct stack_tree {
	vec_of(struct stack_node) nodes; /* as in struct profile; frame: a number of the file */
	vec_of(struct stack_weight) weights;
	struct map_u64 index, weight_of;
};

void stack_tree_init(struct stack_tree *t);
void stack_tree_done(struct stack_tree *t);
/* The child of a node for this frame number; deeper than IMPORT_MAX_DEPTH: the parent itself. */
uint32_t stack_tree_child(struct stack_tree *t, uint32_t parent, uint32_t frame);
/* Adds to the weight of a node: one of n values, and raw samples. */
void stack_tree_add(
	struct stack_tree *t, uint32_t node, uint64_t count, const int64_t *values, unsigned n);
/*
 * Adds everything as samples of the thread. frames[i] is the profile's frame of number i; numbers
 * from n on have none and become "[unknown]". Returns how many of those there were.
 */
uint64_t stack_tree_flush(
	struct stack_tree *t, struct profile *p, uint32_t thread, const uint32_t *frames, size_t n);
