/* SPDX-License-Identifier: MIT */
/*
 * Raw facts of one process, read once and handed to everything that judges it: arguments,
 * environment, mapped files, status. Contents of the environment are never printed from here.
 */
#pragma once

#include "collect/procfs.h"
#include "knowledge/knowledge.h"
#include "model/diagnosis.h"
#include "parse/proc_cgroup.h"
#include "parse/proc_task.h"

struct string_list {
	const char **v;
	size_t n;
};

struct process_view {
	struct arena *a;
	pid_t pid;
	struct proc_task_stat stat;
	struct proc_task_status status;
	struct string_list args; /* argv; empty for kernel threads and zombies */
	struct string_list env;  /* NAME=VALUE; only when env_known */
	bool env_known;
	const char *exe; /* as the target sees it, without " (deleted)"; "" not readable */
	bool exe_deleted;
	struct string_list
		modules; /* mapped files, each once, the executable first when it is mapped */
	bool modules_known;
	struct cgroup_paths cgroup;
	uint64_t nofile_limit, stack_limit, memlock_limit; /* UINT64_MAX unlimited or unknown */
};

/* -ESRCH when there is no such process; what is refused is a caveat. */
int process_view_read(struct procfs *p, pid_t pid, struct arena *a, struct caveats *caveats,
	struct process_view *ret, struct err *err);
/* The view of our own process and environment, for a command that is not started yet. */
void process_view_of_command(const char *const *argv, struct arena *a, struct process_view *ret);

/* Value of an environment variable, NULL when absent or unknown. */
const char *process_view_env(const struct process_view *v, const char *name);
/* Path under which we reach a file of the target: "/proc/PID/root/usr/lib/x.so", "/proc/PID/exe".
 */
const char *process_view_reach(const struct process_view *v, const char *path);
/* Arguments in one line, control characters replaced, at most max bytes. */
const char *process_view_command_line(const struct string_list *args, struct arena *a, size_t max);
