/* SPDX-License-Identifier: MIT */
/*
 * Time off the CPU, from the kernel's records: when each thread left a CPU and came back, and the
 * stack it left with. All waits are timed; a stack is known for those whose switch was sampled, or
 * that last long enough to read the sleeping thread. A sampled wait stands for others of its thread
 * and of about its length: at the end the weights of each such group are scaled to the time that
 * was measured for it, so the sums are exact whatever was sampled.
 *
 * Knows no file descriptors: records in, samples of SAMPLE_OFF_CPU in the sample store out.
 */
#pragma once

#include "collect/sampling.h"

enum off_state {
	OFF_UNKNOWN, /* followed, but nothing was heard of it yet */
	OFF_RUNNING,
	OFF_WAITING,
	OFF_ENDED,
};

struct off_task {
	pid_t pid, tid;
	uint8_t state;  /* enum off_state */
	bool guessed;   /* the state is not from a record */
	bool preempted; /* waiting: could run, but has no CPU */
	bool has_node;  /* its stack is known: */
	uint32_t node;
	uint64_t period;   /* waits of which that one was chosen; 0: read while it slept */
	uint64_t node_ns;  /* when it was taken */
	uint64_t lock;     /* futex it waits on, as the call's arguments say; 0 none */
	uint32_t cpu_node; /* of its last sample on a CPU */
	uint64_t cpu_node_ns;
	uint64_t begin_ns, since_ns;
	uint64_t on_ns, off_ns, queue_ns; /* queue: of off, without a CPU though it could run */
	uint64_t unknown_ns;              /* records were lost */
	uint64_t n_waits;
	uint64_t tried_ns; /* when reading its stack was tried last */
};

struct off_totals {
	uint64_t wall_ns, on_ns, off_ns, queue_ns, unknown_ns; /* over all threads */
	uint64_t n_waits, n_stacks;
	uint64_t n_gone;       /* tasks whose end was lost */
	uint64_t switching_ns; /* see off_cpu_finish */
};

struct off_group {
	uint64_t ns, n_waits;
};

struct lock_watch;

struct off_cpu {
	struct sampling *s;
	struct lock_watch *locks; /* told of waits for a lock; NULL */
	uint64_t from_ns;
	vec_of(struct off_task) tasks;
	struct map_u64 index;               /* tid -> its newest task */
	vec_of(struct off_group) groups;    /* by group of the sample store: time measured */
	uint64_t n_stacks, n_waits, n_gone; /* so far */
};

void off_cpu_init(struct off_cpu *o, struct sampling *s);
void off_cpu_done(struct off_cpu *o);
/* What is before does not count. */
void off_cpu_begin(struct off_cpu *o, uint64_t now_ns);
/* A task that existed then, as it looked; later records correct it. */
void off_cpu_found(struct off_cpu *o, pid_t pid, pid_t tid, bool asleep);

/* The task is on a CPU: it made a record. */
void off_cpu_runs(struct off_cpu *o, pid_t pid, pid_t tid, uint64_t time_ns);
void off_cpu_leaves(struct off_cpu *o, pid_t pid, pid_t tid, uint64_t time_ns, bool preempted);
void off_cpu_returns(struct off_cpu *o, pid_t pid, pid_t tid, uint64_t time_ns);
void off_cpu_starts(struct off_cpu *o, pid_t pid, pid_t tid, uint64_t time_ns);
void off_cpu_ends(struct off_cpu *o, pid_t tid, uint64_t time_ns);
/* The stack of the wait that begins or goes on at that time. */
void off_cpu_stack(
	struct off_cpu *o, pid_t pid, pid_t tid, uint64_t time_ns, uint32_t node, uint64_t period);

/* The task is no more, but when it ended is not known (its record is lost). */
void off_cpu_gone(struct off_cpu *o, struct off_task *t);

struct off_task *off_cpu_task(struct off_cpu *o, pid_t tid); /* NULL: not followed */

/*
 * Ends all waits, scales the groups and gives the sums. cpu_ns: the tasks' CPU time as the sampling
 * clock counted it (0 unknown). It runs a little before a task's switch-in record and after its
 * switch-out record (the kernel starts and stops the events there); this cost of switching is CPU
 * time and is taken out of the waits, at most SWITCHING_MAX_NS for each.
 */
void off_cpu_finish(struct off_cpu *o, uint64_t end_ns, uint64_t cpu_ns, struct off_totals *ret);
/* Whether a group of the store is of waits for a CPU. */
bool off_cpu_is_queue(const struct sample_group *g);
