/* SPDX-License-Identifier: MIT */
/*
 * Limits, throttling and memory of the control group of a process, or of a group given by path.
 * The tightest limit on the way up to the root counts: a pod or slice limits what is inside it.
 */
#pragma once

#include "collect/procfs.h"
#include "model/diagnosis.h"
#include "parse/proc_cgroup.h"
#include "parse/proc_pressure.h"

struct cgroup_snapshot {
	bool known;
	unsigned version;
	const char *path; /* of the innermost group */
	double cpu_limit_cores;
	struct cgroup_cpu_stat
		cpu; /* of the group with the tightest CPU limit, else the innermost */
	uint64_t memory_limit, memory, memory_inactive_file, swap, swap_limit;
	struct cgroup_memory_events events;
	uint64_t limit_hits, pids, pids_max;
	struct proc_pressure psi[3];
	bool has_psi[3];
};

/*
 * Of process `pid` (0: the one that asks), or of the group `path` below the mount points when not
 * NULL. Returns -ENOENT when no hierarchy is mounted or the given path does not exist.
 */
int cgroup_snapshot_take(struct procfs *p, pid_t pid, const char *path, struct arena *a,
	struct cgroup_snapshot *ret, struct err *err);
/* `before` may be NULL: levels only. */
void cgroup_baseline(const struct cgroup_snapshot *before, const struct cgroup_snapshot *now,
	double seconds, struct baseline_cgroup *ret);
