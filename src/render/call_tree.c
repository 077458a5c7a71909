/* SPDX-License-Identifier: MIT */
/* Merging a profile's stacks by function. */
#include "render/call_tree.h"

#include "base/alloc.h"

#include <stdlib.h>

/* Weight seen per (owner, line), to find the heaviest line of a node or function. */
struct line_weight {
	uint32_t owner, line;
	int64_t weight;
};

struct line_table {
	struct map_u64 index;
	vec_of(struct line_weight) v;
};

static void line_add(struct line_table *t, uint32_t owner, uint32_t line, int64_t weight)
{
	bool fresh;

	if (!line)
		return;
	uint32_t *slot = map_u64_put(&t->index, (uint64_t)owner << 32 | line, &fresh);

	if (fresh) {
		*slot = (uint32_t)t->v.n;
		*vec_push(&t->v) = (struct line_weight){ .owner = owner, .line = line };
	}
	t->v.v[*slot].weight += weight;
}

static void line_done(struct line_table *t)
{
	map_u64_done(&t->index);
	vec_done(&t->v);
}

/* Function for a frame: name and file make it, so that static functions of one name stay apart. */
static uint32_t function_of(struct call_tree *t, struct map_u64 *index, const struct frame *f)
{
	bool fresh;
	uint64_t place = f->file ? f->file : (uint64_t)f->module | 1ull << 31;
	uint32_t *slot = map_u64_put(index, (uint64_t)f->function << 32 | place, &fresh);

	if (fresh) {
		*slot = (uint32_t)t->functions.n;
		*vec_push(&t->functions) = (struct call_function){ .name = f->function,
			.file = f->file,
			.module = f->module,
			.decl_line = f->decl_line,
			.kind = f->kind };
	}
	return *slot;
}

static void merge_stacks(struct call_tree *t, const int64_t *weight)
{
	const struct profile *p = t->profile;
	struct map_u64 functions = { 0 }, nodes = { 0 };
	struct line_table lines = { 0 };

	for (size_t i = 1; i < p->stacks.n; i++) {
		const struct stack_node *s = &p->stacks.v[i];
		const struct frame *f = &p->frames.v[s->frame];
		uint32_t parent = t->node_of_stack[s->parent];
		uint32_t function = function_of(t, &functions, f);
		bool fresh;
		uint32_t *slot = map_u64_put(&nodes, (uint64_t)parent << 32 | function, &fresh);

		if (fresh) {
			*slot = (uint32_t)t->nodes.n;
			*vec_push(&t->nodes) = (struct call_node){ .parent = parent,
				.function = function,
				.depth = t->nodes.v[parent].depth + 1,
				.inlined = f->inlined };
			t->max_depth = MAX(t->max_depth, t->nodes.v[parent].depth + 1);
		}
		t->node_of_stack[i] = *slot;
		line_add(&lines, *slot, f->line, weight[i]);
	}
	int64_t *best = xcalloc(t->nodes.n, sizeof(*best));

	vec_foreach (l, &lines.v) {
		struct call_node *n = &t->nodes.v[l->owner];

		if (!n->line || l->weight > best[l->owner] ||
			(l->weight == best[l->owner] && l->line < n->line)) {
			best[l->owner] = l->weight;
			n->line = l->line;
		}
	}
	free(best);
	line_done(&lines);
	map_u64_done(&functions);
	map_u64_done(&nodes);
}

static void add_samples(struct call_tree *t, unsigned type)
{
	vec_foreach (s, &t->profile->samples) {
		struct call_node *n = &t->nodes.v[t->node_of_stack[s->stack]];

		if (!s->value[type])
			continue; /* of another clock */
		n->self += s->value[type];
		n->self_count += s->count;
	}
	for (size_t i = t->nodes.n; i-- > 0;) {
		struct call_node *n = &t->nodes.v[i];

		n->total += n->self;
		n->total_count += n->self_count;
		if (i) {
			t->nodes.v[n->parent].total += n->total;
			t->nodes.v[n->parent].total_count += n->total_count;
		}
	}
	t->total = t->nodes.v[0].total;
	t->count = t->nodes.v[0].total_count;
}

static _Thread_local const struct call_node *sort_nodes; /* qsort has no context argument */

static int heavier_node(const void *pa, const void *pb)
{
	const struct call_node *a = &sort_nodes[*(const uint32_t *)pa],
			       *b = &sort_nodes[*(const uint32_t *)pb];

	if (a->parent != b->parent)
		return a->parent < b->parent ? -1 : 1;
	if (a->total != b->total)
		return a->total > b->total ? -1 : 1;
	return a < b ? -1 : a > b;
}

