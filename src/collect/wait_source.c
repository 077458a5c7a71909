/* SPDX-License-Identifier: MIT */
/* From switch records and sampled switches to waiting in the profile. */
#include "collect/wait_source.h"

#include "base/clock.h"
#include "collect/collector.h"
#include "collect/event_source.h"
#include "collect/sleeping.h"
#include "collect/wait_class.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * With few switches the stack of each is taken; with more than ALL_HZ a second only some, about
 * SOME_HZ for a thread and CPU (the kernel adapts the period, but overestimates threads that mostly
 * sleep). Times are exact in both cases. It begins with some, for a burst would fill the rings.
 */
#define SOME_HZ 997.0
#define ALL_HZ 5000.0
#define ALL_HZ_GENTLE 2000.0 /* at a low rate of the sampling clock */
/* A wait this long without a stack is worth a read from outside. */
static const uint64_t READ_AFTER_NS = 20000000, READ_AGAIN_NS = 200000000,
		      CHOOSE_EVERY_NS = 5000000;
enum { READS_PER_TICK = 32, LOOK_MS = 10 };
/* So many threads per CPU are more than a pool for computing would have. */
enum { CROWD = 8 };

/* First two arguments of a system call, DWARF numbers of x86-64. */
enum { ARG_1 = 5, ARG_2 = 4 };

static const unsigned RESOURCES = RESOURCE_WALL | RESOURCE_LOCK | RESOURCE_IO;

struct waits *waits_new(struct sampling *s)
{
	if (!(s->opts->wants & RESOURCES))
		return NULL;
	struct waits *w = xcalloc(1, sizeof(*w));

	off_cpu_init(&w->off, s);
	w->off.locks = &w->locks;
	w->sparing = true;
	return w;
}

void waits_free(struct waits *w)
{
	if (!w)
		return;
	off_cpu_done(&w->off);
	lock_watch_done(&w->locks);
	free(w);
}

/* ---- the event ---- */

static bool want_switches(const struct sampling *s, struct perf_want *ret)
{
	if (!s->waits)
		return false;
	if (s->user_only) { /* a switch happens in the kernel: no sample of it would come */
		s->waits->refused = -EACCES;
		return false;
	}
	*ret = (struct perf_want){ .name = "context switches",
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CONTEXT_SWITCHES,
		.freq_hz = SOME_HZ,
		.carries = PERF_WANT_STACK };
	return true;
}

static bool want_all_switches(const struct sampling *s, struct perf_want *ret)
{
	if (!want_switches(s, ret))
		return false;
	ret->period = 1;
	ret->paused = true;
	return true;
}

static void on_switch_sample(struct sampling *s, const struct perf_record *r)
{
	struct unwind_regs regs = { 0 };
	struct raw_input in = event_source_input(s, r, &regs);

	if (in.pid <= 0 || !s->waits) /* on its way out */
		return;
	s->waits->n_samples++;
	off_cpu_stack(&s->waits->off, in.pid, in.tid, in.time_ns,
		sampling_stack(s, &in, s->other_ends), MAX(r->sample.period, 1u));

	struct off_task *t = off_cpu_task(&s->waits->off, in.tid);

	if (t && t->has_node)
		t->lock = in.regs ? lock_address(regs.r[ARG_1], regs.r[ARG_2]) : 0;
}

static void on_refused(struct sampling *s, int code)
{
	if (s->waits)
		s->waits->refused = code;
}

const struct event_source some_switches_source = { .wants = RESOURCE_WALL | RESOURCE_LOCK |
		RESOURCE_IO,
	.want = want_switches,
	.sample = on_switch_sample,
	.refused = on_refused };

const struct event_source all_switches_source = { .wants = RESOURCE_WALL | RESOURCE_LOCK |
		RESOURCE_IO,
	.want = want_all_switches,
	.sample = on_switch_sample,
	.refused = on_refused };

/* ---- records ---- */

void waits_cpu_sample(struct waits *w, pid_t tid, uint32_t node, uint64_t time_ns)
{
	struct off_task *t = w ? off_cpu_task(&w->off, tid) : NULL;

	if (!t)
		return;
	t->cpu_node = node;
	t->cpu_node_ns = time_ns;
}

void waits_record(struct waits *w, const struct perf_record *r)
{
	if (!w)
		return;
	pid_t pid = (pid_t)r->pid, tid = (pid_t)r->tid;

	switch (r->type) {
	case PERF_RECORD_SWITCH:
		if (r->misc & PERF_RECORD_MISC_SWITCH_OUT)
			off_cpu_leaves(&w->off, pid, tid, r->time_ns,
				(r->misc & PERF_RECORD_MISC_SWITCH_OUT_PREEMPT) != 0);
		else
			off_cpu_returns(&w->off, pid, tid, r->time_ns);
		break;
	case PERF_RECORD_FORK:
		off_cpu_starts(&w->off, (pid_t)r->task.pid, (pid_t)r->task.tid, r->time_ns);
		break;
	case PERF_RECORD_EXIT:
		off_cpu_ends(&w->off, (pid_t)r->task.tid, r->time_ns);
		break;
	case PERF_RECORD_COMM:
		if (r->misc & PERF_RECORD_MISC_COMM_EXEC)
			off_cpu_runs(&w->off, pid, tid, r->time_ns);
		break;
	default:
		break;
	}
}

