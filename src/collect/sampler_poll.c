/* SPDX-License-Identifier: MIT */
/* Threads of a process tree looked at through /proc. */
#include "collect/sampler_poll.h"

#include "base/clock.h"
#include "base/file.h"
#include "collect/module_table.h"
#include "collect/task_tree.h"
#include "model/resource.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A look costs some tens of microseconds per thread: more threads are looked at more rarely. */
enum { MAX_HZ = 100, MIN_HZ = 5, THREADS_PER_LOOK = 400, TREE_EVERY = 8, MAX_TASKS = 8192 };

/* Part of the time on a CPU below which a thread counts as idle. */
#define MIN_WORK 0.001

/* What was known of a thread at the last look. */
struct seen {
	uint64_t user_ticks, system_ticks, run_ns;
	uint64_t start_ticks; /* identity: numbers are used again */
	bool known, gone;
};

struct poll_run {
	struct sampling *s;
	struct task_list tasks;
	vec_of(struct seen) seen; /* beside tasks */
	uint64_t tick_ns, last_ns;
	uint64_t sys_ns;
};

static bool read_text(const char *path, char *to, size_t size)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	if (file_read(path, size - 1, &b, NULL) < 0)
		return false;
	struct span t = span_trim(buf_span(&b));

	snprintf(to, size, "%.*s", (int)t.n, t.n ? (const char *)t.p : "");
	return t.n > 0;
}

static bool task_stat(struct task_id id, struct proc_task_stat *ret)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", (int)id.pid, (int)id.tid);
	return file_read(path, 4096, &b, NULL) == 0 &&
		proc_task_stat_parse(buf_span(&b), ret, NULL) == 0;
}

/* Nanoseconds on a CPU; 0 where the kernel does not count them. */
static uint64_t task_run_ns(struct task_id id)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	struct proc_schedstat st;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/schedstat", (int)id.pid, (int)id.tid);
	return file_read(path, 256, &b, NULL) == 0 &&
			proc_schedstat_parse(buf_span(&b), &st, NULL) == 0
		? st.run_ns
		: 0;
}

static struct raw_frame frame_of(struct sampling *s, const char *name, enum frame_kind kind)
{
	struct managed_frame f = { .function = strtab_add(&s->managed.strings, name),
		.module = strtab_add(&s->managed.strings, "[no stacks]"),
		.kind = (uint8_t)kind };

	return (struct raw_frame){ .module = module_table_managed(&s->modules)->m.id,
		.addr = managed_frames_add(&s->managed, &f) };
}

/* "thread NAME" and, below it, what is known of this moment. */
static void add(struct poll_run *run, struct task_id id, const char *comm, enum sample_value value,
	const char *leaf, enum frame_kind kind, uint64_t weight_ns)
{
	struct sampling *s = run->s;
	struct raw_frame frames[2];
	char name[PROC_COMM_LEN + 16];

	if (weight_ns == 0)
		return;
	snprintf(name, sizeof(name), "thread %s", comm);
	frames[0] = frame_of(s, leaf, kind);
	frames[1] = frame_of(s, name, FRAME_APP);
	sampling_comm(s, id.tid, comm);
	uint32_t thread = sampling_thread(s, id.pid, id.tid);

	sample_store_count(&s->store, sample_store_stack(&s->store, frames, 2, thread),
		sample_store_group(&s->store, thread, value, 0), 1, weight_ns, run->last_ns);
	if (value == SAMPLE_CPU) {
		s->n_samples++;
		s->ends[UNWIND_NO_INFO]++;
	}
}

/* The kernel function it sleeps in; where that is hidden, only how. */
static const char *waiting_for(struct task_id id, char state, char *to, size_t size)
{
	char path[64], word[96];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/wchan", (int)id.pid, (int)id.tid);
	if (read_text(path, word, sizeof(word)) && strcmp(word, "0") != 0)
		snprintf(to, size, "%s", word);
	else
		snprintf(to, size, "%s", state == 'D' ? "[waiting, uninterruptible]" : "[waiting]");
	return to;
}

/*
 * CPU time since the last look. schedstat is exact; how much of it was in the kernel comes from the
 * clock ticks, which are coarse but right in the sum.
 */
static void add_cpu(struct poll_run *run, struct task_id id, const struct proc_task_stat *st,
	struct seen *was, uint64_t run_ns)
{
	uint64_t user = (st->user_ticks - was->user_ticks) * run->tick_ns;
	uint64_t sys = (st->system_ticks - was->system_ticks) * run->tick_ns;

	if (run_ns && was->run_ns && run_ns >= was->run_ns) {
		uint64_t all = run_ns - was->run_ns;
		double in_kernel = user + sys ? (double)sys / (double)(user + sys) : 0;

		sys = (uint64_t)((double)all * in_kernel);
		user = all - sys;
	}
	add(run, id, st->comm, SAMPLE_CPU, "[user code]", FRAME_UNKNOWN, user);
	add(run, id, st->comm, SAMPLE_CPU, "[kernel]", FRAME_KERNEL, sys);
	run->s->cpu_ns += user + sys;
	run->sys_ns += sys;
}

