/* SPDX-License-Identifier: MIT */
/* Charging of lock waits to the code that held the lock. */
#include "parse/jfr_lock.h"

void jfr_locks_done(struct jfr_locks *l)
{
	vec_done(&l->waits);
	vec_done(&l->doing);
}

static int by_thread_and_start(const void *pa, const void *pb)
{
	const struct jfr_activity *a = pa, *b = pb;

	if (a->thread != b->thread)
		return a->thread < b->thread ? -1 : 1;
	return a->start_ns < b->start_ns ? -1 : a->start_ns > b->start_ns;
}

/* What the owner spent most of the wait on, NULL unknown. */
static const struct jfr_activity *meanwhile(
	const struct jfr_locks *l, const struct jfr_lock_wait *w)
{
	/* an activity that began long before may still go on: look back over a few */
	enum { LOOK_BACK = 8, LOOK_AT = 4096 };
	size_t lo = 0, hi = l->doing.n;
	const struct jfr_activity *best = NULL;
	uint64_t most = 0, end = w->start_ns + w->duration_ns;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct jfr_activity *a = &l->doing.v[mid];

		if (a->thread < w->owner || (a->thread == w->owner && a->start_ns < w->start_ns))
			lo = mid + 1;
		else
			hi = mid;
	}
	for (size_t i = lo > LOOK_BACK ? lo - LOOK_BACK : 0; i < l->doing.n && i < lo + LOOK_AT;
		i++) {
		const struct jfr_activity *a = &l->doing.v[i];
		uint64_t from = MAX(a->start_ns, w->start_ns), to = MIN(a->end_ns, end);

		if (a->thread > w->owner || (a->thread == w->owner && a->start_ns >= end))
			break;
		if (a->thread == w->owner && to > from && to - from > most) {
			most = to - from;
			best = a;
		}
	}
	return best;
}

static uint64_t waiting_place(const struct profile *p, uint64_t monitor, uint32_t function)
{
	return hash_u64(monitor) ^ function;
}

/* Where monitors were waited for: how long in each function. */
struct places {
	struct map_u64 index; /* waiting_place -> ns */
	vec_of(uint64_t) ns;
};

static void add_place(struct places *pl, uint64_t place, uint64_t ns)
{
	bool fresh;
	uint32_t *slot = map_u64_put(&pl->index, place, &fresh);

	if (fresh) {
		*slot = (uint32_t)pl->ns.n;
		*vec_push(&pl->ns) = 0;
	}
	pl->ns.v[*slot] += ns;
}

/*
 * The part of the holder's stack up to the function that took the monitor, 0 when none did: the one
 * in which others waited longest for it (compiled code sometimes waits in what it calls).
 */
static uint32_t critical_section(
	const struct profile *p, const struct places *pl, uint64_t monitor, uint32_t stack)
{
	uint64_t most = 0;
	uint32_t best = 0;

	for (; stack; stack = p->stacks.v[stack].parent) {
		uint32_t function = p->frames.v[p->stacks.v[stack].frame].function;
		const uint32_t *at = map_u64_get(&pl->index, waiting_place(p, monitor, function));

		if (at && pl->ns.v[*at] > most) {
			most = pl->ns.v[*at];
			best = stack;
		}
	}
	return best;
}

uint64_t jfr_locks_charge(struct jfr_locks *l, struct profile *p,
	uint32_t (*stack_of)(void *ctx, uint64_t key), void *ctx)
{
	struct places places = { 0 };
	uint64_t charged = 0;
	/* the same frame that waits have which are seen from outside */
	uint32_t leaf = profile_add_frame(p,
		&(struct frame){ .function = profile_string(p, "[waiting: java-monitor]"),
			.kind = FRAME_RUNTIME });

	if (l->doing.n)
		qsort(l->doing.v, l->doing.n, sizeof(*l->doing.v), by_thread_and_start);
	vec_foreach (w, &l->waits)
		if (w->stack)
			add_place(&places,
				waiting_place(p, w->monitor,
					p->frames.v[p->stacks.v[w->stack].frame].function),
				w->duration_ns);
	vec_foreach (w, &l->waits) {
		int64_t values[PROFILE_MAX_VALUES] = { (int64_t)w->duration_ns, 1 };
		const struct jfr_activity *a = w->owner ? meanwhile(l, w) : NULL;
		uint32_t held = a
			? critical_section(p, &places, w->monitor, stack_of(ctx, a->stack_key))
			: 0;

		if (held)
			charged += w->duration_ns;
		profile_add_sample(p, profile_add_stack(p, held ? held : w->stack, leaf), w->thread,
			0, 1, values);
	}
	map_u64_done(&places.index);
	vec_done(&places.ns);
	l->waits.n = l->doing.n = 0;
	return charged;
}
