/* SPDX-License-Identifier: MIT */
/*
 * Puts the Python frames of a thread in place of the native evaluator frames that run them.
 *
 * The native stack is of the sample's moment, the Python frames were read a little later. Where the
 * evaluator was at the sample is still in its registers and its part of the stack: the address of
 * its next instruction, which lies in the code object that it runs. So frames entered or left in
 * between are told, and the lines are those of the sample.
 */
#pragma once

#include "collect/python.h"
#include "collect/python_process.h"

/* Frames that one call of the evaluator runs, leaf first: refs [first, first + n). */
struct python_run {
	size_t first, n;
	uint64_t bound; /* address of the frame that stands for the calling C code, 0 unknown */
	int64_t native; /* index of the evaluator's native frame, -1 none */
};

struct python_merger {
	vec_of(struct python_ref) refs;
	vec_of(struct python_run) runs; /* leaf first */
	vec_of(uint32_t) evaluators;    /* native frames, leaf first */
	vec_of(struct raw_frame) out;
};

struct python_merged {
	size_t n;          /* frames in total */
	bool in_python;    /* the thread ran Python code at the sample */
	bool fits;         /* calls of the evaluator and Python frames belong together */
	bool corrected;    /* the thread had moved on, but what ran at the sample is known */
	bool reaches_root; /* the Python part goes to the thread's first Python frame */
};

void python_merger_done(struct python_merger *g);

/* stack: as read, empty when the read failed. managed_module: id of the pseudo module. */
void python_merge_frames(struct python_merger *g, struct python_process *x,
	const struct memory_reader *memory, const struct python_stack *stack,
	const struct python_sample *s, uint32_t managed_module, struct python_merged *ret);
