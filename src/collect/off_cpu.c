/* SPDX-License-Identifier: MIT */
/* Times waits and gives them to the stacks they were seen with. */
#include "collect/off_cpu.h"

#include "collect/lock_watch.h"

/* A wait of this length is its own sample; shorter ones stand for others like them. */
static const uint64_t LONG_NS = 20000000;
/* More than this for leaving a CPU and coming back is no cost of switching but an error. */
static const uint64_t SWITCHING_MAX_NS = 10000;
enum { QUEUE_STRATUM = 64 };

void off_cpu_init(struct off_cpu *o, struct sampling *s)
{
	*o = (struct off_cpu){ .s = s };
}

void off_cpu_done(struct off_cpu *o)
{
	vec_done(&o->tasks);
	vec_done(&o->groups);
	map_u64_done(&o->index);
	*o = (struct off_cpu){ 0 };
}

void off_cpu_begin(struct off_cpu *o, uint64_t now_ns)
{
	o->from_ns = now_ns;
	vec_foreach (t, &o->tasks)
		t->begin_ns = t->since_ns = now_ns;
}

struct off_task *off_cpu_task(struct off_cpu *o, pid_t tid)
{
	const uint32_t *at = map_u64_get(&o->index, (uint64_t)(uint32_t)tid);

	return at ? &o->tasks.v[*at] : NULL;
}

static struct off_task *add_task(struct off_cpu *o, pid_t pid, pid_t tid, uint64_t time_ns)
{
	struct off_task *t = vec_push(&o->tasks);

	time_ns = MAX(time_ns, o->from_ns);
	*t = (struct off_task){ .pid = pid, .tid = tid, .begin_ns = time_ns, .since_ns = time_ns };
	*map_u64_put(&o->index, (uint64_t)(uint32_t)tid, NULL) = (uint32_t)(o->tasks.n - 1);
	return t;
}

/* The task a record is of; NULL for one that ended: what still comes is older news. */
static struct off_task *task_of(struct off_cpu *o, pid_t pid, pid_t tid, uint64_t time_ns)
{
	struct off_task *t = off_cpu_task(o, tid);

	if (pid <= 0 || tid <= 0 || time_ns < o->from_ns)
		return NULL;
	if (!t)
		return add_task(o, pid, tid, time_ns);
	if (t->state == OFF_ENDED || time_ns < t->since_ns)
		return NULL;
	return t;
}

void off_cpu_found(struct off_cpu *o, pid_t pid, pid_t tid, bool asleep)
{
	struct off_task *t = off_cpu_task(o, tid);

	if (t)
		return;
	t = add_task(o, pid, tid, o->from_ns);
	t->state = asleep ? OFF_WAITING : OFF_UNKNOWN;
	t->guessed = true;
}

static uint8_t stratum_of(uint64_t ns, bool preempted)
{
	unsigned log = ns ? 63u - (unsigned)__builtin_clzll(ns) : 0;

	return (uint8_t)(log / 2 + (preempted ? QUEUE_STRATUM : 0));
}

bool off_cpu_is_queue(const struct sample_group *g)
{
	return g->value == SAMPLE_OFF_CPU && g->stratum >= QUEUE_STRATUM;
}

static void count_wait(struct off_cpu *o, struct off_task *t, uint64_t ns)
{
	struct sampling *s = o->s;
	uint32_t group = sample_store_group(&s->store, sampling_thread(s, t->pid, t->tid),
		SAMPLE_OFF_CPU, stratum_of(ns, t->preempted));

	while (o->groups.n <= group)
		*vec_push(&o->groups) = (struct off_group){ 0 };
	o->groups.v[group].ns += ns;
	o->groups.v[group].n_waits++;
	t->n_waits++;
	o->n_waits++;
	if (!t->has_node)
		return;
	/* as many samples as a clock of our rate would have taken meanwhile */
	uint64_t count = MAX((uint64_t)((double)ns * s->hz / 1e9 + 0.5), 1u);
	uint64_t weight = ns < LONG_NS ? ns * MAX(t->period, 1u) : ns;

	sample_store_count(&s->store, t->node, group, count, weight, t->since_ns);
	if (t->lock && o->locks)
		lock_watch_wait(o->locks, t->pid, t->lock, s->store.groups.v[group].thread, t->node,
			weight);
	o->n_stacks++;
}

