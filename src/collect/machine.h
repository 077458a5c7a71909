/* SPDX-License-Identifier: MIT */
/* The machine's counters at one moment, and what two such moments mean. */
#pragma once

#include "collect/procfs.h"
#include "model/diagnosis.h"
#include "parse/proc_disk.h"
#include "parse/proc_memory.h"
#include "parse/proc_net.h"
#include "parse/proc_pressure.h"
#include "parse/proc_stat.h"

enum psi_resource { PSI_CPU, PSI_MEMORY, PSI_IO, PSI_N };

struct machine_snapshot {
	uint64_t time_ns, own_cpu_ns;
	struct proc_stat stat;
	struct proc_loadavg load;
	struct proc_meminfo memory;
	struct proc_vmstat vmstat;
	struct proc_disks disks;
	struct proc_net_ifs interfaces;
	struct proc_net_protocols protocols;
	struct proc_pressure psi[PSI_N];
	bool has_psi[PSI_N];
	uint64_t fds_used, fds_max, tcp_established, tcp_time_wait;
};

/*
 * Reads everything once. Only /proc/stat and /proc/meminfo are needed (else negative); any other
 * missing source is a caveat and leaves its part zero.
 */
int machine_snapshot_take(struct procfs *p, struct arena *a, struct caveats *caveats,
	struct machine_snapshot *ret, struct err *err);

/*
 * Fills the machine part of the baseline. With `before` NULL only levels. Our own CPU time is taken
 * out of the CPU shares. Disks and CPUs that were not there before count from zero activity.
 */
void machine_baseline(struct procfs *p, const struct machine_snapshot *before,
	const struct machine_snapshot *now, struct arena *a, struct baseline *ret);
/* Window pressure of two readings in percent. */
void pressure_fill(struct pressure *ret, const struct proc_pressure *before,
	const struct proc_pressure *now, double seconds);
/* Facts that do not change in the window: CPU model, clock source, governor. */
void machine_facts(struct procfs *p, struct arena *a, struct baseline *ret);
