/* SPDX-License-Identifier: MIT */
/*
 * A profile: where a resource was spent, as weighted stacks. Everything (frames, stacks, threads)
 * is an index into a table of the profile; strings are interned. Weights are never raw counts of
 * unknown rate: nanoseconds, bytes or events, with the raw sample count beside them for error bars.
 *
 * Stacks are a prefix tree, root first: stack 0 is the empty stack; node i has a parent < i and
 * one frame. An inlined function is a frame of its own, child of the function it was inlined into.
 * Filled through the profile_add_* functions, which all return the id of an equal entry when there
 * already is one. Not for sharing between threads while it is being filled.
 */
#pragma once

#include "base/map.h"
#include "base/vec.h"
#include "model/caveat.h"
#include "model/io_table.h"

enum frame_kind {
	FRAME_APP,     /* the project's own code */
	FRAME_LIBRARY, /* third-party or system library code */
	FRAME_RUNTIME, /* language runtime: libc start-up, malloc, Go scheduler, interpreter */
	FRAME_KERNEL,
	FRAME_JIT,
	FRAME_UNKNOWN, /* no symbol; the function string is then "[module+0xoff]" or "[0xaddr]" */
};
const char *frame_kind_name(enum frame_kind k);

struct frame {
	uint32_t function;  /* demangled display name, strings id */
	uint32_t linkage;   /* raw symbol, 0 when the same */
	uint32_t file;      /* source path as in the debug information, 0 unknown */
	uint32_t module;    /* path of the ELF file, "[kernel]", 0 unknown */
	uint32_t line;      /* line executing (or of the call), 0 unknown */
	uint32_t decl_line; /* first line of the function, 0 unknown */
	uint8_t kind;       /* enum frame_kind */
	bool inlined;
};

struct stack_node {
	uint32_t parent; /* 0: child of the root */
	uint32_t frame;
	uint32_t depth; /* root's children have 1; node 0 has 0 */
};

struct profile_thread {
	int32_t pid, tid;
	uint32_t name; /* comm, strings id */
};

enum { PROFILE_MAX_VALUES = 16 };

/*
 * One value per sample and type. unit: "nanoseconds", "bytes", "count" (pprof's words). Names with
 * a meaning of their own, by the resource they belong to (resource_of_type in model/resource.h):
 *	cpu	cpu
 *	wall	wall, off-cpu (waiting), idle (off the CPU with nothing to do, or waiting for
 *		others of the same profile), run-queue (could run, others had the CPUs);
 *		wall = cpu + off-cpu + idle + run-queue
 *	lock	lock (waiting for a lock), contentions
 *	io	io (waiting for input or output), io_bytes, io_calls
 *	memory	alloc_space, alloc_objects (since the start of the observation), inuse_space,
 *		inuse_objects (of those, still held at its end), growth (bytes by which the
 *		resident size grew), faults, inuse_growth (by which what is held still grew
 *		in the second half), peak_space (held when all together held the most)
 */
struct value_type {
	const char *name;
	const char *unit;
};

/*
 * Samples with equal stack, thread and kinds of values are merged: count says how many. A sample of
 * one clock has no value in the types of another, so the raw count of a type is that of the samples
 * with a value in it.
 */
struct profile_sample {
	uint32_t stack;
	uint32_t thread;  /* index into threads */
	uint64_t time_ns; /* CLOCK_MONOTONIC of the first one; 0 when unknown */
	uint64_t count;   /* raw samples in this entry */
	int64_t value[PROFILE_MAX_VALUES];
};

