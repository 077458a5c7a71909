/* SPDX-License-Identifier: MIT */
/* Stacks from a call graph, by proportion. */
#include "parse/call_graph.h"

enum {
	MAX_CHAIN = 128,
	LEAST_PART = 1000,    /* a part is followed while it is more than 1/1000 */
	MAX_STEPS = 50000000, /* calls looked at, in all: then chains end where they are */
};

struct walk {
	struct call_graph *g;
	struct profile *p;
	uint32_t *first; /* function -> first of its incoming edges; edges sorted by callee */
	uint8_t *inside; /* functions on the chain */
	uint32_t chain[MAX_CHAIN];
	unsigned depth;
	uint32_t thread;
	const struct call_function *leaf;
	int64_t given[PROFILE_MAX_VALUES]; /* of the leaf's cost so far */
	uint64_t given_calls;
	uint64_t steps;
};

void call_graph_done(struct call_graph *g)
{
	vec_done(&g->functions);
	vec_done(&g->edges);
}

static int by_callee(const void *a, const void *b)
{
	const struct call_edge *x = a, *y = b;

	if (x->callee != y->callee)
		return x->callee < y->callee ? -1 : 1;
	if (x->cost != y->cost)
		return x->cost > y->cost ? -1 : 1;
	return x->caller < y->caller ? -1 : x->caller > y->caller;
}

/* The chain, outermost caller last, as a sample with a part of the leaf's cost. */
static void add_part(struct walk *w, double part)
{
	int64_t v[PROFILE_MAX_VALUES] = { 0 };
	uint32_t stack = 0;
	uint64_t calls = (uint64_t)((double)w->leaf->calls * part);
	bool any = false;

	for (unsigned i = 0; i < w->p->n_types; i++) {
		v[i] = import_scaled((double)w->leaf->self[i], part);
		v[i] = MIN(v[i], w->leaf->self[i] - w->given[i]);
		w->given[i] += v[i];
		any |= v[i] != 0;
	}
	if (!any)
		return;
	for (unsigned i = w->depth; i-- > 0;)
		stack = profile_add_stack(w->p, stack, w->g->functions.v[w->chain[i]].frame);
	calls = MIN(calls, w->leaf->calls - w->given_calls);
	w->given_calls += calls;
	profile_add_sample(w->p, stack, w->thread, 0, calls, v);
}

/* The edges into function `f` that can be followed: their cost together. */
static double incoming(struct walk *w, uint32_t f)
{
	double sum = 0;

	w->steps += w->first[f + 1] - w->first[f] + 1;
	for (uint32_t e = w->first[f]; e < w->first[f + 1]; e++)
		if (!w->inside[w->g->edges.v[e].caller])
			sum += (double)w->g->edges.v[e].cost;
	return sum;
}

static void follow(struct walk *w, uint32_t f, double part)
{
	double sum, left = part;

	w->chain[w->depth++] = f;
	w->inside[f] = 1;
	sum = w->depth < MAX_CHAIN && w->steps < MAX_STEPS ? incoming(w, f) : 0;
	for (uint32_t e = w->first[f]; sum > 0 && e < w->first[f + 1]; e++) {
		const struct call_edge *edge = &w->g->edges.v[e];
		double share = part * (double)edge->cost / sum;

		if (w->inside[edge->caller] || share < 1.0 / LEAST_PART)
			continue;
		follow(w, edge->caller, share);
		left -= share;
	}
	/* called from nowhere known, or from many places with little each */
	if (left > 1e-9)
		add_part(w, left);
	w->inside[f] = 0;
	w->depth--;
}

/* What rounding left over goes to the function alone, so that sums stay exact. */
static void add_rest(struct walk *w, uint32_t f)
{
	int64_t v[PROFILE_MAX_VALUES] = { 0 };
	bool any = false;

	for (unsigned i = 0; i < w->p->n_types; i++) {
		v[i] = w->leaf->self[i] - w->given[i];
		any |= v[i] != 0;
	}
	if (any)
		profile_add_sample(w->p, profile_add_stack(w->p, 0, w->g->functions.v[f].frame),
			w->thread, 0, w->leaf->calls - w->given_calls, v);
}

void call_graph_stacks(struct call_graph *g, struct profile *p, uint32_t thread)
{
	size_t n = g->functions.n;
	struct walk w = { .g = g,
		.p = p,
		.thread = thread,
		.first = xcalloc(n + 1, sizeof(uint32_t)),
		.inside = xcalloc(n + 1, 1) };

	if (g->edges.n)
		qsort(g->edges.v, g->edges.n, sizeof(*g->edges.v), by_callee);
	for (size_t f = 0, e = 0; f <= n; f++) {
		while (e < g->edges.n && g->edges.v[e].callee < f)
			e++;
		w.first[f] = (uint32_t)e;
	}
	for (uint32_t f = 0; f < n; f++) {
		bool any = false;

		w.leaf = &g->functions.v[f];
		memset(w.given, 0, sizeof(w.given));
		w.given_calls = 0;
		for (unsigned i = 0; i < p->n_types; i++)
			any |= w.leaf->self[i] > 0;
		if (!any)
			continue;
		follow(&w, f, 1);
		add_rest(&w, f);
	}
	free(w.first);
	free(w.inside);
	import_note(p, "stacks-estimated",
		"the file knows which function called which, not whole stacks: callers of callers "
		"are split in proportion to their cost");
}
