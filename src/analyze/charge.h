/* SPDX-License-Identifier: MIT */
/*
 * First half of blame: which chain of application functions answers for each sample. A chain is
 * root first, each function once; its last one is charged.
 */
#pragma once

#include "analyze/code_map.h"
#include "analyze/source.h"

/* Work without application code that others answer for, by what tells who they are. */
struct orphan_group {
	uint32_t function; /* run-time function that callers have below them; UINT32_MAX: by
			      allocation or thread start */
	uint32_t first;    /* first sample, see next */
	double weight;
	uint64_t count;
	double key_weight; /* weight of all paths that have the key */
};

enum { GROUP_COLLECTOR, GROUP_THREAD, GROUP_NOBODY, GROUP_FIXED };

struct charge_key {
	uint32_t group;
	double weight; /* of the path's samples with the key of the group */
};

struct charge_path {
	uint32_t *functions;
	size_t n;
	double weight; /* of its samples */
	double extra;  /* charged from groups of orphans */
	uint64_t count, extra_count;
	vec_of(struct charge_key) keys;
	uint32_t first; /* first sample of the path, see next */
};

struct charges {
	struct arena arena;
	vec_of(struct charge_path) paths;
	vec_of(struct orphan_group) groups; /* the fixed ones first */
	uint32_t *next; /* sample -> next sample of the same path or group, UINT32_MAX ends */
	double total;
	uint64_t count;
};

void charges_init(
	struct charges *c, const struct code_map *code, unsigned type, struct source *source);
void charges_done(struct charges *c);
/* The part of a group that a path answers for, 0..1. */
double charge_part(const struct charges *c, const struct charge_path *p, uint32_t group);
