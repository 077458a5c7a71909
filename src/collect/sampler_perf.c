/* SPDX-License-Identifier: MIT */
/* Sampling through perf_event_open: set up, the loop that empties the rings, the end. */
#include "collect/sampler_perf.h"

#include "base/clock.h"
#include "base/exit_code.h"
#include "collect/event_source.h"
#include "collect/io_watch.h"
#include "collect/task_tree.h"
#include "collect/wait_source.h"
#include "model/resource.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/*
 * Stack copied per sample. The kernel copies only what there is, so most programs cost less; the
 * record's size field (16 bits) is the upper limit. At high rates copying deep stacks would be
 * felt.
 */
enum {
	STACK_BYTES_FAST = 24 << 10,
	STACK_BYTES_SLOW = 56 << 10,
	FAST_HZ = 250,
	ATTACH_PASSES = 20,
	INTERVAL_MIN_MS = 2,
	INTERVAL_MAX_MS = 100,
	SLACK_NS = 5000,
	/* the same, and the longest sleep, when an interpreter runs; woken: samples wake us */
	SOON_SETTLE_NS = 30000,
	SOON_NS = 300000,
	SOON_WOKEN_NS = 2000000,
	MAX_SOURCES = 16,
};

struct perf_run {
	struct sampling *s;
	struct perf_session session;
	const struct event_source *sources[MAX_SOURCES]; /* of the session's events 1, 2 ... */
	struct task_list tasks;                          /* that existed when we attached */
	uint64_t from_ns; /* samples before are of the attach phase, when not all tasks were
			     followed */
	struct map_u64
		forked; /* threads started while we attached: the kernel follows those itself */
	int pidfd;
	struct rlimit fd_limit; /* as it was; rlim_max 0: not changed */
};

static void on_sample(struct perf_run *run, const struct perf_record *r)
{
	if (r->time_ns < run->from_ns)
		return;
	if (r->event == 0)
		event_source_add(run->s, r, SAMPLE_CPU, r->sample.period);
	else
		run->sources[r->event - 1]->sample(run->s, r);
}

static void on_map(struct perf_run *run, const struct perf_record *r)
{
	const struct perf_map_record *m = &r->map;

	addr_spaces_mmap(&run->s->spaces, addr_spaces_get(&run->s->spaces, (pid_t)r->pid, NULL),
		&(struct map_event){ .start = m->start,
			.end = m->start + m->len,
			.offset = m->offset,
			.inode = m->inode,
			.path = m->path,
			.dev = makedev(m->maj, m->min) });
}

static void on_record(void *ctx, const struct perf_record *r)
{
	struct perf_run *run = ctx;
	struct sampling *s = run->s;

	io_watch_record(s->io, r);
	if (run->from_ns != UINT64_MAX)
		waits_record(s->waits, r);
	switch (r->type) {
	case PERF_RECORD_SAMPLE:
		on_sample(run, r);
		break;
	case PERF_RECORD_MMAP2:
		on_map(run, r);
		break;
	case PERF_RECORD_COMM:
		if (r->misc & PERF_RECORD_MISC_COMM_EXEC)
			addr_spaces_exec(&s->spaces, (pid_t)r->pid);
		sampling_comm(s, (pid_t)r->tid, r->comm);
		break;
	case PERF_RECORD_FORK:
		if (run->from_ns == UINT64_MAX)
			map_u64_put(&run->forked, r->task.tid, NULL);
		sampling_fork(s, (pid_t)r->task.ppid, (pid_t)r->task.ptid, (pid_t)r->task.pid,
			(pid_t)r->task.tid);
		break;
	case PERF_RECORD_LOST:
	case PERF_RECORD_LOST_SAMPLES:
		s->lost += r->lost;
		break;
	case PERF_RECORD_THROTTLE:
		s->throttled++;
		break;
	default:
		break;
	}
}