void waits_begin(struct waits *w, const struct task_list *tasks)
{
	if (!w)
		return;
	off_cpu_begin(&w->off, w->off.s->start_ns);
	vec_foreach (t, &tasks->v) {
		struct proc_task_stat st;

		if (task_stat_read(t->tid, &st))
			off_cpu_found(&w->off, t->pid, t->tid, st.state != 'R');
	}
}

/* ---- between the records ---- */

static void read_sleeper(struct waits *w, struct off_task *t, uint64_t now_ns)
{
	struct task_syscall call;
	pid_t pid = t->pid, tid = t->tid;
	uint32_t node;

	t->tried_ns = now_ns;
	w->n_read++;
	if (sleeping_stack(w->off.s, pid, tid, &node, &call))
		off_cpu_stack(&w->off, pid, tid, now_ns, node, 0);
	else
		return;
	if (call.in_call && call.number == SYS_futex)
		t->lock = lock_address(call.args[0], call.args[1]);
}

static void read_sleepers(struct waits *w, uint64_t now_ns, bool last)
{
	size_t n = w->off.tasks.n;
	unsigned left = last ? READS_PER_TICK * 8 : READS_PER_TICK;
	uint64_t after_ns = READ_AFTER_NS, again_ns = READ_AGAIN_NS;

	if (last || w->refused) { /* without sampled switches reads are a clock of ours */
		after_ns = READ_AFTER_NS / 20;
		again_ns = 0;
	}

	for (size_t i = 0; i < n && left; i++) {
		struct off_task *t = &w->off.tasks.v[w->next++ % n];

		if (t->state != OFF_WAITING || t->has_node || t->preempted ||
			now_ns < t->since_ns + after_ns || now_ns < t->tried_ns + again_ns)
			continue;
		read_sleeper(w, t, now_ns);
		left--;
	}
}

/* By how often threads switch: all stacks, or some. */
static void choose_event(struct waits *w, struct perf_session *session, uint64_t now_ns)
{
	uint64_t ns = now_ns - w->last_tick_ns, n = w->off.n_waits - w->waits_before;
	double hz = ns ? (double)n * 1e9 / (double)ns : 0;
	double most = w->off.s->hz >= 250 ? ALL_HZ : ALL_HZ_GENTLE;
	bool sparing = hz > (w->sparing ? most / 2 : most);

	if (!w->some || !w->all || w->last_tick_ns == 0 || ns < CHOOSE_EVERY_NS)
		return;
	w->waits_before = w->off.n_waits;
	w->last_tick_ns = now_ns;
	if (sparing == w->sparing)
		return;
	w->sparing = sparing;
	perf_session_event_enable(session, w->all, !sparing);
	perf_session_event_enable(session, w->some, sparing);
}

int waits_tick(struct waits *w, struct perf_session *session, int interval_ms, bool last)
{
	if (!w)
		return interval_ms;
	uint64_t now_ns = clock_mono_ns();

	choose_event(w, session, now_ns);
	if (w->last_tick_ns == 0)
		w->last_tick_ns = now_ns;
	if (w->off.tasks.n)
		read_sleepers(w, now_ns, last);
	bool contended = lock_watch_look(&w->locks, &w->off, now_ns);

	return contended || w->refused ? MIN(interval_ms, LOOK_MS) : interval_ms;
}

/* All records are in: a task that has neither an end nor a life has lost its record. */
static void end_the_gone(struct waits *w)
{
	vec_foreach (t, &w->off.tasks) {
		struct proc_task_stat st;

		if (t->state != OFF_ENDED &&
			(!task_stat_read(t->tid, &st) || st.state == 'Z' || st.state == 'X'))
			off_cpu_gone(&w->off, t);
	}
}

void waits_finish(struct waits *w)
{
	if (!w)
		return;
	if (w->off.s->lost)
		end_the_gone(w);
	off_cpu_finish(&w->off, w->off.s->end_ns, w->off.s->cpu_ns, &w->totals);
}

uint64_t waits_busy_ns(const struct waits *w)
{
	return w ? w->totals.off_ns - MIN(w->class_ns[WAIT_IDLE], w->totals.off_ns) : 0;
}

/* ---- into the profile ---- */

/* Processes that come one after the other, as in a script, are no crowd. */
static bool is_crowded(const struct waits *w)
{
	struct map_u64 threads = { 0 };
	uint32_t most = 0;

	vec_foreach (t, &w->off.tasks) {
		bool fresh;
		uint32_t *n = map_u64_put(&threads, (uint64_t)(uint32_t)t->pid, &fresh);

		*n = fresh ? 1 : *n + 1;
		most = MAX(most, *n);
	}
	map_u64_done(&threads);
	return (long)most > CROWD * sysconf(_SC_NPROCESSORS_ONLN);
}

