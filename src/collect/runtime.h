/* SPDX-License-Identifier: MIT */
/*
 * Managed runtimes as the unwinder sees them: code that has no unwind rows (generated code,
 * builtins written in the runtime's own assembler) is stepped by whom it belongs to, who also says
 * which frames of the language stand there. One file per runtime, registered in RUNTIMES. Nothing
 * here runs in the target or stops it: memory is read from outside.
 */
#pragma once

#include "collect/managed_frame.h"
#include "collect/unwind.h"

/* One stack being unwound, at the frame that is to be stepped. */
struct runtime_walk {
	const struct process *process;
	const struct stack_copy *stack;
	struct unwind_regs *regs; /* of the current frame; a step makes them the caller's */
	bool leaf; /* interrupted here: pc is exact, the frame may not be set up yet */
	struct raw_frame *frames; /* leaf first; a step appends, never more than max */
	size_t n, max;
};

struct runtimes;

enum runtime_step {
	RUNTIME_NOT_MINE, /* other code; nothing was changed */
	RUNTIME_STEPPED,  /* frames were appended (maybe none), regs are the caller's */
	RUNTIME_STUCK,    /* frames were appended, but the caller cannot be found */
};

struct runtime {
	const char *name;
	/* NULL when the process has no such runtime. */
	void *(*open)(struct runtimes *r, const struct process *p);
	void (*close)(void *ctx);
	/* At pc in anonymous memory or in code of a file that has no rows there. */
	enum runtime_step (*step)(void *ctx, struct runtime_walk *w);
	/* What limited it, as caveats; may be NULL. */
	void (*report)(void *ctx, struct profile *p);
};

#define RUNTIMES(X) X(hotspot) X(v8)

#define X(name) extern const struct runtime name##_runtime;
RUNTIMES(X)
#undef X

/* The runtimes of one process, looked for again when its mappings changed. */
struct process_runtimes {
	const struct process *process;
	const struct module_entry *exe;
	uint32_t generation;
	const struct runtime *runtime; /* NULL none found */
	void *ctx;
};

struct runtimes {
	struct module_table *modules;
	struct managed_frames *managed;
	vec_of(struct process_runtimes) v;
	struct map_u64 index; /* pid -> v */
	size_t n_open;
};

void runtimes_init(
	struct runtimes *r, struct module_table *modules, struct managed_frames *managed);
void runtimes_done(struct runtimes *r);
/* What limited the runtimes that were met. */
void runtimes_report(struct runtimes *r, struct profile *p);
/* As runtime.step, by the runtime of the process. */
enum runtime_step runtimes_step(struct runtimes *r, struct runtime_walk *w);

/* Appends a managed frame. */
void runtime_walk_add(struct runtimes *r, struct runtime_walk *w, const struct managed_frame *f);
/* A word of the copied stack. */
bool runtime_walk_word(const struct runtime_walk *w, uint64_t addr, uint64_t *ret);
