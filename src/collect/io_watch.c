/* SPDX-License-Identifier: MIT */
/* System calls from the kernel's tracepoints to the I/O table and to samples. */
#include "collect/io_watch.h"

#include "base/clock.h"
#include "collect/event_source.h"
#include "collect/io_names.h"
#include "collect/tracepoint.h"
#include "model/resource.h"

#include <errno.h>
#include <string.h>

/*
 * raw_syscalls: sys_enter has the number and six arguments, sys_exit the number and the result,
 * behind the eight bytes that all tracepoints begin with (include/trace/events/syscalls.h).
 */
enum { FIELD_NR = 8, FIELD_ARGS = 16, FIELD_RESULT = 16, N_ARGS = 6 };

/* Stacks per second and task; more calls than that are sampled, each standing for several. */
#define STACK_HZ 400

/* A window in which all calls are seen, and how often we look whether it is over. */
enum { WINDOW_MS = 20, MAX_PAUSE_MS = 400, LOOK_MS = 5, FIRST_LOOK_MS = 1, FIRST_MS = 300 };

/* What all calls of one thread and kind come to: the samples with a stack are scaled to it. */
struct exact {
	uint32_t thread;
	uint8_t op;
	double sum[3]; /* by value: io, io_bytes, io_calls */
};

static const enum sample_value io_values[] = { SAMPLE_IO, SAMPLE_IO_BYTES, SAMPLE_IO_CALLS };

struct io_watch {
	struct io_track *track;
	struct io_names *names;
	uint64_t enter_id, exit_id;
	struct buf all, data, slow;  /* filters */
	uint64_t start_ns, since_ns; /* of the whole, of the present window or pause */
	uint64_t calls;              /* in the present window */
	uint64_t on_ns;
	double weighed_ns; /* sum over windows of weight times length */
	double weight;     /* of the present window */
	uint64_t pause_ns; /* length of the pause that is on; 0 none */
	bool paused, limited;
	vec_of(struct exact) exact;
	struct map_u64 exact_index; /* thread and op */
};

struct io_watch *io_watch_new(int *ret_code)
{
	uint64_t enter = 0, leave = 0;
	int r = tracepoint_id("raw_syscalls", "sys_enter", &enter, NULL);

	if (r == 0)
		r = tracepoint_id("raw_syscalls", "sys_exit", &leave, NULL);
	*ret_code = r;
	if (r < 0)
		return NULL;
	struct io_watch *w = xcalloc(1, sizeof(*w));
	struct io_world world;

	w->names = io_names_new();
	world = io_names_world(w->names);
	w->track = io_track_new(&world);
	w->enter_id = enter;
	w->exit_id = leave;
	w->weight = 1;
	io_calls_filter(IO_FILTER_ALL, &w->all);
	io_calls_filter(IO_FILTER_DATA, &w->data);
	io_calls_filter(IO_FILTER_SLOW, &w->slow);
	return w;
}

void io_watch_free(struct io_watch *w)
{
	if (!w)
		return;
	io_track_free(w->track);
	io_names_free(w->names);
	buf_done(&w->all);
	buf_done(&w->data);
	buf_done(&w->slow);
	vec_done(&w->exact);
	map_u64_done(&w->exact_index);
	free(w);
}

void io_watch_record(struct io_watch *w, const struct perf_record *r)
{
	if (w && r->type == PERF_RECORD_EXIT)
		io_track_ended(w->track, (pid_t)r->task.tid);
}

static uint64_t field(const struct perf_record *r, size_t at)
{
	struct cursor c = cursor_of(r->sample.raw, at);

	return cursor_u64(&c);
}

static bool want_enter(const struct sampling *s, struct perf_want *ret)
{
	if (!s->io)
		return false;
	*ret = (struct perf_want){ .name = "io-enter",
		.type = PERF_TYPE_TRACEPOINT,
		.config = s->io->enter_id,
		.period = 1,
		.carries = PERF_WANT_RAW,
		.filter = buf_cstr(&s->io->all) };
	return true;
}

static bool want_exit(const struct sampling *s, struct perf_want *ret)
{
	if (!want_enter(s, ret))
		return false;
	ret->name = "io-exit";
	ret->config = s->io->exit_id;
	return true;
}

