/* SPDX-License-Identifier: MIT */
/*
 * Objects of a running V8 read from outside: functions, their names, scripts and lines. The garbage
 * collector may move or free what we look at: every object is checked by its type, remembered by
 * its address and checked again after V8_TRUST_NS. Everything read is hostile.
 */
#pragma once

#include "base/map.h"
#include "base/vec.h"
#include "collect/remote_memory.h"
#include "parse/v8_layout.h"
#include "parse/v8_positions.h"

/* How long an object is taken to be where it was. */
#define V8_TRUST_NS 100000000ull

enum { V8_MAX_TABLE = 1 << 20, V8_MAX_SOURCE = 8 << 20, V8_MAX_NAME = 256 };

struct v8_table {
	uint8_t *p;
	size_t n;
};

struct v8_script {
	uint32_t file; /* id in the strings of the heap; 0 none */
	bool internal; /* part of the runtime itself ("node:fs") */
	vec_of(uint32_t) line_ends;
};

struct v8_function {
	uint64_t shared; /* address, untagged */
	uint64_t
		identity[3]; /* map, name and script as they were: to tell whether it is still it */
	uint64_t checked_ns;
	uint32_t name;   /* id in the strings */
	uint32_t script; /* index + 1, 0: a builtin */
	int32_t start;   /* in the script's text, -1 unknown */
	uint32_t decl_line;
	uint64_t bytecode; /* address of its BytecodeArray, 0 none */
	struct v8_table positions, code;
	uint64_t tables_ns;
};

struct v8_heap {
	struct remote_memory mem;
	const struct v8_layout *l;
	struct strtab *strings;
	uint64_t now_ns;      /* of the sample being looked at */
	struct map_u64 types; /* map -> instance type */
	uint64_t types_ns;
	vec_of(struct v8_function) functions;
	struct map_u64 by_shared;   /* -> index + 1 */
	struct map_u64 by_bytecode; /* -> index + 1 */
	vec_of(struct v8_script) scripts;
	struct map_u64 by_script;
};

void v8_heap_init(struct v8_heap *h, pid_t pid, const struct v8_layout *l, struct strtab *strings);
void v8_heap_done(struct v8_heap *h);

/* All n bytes, or false. */
static inline bool v8_read(struct v8_heap *h, uint64_t addr, void *to, size_t n)
{
	return addr < 1ull << 47 && remote_memory_bytes(&h->mem, addr, to, n) == n;
}

static inline bool v8_read_u64(struct v8_heap *h, uint64_t addr, uint64_t *ret)
{
	return v8_read(h, addr, ret, sizeof(*ret));
}

static inline bool v8_is_object(uint64_t word)
{
	return (word & 3) == 1 && word > 4096 && word < 1ull << 47;
}

static inline bool v8_is_smi(uint64_t word)
{
	return (word & 1) == 0;
}

/* Instance type of a tagged pointer's object, 0 when it is none. */
unsigned v8_type(struct v8_heap *h, uint64_t tagged);
/* The word at an object's offset. */
bool v8_field(struct v8_heap *h, uint64_t tagged, int32_t offset, uint64_t *ret);

/* Index + 1 of the function of a SharedFunctionInfo or JSFunction, 0 when it is none. */
uint32_t v8_function_of_shared(struct v8_heap *h, uint64_t tagged);
uint32_t v8_function_of_closure(struct v8_heap *h, uint64_t tagged);
/* By the bytecode it runs, met before and still trusted; else 0. */
uint32_t v8_function_of_bytecode(struct v8_heap *h, uint64_t tagged);

/* Reads its bytecode and positions; false when it has none now. */
bool v8_function_tables(struct v8_heap *h, uint32_t function);
/* 0 when unknown. */
uint32_t v8_script_line(const struct v8_heap *h, uint32_t script, int32_t offset);
/* Bytes of a ByteArray; p is the caller's to free. */
bool v8_read_bytes(struct v8_heap *h, uint64_t tagged, struct v8_table *ret);