static void wait_over(struct off_cpu *o, struct off_task *t, uint64_t time_ns)
{
	uint64_t ns = time_ns - t->since_ns;

	/* read while it slept, but in a later sleep than this one */
	if (t->has_node && t->node_ns > time_ns)
		t->has_node = false;
	t->off_ns += ns;
	if (t->preempted)
		t->queue_ns += ns;
	if (ns)
		count_wait(o, t, ns);
	t->has_node = false;
	t->lock = 0;
}

static void enter(struct off_task *t, enum off_state state, uint64_t time_ns)
{
	t->state = (uint8_t)state;
	t->since_ns = time_ns;
	t->guessed = false;
}

void off_cpu_runs(struct off_cpu *o, pid_t pid, pid_t tid, uint64_t time_ns)
{
	struct off_task *t = task_of(o, pid, tid, time_ns);

	if (t && t->state == OFF_UNKNOWN)
		enter(t, OFF_RUNNING, t->begin_ns);
}

void off_cpu_leaves(struct off_cpu *o, pid_t pid, pid_t tid, uint64_t time_ns, bool preempted)
{
	struct off_task *t = task_of(o, pid, tid, time_ns);

	if (!t)
		return;
	/* it had not been asleep when we looked, or not for long */
	if (t->state == OFF_WAITING && !t->guessed)
		t->unknown_ns += time_ns - t->since_ns;
	else
		t->on_ns += time_ns - t->since_ns;
	enter(t, OFF_WAITING, time_ns);
	t->preempted = preempted;
	if (t->has_node && t->node_ns + 1000000 < time_ns)
		t->has_node = false; /* of an earlier switch whose records are lost */
}

void off_cpu_returns(struct off_cpu *o, pid_t pid, pid_t tid, uint64_t time_ns)
{
	struct off_task *t = task_of(o, pid, tid, time_ns);

	if (!t)
		return;
	if (t->state == OFF_RUNNING) {
		t->unknown_ns += time_ns - t->since_ns;
		t->has_node = false;
	} else {
		wait_over(o, t, time_ns);
	}
	enter(t, OFF_RUNNING, time_ns);
}

/* A new task waits for its first turn. */
void off_cpu_starts(struct off_cpu *o, pid_t pid, pid_t tid, uint64_t time_ns)
{
	struct off_task *t = off_cpu_task(o, tid);

	if (pid <= 0 || tid <= 0 || time_ns < o->from_ns || (t && t->state != OFF_ENDED))
		return;
	t = add_task(o, pid, tid, time_ns);
	enter(t, OFF_WAITING, time_ns);
	t->preempted = true;
}

static void end_task(struct off_cpu *o, struct off_task *t, uint64_t time_ns)
{
	if (t->state == OFF_ENDED)
		return;
	time_ns = MAX(time_ns, t->since_ns);
	if (t->state == OFF_WAITING)
		wait_over(o, t, time_ns);
	else
		t->on_ns += time_ns - t->since_ns;
	enter(t, OFF_ENDED, time_ns);
}

void off_cpu_ends(struct off_cpu *o, pid_t tid, uint64_t time_ns)
{
	struct off_task *t = off_cpu_task(o, tid);

	if (!t || time_ns < o->from_ns || t->state == OFF_ENDED)
		return;
	if (t->state == OFF_WAITING && !t->guessed) { /* it ended by itself, so it ran */
		t->unknown_ns += MAX(time_ns, t->since_ns) - t->since_ns;
		enter(t, OFF_ENDED, MAX(time_ns, t->since_ns));
		return;
	}
	end_task(o, t, time_ns);
}

void off_cpu_gone(struct off_cpu *o, struct off_task *t)
{
	if (t->state != OFF_ENDED) {
		enter(t, OFF_ENDED, t->since_ns);
		o->n_gone++;
	}
}

void off_cpu_stack(
	struct off_cpu *o, pid_t pid, pid_t tid, uint64_t time_ns, uint32_t node, uint64_t period)
{
	struct off_task *t = task_of(o, pid, tid, time_ns);

	if (!t)
		return;
	t->has_node = true;
	t->node = node;
	t->node_ns = time_ns;
	t->period = period;
}

/* ---- the end ---- */

