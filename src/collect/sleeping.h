/* SPDX-License-Identifier: MIT */
/*
 * The stack of a sleeping thread, read from outside without stopping it: where it entered the
 * kernel from /proc/PID/task/TID/syscall, its stack by process_vm_readv, what it waits for from its
 * kernel stack (root), its wchan or the system call. A thread that wakes meanwhile gives nothing.
 */
#pragma once

#include "collect/sampling.h"
#include "parse/task_syscall.h"

/* False when it runs, has gone or may not be read; else the node of its stack. */
bool sleeping_stack(struct sampling *s, pid_t pid, pid_t tid, uint32_t *ret_node,
	struct task_syscall *ret_call);
/* Whether such a thread may be read at all: 0 or a negative errno. */
int sleeping_readable(pid_t pid);
