/* SPDX-License-Identifier: MIT */
/*
 * Code objects of one process, read once; each sample looks whether they are still the same: when
 * one is freed, another may stand at its address.
 */
#pragma once

#include "base/map.h"
#include "base/vec.h"
#include "collect/managed_frame.h"
#include "collect/remote_memory.h"
#include "parse/python_object.h"

struct python_code_entry {
	uint64_t addr;
	struct python_code code;
	uint32_t function, file; /* strings of the managed frames */
	uint64_t checked_ns;
	bool valid;
	bool held; /* its name was completed by python_codes_held */
};

struct python_codes {
	struct managed_frames *managed;
	pid_t pid;
	uint64_t type; /* address of PyCode_Type, 0 not known yet */
	vec_of(struct python_code_entry) v;
	struct map_u64 index;      /* address -> v */
	struct map_u64 frames;     /* entry and instruction -> number of the managed frame */
	vec_of(uint32_t) by_range; /* entries in the order of their instructions */
	bool sorted;
};

void python_codes_init(struct python_codes *c, struct managed_frames *managed, pid_t pid);
void python_codes_done(struct python_codes *c);

/* Number of the code object at addr, -1 when there is none. */
int64_t python_codes_get(struct python_codes *c, const struct memory_reader *m,
	const struct python_layout *l, uint64_t addr, uint64_t now_ns);
/* Number of the code object whose instructions hold this address, -1 when none is known. */
int64_t python_codes_holding(struct python_codes *c, const struct memory_reader *m,
	const struct python_layout *l, uint64_t instr, uint64_t now_ns);
/*
 * entry was called by holder: a comprehension that has only its bare name ("<listcomp>") gets the
 * full one that newer versions give ("main.<locals>.<listcomp>").
 */
void python_codes_held(struct python_codes *c, uint32_t entry, uint32_t holder);
/* Number of the managed frame for an instruction of it. */
uint32_t python_codes_frame(struct python_codes *c, const struct memory_reader *m,
	const struct python_layout *l, uint32_t entry, uint64_t instr, uint32_t tlbc_index);
