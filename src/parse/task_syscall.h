/* SPDX-License-Identifier: MIT */
/* /proc/PID/task/TID/syscall: where a sleeping thread is in its program. */
#pragma once

#include "base/span.h"

struct task_syscall {
	bool in_call; /* else it sleeps in the kernel for another reason: a page fault, a signal */
	uint32_t number;
	uint64_t args[6];
	uint64_t sp, pc;
};

/* False when the thread runs, or for text of another form. */
bool task_syscall_parse(struct span text, struct task_syscall *ret);
/* Next name of /proc/PID/task/TID/stack ("[<0>] futex_wait+0x60/0x90"); false at the end. */
bool kernel_stack_next(struct span *rest, struct span *ret_name);
