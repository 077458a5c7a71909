/* SPDX-License-Identifier: MIT */
/* cgroup.procs of a group and of all groups below it. */
#include "collect/cgroup_members.h"

#include "base/file.h"
#include "base/vec.h"
#include "collect/task_tree.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 16, MAX_MEMBERS = 4096 };
static const char MOUNT[] = "/sys/fs/cgroup";

static bool is_group(const char *dir)
{
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), "%s/cgroup.procs", dir) < (int)sizeof(path) &&
		path_exists(path);
}

/* The folder of a group by its name: v2 at the mount point or beside v1, v1 below a controller. */
static bool find_folder(const char *name, char *to, size_t size)
{
	struct dirent *e;

	if (strstr(name, "..") != NULL)
		return false;
	snprintf(to, size, "%s", name);
	if (is_group(to))
		return true;
	snprintf(to, size, "%s/%s", MOUNT, name);
	if (is_group(to))
		return true;
	_cleanup_(dir_closep) DIR *d = opendir(MOUNT);

	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(to, size, "%s/%s/%s", MOUNT, e->d_name, name);
		if (is_group(to))
			return true;
	}
	return false;
}

static void add_procs(const char *dir, struct pid_list *ret)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	char path[PATH_MAX];
	uint64_t pid;

	if (snprintf(path, sizeof(path), "%s/cgroup.procs", dir) >= (int)sizeof(path) ||
		file_read(path, 1 << 20, &b, NULL) < 0)
		return;
	struct span text = buf_span(&b);

	/* 0: a process that is not visible in our pid namespace */
	while (span_next_u64(&text, &pid) && ret->n < MAX_MEMBERS)
		if (pid > 0 && pid <= INT32_MAX)
			*vec_push(ret) = (pid_t)pid;
}

static void add_below(const char *dir, int depth, struct pid_list *ret)
{
	_cleanup_(dir_closep) DIR *d = opendir(dir);
	struct dirent *e;
	char path[PATH_MAX];

	add_procs(dir, ret);
	while (d && depth < MAX_DEPTH && (e = readdir(d)))
		if (e->d_type == DT_DIR && e->d_name[0] != '.' &&
			snprintf(path, sizeof(path), "%s/%s", dir, e->d_name) < (int)sizeof(path))
			add_below(path, depth + 1, ret);
}

static uint64_t start_of(pid_t pid)
{
	struct proc_task_stat st;

	return task_stat_read(pid, &st) ? st.start_ticks : UINT64_MAX;
}

static int by_age(const void *pa, const void *pb)
{
	uint64_t a = start_of(*(const pid_t *)pa), b = start_of(*(const pid_t *)pb);

	return a < b ? -1 : a > b;
}

int cgroup_members(const char *path, struct pid_list *ret, struct err *err)
{
	struct pid_list found = { 0 };
	char dir[PATH_MAX];

	if (!find_folder(path, dir, sizeof(dir))) {
		int r = fail(err, ENOENT, "there is no control group '%s'", path);

		err_hint(err, "its name stands in /proc/PID/cgroup; groups are below %s", MOUNT);
		return r;
	}
	add_below(dir, 0, &found);
	if (!found.n) {
		vec_done(&found);
		return fail(err, ENODATA, "the control group '%s' has no process", path);
	}
	qsort(found.v, found.n, sizeof(found.v[0]), by_age);
	*ret = found;
	return 0;
}
