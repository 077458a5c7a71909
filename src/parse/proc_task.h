/* SPDX-License-Identifier: MIT */
/* Files of one process or thread below /proc/PID: stat, statm, status, io, schedstat,
 * smaps_rollup... */
#pragma once

#include "base/err.h"
#include "base/span.h"

#include <sys/types.h>

enum { PROC_COMM_LEN = 64 }; /* kernel threads of workqueues have longer names than 15 */

struct proc_task_stat {
	pid_t pid, ppid;
	char comm[PROC_COMM_LEN]; /* may hold blanks, ')' and any byte */
	char state;               /* R S D T t Z X I ... */
	bool kernel_thread;
	uint64_t minor_faults, major_faults;
	uint64_t user_ticks, system_ticks, child_user_ticks, child_system_ticks;
	int64_t nice;
	uint64_t threads, start_ticks, vsize_bytes, rss_pages, blkio_ticks;
	uint32_t tty; /* device number of the controlling terminal, 0 none */
};

struct proc_task_status {
	uint64_t tgid, ppid, tracer, uid, threads;
	uint64_t vm_rss, vm_hwm, vm_swap, rss_anon, rss_file, rss_shmem; /* bytes */
	uint64_t voluntary_switches, involuntary_switches;
	uint64_t sig_caught, sig_ignored, sig_blocked; /* masks, bit n - 1 is signal n */
	unsigned ns_levels; /* pid namespaces the process is in, 1 = ours only */
	uint64_t ns_pid;    /* pid in its innermost namespace */
};

struct proc_task_io {
	uint64_t rchar, wchar, syscr, syscw, read_bytes, write_bytes;
};

struct proc_schedstat {
	uint64_t run_ns, wait_ns, slices;
};

struct proc_smaps_rollup {
	uint64_t rss, pss, shared_clean, private_dirty, private_clean, anonymous, swap;
};

/* Soft limits; UINT64_MAX unlimited. */
struct proc_limits {
	uint64_t nofile, nproc, core, memlock, stack, address_space;
};

struct proc_syscall {
	bool running;    /* on a CPU: nothing else is known */
	bool in_syscall; /* false with running false: stopped outside of a call */
	uint64_t nr, arg0;
};

int proc_task_stat_parse(struct span text, struct proc_task_stat *ret, struct err *err);
int proc_task_status_parse(struct span text, struct proc_task_status *ret, struct err *err);
int proc_task_io_parse(struct span text, struct proc_task_io *ret, struct err *err);
int proc_schedstat_parse(struct span text, struct proc_schedstat *ret, struct err *err);
int proc_smaps_rollup_parse(struct span text, struct proc_smaps_rollup *ret, struct err *err);
int proc_limits_parse(struct span text, struct proc_limits *ret, struct err *err);
int proc_syscall_parse(struct span text, struct proc_syscall *ret, struct err *err);
/* statm: total and resident pages */
int proc_statm_parse(
	struct span text, uint64_t *ret_size_pages, uint64_t *ret_rss_pages, struct err *err);
/* /proc/sys/fs/file-nr: used (allocated minus free) and the limit */
int proc_file_nr_parse(struct span text, uint64_t *ret_used, uint64_t *ret_max, struct err *err);
/* "socket:[123]" as in /proc/PID/fd links; false for anything else */
bool proc_socket_link_parse(struct span link, uint64_t *ret_inode);
/* Takes the next NUL-ended string off environ, cmdline or auxv-like blocks; false at the end. */
bool proc_string_next(struct span *block, struct span *ret);
