/* SPDX-License-Identifier: MIT */
/* Stacks of a perf.data file, gathered and named. */
#include "parse/perf_stacks.h"

#include "base/compiler.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct perf_seen {
	uint64_t ip;
	uint32_t place; /* + 1; 0 free */
	int32_t pid;    /* -1: the kernel's */
	uint32_t generation;
	uint8_t context, is_return;
};

/* Consecutive samples of a thread mostly share the outer part of their stacks. */
struct perf_last {
	struct perf_address *chain; /* root first */
	uint32_t *node;
	uint32_t n, cap, generation;
};

enum { SEEN_SLOTS = 1 << 16, RECENT_SLOTS = 1 << 13, MAX_LASTS = 4096, LAST_DEPTH = 512 };

void perf_stacks_init(struct perf_stacks *s, struct perf_maps *maps, struct profile *p)
{
	*s = (struct perf_stacks){ .maps = maps, .p = p };
	*vec_push(&s->nodes) = (struct perf_node){ 0 };
	s->seen = xcalloc(SEEN_SLOTS, sizeof(*s->seen));
	s->recent = xcalloc(RECENT_SLOTS, sizeof(*s->recent));
}

void perf_stacks_done(struct perf_stacks *s)
{
	vec_foreach (l, &s->lasts) {
		free(l->chain);
		free(l->node);
	}
	vec_done(&s->lasts);
	vec_done(&s->places);
	vec_done(&s->nodes);
	vec_done(&s->sums);
	map_u64_done(&s->place_index);
	map_u64_done(&s->node_index);
	map_u64_done(&s->sum_index);
	free(s->seen);
	free(s->recent);
}

static uint32_t place_number(struct perf_stacks *s, const struct perf_place *place)
{
	uint64_t h = hash_u64(place->offset ^ (uint64_t)place->module << 44) + place->is_return;

	for (;; h++) {
		bool fresh;
		uint32_t *slot = map_u64_put(&s->place_index, h, &fresh);

		if (fresh) {
			*slot = (uint32_t)s->places.n;
			*vec_push(&s->places) = *place;
			return *slot;
		}
		const struct perf_place *have = &s->places.v[*slot];

		if (have->module == place->module && have->offset == place->offset &&
			have->is_return == place->is_return)
			return *slot;
	}
}

static uint32_t place_of(
	struct perf_stacks *s, int32_t pid, uint32_t generation, const struct perf_address *a)
{
	uint64_t h = hash_u64(a->ip ^ (uint64_t)(uint32_t)pid << 40);
	struct perf_seen *e = &s->seen[h & (SEEN_SLOTS - 1)];

	if (e->place && e->ip == a->ip && e->pid == pid && e->generation == generation &&
		e->context == (uint8_t)a->context && e->is_return == a->is_return)
		return e->place - 1;
	struct perf_place place = { .is_return = a->is_return };

	if (a->context == PERF_IN_USER) {
		place.module = perf_maps_user(s->maps, pid, a->ip, &place.offset);
	} else if (a->context == PERF_IN_KERNEL) {
		place.module = PERF_MODULE_KERNEL;
		place.offset = a->ip;
	} else {
		place.module = PERF_MODULE_GUEST;
		place.offset = a->ip;
	}
	*e = (struct perf_seen){ .ip = a->ip,
		.place = place_number(s, &place) + 1,
		.pid = pid,
		.generation = generation,
		.context = (uint8_t)a->context,
		.is_return = a->is_return };
	return e->place - 1;
}

static struct perf_last *last_of(struct perf_stacks *s, uint32_t thread)
{
	if (thread >= MAX_LASTS)
		return NULL;
	while (s->lasts.n <= thread)
		*vec_push(&s->lasts) = (struct perf_last){ 0 };
	return &s->lasts.v[thread];
}

static bool same_address(const struct perf_address *a, const struct perf_address *b)
{
	return a->ip == b->ip && a->context == b->context && a->is_return == b->is_return;
}

static uint32_t child(struct perf_stacks *s, uint32_t parent, uint32_t place)
{
	bool fresh;
	uint32_t *slot = map_u64_put(&s->node_index, (uint64_t)parent << 32 | place, &fresh);

	if (fresh) {
		*slot = (uint32_t)s->nodes.n;
		*vec_push(&s->nodes) = (struct perf_node){ .parent = parent, .place = place };
	}
	return *slot;
}

static uint32_t node_of(struct perf_stacks *s, int32_t pid, uint32_t thread,
	const struct perf_address *chain, size_t n)
{
	uint32_t generation = perf_maps_generation(s->maps, pid), node = 0;
	struct perf_last *last = last_of(s, thread);
	size_t same = 0;

	if (last && last->generation == generation)
		while (same < n && same < last->n &&
			same_address(&last->chain[same], &chain[n - 1 - same]))
			same++;
	if (same)
		node = last->node[same - 1];
	if (last && last->cap < MIN(n, (size_t)LAST_DEPTH)) {
		last->cap = (uint32_t)MIN(n + 16, (size_t)LAST_DEPTH);
		last->chain = xreallocarray(last->chain, last->cap, sizeof(*last->chain));
		last->node = xreallocarray(last->node, last->cap, sizeof(*last->node));
	}
	for (size_t i = same; i < n; i++) {
		const struct perf_address *a = &chain[n - 1 - i];

		node = child(s, node, place_of(s, pid, generation, a));
		if (last && i < last->cap) {
			last->chain[i] = *a;
			last->node[i] = node;
		}
	}
	if (last) {
		last->n = (uint32_t)MIN(n, (size_t)last->cap);
		last->generation = generation;
	}
	return node;
}

