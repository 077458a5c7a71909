/* SPDX-License-Identifier: MIT */
/*
 * The functions of one unit by address, with the tree of calls inlined into them, and the scopes
 * that qualify their names. Private to parse/dwarf*.c.
 */
#pragma once

#include "parse/dwarf_ranges.h"

/* A concrete function or an inlined call, in the order of the unit (a node before its children). */
struct dw_node {
	uint64_t die; /* offset in the info section */
	uint32_t end; /* index behind the last node of this subtree */
	uint32_t first_range, n_ranges;
	uint32_t call_file, call_line;
	bool inlined;
};

/* A DIE that can stand in a qualified name, or has one. */
struct dw_scope {
	uint64_t die;
	uint32_t parent; /* index + 1 in scopes, 0 the unit */
	uint16_t tag;
};

struct dw_top { /* one range of a concrete function */
	uint64_t lo, hi;
	uint32_t node;
};

struct dw_index {
	vec_of(struct dw_node) nodes;
	vec_of(struct dw_scope) scopes; /* by die */
	vec_of(struct dw_top) tops;     /* by lo */
	struct dw_ranges ranges;
};

enum { DW_MAX_NODES = 16 << 20, DW_MAX_DEPTH = 1024 };

/* Built once; never NULL. */
const struct dw_index *dw_unit_index(struct dwarf *d, struct dw_unit *u);
void dw_index_free(struct dw_index *x);
/*
 * Indexes of the nodes that hold addr, outermost first, at most max (the innermost are dropped);
 * 0 when no function of the unit does.
 */
size_t dw_index_chain(const struct dw_index *x, uint64_t addr, uint32_t *ret, size_t max);
/* The scope record of a DIE, NULL when it is no scope or function. */
const struct dw_scope *dw_index_scope(const struct dw_index *x, uint64_t die);
