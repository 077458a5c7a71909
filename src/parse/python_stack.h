/* SPDX-License-Identifier: MIT */
/* Interpreters, threads and frames of CPython, out of another process's memory. */
#pragma once

#include "base/memory_reader.h"
#include "base/vec.h"
#include "parse/python_layout.h"

enum { PYTHON_MAX_THREADS = 16384, PYTHON_MAX_INTERPRETERS = 256, PYTHON_MAX_DEPTH = 32768 };

struct python_thread {
	uint64_t state;     /* address of its PyThreadState */
	uint64_t thread_id; /* pthread_self() */
	uint64_t native_id; /* gettid() in its own pid namespace; 0 unknown (before 3.11) */
};

struct python_threads {
	vec_of(struct python_thread) v;
};

/*
 * All threads of all interpreters. -EAGAIN: the interpreter has not been set up yet (or is gone);
 * -EBADMSG: what is there contradicts itself: the runtime was not found, or it changed while read.
 */
int python_threads_read(const struct memory_reader *m, const struct python_layout *l,
	uint64_t runtime, struct python_threads *ret, struct err *err);

/* One Python frame, or (code 0) the boundary where C code called the evaluator. */
struct python_raw_frame {
	uint64_t addr;
	uint64_t code;
	uint64_t instr;
	uint32_t tlbc_index;
	bool entry; /* the evaluator was called for this frame; outer ones run in another call */
};

struct python_stack {
	vec_of(struct python_raw_frame) v; /* leaf first */
	bool complete;                     /* followed to its end */
};

/*
 * The frames of one thread. False when its state cannot be read or is not the thread asked for
 * (check.native_id or check.thread_id, 0: do not compare).
 */
bool python_stack_read(const struct memory_reader *m, const struct python_layout *l,
	const struct python_thread *check, struct python_stack *ret);

/* The thread state that holds the GIL, 0: nobody, or there is no GIL. */
uint64_t python_gil_holder(
	const struct memory_reader *m, const struct python_layout *l, uint64_t runtime);
