/* SPDX-License-Identifier: MIT */
/* What is known of one process that may run Python: its interpreter, its threads, its code. */
#pragma once

#include "collect/python_code.h"
#include "collect/python_find.h"
#include "collect/python_snapshot.h"

enum python_state {
	PYTHON_UNKNOWN, /* not looked at, or not running yet */
	PYTHON_ABSENT,
	PYTHON_READY,
	PYTHON_REFUSED, /* there, but cannot be read; `problem` says why */
};

/* One OS thread. */
struct python_task {
	pid_t tid;
	uint64_t ns_tid; /* in its own pid namespace */
	bool has_state;
	struct python_thread thread;
	struct python_guess guess;
	uint64_t look_ns,
		wait_ns; /* when its thread state was looked for, and until the next time */
};

/* A Python frame: which code object, where in it. */
struct python_ref {
	uint32_t entry; /* in python_codes */
	uint32_t tlbc_index;
	uint64_t instr;
};

enum { PYTHON_SLOTS = 16 + 512 }; /* registers, then words of the evaluator's own stack frame */

struct python_process {
	pid_t pid;
	uint32_t n_exec;     /* of struct process: another program since means starting over */
	uint32_t generation; /* mappings that were searched */
	enum python_state state;
	uint64_t look_ns, wait_ns;
	struct err problem;
	struct remote_memory mem;
	struct python_place place;
	struct python_module module;
	uint64_t gil; /* address of the fields, 0 unknown */
	uint32_t gil_holder_at, gil_locked_at;
	uint16_t pthread_tid; /* offset of the tid in struct pthread, 0 not learnt (to 3.10) */
	struct python_threads threads;
	struct python_codes codes;
	vec_of(struct python_task) tasks;
	struct map_u64 task_index;
	/* where the evaluator keeps its next instruction: how often each place was right or not */
	struct python_vote {
		uint32_t hits, misses;
	} votes[PYTHON_SLOTS];
	struct map_u64 calls; /* seen pairs of caller and callee, numbers of code objects */
	vec_of(struct python_ref) callers; /* by callee: the last one */
};

struct python_process *python_process_new(
	pid_t pid, uint32_t n_exec, struct managed_frames *managed);
void python_process_free(struct python_process *x);

/*
 * Looks for the interpreter when that is due; `modules` answers what a file is. True when the
 * process can be read.
 */
bool python_process_ready(struct python_process *x, const struct process *p,
	const struct python_module *(*examine)(void *ctx, struct module_entry *e), void *ctx,
	uint64_t now_ns);
/* The task, with its thread state when it has one; never NULL. */
struct python_task *python_process_task(struct python_process *x, pid_t tid, uint64_t now_ns);
