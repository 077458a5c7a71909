/* SPDX-License-Identifier: MIT */
/*
 * What all rungs of the sampler share: raw samples in (registers, stack copy, kernel chain),
 * unwound at once and merged; at the end symbolised into the profile.
 */
#pragma once

#include "collect/addr_space.h"
#include "collect/launch.h"
#include "collect/managed_frame.h"
#include "collect/runtime.h"
#include "collect/python.h"
#include "collect/sample_store.h"
#include "collect/sampler.h"
#include "collect/unwind.h"

enum { SAMPLING_MAX_KERNEL_FRAMES = 256 };

struct sampling {
	const struct sampler_opts *opts;
	struct module_table modules;
	struct addr_spaces spaces;
	struct sample_store store;
	struct waits *waits;           /* NULL: not looked at */
	struct managed_frames managed; /* frames of interpreters and generated code */
	struct runtimes runtimes;      /* who steps code without unwind rows */
	struct python_runtime *python;
	struct io_watch *io; /* NULL: not looked at */
	struct profile *profile;
	struct map_u64 comms;  /* tid -> name, strings id of the profile */
	struct launched child; /* pid 0 when attached */
	pid_t pid;             /* the target */
	uint64_t n_samples, lost, throttled;
	uint64_t ends[UNWIND_N_ENDS];       /* how the user stacks of CPU samples ended */
	uint64_t other_ends[UNWIND_N_ENDS]; /* those of samples of other values */
	uint64_t max_stack_bytes;           /* most of a stack copy that was needed */
	uint64_t longest_stop_ns;           /* ptrace rung, an upper bound */
	uint64_t cost_ns; /* of the target's time, spent on our samples; UINT64_MAX unknown */
	uint64_t cpu_ns;  /* target's, as the rung measured it; 0 unknown */
	uint64_t start_ns, end_ns; /* CLOCK_MONOTONIC */
	uint64_t own_cpu_start_ns;
	uint64_t last_progress_ns;
	double hz;
	bool user_only;
	bool maps_by_reading; /* no mmap records: an unknown address means reading them again */
	bool weights_are_ns;  /* else they are scaled to cpu_ns */
	bool stopped_early;   /* by the progress callback */
	bool ended;           /* the target ended by itself */
	struct unwind_regs regs[UNWIND_MAX_FRAMES]; /* of the user frames of one sample */
	struct raw_frame frames[SAMPLING_MAX_KERNEL_FRAMES + UNWIND_MAX_FRAMES];
};

struct raw_input {
	pid_t pid, tid;
	uint64_t time_ns, weight;
	enum sample_value value;        /* what the weight is of */
	uint64_t ip;                    /* used when there are no registers */
	size_t n_kernel;                /* frames already in sampling.frames, leaf first */
	const struct unwind_regs *regs; /* NULL: no user part */
	struct stack_copy stack;
};

struct sampling *sampling_new(const struct sampler_opts *opts);
void sampling_free(struct sampling *s);
void sampling_freep(struct sampling **s);

void sampling_add(struct sampling *s, const struct raw_input *in);
/* Index of the thread in the profile. */
uint32_t sampling_thread(struct sampling *s, pid_t pid, pid_t tid);
/*
 * The same in two steps, for a sample whose weight is known only later: the node of its stack now,
 * sample_store_count then. Counts how the stack ended into `ends`.
 */
uint32_t sampling_stack(
	struct sampling *s, const struct raw_input *in, uint64_t ends[UNWIND_N_ENDS]);
void sampling_comm(struct sampling *s, pid_t tid, const char *comm);
/* Name of a task from /proc, unless known. */
void sampling_comm_proc(struct sampling *s, pid_t pid, pid_t tid);
/* The task runs another program now; its name is looked up again. */
void sampling_comm_forget(struct sampling *s, pid_t tid);
void sampling_fork(struct sampling *s, pid_t ppid, pid_t ptid, pid_t pid, pid_t tid);

/* Marks start and end of the observation. */
void sampling_start(struct sampling *s);
void sampling_end(struct sampling *s);
/*
 * Whether to go on: false at the deadline, when the callback asked to stop, or when the target has
 * ended (looked up here for launched ones). Calls progress when it is time or when `now`.
 */
bool sampling_goes_on(struct sampling *s, bool now);

/*
 * Names addresses and fills the profile and its quality; hands it over. Zero samples give an error
 * that says why. sys_ns: the target's CPU time in the kernel.
 */
int sampling_finish(struct sampling *s, const char *rung, uint64_t sys_ns, struct profile **ret,
	struct err *err);
