/* SPDX-License-Identifier: MIT */
/*
 * Control groups: where a process is (/proc/PID/cgroup), where the hierarchies are mounted
 * (mountinfo) and the files of versions 1 and 2.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

struct cgroup_paths {        /* "" when not in the file */
	const char *unified; /* "0::/path" */
	const char *v1_cpu, *v1_cpuacct, *v1_memory, *v1_pids, *v1_blkio, *v1_systemd;
};

struct cgroup_mounts { /* mount point and the folder of the hierarchy mounted there; "" none */
	const char *unified, *unified_root;
	const char *cpu, *cpu_root, *memory, *memory_root, *pids, *pids_root;
};

struct cgroup_cpu_stat {
	uint64_t periods, throttled, throttled_ns, usage_ns;
};

struct cgroup_memory_events {
	uint64_t low, high, max, oom, oom_kill;
};

void cgroup_paths_parse(struct span text, struct arena *a, struct cgroup_paths *ret);
void cgroup_mounts_parse(struct span mountinfo, struct arena *a, struct cgroup_mounts *ret);
/* v1 has throttled_time in ns, v2 throttled_usec and usage_usec: both are understood. */
int cgroup_cpu_stat_parse(struct span text, struct cgroup_cpu_stat *ret, struct err *err);
/* v2 memory.events; v1 memory.oom_control has oom_kill too. */
int cgroup_memory_events_parse(struct span text, struct cgroup_memory_events *ret, struct err *err);
/* v2 cpu.max "200000 100000" or "max 100000": cores, 0 = no limit */
int cgroup_cpu_max_parse(struct span text, double *ret_cores, struct err *err);
/* One number or "max"; no limit (also v1's PAGE_COUNTER_MAX) gives 0, "max" as UINT64_MAX never. */
int cgroup_limit_parse(struct span text, uint64_t *ret, struct err *err);
/* inactive_file of memory.stat, of the group with its children: total_inactive_file in v1 */
uint64_t cgroup_inactive_file(struct span text);
/*
 * Names the container of a cgroup path: "docker:0123456789ab", "kubepods:<pod>/<id>",
 * "containerd:...", "lxc:name", "podman:..."; "" when it is none.
 */
const char *cgroup_container(const char *path, struct arena *a);
/* The innermost systemd unit in a cgroup path ("nginx.service"), "" none. */
const char *cgroup_unit(const char *path, struct arena *a);