static bool want_stack(const struct sampling *s, struct perf_want *ret)
{
	if (!want_exit(s, ret))
		return false;
	ret->name = "io-stack";
	ret->period = 0;
	ret->freq_hz = STACK_HZ;
	ret->carries = PERF_WANT_RAW | PERF_WANT_STACK;
	ret->filter = buf_cstr(&s->io->data);
	return true;
}

static bool want_slow_stack(const struct sampling *s, struct perf_want *ret)
{
	if (!want_stack(s, ret))
		return false;
	ret->name = "io-slow-stack";
	ret->filter = buf_cstr(&s->io->slow);
	return true;
}

static void on_enter(struct sampling *s, const struct perf_record *r)
{
	uint64_t args[N_ARGS];

	for (size_t i = 0; i < N_ARGS; i++)
		args[i] = field(r, FIELD_ARGS + 8 * i);
	io_track_enter(
		s->io->track, (pid_t)r->pid, (pid_t)r->tid, r->time_ns, field(r, FIELD_NR), args);
	s->io->calls++;
}

static struct exact *exact_of(struct io_watch *w, uint32_t thread, uint8_t op)
{
	bool fresh;
	uint32_t *at = map_u64_put(&w->exact_index, (uint64_t)thread << 8 | op, &fresh);

	if (fresh) {
		*at = (uint32_t)w->exact.n;
		*vec_push(&w->exact) = (struct exact){ .thread = thread, .op = op };
	}
	return &w->exact.v[*at];
}

/* What a call counts for in the values of io_values. */
static void worth(const struct io_done *d, uint64_t ret[3])
{
	ret[0] = d->waits_for_others ? 0 : d->ns;
	ret[1] = d->bytes;
	ret[2] = 1;
}

static void on_exit_of(struct sampling *s, const struct perf_record *r)
{
	struct io_watch *w = s->io;
	struct io_done done;
	uint64_t value[3];

	if (!io_track_exit(w->track, (pid_t)r->pid, (pid_t)r->tid, r->time_ns, field(r, FIELD_NR),
		    (int64_t)field(r, FIELD_RESULT), w->weight, &done))
		return;
	struct exact *e =
		exact_of(w, sampling_thread(s, (pid_t)r->pid, (pid_t)r->tid), done.call->op);

	worth(&done, value);
	for (size_t i = 0; i < ARRAY_LEN(value); i++)
		e->sum[i] += w->weight * (double)value[i];
}

static void on_stack(struct sampling *s, const struct perf_record *r)
{
	struct unwind_regs regs = { 0 };
	struct io_done done;
	uint64_t value[3], each = MAX(r->sample.period, 1);

	if (!io_track_peek(s->io->track, (pid_t)r->pid, (pid_t)r->tid, r->time_ns,
		    field(r, FIELD_NR), (int64_t)field(r, FIELD_RESULT), &done))
		return;
	struct raw_input in = event_source_input(s, r, &regs);
	uint32_t node = sampling_stack(s, &in, s->other_ends);
	uint32_t thread = sampling_thread(s, in.pid, in.tid);

	worth(&done, value);
	for (size_t i = 0; i < ARRAY_LEN(value); i++)
		if (value[i])
			sample_store_count(&s->store, node,
				sample_store_group(&s->store, thread, io_values[i], done.call->op),
				i == 0, value[i] * each, r->time_ns);
}

static void set_events(struct perf_session *session, bool on)
{
	for (unsigned i = 1; i < session->events.n; i++)
		if (strncmp(session->events.v[i].name, "io-e", 4) == 0)
			perf_session_event_enable(session, i, on);
}

static void window_end(struct io_watch *w, uint64_t now)
{
	w->on_ns += now - w->since_ns;
	w->weighed_ns += w->weight * (double)(now - w->since_ns);
}

static void window_begin(struct io_watch *w, uint64_t now, double weight)
{
	w->since_ns = now;
	w->calls = 0;
	w->weight = weight;
}

