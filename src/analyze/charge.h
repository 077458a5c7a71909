/* SPDX-License-Identifier: MIT */
/*
 * First half of blame: which chain of application functions answers for each sample. A chain is
 * root first, each function once; its last one is charged.
 */
#pragma once

#include "analyze/code_map.h"
#include "analyze/source.h"

struct charge_path {
	uint32_t *functions;
	size_t n;
	double weight;             /* of its samples */
	double extra;              /* charged from other threads */
	double alloc, spawn;       /* weight spent in allocators, in starting threads */
	uint64_t count, extra_count;
	uint32_t first;            /* first sample of the path, see next */
};

/* Samples without application code, by who makes them. */
enum orphan_kind { ORPHAN_COLLECTOR, ORPHAN_THREAD, ORPHAN_OTHER, ORPHAN_KINDS };

struct charges {
	struct arena arena;
	vec_of(struct charge_path) paths;
	uint32_t *next;            /* sample -> next sample of the same path or orphan kind, UINT32_MAX ends */
	uint32_t orphan_first[ORPHAN_KINDS];
	double orphan_weight[ORPHAN_KINDS];
	uint64_t orphan_count[ORPHAN_KINDS];
	bool charged[ORPHAN_KINDS]; /* given to the paths as extra */
	double total;
	uint64_t count;
};

void charges_init(struct charges *c, const struct code_map *code, unsigned type, struct source *source);
void charges_done(struct charges *c);
