/* SPDX-License-Identifier: MIT */
/*
 * Python frames in sampled stacks: for each sample of a process that runs CPython, the frames of
 * its thread are read from the process's memory (nothing is stopped) and put in place of the native
 * frames of the evaluator that ran them. Native frames of extensions, of functions written in C and
 * of the kernel stay.
 */
#pragma once

#include "collect/addr_space.h"
#include "collect/managed_frame.h"
#include "collect/unwind.h"
#include "model/caveat.h"
#include "model/profile.h"

struct python_sample {
	const struct process *process;
	pid_t tid;
	uint64_t time_ns;
	/* leaf first: n_kernel kernel frames, then user frames; room for more behind them */
	struct raw_frame *frames;
	size_t n_kernel, n, room;
	const struct unwind_regs *regs; /* of each user frame; NULL none */
	const struct stack_copy *stack; /* with regs */
	enum unwind_end end;
};

struct python_runtime;

struct python_runtime *python_new(struct module_table *modules, struct managed_frames *managed);
void python_free(struct python_runtime *py);

/*
 * Merges; returns the new number of frames. *end becomes UNWIND_ROOT when the Python frames reach
 * the thread's start although the native ones did not.
 */
size_t python_merge(struct python_runtime *py, const struct python_sample *s, enum unwind_end *end);
/* Whether any process seen runs Python: then samples are to be taken out of the rings at once. */
bool python_present(const struct python_runtime *py);
/* The quality of what was read, and caveats. */
void python_report(const struct python_runtime *py, struct profile *p);
