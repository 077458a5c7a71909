/* SPDX-License-Identifier: MIT */
/*
 * A launched command that waits before its exec until the measuring is set up, so that nothing of
 * it is missed and nothing of us is measured.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"

#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

/* One more environment variable for the launched command; a list variable is appended to. */
struct launch_variable {
	const char *name, *value;
	const char *join; /* NULL: replaces; else what stands between the old value and this one */
};

struct launch_change {
	struct arena arena; /* owns the strings */
	vec_of(struct launch_variable) variables;
};

void launch_change_add(
	struct launch_change *c, const char *name, const char *value, const char *join);
void launch_change_done(struct launch_change *c);

struct launched {
	pid_t pid; /* 0: none */
	int pidfd; /* readable when it has ended; -1 when the kernel has none */
	int go_fd, exec_error_fd;
	bool traced; /* under ptrace: its end is seen by the tracer, which fills the rest */
	bool reaped;
	int status; /* wait status once reaped */
	struct rusage usage;
};

/* Forks; the child waits. child_stdout: -1 inherit; change may be NULL. */
int launch_start(struct launched *l, const char *const *argv, int child_stdout,
	const struct launch_change *change, struct err *err);
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
