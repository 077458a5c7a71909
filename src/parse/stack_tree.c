/* SPDX-License-Identifier: MIT */
/* Weighted stacks over a file's own frame numbers. */
#include "parse/stack_tree.h"

#include "parse/import_frame.h"

void stack_tree_init(struct stack_tree *t)
{
	*t = (struct stack_tree){ 0 };
	*vec_push(&t->nodes) = (struct stack_node){ 0 };
}

void stack_tree_done(struct stack_tree *t)
{
	vec_done(&t->nodes);
	vec_done(&t->weights);
	map_u64_done(&t->index);
	map_u64_done(&t->weight_of);
}

uint32_t stack_tree_child(struct stack_tree *t, uint32_t parent, uint32_t frame)
{
	uint32_t depth = t->nodes.v[parent].depth + 1;
	bool fresh;

	if (depth > IMPORT_MAX_DEPTH)
		return parent;

	uint32_t *slot = map_u64_put(&t->index, (uint64_t)parent << 32 | frame, &fresh);

	if (fresh) {
		*slot = (uint32_t)t->nodes.n;
		*vec_push(&t->nodes) =
			(struct stack_node){ .parent = parent, .frame = frame, .depth = depth };
	}
	return *slot;
}

void stack_tree_add(
	struct stack_tree *t, uint32_t node, uint64_t count, const int64_t *values, unsigned n)
{
	bool fresh;
	uint32_t *slot = map_u64_put(&t->weight_of, node, &fresh);

	if (fresh) {
		*slot = (uint32_t)t->weights.n;
		*vec_push(&t->weights) = (struct stack_weight){ .node = node };
	}
	struct stack_weight *w = &t->weights.v[*slot];

	w->count += count;
	for (unsigned i = 0; i < n; i++)
		w->value[i] = import_sum(w->value[i], values[i]);
}

uint64_t stack_tree_flush(
	struct stack_tree *t, struct profile *p, uint32_t thread, const uint32_t *frames, size_t n)
{
	uint32_t *stacks = xcalloc(t->nodes.n, sizeof(*stacks));
	uint32_t unknown = UINT32_MAX;
	uint64_t n_unknown = 0;

	for (size_t i = 1; i < t->nodes.n; i++) {
		const struct stack_node *node = &t->nodes.v[i];
		uint32_t frame;

		if (node->frame < n) {
			frame = frames[node->frame];
		} else {
			if (unknown == UINT32_MAX)
				unknown = import_frame(p, &(struct import_place){ 0 });
			frame = unknown;
			n_unknown++;
		}
		stacks[i] = profile_add_stack(p, stacks[node->parent], frame);
	}
	vec_foreach (w, &t->weights)
		profile_add_sample(p, stacks[w->node], thread, 0, w->count, w->value);
	free(stacks);
	return n_unknown;
}
