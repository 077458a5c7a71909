/* SPDX-License-Identifier: MIT */
/* Processes and threads below a process. */
#include "collect/task_tree.h"

#include "base/file.h"

#include <dirent.h>
#include <stdio.h>

enum { MAX_TASKS = 1 << 16, MAX_PROCESSES = 1 << 16 };

void task_list_done(struct task_list *l)
{
	vec_done(&l->v);
}

bool task_stat_read(pid_t pid, struct proc_task_stat *ret)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	return file_read(path, 4096, &b, NULL) == 0 &&
		proc_task_stat_parse(buf_span(&b), ret, NULL) == 0;
}

static pid_t entry_number(const char *name)
{
	uint64_t v;

	return span_parse_u64(span_str(name), &v) && v > 0 && v < INT32_MAX ? (pid_t)v : 0;
}

static bool has_task(const struct task_list *l, pid_t tid)
{
	vec_foreach (t, &l->v)
		if (t->tid == tid)
			return true;
	return false;
}

size_t task_list_add_process(struct task_list *l, pid_t pid)
{
	char path[64];
	size_t before = l->v.n;
	const struct dirent *e;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	_cleanup_(dir_closep) DIR *d = opendir(path);

	while (d && l->v.n < MAX_TASKS && (e = readdir(d))) {
		pid_t tid = entry_number(e->d_name);

		if (tid && !has_task(l, tid))
			*vec_push(&l->v) = (struct task_id){ .pid = pid, .tid = tid };
	}
	return l->v.n - before;
}

size_t task_list_add_tree(struct task_list *l, pid_t pid)
{
	vec_of(struct task_id) all = { 0 }; /* pid and, in tid, its parent */
	vec_of(pid_t) found = { 0 };
	size_t added = 0;
	const struct dirent *e;
	_cleanup_(dir_closep) DIR *d = opendir("/proc");

	while (d && all.n < MAX_PROCESSES && (e = readdir(d))) {
		struct proc_task_stat st;
		pid_t p = entry_number(e->d_name);

		if (p && task_stat_read(p, &st) && st.ppid > 0)
			*vec_push(&all) = (struct task_id){ .pid = p, .tid = st.ppid };
	}
	*vec_push(&found) = pid;
	for (size_t i = 0; i < found.n; i++) {
		added += task_list_add_process(l, found.v[i]);
		vec_foreach (p, &all)
			if (p->tid == found.v[i] && p->pid != pid)
				*vec_push(&found) = p->pid;
	}
	vec_done(&all);
	vec_done(&found);
	return added;
}
