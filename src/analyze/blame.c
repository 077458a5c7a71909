/* SPDX-License-Identifier: MIT */
/* Second half of blame: owners on the graph of application functions. */
#include "analyze/blame.h"

#include "analyze/charge.h"

#include <string.h>

/* While one callee keeps this much of a function's weight, the function only passes it on. */
#define PASS_ON_RATIO 0.75
/* A function owns the sum of its helpers when it does this much itself ... */
#define OWN_WORK_RATIO 0.2
/* ... and no single function below it has this much of the weight. */
#define SPREAD_RATIO 0.6
/* Functions below this share of everything are not looked at. */
#define MIN_RATIO 0.005

struct walk {
	struct blame *b;
	const struct charges *c;
	double *self, *incl; /* per function */
	bool *visited;
	bool *claimed; /* per path */
	vec_of(struct blame_owner) owners;
	vec_of(struct blame_claim) claims; /* of the owner being built */
};

static double path_weight(const struct charge_path *p)
{
	return p->weight + p->extra;
}

/* Position of a function in a path, -1 when absent. */
static long path_find(const struct charge_path *p, uint32_t fn)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->functions[i] == fn)
			return (long)i;
	return -1;
}

/* The owner's frame nearest to the leaf of a stack; its caller's when a tail call left none. */
static uint32_t owner_node(const struct blame *b, uint32_t stack, uint32_t fn)
{
	uint32_t first = 0;

	for (uint32_t s = stack; s; s = b->profile->stacks.v[s].parent) {
		if (b->code.of_frame[b->profile->stacks.v[s].frame] == fn)
			return s;
		if (!first && code_is_app(code_of_stack(&b->code, s)->role))
			first = s;
	}
	return first;
}

/* Claims the part of each orphan group that the owner's paths answer for. */
static void claim_orphans(struct walk *w, const double *parts)
{
	for (uint32_t g = 0; g < w->c->groups.n; g++) {
		for (uint32_t i = w->c->groups.v[g].first; parts[g] > 0 && i != UINT32_MAX;
			i = w->c->next[i]) {
			double v = (double)w->b->profile->samples.v[i].value[w->b->type];

			*vec_push(&w->claims) =
				(struct blame_claim){ .sample = i, .weight = v * parts[g] };
		}
	}
}

/* Takes over the paths that hold the function (inclusive) or end with it. */
static void emit(struct walk *w, uint32_t fn, bool inclusive)
{
	struct blame_owner o = { .function = fn };
	const struct charges *c = w->c;
	double *parts = xcalloc(c->groups.n, sizeof(*parts));

	w->claims.n = 0;
	for (size_t i = 0; i < c->paths.n; i++) {
		const struct charge_path *p = &c->paths.v[i];

		if (w->claimed[i] ||
			(inclusive ? path_find(p, fn) < 0 : p->functions[p->n - 1] != fn))
			continue;
		w->claimed[i] = true;
		o.weight += path_weight(p);
		o.count += p->count + p->extra_count;
		for (uint32_t g = 0; g < c->groups.n; g++)
			parts[g] += charge_part(c, p, g);
		for (uint32_t s = p->first; s != UINT32_MAX; s = c->next[s]) {
			const struct profile_sample *sample = &w->b->profile->samples.v[s];

			*vec_push(&w->claims) = (struct blame_claim){ .sample = s,
				.stack = owner_node(w->b, sample->stack, fn),
				.weight = (double)sample->value[w->b->type] };
		}
	}
	claim_orphans(w, parts);
	free(parts);
	if (o.weight <= 0)
		return;
	o.n_claims = w->claims.n;
	o.claims = arena_array(&w->b->arena, o.n_claims, sizeof(o.claims[0]));
	memcpy(o.claims, w->claims.v, o.n_claims * sizeof(o.claims[0]));
	*vec_push(&w->owners) = o;
}

struct kids {
	double *weight; /* per function: weight of the edge from the function at hand */
	uint32_t best;
	double best_weight;
	double most_below; /* largest weight charged to one function below */
};

