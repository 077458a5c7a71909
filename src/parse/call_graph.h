/* SPDX-License-Identifier: MIT */
/*
 * Costs of functions and of the calls between them, without stacks: what callgrind, cProfile and
 * gprof record. Stacks are made of it in the way gprof does: a function's cost is split over its
 * callers in proportion to what each call cost, as if it cost the same wherever it is called from
 * (Graham, Kessler, McKusick, "gprof: a call graph execution profiler", 1982). That is an
 * assumption, and says so in a caveat.
 */
#pragma once

#include "parse/import_frame.h"

struct call_edge {
	uint32_t caller, callee;
	uint32_t line; /* in the caller, 0 unknown */
	uint64_t calls;
	int64_t cost; /* of the first value, with everything below */
};

struct call_function {
	uint32_t frame; /* of the profile */
	uint64_t calls;
	int64_t self[PROFILE_MAX_VALUES];
};

struct call_graph {
	vec_of(struct call_function) functions;
	vec_of(struct call_edge) edges;
};

void call_graph_done(struct call_graph *g);
/*
 * Samples for everything with a cost of its own. Parts below a thousandth of a function's cost, and
 * calls back into the chain, end the chain.
 */
void call_graph_stacks(struct call_graph *g, struct profile *p, uint32_t thread);
