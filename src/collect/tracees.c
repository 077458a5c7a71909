/* SPDX-License-Identifier: MIT */
/* Threads under ptrace: following, stopping, letting go. */
#include "collect/tracees.h"

#include "base/clock.h"
#include "base/file.h"
#include "collect/task_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_TRACEES = 1 << 15, DETACH_TRIES = 400 };

static struct tracee *tracee_find(struct tracees *ts, pid_t tid)
{
	vec_foreach (t, &ts->v)
		if (t->tid == tid && !t->gone)
			return t;
	return NULL;
}

static int open_task_file(pid_t pid, pid_t tid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", (int)pid, (int)tid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static void tracee_add(struct tracees *ts, pid_t pid, pid_t tid)
{
	if (tracee_find(ts, tid) || ts->v.n >= MAX_TRACEES)
		return;
	*vec_push(&ts->v) = (struct tracee){ .pid = pid,
		.tid = tid,
		.stat_fd = open_task_file(pid, tid, "stat"),
		.sched_fd = open_task_file(pid, tid, "schedstat") };
}

static void tracee_gone(struct tracee *t)
{
	fd_closep(&t->stat_fd);
	fd_closep(&t->sched_fd);
	t->gone = true;
}

/* Forgets ended threads; only between rounds, when nobody points into the list. */
static void compact(struct tracees *ts)
{
	size_t n = 0;

	for (size_t i = 0; i < ts->v.n; i++)
		if (!ts->v.v[i].gone)
			ts->v.v[n++] = ts->v.v[i];
	ts->v.n = n;
}

int tracees_seize(struct tracees *ts, struct launched *child, struct err *err)
{
	const long options =
		PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC;

	ts->child = child;
	if (ptrace(PTRACE_SEIZE, child->pid, NULL, options) < 0) {
		fail(err, errno, "ptrace of our own child is refused: %m");
		return -errno;
	}
	child->traced = true;
	tracee_add(ts, child->pid, child->pid);
	return 0;
}

bool tracee_running(const struct tracee *t)
{
	char text[256];
	ssize_t n = t->stat_fd < 0 ? 0 : pread(t->stat_fd, text, sizeof(text), 0);

	if (n <= 0)
		return false;
	/* "tid (name) S ...", and the name may hold anything */
	const char *close = memrchr(text, ')', (size_t)n);

	return close && close + 2 < text + n && close[2] == 'R';
}

uint64_t tracee_cpu_step(struct tracee *t)
{
	struct proc_schedstat st;
	char text[128];
	ssize_t n = t->sched_fd < 0 ? 0 : pread(t->sched_fd, text, sizeof(text), 0);

	if (n <= 0 || proc_schedstat_parse(span_of(text, (size_t)n), &st, NULL) < 0 ||
		st.run_ns <= t->cpu_ns)
		return 0;
	uint64_t step = st.run_ns - t->cpu_ns;

	t->cpu_ns = st.run_ns;
	return step;
}

void tracee_ask(struct tracee *t, uint64_t now_ns)
{
	if (ptrace(PTRACE_INTERRUPT, t->tid, NULL, NULL) == 0)
		t->asked_ns = now_ns;
}

static void resume(struct tracees *ts, const struct tracee *t, int sig)
{
	ptrace(ts->detaching ? PTRACE_DETACH : PTRACE_CONT, t->tid, NULL, (long)sig);
}

/* The process a new task belongs to: the parent's for a thread, itself for a child. */
static pid_t process_of(pid_t parent_pid, pid_t tid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d", (int)parent_pid, (int)tid);
	return path_exists(path) ? parent_pid : tid;
}

static void new_task(struct tracees *ts, const struct tracee *parent)
{
	unsigned long tid = 0;
	pid_t ppid = parent->pid, ptid = parent->tid, pid;

	if (ptrace(PTRACE_GETEVENTMSG, ptid, NULL, &tid) < 0 || tid == 0)
		return;
	pid = process_of(ppid, (pid_t)tid);
	tracee_add(ts, pid, (pid_t)tid);
	ts->on_fork(ts->ctx, ppid, ptid, pid, (pid_t)tid);
}

/* After exec only the leader is left, whichever thread called it. */
static void after_exec(struct tracees *ts, pid_t pid)
{
	vec_foreach (t, &ts->v)
		if (t->pid == pid && t->tid != pid && !t->gone)
			tracee_gone(t);
	ts->on_exec(ts->ctx, pid);
}

static bool is_stop_signal(int sig)
{
	return sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
}

static void on_event_stop(struct tracees *ts, size_t i, int sig)
{
	struct tracee *t = &ts->v.v[i];

	if (is_stop_signal(sig) && !ts->detaching) {
		/* stopped by its user (Ctrl-Z): it stays so until SIGCONT */
		t->asked_ns = 0;
		ptrace(PTRACE_LISTEN, t->tid, NULL, NULL);
		return;
	}
	bool asked = t->asked_ns != 0 && !ts->detaching;

	if (asked)
		ts->on_stop(ts->ctx, t);
	resume(ts, t, 0);
	if (asked)
		ts->on_resume(ts->ctx, t);
	t->asked_ns = 0;
	if (ts->detaching)
		tracee_gone(t);
}

/* By index: new tasks may move the list. */
static void on_wait_status(struct tracees *ts, size_t i, int status, const struct rusage *usage)
{
	struct tracee *t = &ts->v.v[i];
	int sig = WSTOPSIG(status), event = status >> 16;

	if (WIFSTOPPED(status) && event == PTRACE_EVENT_STOP) {
		on_event_stop(ts, i, sig);
		return;
	}
	t->asked_ns = 0; /* any other stop uses the request up (kernel/signal.c, ptrace_stop) */
	if (!WIFSTOPPED(status)) {
		if (t->tid == ts->child->pid) {
			ts->child->reaped = true;
			ts->child->status = status;
			ts->child->usage = *usage;
		}
		tracee_gone(t);
		return;
	}
	switch (event) {
	case PTRACE_EVENT_CLONE:
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
		new_task(ts, t);
		sig = 0;
		break;
	case PTRACE_EVENT_EXEC:
		after_exec(ts, t->pid);
		sig = 0;
		break;
	default: /* a signal on its way to the thread: it gets it */
		break;
	}
	t = &ts->v.v[i];
	resume(ts, t, sig);
	if (ts->detaching)
		tracee_gone(t);
}

void tracees_events(struct tracees *ts, bool all)
{
	for (size_t i = 0; i < ts->v.n; i++) {
		while (!ts->v.v[i].gone && (all || ts->v.v[i].asked_ns)) {
			struct rusage usage;
			pid_t tid = ts->v.v[i].tid;
			int status, r = wait4(tid, &status, WNOHANG | __WALL, &usage);

			if (r == 0 || (r < 0 && errno == EINTR))
				break;
			if (r < 0) { /* ended as part of an exec or with its process */
				tracee_gone(&ts->v.v[i]);
				break;
			}
			on_wait_status(ts, i, status, &usage);
		}
	}
	compact(ts);
}

void tracees_detach(struct tracees *ts)
{
	ts->detaching = true;
	vec_foreach (t, &ts->v)
		ptrace(PTRACE_INTERRUPT, t->tid, NULL, NULL);
	for (int i = 0; i < DETACH_TRIES && ts->v.n; i++) {
		tracees_events(ts, true);
		if (ts->v.n)
			sleep_ns(1000000);
	}
	if (ts->child)
		ts->child->traced = false;
}

void tracees_done(struct tracees *ts)
{
	vec_foreach (t, &ts->v)
		tracee_gone(t);
	vec_done(&ts->v);
}
