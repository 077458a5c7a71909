/* SPDX-License-Identifier: MIT */
/* The processes of a control group and of the groups below it, v1 or v2. */
#pragma once

#include "base/err.h"
#include "collect/procfs.h"

/*
 * path: a folder ("/sys/fs/cgroup/system.slice/x.service"), or a group as /proc/PID/cgroup names it
 * ("/system.slice/x.service"). Oldest process first. -ENOENT: there is no such group; -ENODATA: it
 * has no process.
 */
int cgroup_members(const char *path, struct pid_list *ret, struct err *err);