/* A descriptor per thread and CPU is needed; the soft limit is only a default for others. */
static void raise_fd_limit(struct rlimit *ret_old)
{
	getrlimit(RLIMIT_NOFILE, ret_old);

	struct rlimit all = { .rlim_cur = ret_old->rlim_max, .rlim_max = ret_old->rlim_max };

	setrlimit(RLIMIT_NOFILE, &all);
}

static int attach_error(pid_t pid, int r, struct err *err)
{
	if (r == -ESRCH) {
		fail(err, ESRCH, "process %d ended before it could be sampled", (int)pid);
		if (err)
			err->exit_code = EXIT_NOT_MEASURED;
	} else if (r == -EACCES || r == -EPERM) {
		fail(err, -r, "not allowed to sample process %d", (int)pid);
		err_hint(err, "run as the user that owns it, or as root");
		if (err)
			err->exit_code = EXIT_UNFIT;
	} else if (r == -EMFILE) {
		fail(err, -r, "too many threads and CPUs for the limit of open files");
		err_hint(err, "raise it: ulimit -Hn");
		if (err)
			err->exit_code = EXIT_UNFIT;
	}
	return r;
}

/* Opens events on all threads there are, in passes until one finds nothing new. */
static int attach_tasks(struct perf_run *run, struct task_list *tasks, struct err *err)
{
	pid_t pid = run->s->pid;
	size_t done = 0;
	int r = 0;

	for (int pass = 0; pass < ATTACH_PASSES && r == 0; pass++) {
		size_t fresh = task_list_add_tree(tasks, pid);

		for (size_t i = 0; i < run->s->opts->n_more_pids; i++)
			fresh += task_list_add_tree(tasks, run->s->opts->more_pids[i]);
		if (fresh == 0)
			break;
		for (; done < tasks->v.n && r == 0; done++) {
			r = perf_session_add_task(&run->session, tasks->v.v[done].tid, err);
			if (r == -ESRCH && tasks->v.v[done].tid != pid)
				r = 0; /* a thread that ended meanwhile */
		}
	}
	return r;
}

/*
 * Follows every thread that exists; those that followed ones start from now on are followed by the
 * kernel (inherit). The events count from the first on, so that a thread which was both inherited
 * and found by us is known by its fork record, and is not sampled twice.
 */
static int attach(struct perf_run *run, struct err *err)
{
	struct sampling *s = run->s;
	struct task_list *tasks = &run->tasks;

	run->from_ns = UINT64_MAX;
	int r = attach_tasks(run, tasks, err);

	for (size_t i = 0; i < tasks->v.n && r == 0; i++) {
		bool fresh;
		struct process *p = addr_spaces_get(&s->spaces, tasks->v.v[i].pid, &fresh);

		if (fresh)
			addr_spaces_read_proc(&s->spaces, p);
		sampling_comm_proc(s, tasks->v.v[i].pid, tasks->v.v[i].tid);
	}
	if (r == 0)
		perf_session_drain(&run->session, true, on_record, run);
	vec_foreach (t, &tasks->v)
		if (r == 0 && map_u64_get(&run->forked, (uint64_t)(uint32_t)t->tid))
			perf_session_drop_task(&run->session, t->tid);
	return r < 0 ? attach_error(s->pid, r, err) : 0;
}

static void want_events(struct perf_run *run)
{
	for (size_t i = 0; event_sources[i]; i++) {
		const struct event_source *e = event_sources[i];
		struct perf_want want = { 0 };

		if (!(e->wants & run->s->opts->wants) || run->session.events.n > MAX_SOURCES ||
			!e->want(run->s, &want))
			continue;
		unsigned event = perf_session_want(&run->session, &want);

		run->sources[event - 1] = e;
		if (e == &some_switches_source)
			run->s->waits->some = event;
		if (e == &all_switches_source)
			run->s->waits->all = event;
	}
}

static void tell_refused(struct perf_run *run)
{
	for (size_t i = 1; i < run->session.events.n; i++) {
		const struct event_source *e = run->sources[i - 1];
		int code = run->session.events.v[i].refused;

		if (code && e->refused)
			e->refused(run->s, code);
	}
}

