/* SPDX-License-Identifier: MIT */
/*
 * The constant pools of one JFR chunk: what events refer to by key. Keys mean something only inside
 * their chunk.
 */
#pragma once

#include "parse/jfr_meta.h"

struct jfr_thread {
	int64_t os_tid;
	uint32_t name; /* texts id */
};

struct jfr_method {
	uint64_t class_key, name_key;
};

struct jfr_frame {
	uint64_t method_key;
	uint32_t line;
	uint32_t type; /* key of jdk.types.FrameType: interpreted, compiled, inlined, native */
};

struct jfr_stack {
	size_t first, n; /* in frames, leaf first */
	bool truncated;
};

struct jfr_pools {
	struct strtab texts;
	vec_of(struct jfr_thread) threads;
	vec_of(struct jfr_method) methods;
	vec_of(struct jfr_frame) frames;
	vec_of(struct jfr_stack) stacks;
	vec_of(uint64_t) classes; /* key of the class's name in the symbol pool */
	/* key -> index + 1 in the vector above, or texts id + 1 */
	struct map_u64 thread_of, method_of, stack_of, class_of, symbol_of, string_of, state_of;
};

void jfr_pools_init(struct jfr_pools *p);
void jfr_pools_done(struct jfr_pools *p);
/* Adds what a checkpoint event holds; false when the rest of it is not understood. */
bool jfr_pools_read(struct jfr_pools *p, const struct jfr_meta *m, struct span body);

/* NULL or "" for keys that are in no pool. */
const struct jfr_thread *jfr_pool_thread(const struct jfr_pools *p, uint64_t key);
const struct jfr_stack *jfr_pool_stack(const struct jfr_pools *p, uint64_t key);
const struct jfr_method *jfr_pool_method(const struct jfr_pools *p, uint64_t key);
/* Name of a class as the JVM has it: "java/lang/String". */
const char *jfr_pool_class(const struct jfr_pools *p, uint64_t key);
const char *jfr_pool_symbol(const struct jfr_pools *p, uint64_t key);
/* Name of a thread state: "STATE_RUNNABLE". */
const char *jfr_pool_state(const struct jfr_pools *p, uint64_t key);
/* Text of a value, "" when it is none. Valid until the pools are done. */
const char *jfr_pool_text(struct jfr_pools *p, const struct jfr_value *v);