static void look_at(struct poll_run *run, size_t i, uint64_t since_ns)
{
	struct task_id id = run->tasks.v.v[i];
	struct seen *was = &run->seen.v[i];
	struct proc_task_stat st;
	char word[96];

	if (was->gone)
		return;
	if (!task_stat(id, &st) || st.state == 'Z' || st.state == 'X') {
		was->gone = true;
		return;
	}
	uint64_t run_ns = task_run_ns(id);

	if (was->known && was->start_ticks != st.start_ticks)
		was->known = false;
	if (was->known && st.user_ticks >= was->user_ticks &&
		st.system_ticks >= was->system_ticks) {
		add_cpu(run, id, &st, was, run_ns);
		if (run->s->opts->wants & RESOURCE_WALL && (st.state == 'S' || st.state == 'D'))
			add(run, id, st.comm, SAMPLE_OFF_CPU,
				waiting_for(id, st.state, word, sizeof(word)), FRAME_KERNEL,
				since_ns);
	}
	*was = (struct seen){ .user_ticks = st.user_ticks,
		.system_ticks = st.system_ticks,
		.run_ns = run_ns,
		.start_ticks = st.start_ticks,
		.known = true };
}

static void find_tasks(struct poll_run *run)
{
	if (run->tasks.v.n < MAX_TASKS)
		task_list_add_tree(&run->tasks, run->s->pid);
	for (size_t i = 0; i < run->s->opts->n_more_pids && run->tasks.v.n < MAX_TASKS; i++)
		task_list_add_tree(&run->tasks, run->s->opts->more_pids[i]);
	while (run->seen.n < run->tasks.v.n)
		*vec_push(&run->seen) = (struct seen){ 0 };
}

static void look(struct poll_run *run)
{
	uint64_t now = clock_mono_ns();

	for (size_t i = 0; i < run->tasks.v.n; i++)
		look_at(run, i, now - run->last_ns);
	run->last_ns = now;
}

static int interval_ms(const struct poll_run *run)
{
	double hz = MIN(run->s->hz, (double)MAX_HZ);

	hz = MIN(hz, (double)MAX_HZ * THREADS_PER_LOOK / (double)MAX(run->tasks.v.n, (size_t)1));
	return (int)(1000 / MAX(hz, (double)MIN_HZ));
}

static void loop(struct poll_run *run)
{
	struct sampling *s = run->s;
	struct pollfd fd = { .fd = s->child.pid ? s->child.pidfd : -1, .events = POLLIN };
	struct proc_task_stat st;

	for (unsigned n = 0; sampling_goes_on(s, false); n++) {
		/* new threads and processes: soon at first, while a program starts up */
		if (n < TREE_EVERY || n % TREE_EVERY == 0)
			find_tasks(run);
		look(run);
		poll(&fd, 1, interval_ms(run));
		if (!s->child.pid && (!task_stat_read(s->pid, &st) || st.state == 'Z'))
			s->ended = true;
	}
}

/*
 * A thread that only waited for something all the time may have nothing to do: beside threads that
 * worked, its waiting says nothing.
 */
static void drop_idle(struct poll_run *run)
{
	struct sample_store *store = &run->s->store;
	double *cpu = xcalloc(run->s->profile->threads.n + 1, sizeof(*cpu));
	double all_ns = (double)(run->s->end_ns - run->s->start_ns);

	vec_foreach (x, &store->samples)
		if (store->groups.v[x->group].value == SAMPLE_CPU)
			cpu[store->groups.v[x->group].thread] += (double)x->weight;
	vec_foreach (g, &store->groups)
		if (g->value == SAMPLE_OFF_CPU && run->s->cpu_ns &&
			cpu[g->thread] < MIN_WORK * all_ns)
			g->scale = 0;
	free(cpu);
}

int sampler_poll_run(struct sampling *s, uint64_t *ret_sys_ns, struct err *err)
{
	struct poll_run run = { .s = s };
	long hz = sysconf(_SC_CLK_TCK);
	int r = 0;

	run.tick_ns = 1000000000 / (uint64_t)(hz > 0 ? hz : 100);
	s->hz = MIN(s->hz, (double)MAX_HZ);
	sampling_start(s);
	run.last_ns = s->start_ns;
	if (s->child.pid)
		r = launch_go(&s->child, s->opts->argv, err);
	if (r == 0) {
		loop(&run);
		sampling_end(s);
		drop_idle(&run);
		s->weights_are_ns = true;
		*ret_sys_ns = run.sys_ns;
		caveat_add(&s->profile->caveats, &s->profile->arena, "no-stacks",
			"only /proc could be read here: CPU time by thread, without functions "
			"(perf-ops doctor says what is missing)");
	}
	task_list_done(&run.tasks);
	vec_done(&run.seen);
	return r;
}