static int start_target(struct perf_run *run, struct err *err)
{
	struct sampling *s = run->s;
	int r;

	if (s->child.pid) {
		r = perf_session_add_task(&run->session, s->child.pid, err);
		if (r < 0)
			return r;
		sampling_start(s);
		run->pidfd = s->child.pidfd;
		return launch_go(&s->child, s->opts->argv, err);
	}
	raise_fd_limit(&run->fd_limit);
	run->pidfd = (int)syscall(SYS_pidfd_open, s->pid, 0);
	r = attach(run, err);
	sampling_start(s);
	run->from_ns = s->start_ns;
	if (r == 0)
		waits_begin(s->waits, &run->tasks);
	return r;
}

/*
 * How long to sleep. Samples of interpreters are wanted soon, while the frames in their memory are
 * still those of the sample: where samples wake us (low rates) the clock is only for the rest, at
 * high rates it saves the target a wake-up per sample.
 */
static uint64_t pause_ns(struct perf_run *run, int interval_ms)
{
	uint64_t ns = (uint64_t)interval_ms * 1000000;

	if (!python_present(run->s->python))
		return ns;
	run->session.settle_ns = SOON_SETTLE_NS;
	if (run->session.left)
		return SOON_SETTLE_NS;
	return MIN(ns, run->s->hz > PERF_WAKE_HZ ? SOON_NS : SOON_WOKEN_NS);
}

static void loop(struct perf_run *run)
{
	struct sampling *s = run->s;
	size_t n = run->session.rings.n + 1;
	struct pollfd *fds = xcalloc(n, sizeof(*fds));
	int interval = io_watch_tick(s->io, &run->session, 10);
	bool interrupted = false;

	fds[0] = (struct pollfd){ .fd = run->pidfd, .events = POLLIN };
	for (size_t i = 1; i < n; i++)
		fds[i] = (struct pollfd){ .fd = run->session.rings.v[i - 1].fd, .events = POLLIN };
	while (sampling_goes_on(s, interrupted)) {
		struct timespec ts = { .tv_nsec = (long)pause_ns(run, interval) };
		int r = ppoll(fds, n, &ts, NULL);

		interrupted = r < 0 && errno == EINTR;
		if (r > 0 && fds[0].revents && !s->child.pid)
			s->ended = true;
		for (size_t i = 1; i < n; i++)
			if (r > 0 && fds[i].revents & (POLLHUP | POLLERR))
				fds[i].fd =
					-1; /* its task has ended; the ring is read all the same */
		perf_session_drain(&run->session, false, on_record, run);
		/* wake up as rarely as the rings allow */
		if (run->session.max_fill > 0.25)
			interval = MAX(interval / 2, INTERVAL_MIN_MS);
		else if (run->session.max_fill < 0.10)
			interval = MIN(interval + interval / 2, INTERVAL_MAX_MS);
		interval = MIN(interval, io_watch_tick(s->io, &run->session, interval));
		interval = waits_tick(s->waits, &run->session, interval, false);
	}
	free(fds);
}

/*
 * While sampling we must not take the CPU away from the target: a SCHED_BATCH task never preempts
 * another at wake-up, and unlike a nice value it can be given back without privilege.
 */
static void loop_politely(struct perf_run *run)
{
	struct sched_param none = { 0 };
	int old = sched_getscheduler(0);
	bool changed = old == SCHED_OTHER && sched_setscheduler(0, SCHED_BATCH, &none) == 0;
	int slack = prctl(PR_GET_TIMERSLACK);

	prctl(PR_SET_TIMERSLACK, SLACK_NS);
	loop(run);
	prctl(PR_SET_TIMERSLACK, slack > 0 ? (unsigned long)slack : 0);
	if (changed)
		sched_setscheduler(0, SCHED_OTHER, &none);
}

/* Those it may run on, while it can be asked. */
static uint32_t usable_cpus(const struct sampling *s, size_t online)
{
	cpu_set_t set;

	if (sched_getaffinity(s->child.pid ? 0 : s->pid, sizeof(set), &set) < 0)
		return (uint32_t)online;
	return (uint32_t)MIN((size_t)CPU_COUNT(&set), online);
}

