/* SPDX-License-Identifier: MIT */
/* /proc/meminfo and /proc/vmstat: levels in bytes, event counters since boot. */
#pragma once

#include "base/err.h"
#include "base/span.h"

struct proc_meminfo { /* bytes */
	uint64_t total, free, available, buffers, cached, dirty, writeback, slab_reclaimable;
	uint64_t swap_total, swap_free, anon, shmem, committed, commit_limit;
};

struct proc_vmstat { /* counters since boot, pages or events */
	uint64_t pswpin, pswpout, pgfault, pgmajfault, oom_kill, pgscan_direct, compact_stall;
	uint64_t pgpgin, pgpgout; /* KiB */
};

/* Fails when MemTotal is missing. Without MemAvailable (before Linux 3.14) it is estimated. */
int proc_meminfo_parse(struct span text, struct proc_meminfo *ret, struct err *err);
int proc_vmstat_parse(struct span text, struct proc_vmstat *ret, struct err *err);