/*
 * Waiting for a CPU is the program's own doing when it has far more threads than there are CPUs;
 * else others keep the machine busy, which says nothing about where the program waits.
 */
static const char *type_of(const struct waits *w, enum wait_kind kind)
{
	if (kind == WAIT_IDLE)
		return "idle";
	return kind == WAIT_QUEUE && !w->crowded ? "run-queue" : "off-cpu";
}

static void add_wait(
	struct waits *w, struct wait_classes *classes, const struct raw_sample *x, uint32_t stack)
{
	static const struct wait_class queue = { .id = "cpu", .kind = WAIT_QUEUE };
	struct profile *p = w->off.s->profile;
	const struct sample_group *g = &w->off.s->store.groups.v[x->group];
	struct wait_class c = off_cpu_is_queue(g) ? queue : wait_class_of(classes, stack);
	int64_t ns = (int64_t)((double)x->weight * g->scale + 0.5);
	int64_t values[PROFILE_MAX_VALUES] = { 0 };

	values[profile_type(p, type_of(w, c.kind))] = ns;
	if (c.kind == WAIT_LOCK)
		values[profile_type(p, "lock")] = ns;
	if (c.kind == WAIT_IO && !w->off.s->io) /* else the calls themselves were timed */
		values[profile_type(p, "io")] = ns;
	w->class_ns[c.kind] += (uint64_t)ns;
	profile_add_sample(p, profile_add_stack(p, stack, wait_frame(p, c)), g->thread, x->time_ns,
		x->count, values);
}

static void fill_quality(struct waits *w)
{
	struct sampling *s = w->off.s;
	struct profile_quality *q = &s->profile->quality;
	const struct off_totals *t = &w->totals;

	q->wall_ns = t->wall_ns;
	q->off_cpu_ns = t->off_ns;
	q->idle_ns = w->class_ns[WAIT_IDLE];
	q->queue_ns = t->queue_ns;
	q->switching_ns = t->switching_ns;
	q->waits = t->n_waits;
	q->wait_stacks = t->n_stacks;
	if (t->wall_ns)
		q->wall_error_ratio = ((double)s->cpu_ns + (double)t->off_ns - (double)t->wall_ns) /
			(double)t->wall_ns;
}

static void add_caveats(struct waits *w)
{
	struct profile *p = w->off.s->profile;
	const struct profile_quality *q = &p->quality;
	char why[160] = "";

	if (w->refused)
		caveat_add(&p->caveats, &p->arena, "waits-by-reading",
			"switches could not be sampled (that needs CAP_PERFMON or "
			"perf_event_paranoid below 2): stacks of waits were read every %d ms",
			LOOK_MS);
	if (w->totals.n_waits > 1000 && w->totals.n_stacks < w->totals.n_waits / 10 * 9)
		caveat_add(&p->caveats, &p->arena, "waits-sampled",
			"%.0f waits a second: a part of their stacks was taken, their times are "
			"complete",
			q->duration_ns ? (double)q->waits * 1e9 / (double)q->duration_ns : 0);
	if (w->totals.unknown_ns || w->totals.n_gone)
		snprintf(why, sizeof(why), ": switch records were lost");
	if (fabs(q->wall_error_ratio) > 0.02)
		caveat_add(&p->caveats, &p->arena, "wall-mismatch",
			"CPU time and waiting add up to %+.1f %% of the threads' time%s",
			100 * q->wall_error_ratio, why);
}

void waits_fill(struct waits *w, const struct stack_names *names)
{
	if (!w)
		return;
	struct sampling *s = w->off.s;
	struct wait_classes classes;

	if (w->totals.wall_ns == 0) {
		caveat_add(&s->profile->caveats, &s->profile->arena, "waits-unseen",
			"waiting could not be looked at: it needs perf_event_open");
		return;
	}
	wait_classes_init(&classes, s->profile,
		s->opts->knowledge ? s->opts->knowledge : knowledge_builtin());
	profile_add_type(s->profile, "off-cpu", "nanoseconds");
	profile_add_type(s->profile, "idle", "nanoseconds");
	profile_add_type(s->profile, "run-queue", "nanoseconds");
	profile_add_type(s->profile, "lock", "nanoseconds");
	if (!s->io)
		profile_add_type(s->profile, "io", "nanoseconds");
	w->crowded = is_crowded(w);
	vec_foreach (x, &s->store.samples)
		if (s->store.groups.v[x->group].value == SAMPLE_OFF_CPU)
			add_wait(w, &classes, x, names->stack_of[x->node]);
	lock_watch_fill(&w->locks, &w->off, &classes, names->stack_of, w->class_ns[WAIT_LOCK]);
	wait_classes_done(&classes);
	fill_quality(w);
	add_caveats(w);
}
