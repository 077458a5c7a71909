/* SPDX-License-Identifier: MIT */
/* The system calls that do input and output on x86-64: what each does and where its arguments are.
 */
#pragma once

#include "base/buf.h"
#include "model/io_table.h"

struct io_call {
	const char *name;
	uint16_t nr;
	uint8_t op;      /* enum io_op */
	int8_t fd_arg;   /* argument with the descriptor, -1 none */
	int8_t path_arg; /* with the address of a path, -1 none */
	bool moves;      /* the result is a number of bytes */
	bool makes_fd;   /* the result is a new descriptor */
};

/* NULL for calls that do no input or output. */
const struct io_call *io_call_find(uint64_t nr);
/* Calls that end or replace descriptors, beyond IO_CLOSE's own: dup2, dup3, close_range. */
bool io_call_replaces(uint64_t nr, uint64_t arg0, uint64_t arg1, int *ret_first, int *ret_last);
/* Calls after which all descriptors may be others: execve, execveat. */
bool io_call_execs(uint64_t nr);
/* Which calls a kernel filter passes. */
enum io_filter {
	IO_FILTER_ALL,  /* and those that replace descriptors */
	IO_FILTER_DATA, /* reads, writes, names: many and short */
	IO_FILTER_SLOW, /* synchronising, opening: few and long */
};
/* Adds a kernel filter over the field `id` of raw_syscalls. */
void io_calls_filter(enum io_filter which, struct buf *ret);
