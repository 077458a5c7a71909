/* SPDX-License-Identifier: MIT */
/*
 * A profile merged by function: lines of one function become one node, with own and total weight
 * per node and per function. What every view (page, table, collapsed) draws from.
 */
#pragma once

#include "base/map.h"
#include "base/vec.h"
#include "model/profile.h"

struct call_function {
	uint32_t name, file, module; /* string ids of the profile */
	uint32_t line;               /* heaviest line (running or calling), 0 unknown */
	uint32_t decl_line;
	uint8_t kind;
	int64_t self, total;              /* recursion is counted once in total */
	uint64_t self_count, total_count; /* raw samples */
};

struct call_node {
	uint32_t parent, first_child, next_sibling; /* 0: none; children heaviest first */
	uint32_t function;
	uint32_t line; /* heaviest line of this node */
	uint32_t depth;
	bool inlined;
	int64_t self, total;
	uint64_t self_count, total_count;
};

struct call_tree {
	const struct profile *profile;
	vec_of(struct call_node) nodes; /* [0] is the root; a parent comes before its children */
	vec_of(struct call_function) functions;
	uint32_t *node_of_stack; /* profile stack -> node */
	int64_t total;
	uint64_t count;
	uint32_t max_depth;
};

void call_tree_init(struct call_tree *t, const struct profile *p, unsigned type);
void call_tree_done(struct call_tree *t);
/* Function indexes by self (or total), heaviest first, ties by name. malloc'ed, functions.n long.
 */
uint32_t *call_tree_ranking(const struct call_tree *t, bool by_total);
/* Node indexes with the heaviest self weight first, at most `max`; returns how many. */
size_t call_tree_hottest(const struct call_tree *t, uint32_t *out, size_t max);
