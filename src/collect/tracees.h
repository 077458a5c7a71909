/* SPDX-License-Identifier: MIT */
/*
 * The threads of a launched command under ptrace (SEIZE): followed through clone, fork and exec,
 * stopped only on request and for as short as possible. No PTRACE_O_EXITKILL and no group stop: if
 * we die at any moment, the kernel detaches and lets every thread run on.
 */
#pragma once

#include "base/err.h"
#include "base/map.h"
#include "base/vec.h"
#include "collect/launch.h"

#include <sys/types.h>

struct tracee {
	pid_t pid, tid;
	int stat_fd, sched_fd; /* its stat and schedstat in /proc, kept open */
	uint64_t cpu_ns;       /* CPU time used up to the last look */
	uint64_t asked_ns;     /* a stop was asked for then; 0 no */
	bool gone;
};

struct tracees {
	struct launched *child;
	vec_of(struct tracee) v;
	bool detaching;
	/* the thread is stopped as asked; called before it goes on */
	void (*on_stop)(void *ctx, const struct tracee *t);
	/* the thread runs again */
	void (*on_resume)(void *ctx, struct tracee *t);
	void (*on_exec)(void *ctx, pid_t pid);
	void (*on_fork)(void *ctx, pid_t ppid, pid_t ptid, pid_t pid, pid_t tid);
	void *ctx;
};

/* Takes the waiting child (launch_start, before launch_go). -EPERM, -ENOSYS when not allowed. */
int tracees_seize(struct tracees *ts, struct launched *child, struct err *err);
/* Whether the thread is on a CPU or waits for one. */
bool tracee_running(const struct tracee *t);
/* CPU time the thread used since the last look; 0 when the kernel does not tell. */
uint64_t tracee_cpu_step(struct tracee *t);
/* Asks the thread to stop; on_stop follows in a later tracees_events. */
void tracee_ask(struct tracee *t, uint64_t now_ns);
/* Handles everything that happened. `all` looks at every thread, else only at those asked. */
void tracees_events(struct tracees *ts, bool all);
/* Lets all threads go for good; they run on untraced. */
void tracees_detach(struct tracees *ts);
void tracees_done(struct tracees *ts);
