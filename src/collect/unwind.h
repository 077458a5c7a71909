/* SPDX-License-Identifier: MIT */
/*
 * Unwinds one sample: registers and a copy of the top of the stack become raw frames. Unwind rows
 * first, then Go's table of stack depths, frame pointers where code has neither (JIT).
 */
#pragma once

#include "collect/addr_space.h"

enum { UNWIND_N_REGS = 17, UNWIND_MAX_FRAMES = 2048 };

/* User registers in DWARF numbering; UNWIND_SP and so on name the special ones (x86-64). */
enum { UNWIND_FP = 6, UNWIND_SP = 7, UNWIND_IP = 16 };

struct unwind_regs {
	uint64_t r[UNWIND_N_REGS];
};

struct stack_copy {
	uint64_t base; /* address of the first byte: the stack pointer of the sample */
	struct span bytes;
};

enum unwind_end {
	UNWIND_ROOT,     /* reached the outermost frame of the thread */
	UNWIND_SWITCH,   /* reached the start of a Go system stack: the goroutine is elsewhere */
	UNWIND_SHORT,    /* the copied stack ends before the root */
	UNWIND_NO_INFO,  /* code without rows and without a usable frame pointer */
	UNWIND_BAD,      /* an address that is no code, or a stack that does not grow */
	UNWIND_TOO_DEEP, /* more than UNWIND_MAX_FRAMES */
	UNWIND_N_ENDS,
};

struct unwind_result {
	enum unwind_end end;
	size_t n;
	uint64_t used_bytes; /* of the stack copy, up to the outermost frame found */
};

/* Leaf first into ret[UNWIND_MAX_FRAMES]; at least one frame. */
void unwind_user(struct addr_spaces *as, const struct process *p, const struct unwind_regs *regs,
	const struct stack_copy *stack, struct raw_frame *ret, struct unwind_result *result);
/* The same, also giving the registers in each frame: ret_regs[UNWIND_MAX_FRAMES]. */
void unwind_user_regs(struct addr_spaces *as, const struct process *p,
	const struct unwind_regs *regs, const struct stack_copy *stack, struct raw_frame *ret,
	struct unwind_regs *ret_regs, struct unwind_result *result);