static uint64_t system_ticks(pid_t pid)
{
	struct proc_task_stat st;

	return task_stat_read(pid, &st) ? st.system_ticks : 0;
}

static uint64_t system_ns(const struct sampling *s, uint64_t ticks_before)
{
	uint64_t ticks;

	if (s->child.reaped)
		return (uint64_t)s->child.usage.ru_stime.tv_sec * 1000000000 +
			(uint64_t)s->child.usage.ru_stime.tv_usec * 1000;
	ticks = system_ticks(s->pid);
	return ticks > ticks_before
		? (ticks - ticks_before) * (1000000000 / (uint64_t)sysconf(_SC_CLK_TCK))
		: 0;
}

/*
 * Estimated cost for the target: samples times the cost of one, calibrated on ourselves; when no
 * CPU was left idle for us, also the CPU time we took away from it.
 */
static void estimate_cost(
	struct sampling *s, const struct perf_event_attr *attr, size_t ring_bytes, size_t n_cpus)
{
	const struct profile_quality *q = &s->profile->quality;
	uint64_t per_sample = 0;
	double busy_cpus = q->duration_ns ? (double)s->cpu_ns / (double)q->duration_ns : 0;

	/* a disturbed moment gives no answer: then it is asked again */
	for (int tries = 0; s->n_samples && per_sample == 0 && tries < 3; tries++)
		per_sample = perf_sample_cost_ns(attr, ring_bytes);
	if (per_sample == 0)
		return;
	s->cost_ns = per_sample * (s->n_samples + s->lost);
	if (s->waits)
		s->cost_ns += per_sample * s->waits->n_samples;
	if (busy_cpus > (double)n_cpus - 0.5)
		s->cost_ns += q->own_cpu_ns;
}

int sampler_perf_run(struct sampling *s, enum perf_rung rung, uint64_t *ret_sys_ns, struct err *err)
{
	struct perf_run run = { .s = s, .pidfd = -1 };
	struct perf_config config = { .rung = rung,
		.hz = s->hz,
		.user_only = s->user_only,
		.enable_on_exec = s->child.pid != 0,
		.enabled = s->child.pid == 0,
		.switches = s->waits != NULL,
		.stack_bytes = s->hz > FAST_HZ ? STACK_BYTES_FAST : STACK_BYTES_SLOW };
	uint64_t ticks = s->child.pid ? 0 : system_ticks(s->pid);
	int r = perf_session_open(&run.session, &config, err);

	if (r == 0) {
		int refused = 0;

		if (s->opts->wants & RESOURCE_IO)
			s->io = io_watch_new(&refused);
		want_events(&run);
		r = start_target(&run, err);
	}
	if (r == 0) {
		tell_refused(&run);
		loop_politely(&run);
		waits_tick(s->waits, &run.session, 0, true);
		perf_session_disable(&run.session);
		sampling_end(s);
		perf_session_drain(&run.session, true, on_record, &run);
		s->cpu_ns = perf_session_cpu_ns(&run.session);
		waits_finish(s->waits);
		s->weights_are_ns = rung != PERF_RUNG_CYCLES;
		*ret_sys_ns = system_ns(s, ticks);
	}
	struct perf_event_attr attr = { 0 };

	if (run.session.events.n)
		attr = run.session.events.v[0].attr;
	size_t ring_bytes = run.session.ring_bytes, n_cpus = run.session.cpus.n;

	s->profile->quality.n_cpus = usable_cpus(s, n_cpus);

	map_u64_done(&run.forked);
	task_list_done(&run.tasks);
	perf_session_close(&run.session); /* gives back locked memory that the calibration needs */
	if (run.fd_limit.rlim_max)
		setrlimit(RLIMIT_NOFILE, &run.fd_limit);
	if (r == 0)
		estimate_cost(s, &attr, ring_bytes, n_cpus);
	if (!s->child.pid && run.pidfd >= 0)
		close(run.pidfd);
	return r;
}
