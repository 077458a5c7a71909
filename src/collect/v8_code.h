/* SPDX-License-Identifier: MIT */
/*
 * Machine code that V8 generated: which Code object holds an address, what function it belongs to
 * and which functions were inlined at a place in it.
 */
#pragma once

#include "collect/v8_heap.h"
#include "collect/v8_image.h"

/* A place where one function was inlined: v8_position packed, and whose code it is. */
struct v8_inlining {
	uint64_t position;
	int32_t function; /* index in inlined, negative: the outermost */
};

struct v8_code {
	uint64_t start, end; /* instructions */
	uint64_t object;     /* Code, tagged */
	uint64_t tables;     /* its deoptimisation data: tells whether it is still the same */
	uint64_t checked_ns;
	unsigned kind;
	uint16_t frame_at; /* offset of its "push rbp"; V8_NO_FRAME none near its start */
	uint32_t function; /* index + 1, 0 unknown (baseline code, regular expressions) */
	struct v8_table positions;
	uint32_t *inlined; /* functions, index + 1 */
	size_t n_inlined;
	struct v8_inlining *inlinings;
	size_t n_inlinings;
};

struct v8_codes {
	struct v8_heap *h;
	vec_of(struct v8_code) v; /* by start, not overlapping */
	uint64_t instruction_map; /* of the objects that hold instructions, once known */
	struct map_u64 missed;    /* pages without an answer */
	uint64_t missed_ns;
};

void v8_codes_init(struct v8_codes *c, struct v8_heap *h);
void v8_codes_done(struct v8_codes *c);

/*
 * The code at pc, which lies in generated code that begins at or after `lowest`. closure: the
 * tagged JSFunction of the frame, 0 none: mostly its code. NULL when it cannot be told. Valid until
 * the next call.
 */
const struct v8_code *v8_codes_find(
	struct v8_codes *c, uint64_t pc, uint64_t lowest, uint64_t closure);

bool v8_code_is_baseline(const struct v8_heap *h, const struct v8_code *code);
bool v8_code_is_regexp(const struct v8_heap *h, const struct v8_code *code);
