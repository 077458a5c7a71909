/* SPDX-License-Identifier: MIT */
/*
 * One read of what a Python thread's stack will probably need: its thread state, the chunks of
 * its data stack and the single frames that were there last time. Whatever the guess missed is read
 * separately. One system call for most samples, and a picture of one moment.
 */
#pragma once

#include "base/vec.h"
#include "collect/remote_memory.h"
#include "parse/python_stack.h"

struct memory_window {
	uint64_t addr;
	uint32_t off, len; /* in snapshot.bytes */
};

struct python_snapshot {
	struct remote_memory *mem;
	vec_of(struct memory_window) windows; /* those that were read */
	vec_of(uint8_t) bytes;
	vec_of(struct memory_piece) pieces;
	size_t hint; /* window that answered last */
};

/* What to read for a thread; kept from one sample to the next. */
struct python_guess {
	vec_of(struct memory_window) chunks; /* of the data stack, root first */
	vec_of(uint64_t) frames;             /* those outside, leaf first */
	vec_of(uint64_t) codes;              /* code objects, to see that they are still the same */
	uint64_t cframe;
};

void python_snapshot_done(struct python_snapshot *s);
void python_guess_done(struct python_guess *g);

/* gil: address of 16 bytes more to read, 0 none. */
void python_snapshot_take(struct python_snapshot *s, struct remote_memory *mem,
	const struct python_layout *l, const struct python_guess *g, uint64_t thread_state,
	uint64_t gil);
/* Answers from the snapshot, else from the process. */
struct memory_reader python_snapshot_reader(struct python_snapshot *s);
/* Learns from the walk that used the snapshot. */
void python_guess_learn(struct python_guess *g, struct python_snapshot *s,
	const struct python_layout *l, uint64_t thread_state, const struct python_stack *stack);
