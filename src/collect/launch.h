/* SPDX-License-Identifier: MIT */
/*
 * A launched command that waits before its exec until the measuring is set up, so that nothing of
 * it is missed and nothing of us is measured.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

struct launched {
	pid_t pid; /* 0: none */
	int pidfd; /* readable when it has ended; -1 when the kernel has none */
	int go_fd, exec_error_fd;
	bool traced; /* under ptrace: its end is seen by the tracer, which fills the rest */
	bool reaped;
	int status; /* wait status once reaped */
	struct rusage usage;
};

/* Forks; the child waits. child_stdout: -1 inherit. */
int launch_start(struct launched *l, const char *const *argv, int child_stdout, struct err *err);
/* Lets it exec; fails when the command cannot be run (then it has been reaped). */
int launch_go(struct launched *l, const char *const *argv, struct err *err);
/* Collects its end when there is one; true once it has ended. */
bool launch_ended(struct launched *l);
/*
 * Ends it and what it started when it still runs: SIGTERM, then SIGKILL after a grace time. Reaps
 * it.
 */
void launch_stop(struct launched *l);
void launch_done(struct launched *l);
