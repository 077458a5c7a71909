/* SPDX-License-Identifier: MIT */
/* The processes below a process and the threads of each, as /proc shows them. */
#pragma once

#include "base/vec.h"
#include "parse/proc_task.h"

struct task_id {
	pid_t pid, tid;
};

struct task_list {
	vec_of(struct task_id) v;
};

/* Adds the threads of pid and of all its descendants that are not in the list yet; how many. */
size_t task_list_add_tree(struct task_list *l, pid_t pid);
/* Adds the threads of one process that are not in the list yet; how many. */
size_t task_list_add_process(struct task_list *l, pid_t pid);
void task_list_done(struct task_list *l);

/* False when there is no such process. */
bool task_stat_read(pid_t pid, struct proc_task_stat *ret);
