/* SPDX-License-Identifier: MIT */
/* The profile of a perf.data file: its events as value types, its stacks with names, its quality.
 */
#include "base/compiler.h"
#include "parse/perf_data.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/perf_event.h>
#include <stdlib.h>

struct event_order {
	uint32_t event;
	int rank; /* time first, then cycles, then what has the most samples */
	uint64_t samples;
};

static int by_use(const void *a, const void *b)
{
	const struct event_order *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank - y->rank;
	if (x->samples != y->samples)
		return x->samples < y->samples ? 1 : -1;
	return x->event < y->event ? -1 : 1;
}

/* Value type of each event with samples; -1 for those that are left out. */
static void make_types(struct perf_data *d, int *ret_type)
{
	struct event_order order[PERF_MAX_EVENTS];
	size_t n = 0;

	for (uint32_t i = 0; i < d->events.n; i++) {
		struct perf_meaning m = perf_file_event_meaning(&d->events, i);

		ret_type[i] = -1;
		if (!d->stacks.total_count[i])
			continue;
		order[n++] = (struct event_order){ .event = i,
			.rank = m.is_time                  ? 0
				: strstr(m.type, "cycles") ? 1
							   : 2,
			.samples = d->stacks.total_count[i] };
	}
	qsort(order, n, sizeof(*order), by_use);
	for (size_t i = 0; i < n; i++) {
		struct perf_meaning m = perf_file_event_meaning(&d->events, order[i].event);

		if (d->p->n_types == PROFILE_MAX_VALUES && profile_type(d->p, m.type) < 0) {
			caveat_add(&d->p->caveats, &d->p->arena, "types-left-out",
				"the file has more than %d events; those with the fewest samples "
				"are left out",
				PROFILE_MAX_VALUES);
			continue;
		}
		/* cpu-clock and task-clock measure the same time: the second one is left out */
		if (profile_type(d->p, m.type) >= 0) {
			caveat_add(&d->p->caveats, &d->p->arena, "event-left-out",
				"two events of the file both measure %s; only the first is shown",
				m.type);
			continue;
		}
		ret_type[order[i].event] = (int)profile_add_type(d->p, m.type, m.unit);
		if (!m.is_time && order[i].rank == 1 && i == 0)
			caveat_add(&d->p->caveats, &d->p->arena, "cycles-not-time",
				"the file counts %s, not time: shares are of these", m.type);
	}
}

static void add_samples(struct perf_data *d, const int *type)
{
	struct profile *p = d->p;
	uint32_t *stacks;
	bool *named;

	perf_stacks_name(&d->stacks, d->env->symbols, &stacks, &named);
	vec_foreach (s, &d->stacks.sums) {
		int64_t values[PROFILE_MAX_VALUES] = { 0 };

		if (type[s->event] < 0)
			continue;
		values[type[s->event]] = (int64_t)MIN(s->period, (uint64_t)INT64_MAX);
		profile_add_sample(p, stacks[s->node], s->thread, s->time_ns, s->count, values);
		p->quality.samples += s->count;
		if (!named[s->node])
			p->quality.unsymbolised += s->count;
	}
	free(stacks);
	free(named);
}

static void name_threads(struct perf_data *d)
{
	vec_foreach (t, &d->p->threads) {
		const uint32_t *name =
			map_u64_get(&d->comms, (uint64_t)(uint32_t)t->pid << 32 | (uint32_t)t->tid);

		if (!name)
			name = map_u64_get(
				&d->comms, (uint64_t)(uint32_t)t->pid << 32 | (uint32_t)t->pid);
		if (name)
			t->name = *name;
	}
}

static void add_caveats(struct perf_data *d)
{
	struct caveats *c = &d->p->caveats;
	struct arena *a = &d->p->arena;

	if (d->cut)
		caveat_add(c, a, "file-cut-off",
			"the file ends too early (the recording was interrupted, or the copy is "
			"not whole); what was readable is shown");
	if (d->n_bad)
		caveat_add(c, a, "records-damaged",
			"%" PRIu64 " records of the file are damaged and left out", d->n_bad);
	if (d->idle)
		caveat_add(c, a, "idle-left-out",
			"%" PRIu64 " samples are of idle processors and left out", d->idle);
	if (d->guest)
		caveat_add(c, a, "guest-not-named",
			"%" PRIu64
			" samples are inside a virtual machine, where nothing can be named",
			d->guest);
	if (d->no_unwind)
		caveat_add(c, a, "stacks-not-unwound",
			"%" PRIu64 " samples carry a copy of the stack that cannot be unwound here "
			"(other machine or 32 bit); only their innermost function is shown",
			d->no_unwind);
	if (d->no_zstd)
		caveat_add(c, a, "compressed-left-out",
			"compressed records are left out: this perf-ops was built without zstd");
	if (d->lost)
		caveat_add(c, a, "samples-lost", "perf lost %" PRIu64 " records while recording",
			d->lost);
	if (d->p->quality.unsymbolised * 20 > d->p->quality.samples)
		caveat_add(c, a, "names-missing",
			"%.0f %% of the samples are in code without names: its binaries are not on "
			"this machine, or are other builds than those that were recorded",
			100.0 * (double)d->p->quality.unsymbolised / (double)d->p->quality.samples);
}

static void set_quality(struct perf_data *d, const int *type)
{
	struct profile_quality *q = &d->p->quality;
	_cleanup_(buf_done) struct buf names = { 0 };

	q->lost = d->lost;
	q->throttled = d->throttled;
	q->truncated = d->cut_stacks;
	q->duration_ns = d->last_ns - d->first_ns;
	for (uint32_t i = 0; i < d->events.n; i++) {
		const struct perf_file_event *e = &d->events.v[i];

		if (type[i] < 0)
			continue;
		struct perf_meaning m = perf_file_event_meaning(&d->events, i);

		buf_printf(&names, "%s%s", names.n ? ", " : "", m.is_time ? "cpu-clock" : m.type);
		if (type[i] != 0)
			continue;
		if (e->is_freq)
			q->wanted_hz = (double)e->sample_period;
		else if (m.is_time && e->sample_period)
			q->wanted_hz = 1e9 / (double)e->sample_period;
		if (m.is_time && q->wanted_hz > 0)
			d->p->period_ns = (uint64_t)(1e9 / q->wanted_hz);
	}
	q->rung = arena_printf(&d->p->arena, "imported: perf.data, %s", buf_cstr(&names));
}

int perf_data_build(struct perf_data *d, struct err *err)
{
	int type[PERF_MAX_EVENTS];

	if (!d->events.n)
		return fail(err, EBADMSG, "it has no events");
	if (!d->stacks.sums.n && d->idle)
		return fail(err, ENODATA, "all of its %" PRIu64 " samples are of idle processors",
			d->idle);
	if (!d->stacks.sums.n) {
		fail(err, ENODATA, "it has no samples%s", d->cut ? " before it is cut off" : "");
		err_hint(err,
			"perf record wrote none: was the program running, and was the event "
			"allowed?");
		return -ENODATA;
	}
	make_types(d, type);
	add_samples(d, type);
	name_threads(d);
	set_quality(d, type);
	add_caveats(d);
	d->p->command = d->command;
	return 0;
}
