/* SPDX-License-Identifier: MIT */
/* /proc/stat and /proc/loadavg: CPU time by mode, switches, interrupts, forks, load. */
#pragma once

#include "base/arena.h"
#include "base/err.h"

/* Clock ticks (USER_HZ) since boot; guest time is already inside user and nice. */
struct cpu_ticks {
	uint64_t user, nice, system, idle, iowait, irq, softirq, steal;
};

struct proc_stat {
	struct cpu_ticks all;
	struct cpu_ticks *cpus; /* in the order of the file: offline CPUs are not in it */
	unsigned *cpu_ids;      /* number of each, ascending but with holes */
	size_t n_cpus;
	uint64_t context_switches, interrupts, forks, boot_time_s;
	uint64_t running, blocked; /* tasks now */
};

struct proc_loadavg {
	double load1, load5, load15;
	uint64_t running, tasks; /* "2/513" */
};

/* Fails with -EINVAL when there is no "cpu" line. */
int proc_stat_parse(struct span text, struct arena *a, struct proc_stat *ret, struct err *err);
int proc_loadavg_parse(struct span text, struct proc_loadavg *ret, struct err *err);
uint64_t cpu_ticks_total(const struct cpu_ticks *t);