/*
 * The rate of the window decides on the pause after it. Each window stands for the pause before it
 * as well; what that is off, because we do not wake up to the millisecond, finish evens out.
 */
int io_watch_tick(struct io_watch *w, struct perf_session *session, int interval_ms)
{
	uint64_t now = clock_mono_ns(), window_ns = (uint64_t)WINDOW_MS * 1000000;

	if (!w)
		return interval_ms;
	if (!w->start_ns)
		w->start_ns = w->since_ns = now;
	uint64_t passed = now - w->since_ns;
	/* names are found while the program still has its files open: short ones need haste */
	int look = now - w->start_ns < (uint64_t)FIRST_MS * 1000000 ? FIRST_LOOK_MS : LOOK_MS;

	if (w->paused) {
		if (passed < w->pause_ns)
			return look;
		io_track_gap(w->track);
		window_begin(w, now, 1 + (double)passed / (double)window_ns);
		w->paused = false;
		set_events(session, true);
		return look;
	}
	if (passed < window_ns)
		return look;
	double rate = (double)w->calls * 1e9 / (double)passed;

	window_end(w, now);
	if (rate <= IO_MAX_CALLS_PER_S) {
		window_begin(w, now, 1);
		return w->limited ? look : MIN(interval_ms, 2 * look);
	}
	set_events(session, false);
	w->limited = w->paused = true;
	w->since_ns = now;
	w->pause_ns = MIN((uint64_t)(rate / IO_MAX_CALLS_PER_S * (double)window_ns),
		(uint64_t)MAX_PAUSE_MS * 1000000);
	return look;
}

static void scale_row(struct io_row *r, double by)
{
	for (int i = 0; i < IO_N_OPS; i++) {
		struct io_sum *s = &r->op[i];

		s->calls *= by;
		s->failed *= by;
		s->bytes *= by;
		s->ns *= by;
		s->small *= by;
	}
}

/* The sampled stacks of each thread and kind of call, scaled to what all its calls came to. */
static void scale_stacks(struct io_watch *w, struct sample_store *store, double by)
{
	double *sampled = xcalloc(store->groups.n + 1, sizeof(*sampled));

	vec_foreach (x, &store->samples)
		sampled[x->group] += (double)x->weight;
	for (size_t i = 0; i < store->groups.n; i++) {
		struct sample_group *g = &store->groups.v[i];

		for (size_t k = 0; k < ARRAY_LEN(io_values); k++)
			if (g->value == io_values[k] && sampled[i] > 0)
				g->scale = exact_of(w, g->thread, g->stratum)->sum[k] * by /
					sampled[i];
	}
	free(sampled);
}

struct io_table *io_watch_finish(struct io_watch *w, struct sampling *s)
{
	if (!w || !w->start_ns)
		return NULL;
	uint64_t end = MAX(s->end_ns, w->since_ns);
	struct profile *p = s->profile;

	if (!w->paused)
		window_end(w, end);
	struct io_table *t = io_track_finish(w->track);
	double all = (double)(end - w->start_ns), by = 1;

	t->how = "system calls traced";
	t->duration_ns = end - w->start_ns;
	if (w->limited && w->weighed_ns > 0) {
		by = all / w->weighed_ns;
		t->traced_share = (double)w->on_ns / all;
		vec_foreach (r, &t->rows)
			scale_row(r, by);
		scale_row(&t->total, by);
		caveat_add(&p->caveats, &p->arena, "io-sampled",
			"more than %d calls a second: they were looked at in %.0f %% of the time; "
			"calls and bytes are estimates",
			IO_MAX_CALLS_PER_S, 100 * t->traced_share);
	}
	scale_stacks(w, &s->store, by);
	return t;
}

const struct event_source io_enter_source = {
	.wants = RESOURCE_IO, .want = want_enter, .sample = on_enter
};
const struct event_source io_exit_source = {
	.wants = RESOURCE_IO, .want = want_exit, .sample = on_exit_of
};
const struct event_source io_stack_source = {
	.wants = RESOURCE_IO, .want = want_stack, .sample = on_stack
};
const struct event_source io_slow_stack_source = {
	.wants = RESOURCE_IO, .want = want_slow_stack, .sample = on_stack
};
