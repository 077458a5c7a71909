/* SPDX-License-Identifier: MIT */
/*
 * V8's compressed tables of source positions: from an offset in bytecode or machine code to a
 * place in the script, from there to a line; and the names of its built-in functions.
 */
#pragma once

#include "base/buf.h"
#include "base/span.h"

/* A place in a script as V8 packs it (src/codegen/source-position.h). */
struct v8_position {
	int32_t offset;      /* in the script's text, -1 unknown */
	uint16_t inlined_at; /* 1 + index in the inlining table, 0: not inlined */
};
struct v8_position v8_position_unpack(uint64_t packed);

/* The place of the last entry at or before `at` (src/codegen/source-position-table.cc). */
struct v8_position v8_positions_find(struct span table, uint64_t at);
/*
 * Baseline code keeps only the length of the machine code per bytecode
 * (src/baseline/bytecode-offset-iterator.h): the offset of the bytecode at machine code offset
 * `at`, 0 when it cannot be told. sizes: kBytecodeSizes of the binary.
 */
uint32_t v8_baseline_bytecode(
	struct span table, struct span bytecode, struct span sizes, uint64_t at);

/*
 * "Builtins_ArrayPrototypeSort" as people know it ("Array.prototype.sort"); false for what only
 * passes calls on (trampolines, bytecode handlers, entry stubs), which is no frame of its own.
 */
bool v8_builtin_name(const char *symbol, struct buf *ret);
/* Whether this symbol belongs to the interpreter: its frame is that of the JavaScript function. */
bool v8_builtin_interprets(const char *symbol);