static void look_below(struct walk *w, uint32_t fn, struct kids *k)
{
	size_t n = w->b->code.functions.n;
	double *charged = xcalloc(n, sizeof(*charged));

	k->weight = xcalloc(n, sizeof(*k->weight));
	k->best = UINT32_MAX;
	vec_foreach (p, &w->c->paths) {
		long at = path_find(p, fn);

		if (at < 0 || (size_t)at + 1 == p->n)
			continue;
		k->weight[p->functions[at + 1]] += path_weight(p);
		charged[p->functions[p->n - 1]] += path_weight(p);
	}
	for (uint32_t i = 0; i < n; i++) {
		if (k->weight[i] > k->best_weight) {
			k->best = i;
			k->best_weight = k->weight[i];
		}
		k->most_below = MAX(k->most_below, charged[i]);
	}
	free(charged);
}

static void descend(struct walk *w, uint32_t fn)
{
	const struct code_function *f = &w->b->code.functions.v[fn];
	double min = MIN_RATIO * w->b->total, incl = w->incl[fn], self = w->self[fn];
	struct kids k = { 0 };

	if (w->visited[fn] || incl < min)
		return;
	w->visited[fn] = true;
	look_below(w, fn, &k);

	bool passes_on = k.best_weight >= PASS_ON_RATIO * incl;

	if (!passes_on && f->role != CODE_ENTRY && self >= OWN_WORK_RATIO * incl &&
		MAX(self, k.most_below) < SPREAD_RATIO * incl) {
		emit(w, fn, true);
		free(k.weight);
		return;
	}
	if (k.best != UINT32_MAX)
		descend(w, k.best);
	for (uint32_t i = 0; i < w->b->code.functions.n; i++)
		if (k.weight[i] >= min)
			descend(w, i);
	if (self >= min)
		emit(w, fn, false);
	free(k.weight);
}

static int by_weight(const void *pa, const void *pb)
{
	const struct blame_owner *a = pa, *b = pb;

	if (a->weight != b->weight)
		return a->weight < b->weight ? 1 : -1;
	return a->function < b->function ? -1 : a->function > b->function;
}

static void sum_up(struct walk *w)
{
	vec_foreach (p, &w->c->paths) {
		w->self[p->functions[p->n - 1]] += path_weight(p);
		for (size_t i = 0; i < p->n; i++)
			w->incl[p->functions[i]] += path_weight(p);
	}
}

/* Starts at the functions no application code called, heaviest first. */
static void walk_roots(struct walk *w)
{
	for (;;) {
		uint32_t best = UINT32_MAX;

		vec_foreach (p, &w->c->paths) {
			uint32_t root = p->functions[0];

			if (!w->visited[root] && w->incl[root] >= MIN_RATIO * w->b->total &&
				(best == UINT32_MAX || w->incl[root] > w->incl[best]))
				best = root;
		}
		if (best == UINT32_MAX)
			return;
		descend(w, best);
	}
}

void blame_init(struct blame *b, const struct profile *p, unsigned type, const struct knowledge *k,
	struct source *source)
{
	struct charges c;
	struct walk w = { .b = b, .c = &c };

	*b = (struct blame){ .profile = p, .type = type };
	code_map_init(&b->code, p, k);
	charges_init(&c, &b->code, type, source);
	b->total = c.total;
	b->count = c.count;
	for (uint32_t g = 0; g < c.groups.n; g++)
		b->orphan_weight += c.groups.v[g].weight;
	vec_foreach (path, &c.paths)
		b->orphan_weight -= path->extra;

	size_t n = b->code.functions.n ? b->code.functions.n : 1;

	w.self = xcalloc(n, sizeof(*w.self));
	w.incl = xcalloc(n, sizeof(*w.incl));
	w.visited = xcalloc(n, sizeof(*w.visited));
	w.claimed = xcalloc(c.paths.n ? c.paths.n : 1, sizeof(*w.claimed));
	sum_up(&w);
	walk_roots(&w);
	if (w.owners.n)
		qsort(w.owners.v, w.owners.n, sizeof(w.owners.v[0]), by_weight);
	b->n_owners = w.owners.n;
	b->owners = arena_array(&b->arena, w.owners.n, sizeof(b->owners[0]));
	if (w.owners.n)
		memcpy(b->owners, w.owners.v, w.owners.n * sizeof(b->owners[0]));
	vec_done(&w.owners);
	vec_done(&w.claims);
	free(w.self);
	free(w.incl);
	free(w.visited);
	free(w.claimed);
	charges_done(&c);
}

void blame_done(struct blame *b)
{
	code_map_done(&b->code);
	arena_done(&b->arena);
}