static struct perf_sum *sum_of(
	struct perf_stacks *s, uint32_t node, uint32_t thread, uint32_t event, uint64_t time_ns)
{
	uint32_t *recent =
		&s->recent[(node * 31 + thread * PERF_MAX_EVENTS + event) & (RECENT_SLOTS - 1)];
	struct perf_sum *sum = *recent ? &s->sums.v[*recent - 1] : NULL;

	if (sum && sum->node == node && sum->thread == thread && sum->event == event)
		return sum;
	bool fresh;
	uint32_t *slot = map_u64_put(&s->sum_index,
		(uint64_t)node << 32 | (uint32_t)(thread * PERF_MAX_EVENTS + event), &fresh);

	if (fresh) {
		*slot = (uint32_t)s->sums.n;
		*vec_push(&s->sums) = (struct perf_sum){
			.node = node, .thread = thread, .event = event, .time_ns = time_ns
		};
	}
	*recent = *slot + 1;
	return &s->sums.v[*slot];
}

void perf_stacks_add(struct perf_stacks *s, int32_t pid, uint32_t thread,
	const struct perf_address *chain, size_t n, uint32_t event, uint64_t period,
	uint64_t time_ns)
{
	uint32_t node = node_of(s, pid, thread, chain, n);
	struct perf_sum *sum = sum_of(s, node, thread, event, time_ns);

	sum->count++;
	sum->period += period;
	s->total_count[event]++;
}

/* ---- names --------------------------------------------------------------------------------------
 */

/* By the place in its file, or one frame for all of the kernel. */
static uint32_t unnamed_frame(struct perf_stacks *s, const struct perf_place *at)
{
	const struct format_module *m = &s->maps->modules.v[at->module];
	const char *slash = strrchr(m->path, '/');
	struct frame f = { .module = profile_string(s->p, m->path), .kind = FRAME_UNKNOWN };
	char name[300];

	if (m->kind == FORMAT_MODULE_KERNEL) {
		f.kind = FRAME_KERNEL;
		snprintf(name, sizeof(name), "[kernel]");
	} else if (at->module == PERF_MODULE_GUEST) {
		snprintf(name, sizeof(name), "[guest]");
	} else if (m->kind == FORMAT_MODULE_OTHER) {
		snprintf(name, sizeof(name), "[0x%" PRIx64 "]", at->offset & ~(uint64_t)0xfff);
	} else {
		snprintf(name, sizeof(name), "[%.200s+0x%" PRIx64 "]", slash ? slash + 1 : m->path,
			at->offset);
	}
	f.function = profile_string(s->p, name);
	return profile_add_frame(s->p, &f);
}

/* Frames of every place: ids[first[i] .. first[i + 1]). */
struct names {
	vec_of(uint32_t) ids;
	uint32_t *first;
	bool *named;
};

static void name_places(
	struct perf_stacks *s, const struct format_symbols *symbols, struct names *ret)
{
	ret->first = xcalloc(s->places.n + 1, sizeof(*ret->first));
	ret->named = xcalloc(s->places.n + 1, sizeof(*ret->named));
	for (size_t i = 0; i < s->places.n; i++) {
		const struct perf_place *at = &s->places.v[i];
		uint32_t ids[FORMAT_MAX_INLINE];
		size_t n = 0;

		if (symbols && symbols->resolve)
			n = symbols->resolve(symbols->ctx, s->p, &s->maps->modules.v[at->module],
				at->offset, at->is_return, ids, &ret->named[i]);
		if (!n) {
			ids[n++] = unnamed_frame(s, at);
			ret->named[i] = false;
		}
		ret->first[i] = (uint32_t)ret->ids.n;
		for (size_t k = 0; k < n; k++)
			*vec_push(&ret->ids) = ids[k];
	}
	ret->first[s->places.n] = (uint32_t)ret->ids.n;
}

void perf_stacks_name(struct perf_stacks *s, const struct format_symbols *symbols,
	uint32_t **ret_stacks, bool **ret_named)
{
	struct names names = { 0 };
	uint32_t *stacks = xcalloc(s->nodes.n, sizeof(*stacks));
	bool *named = xcalloc(s->nodes.n, sizeof(*named));

	name_places(s, symbols, &names);
	/* parents come before their children */
	for (size_t i = 1; i < s->nodes.n; i++) {
		const struct perf_node *n = &s->nodes.v[i];
		uint32_t at = stacks[n->parent];

		for (uint32_t k = names.first[n->place]; k < names.first[n->place + 1]; k++)
			at = profile_add_stack(s->p, at, names.ids.v[k]);
		stacks[i] = at;
		named[i] = names.named[n->place];
	}
	vec_done(&names.ids);
	free(names.first);
	free(names.named);
	*ret_stacks = stacks;
	*ret_named = named;
}
