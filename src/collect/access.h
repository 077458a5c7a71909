/* SPDX-License-Identifier: MIT */
/*
 * What this process may do here, found out by trying and not by reading settings: each door is
 * opened for a moment, on ourselves, on a child made for it, or on a process given by pid (which
 * is only read, never stopped). Settings are read beside that, to explain a refusal.
 */
#pragma once

#include "base/arena.h"

#include <sys/types.h>

enum { ACCESS_NOT_TRIED = 1 };

struct access {
	/* 0 works; negative errno: the refusal; ACCESS_NOT_TRIED */
	int perf_cycles;     /* hardware cycles, user code */
	int perf_clock_user; /* cpu-clock, user code only */
	int perf_clock;      /* cpu-clock, kernel included */
	int perf_wide;       /* all processes of a CPU */
	int tracefs;         /* numbers of tracepoints can be read */
	int perf_tracepoint; /* ... and opened: raw_syscalls on ourselves */
	int ptrace_child;    /* PTRACE_SEIZE of our own child */
	int read_child;      /* process_vm_readv of our own child */
	int kernel_symbols;  /* -EACCES: addresses are hidden */
	int ring;            /* a ring of the size we want can be mapped on each CPU */
	int cgroup;          /* our group's files */
	int pidfd;
	int debug_symbols; /* of the C library; -ENOENT */

	pid_t pid; /* 0: no process was given */
	int target_there, target_perf, target_read, target_maps, target_syscall, target_wchan,
		target_root;
	bool target_other_user, target_other_pid_ns, target_other_mount_ns;
	uint32_t target_uid;

	uint32_t uid;
	const char *user;
	uint64_t capabilities; /* effective */
	unsigned seccomp;      /* 0 off, 1 strict, 2 filter */
	bool no_new_privs, in_user_namespace;
	const char *container; /* "" none that we know */
	/* INT32_MIN: there is no such setting */
	int paranoid, kptr_restrict, yama, unprivileged_userns;
	uint64_t nofile_soft, nofile_hard, memlock_bytes, mlock_kib;
	unsigned n_cpus, cgroup_version;
};

/* Never fails: what could not be tried says so. Strings live in the arena. */
void access_probe(pid_t pid, struct arena *a, struct access *ret);