static void link_children(struct call_tree *t)
{
	size_t n = t->nodes.n;
	uint32_t *order = xcalloc(n, sizeof(*order));

	for (size_t i = 1; i < n; i++)
		order[i - 1] = (uint32_t)i;
	sort_nodes = t->nodes.v;
	qsort(order, n - 1, sizeof(*order), heavier_node);
	for (size_t i = n - 1; i-- > 0;) { /* lightest first, each put in front */
		struct call_node *c = &t->nodes.v[order[i]], *parent = &t->nodes.v[c->parent];

		c->next_sibling = parent->first_child;
		parent->first_child = order[i];
	}
	free(order);
}

/* Totals per function: a node counts unless the same function is above it on the stack. */
static void sum_functions(struct call_tree *t)
{
	uint32_t *on_path = xcalloc(t->functions.n + 1, sizeof(*on_path));
	struct line_table lines = { 0 };
	uint32_t at = t->nodes.v[0].first_child;

	while (at) {
		struct call_node *n = &t->nodes.v[at];
		struct call_function *f = &t->functions.v[n->function];

		f->self += n->self;
		f->self_count += n->self_count;
		if (on_path[n->function]++ == 0) {
			f->total += n->total;
			f->total_count += n->total_count;
		}
		line_add(&lines, n->function, n->line, n->total);
		if (n->first_child) {
			at = n->first_child;
			continue;
		}
		for (; at; at = t->nodes.v[at].parent) {
			on_path[t->nodes.v[at].function]--;
			if (t->nodes.v[at].next_sibling)
				break;
		}
		at = at ? t->nodes.v[at].next_sibling : 0;
	}
	int64_t *best = xcalloc(t->functions.n + 1, sizeof(*best));

	vec_foreach (l, &lines.v) {
		if (l->weight > best[l->owner] || !t->functions.v[l->owner].line) {
			best[l->owner] = l->weight;
			t->functions.v[l->owner].line = l->line;
		}
	}
	free(best);
	free(on_path);
	line_done(&lines);
}

void call_tree_init(struct call_tree *t, const struct profile *p, unsigned type)
{
	size_t n = p->stacks.n;
	int64_t *weight = xcalloc(n, sizeof(*weight));

	*t = (struct call_tree){ .profile = p, .node_of_stack = xcalloc(n, sizeof(uint32_t)) };
	*vec_push(&t->nodes) = (struct call_node){ 0 };
	vec_foreach (s, &p->samples)
		weight[s->stack] += s->value[type];
	for (size_t i = n; i-- > 1;)
		weight[p->stacks.v[i].parent] += weight[i];
	merge_stacks(t, weight);
	free(weight);
	add_samples(t, type);
	link_children(t);
	sum_functions(t);
}

void call_tree_done(struct call_tree *t)
{
	vec_done(&t->nodes);
	vec_done(&t->functions);
	free(t->node_of_stack);
	t->node_of_stack = NULL;
}

static _Thread_local const struct call_tree *sort_tree;
static _Thread_local bool sort_by_total;

static int heavier_function(const void *pa, const void *pb)
{
	const struct call_function *a = &sort_tree->functions.v[*(const uint32_t *)pa];
	const struct call_function *b = &sort_tree->functions.v[*(const uint32_t *)pb];
	int64_t x = sort_by_total ? a->total : a->self, y = sort_by_total ? b->total : b->self;

	if (x != y)
		return x > y ? -1 : 1;
	if (a->total != b->total)
		return a->total > b->total ? -1 : 1;
	int c = strcmp(
		profile_str(sort_tree->profile, a->name), profile_str(sort_tree->profile, b->name));

	return c ? c : (a < b ? -1 : a > b);
}

uint32_t *call_tree_ranking(const struct call_tree *t, bool by_total)
{
	uint32_t *order = xcalloc(t->functions.n + 1, sizeof(*order));

	for (size_t i = 0; i < t->functions.n; i++)
		order[i] = (uint32_t)i;
	sort_tree = t;
	sort_by_total = by_total;
	qsort(order, t->functions.n, sizeof(*order), heavier_function);
	return order;
}

size_t call_tree_hottest(const struct call_tree *t, uint32_t *out, size_t max)
{
	size_t n = 0;

	for (uint32_t i = 1; i < t->nodes.n; i++) {
		int64_t self = t->nodes.v[i].self;
		size_t at = n;

		if (self <= 0 || (n == max && self <= t->nodes.v[out[n - 1]].self))
			continue;
		if (n < max)
			n++;
		else
			at = n - 1;
		for (; at > 0 && t->nodes.v[out[at - 1]].self < self; at--)
			out[at] = out[at - 1];
		out[at] = i;
	}
	return n;
}