/* The group of the same thread and kind nearest in length that has stacks; SIZE_MAX none. */
static size_t nearest(const struct sample_store *st, const uint64_t *weights, size_t of)
{
	const struct sample_group *g = &st->groups.v[of];
	size_t best = SIZE_MAX;
	int best_away = 0;

	for (size_t i = 0; i < st->groups.n; i++) {
		const struct sample_group *x = &st->groups.v[i];
		int away = abs((int)x->stratum - (int)g->stratum);

		if (x->value != SAMPLE_OFF_CPU || x->thread != g->thread || !weights[i] ||
			off_cpu_is_queue(x) != off_cpu_is_queue(g))
			continue;
		if (best == SIZE_MAX || away < best_away) {
			best = i;
			best_away = away;
		}
	}
	return best;
}

static uint32_t unseen_node(struct off_cpu *o, bool queue)
{
	struct sampling *s = o->s;
	struct managed_frame f = { .function = strtab_add(&s->managed.strings,
					   queue ? "[stack not seen: preempted]"
						 : "[stack not seen]"),
		.module = strtab_add(&s->managed.strings, "[kernel]"),
		.kind = FRAME_UNKNOWN };
	struct raw_frame raw = { .module = module_table_managed(&s->modules)->m.id,
		.addr = managed_frames_add(&s->managed, &f) };

	return sample_store_child(&s->store, 0, &raw);
}

static void scale_groups(struct off_cpu *o)
{
	struct sample_store *st = &o->s->store;
	size_t n = st->groups.n;
	uint64_t *weights = xcalloc(n + 1, sizeof(*weights));

	while (o->groups.n < n)
		*vec_push(&o->groups) = (struct off_group){ 0 };
	vec_foreach (x, &st->samples)
		weights[x->group] += x->weight;
	for (size_t i = 0; i < n; i++) {
		uint64_t ns = o->groups.v[i].ns;

		if (st->groups.v[i].value != SAMPLE_OFF_CPU || !ns || weights[i])
			continue;
		size_t to = nearest(st, weights, i);

		if (to != SIZE_MAX)
			o->groups.v[to].ns += ns;
		else
			sample_store_count(st, unseen_node(o, off_cpu_is_queue(&st->groups.v[i])),
				(uint32_t)i, 1, ns, 0);
	}
	for (size_t i = 0; i < n; i++)
		if (weights[i] && st->groups.v[i].value == SAMPLE_OFF_CPU)
			st->groups.v[i].scale = (double)o->groups.v[i].ns / (double)weights[i];
	free(weights);
}

/* Takes the cost of switching out of the waits; returns how much of it was found in them. */
static uint64_t take_switching(struct off_cpu *o, uint64_t each_ns, struct off_totals *sum)
{
	uint64_t taken = 0;

	for (size_t i = 0; i < o->groups.n; i++) {
		struct off_group *g = &o->groups.v[i];
		uint64_t part = MIN(g->n_waits * each_ns, g->ns / 2);

		g->ns -= part;
		taken += part;
		if (off_cpu_is_queue(&o->s->store.groups.v[i]))
			sum->queue_ns -= MIN(part, sum->queue_ns);
	}
	return taken;
}

void off_cpu_finish(struct off_cpu *o, uint64_t end_ns, uint64_t cpu_ns, struct off_totals *ret)
{
	struct off_totals sum = { 0 };

	vec_foreach (t, &o->tasks) {
		end_task(o, t, end_ns);
		sum.wall_ns += t->since_ns - t->begin_ns;
		sum.on_ns += t->on_ns;
		sum.off_ns += t->off_ns;
		sum.queue_ns += t->queue_ns;
		sum.unknown_ns += t->unknown_ns;
	}
	if (o->n_waits && cpu_ns > sum.on_ns + sum.unknown_ns) {
		uint64_t each = (cpu_ns - sum.on_ns - sum.unknown_ns) / o->n_waits;

		sum.switching_ns = take_switching(o, MIN(each, SWITCHING_MAX_NS), &sum);
		sum.off_ns -= sum.switching_ns;
	}
	sum.n_waits = o->n_waits;
	sum.n_stacks = o->n_stacks;
	sum.n_gone = o->n_gone;
	scale_groups(o);
	*ret = sum;
}
