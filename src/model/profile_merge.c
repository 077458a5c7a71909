/* SPDX-License-Identifier: MIT */
/* Adds one profile to another. */
#include "model/profile_merge.h"

#include <stdlib.h>

/* Ids of `from` in `into`, made when they are needed. */
struct merge {
	struct profile *into;
	const struct profile *from;
	uint32_t *frame, *stack, *thread; /* id + 1, 0 not yet */
	int type[PROFILE_MAX_VALUES];     /* -1 left out */
};

static uint32_t string_of(struct merge *m, uint32_t id)
{
	return id ? profile_string(m->into, profile_str(m->from, id)) : 0;
}

static uint32_t frame_of(struct merge *m, uint32_t id)
{
	if (!m->frame[id]) {
		struct frame f = m->from->frames.v[id];

		f.function = string_of(m, f.function);
		f.linkage = string_of(m, f.linkage);
		f.file = string_of(m, f.file);
		f.module = string_of(m, f.module);
		m->frame[id] = profile_add_frame(m->into, &f) + 1;
	}
	return m->frame[id] - 1;
}

/* A parent's id is smaller than its child's, so all parents of `id` can be made in order. */
static uint32_t stack_of(struct merge *m, uint32_t id)
{
	vec_of(uint32_t) missing = { 0 };
	uint32_t at = id;

	for (; at && !m->stack[at]; at = m->from->stacks.v[at].parent)
		*vec_push(&missing) = at;
	at = at ? m->stack[at] - 1 : 0;
	while (missing.n) {
		uint32_t node = missing.v[--missing.n];

		at = profile_add_stack(m->into, at, frame_of(m, m->from->stacks.v[node].frame));
		m->stack[node] = at + 1;
	}
	vec_done(&missing);
	return at;
}

static uint32_t thread_of(struct merge *m, uint32_t id)
{
	if (!m->thread[id]) {
		const struct profile_thread *t = &m->from->threads.v[id];

		m->thread[id] = profile_add_thread(m->into, t->pid, t->tid,
					t->name ? profile_str(m->from, t->name) : NULL) +
			1;
	}
	return m->thread[id] - 1;
}

static unsigned take_types(struct merge *m, unsigned types)
{
	unsigned taken = 0;

	for (unsigned i = 0; i < PROFILE_MAX_VALUES; i++) {
		bool wanted = i < m->from->n_types && types & 1u << i;
		const struct value_type *t = &m->from->types[i];

		m->type[i] = wanted ? profile_type(m->into, t->name) : -1;
		if (wanted && m->type[i] < 0 && m->into->n_types < PROFILE_MAX_VALUES)
			m->type[i] = (int)profile_add_type(m->into, t->name, t->unit);
		if (m->type[i] >= 0)
			taken |= 1u << i;
	}
	return taken;
}

static void take_locks(struct merge *m)
{
	vec_foreach (l, &m->from->locks) {
		struct profile_lock lock = *l;

		lock.wait_stack = stack_of(m, l->wait_stack);
		lock.holder_stack = stack_of(m, l->holder_stack);
		*vec_push(&m->into->locks) = lock;
	}
}

unsigned profile_merge(struct profile *into, const struct profile *from, unsigned types)
{
	struct merge m = { .into = into,
		.from = from,
		.frame = xcalloc(from->frames.n + 1, sizeof(uint32_t)),
		.stack = xcalloc(from->stacks.n + 1, sizeof(uint32_t)),
		.thread = xcalloc(from->threads.n + 1, sizeof(uint32_t)) };
	unsigned taken = take_types(&m, types);

	vec_foreach (s, &from->samples) {
		int64_t value[PROFILE_MAX_VALUES] = { 0 };
		bool any = false;

		for (unsigned i = 0; i < from->n_types; i++) {
			if (m.type[i] < 0 || !s->value[i])
				continue;
			value[m.type[i]] = s->value[i];
			any = true;
		}
		if (any)
			profile_add_sample(into, stack_of(&m, s->stack), thread_of(&m, s->thread),
				s->time_ns, s->count, value);
	}
	int lock = profile_type(from, "lock");

	if (lock >= 0 && m.type[lock] >= 0)
		take_locks(&m);
	free(m.frame);
	free(m.stack);
	free(m.thread);
	return taken;
}
