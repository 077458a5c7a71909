/* SPDX-License-Identifier: MIT */
/*
 * Who owns the cost: the application function where a developer would put the fix.
 *
 * Each sample is charged to its deepest application frame: kernel, library and runtime frames below
 * it are its doing. Then the charge moves up where the cost is made by the number of calls: small
 * helpers and callbacks without a loop of their own are charged to the function that loops over
 * them. Work on threads of its own (garbage collection, thread start and exit) is charged to those
 * who allocate or start threads. Recursion counts once. On the graph of application functions that
 * remains, owners are found by walking down while one callee keeps most of the weight.
 */
#pragma once

#include "analyze/code_map.h"
#include "analyze/source.h"

/* A sample that an owner answers for. */
struct blame_claim {
	uint32_t sample; /* index in profile.samples */
	uint32_t stack;  /* node of the owner's frame nearest to the leaf; 0: charged from another
			    thread */
	double weight;   /* may be a part of the sample's value */
};

struct blame_owner {
	uint32_t function; /* index in code_map.functions */
	double weight;
	uint64_t count; /* raw samples */
	struct blame_claim *claims;
	size_t n_claims;
};

struct blame {
	struct code_map code;
	const struct profile *profile;
	unsigned type; /* value type that was blamed */
	double total;  /* weight of all samples */
	uint64_t count;
	double orphan_weight;       /* no application frame and nobody to charge */
	struct blame_owner *owners; /* heaviest first */
	size_t n_owners;
	struct arena arena;
};

/* source may have no reader; then helpers are told by their names alone. */
void blame_init(struct blame *b, const struct profile *p, unsigned type, const struct knowledge *k,
	struct source *source);
void blame_done(struct blame *b);