/* How good the data is; gates the verdict and is printed with it. */
struct profile_quality {
	const char *rung; /* "hardware cycles", "cpu-clock", "cpu-clock, user only", "ptrace stops"
			     ... */
	double wanted_hz, achieved_hz;
	uint64_t samples;       /* taken */
	uint64_t lost;          /* reported lost by the kernel */
	uint64_t throttled;     /* throttle events */
	uint64_t truncated;     /* stacks that did not reach the thread's root */
	uint64_t unsymbolised;  /* leaf frames without a name */
	uint64_t kernel_hidden; /* samples whose kernel part could not be seen */
	uint64_t duration_ns;   /* observed wall time */
	uint64_t target_cpu_ns; /* target's CPU time meanwhile, from the OS (not from samples) */
	uint64_t target_sys_ns; /* of that, in the kernel */
	uint64_t own_cpu_ns;    /* our own CPU time while sampling */
	double slowdown_ratio;  /* estimated slowdown of the target, 0.003 = 0.3 %; < 0 unknown */
	uint64_t max_stop_ns;   /* longest time the target was stopped; 0 = never stopped */
	bool stopped;           /* the target was stopped at all */
	bool imported; /* read from a file, which does not say how the target was treated */
	uint32_t n_threads, n_processes;
	uint32_t n_cpus; /* of the machine, as many as the target may use; 0 unknown */
	/* waiting; wall_ns is 0 when it was not looked at */
	uint64_t wall_ns;        /* life of all threads during the observation, added up */
	uint64_t off_cpu_ns;     /* of that, off the CPU; as it was timed */
	uint64_t idle_ns;        /* of off_cpu_ns: with nothing to do */
	uint64_t queue_ns;       /* of off_cpu_ns: could run, had no CPU */
	uint64_t switching_ns;   /* of the CPU time, spent on entering and leaving the CPU while
				    watched */
	uint64_t waits;          /* times a thread left a CPU */
	uint64_t wait_stacks;    /* of those, with a stack of their own */
	double wall_error_ratio; /* (cpu + off - wall) / wall: the check that they add up */
	/* Python: samples of its threads, and what went wrong with their frames */
	uint64_t python_samples;
	uint64_t python_unread;     /* nothing could be read */
	uint64_t python_torn;       /* the frames changed while they were read */
	uint64_t python_mismatched; /* the thread had moved on: callers are approximate */
	uint64_t python_corrected;  /* it had, but what ran at the sample is known */
	uint64_t python_delay_ns;   /* from a sample to the read of its frames, mean */
	double python_gil_ratio;    /* samples whose thread held the GIL; < 0 not known */
};

/* A lock that threads waited for. */
struct profile_lock {
	int32_t pid;
	uint64_t address;
	uint64_t wait_ns, waits; /* of those seen with their stack */
	uint32_t threads;        /* that waited for it */
	uint64_t threads_ns;     /* their life during the observation, added up */
	uint32_t wait_stack;     /* where most of the waiting is */
	/* how often its owner was looked at while somebody waited, and found at the place below */
	uint64_t looks, holder_looks;
	uint32_t holder_stack; /* 0: the lock does not tell its owner */
};

struct profile {
	struct arena arena; /* for strings in caveats, value types, quality */
	struct strtab strings;
	vec_of(struct frame) frames;
	vec_of(struct stack_node) stacks; /* [0] is the root */
	vec_of(struct profile_thread) threads;
	vec_of(struct profile_sample) samples;
	struct value_type types[PROFILE_MAX_VALUES];
	unsigned n_types;
	uint64_t period_ns; /* of the sampling clock, 0 when not periodic */
	/* a runtime's own account of its locks and its heap, which goes before what is told from
	 * outside */
	bool firsthand;
	struct profile_quality quality;
	vec_of(struct profile_lock) locks; /* longest waits first */
	struct io_table *io;               /* by file and socket; NULL: not looked at */
	struct caveats caveats;
	const char *command; /* what was profiled, for display */
	/* build facts of the main executable, "" when unknown */
	const char *memory_shape; /* memory_shape_name of the observation, "" unknown */
	const char *language;     /* DW_AT_language of most code: "c", "c++", "rust", "go" */
	const char *producer;     /* DW_AT_producer, e.g. "GNU C17 12.2.0 -O2 -g" */
	/* private indexes of the builder */
	struct map_u64 frame_index, stack_index, thread_index, sample_index;
};

struct profile *profile_new(void);
void profile_free(struct profile *p);
void profile_freep(struct profile **p); /* cleanup helper */

uint32_t profile_string(struct profile *p, const char *s);
const char *profile_str(const struct profile *p, uint32_t id);
uint32_t profile_add_frame(struct profile *p, const struct frame *f);
uint32_t profile_add_stack(struct profile *p, uint32_t parent, uint32_t frame);
uint32_t profile_add_thread(struct profile *p, int32_t pid, int32_t tid, const char *name);
unsigned profile_add_type(struct profile *p, const char *name, const char *unit);
/* Merges with an earlier sample of the same stack, thread and kinds of values. */
void profile_add_sample(struct profile *p, uint32_t stack, uint32_t thread, uint64_t time_ns,
	uint64_t count, const int64_t *values);

/* Sum of value `type` over all samples, and of the raw counts. */
int64_t profile_total(const struct profile *p, unsigned type);
uint64_t profile_total_count(const struct profile *p);
/* Raw samples behind one value type. */
uint64_t profile_type_count(const struct profile *p, unsigned type);
/* Index of the named type, -1 when the profile has none. */
int profile_type(const struct profile *p, const char *name);
/* Makes a value type the first one, which is what most views show; the others keep their order. */
void profile_put_first(struct profile *p, unsigned type);
