/* SPDX-License-Identifier: MIT */
/* All processes at one moment, cheaply: one small file each, and their top by CPU, memory, I/O. */
#pragma once

#include "collect/procfs.h"
#include "model/diagnosis.h"
#include "parse/proc_task.h"

struct process_sample {
	pid_t pid, ppid;
	uint64_t start_ticks; /* with pid: identity */
	uint64_t time_ns, cpu_ticks, rss_pages, io_bytes;
	uint32_t threads;
	char state;
	uint64_t delay_ns; /* main thread ready to run without a core */
	bool kernel_thread, has_io, has_delay;
	char comm[20];
};

struct process_list {
	struct process_sample *v; /* by pid */
	size_t n, cap;
	bool io_limited; /* more processes than we read I/O counters for */
};

/*
 * Without ourselves; what vanishes meanwhile is not in it. I/O counters are read for at most
 * PROCESSES_IO_MAX processes: a second list reads those that the first one read.
 */
enum { PROCESSES_IO_MAX = 1500 };
int processes_take(struct procfs *p, bool with_io, const struct process_list *first,
	struct process_list *ret, struct err *err);
void process_list_done(struct process_list *l);
const struct process_sample *process_list_find(const struct process_list *l, pid_t pid);

/* CPU cores used between the two samples; a process that came meanwhile counts from its start. */
double process_cores(const struct process_sample *before, const struct process_sample *now);

/* At most 5 by CPU, then RSS, then I/O, without doubles; `before` may be NULL (RSS only). */
void processes_top(const struct process_list *before, const struct process_list *now,
	struct arena *a, struct baseline *ret);
/*
 * Cores a thread would use if one were always free: it sleeps as long as before and never waits.
 * cores / (1 - delay), both shares of the window; a busy loop that got 0.1 cores wanted 1.
 */
double cores_wanted(double cores, double delay);
/* Reads the run delay of pid's descendants, at most 256 of them. */
void processes_read_delays(struct procfs *p, struct process_list *l, pid_t pid);
/* CPU, memory and busiest of pid with all its descendants. */
void processes_tree(const struct process_list *before, const struct process_list *now, pid_t pid,
	struct baseline_target *ret);
/* Pids of pid's descendants in `now`, without pid; at most max. */
size_t processes_descendants(const struct process_list *now, pid_t pid, pid_t *ret, size_t max);
