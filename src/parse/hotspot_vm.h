/* SPDX-License-Identifier: MIT */
/*
 * One JVM read from outside: which piece of generated code an address belongs to, which methods
 * (inlined ones too) stand there, and their names and lines. Everything read is checked and may be
 * stale; what does not check out is counted and left without a name.
 */
#pragma once

#include "base/buf.h"
#include "base/map.h"
#include "base/vec.h"
#include "parse/hotspot_layout.h"

struct hotspot_heap {
	uint64_t low, high, segmap_low, segmap_high;
};

enum hotspot_blob_kind {
	HOTSPOT_COMPILED,    /* of a Java method */
	HOTSPOT_WRAPPER,     /* around a native method */
	HOTSPOT_INTERPRETER, /* all of it */
	HOTSPOT_VTABLE,      /* chooses a method, has no frame */
	HOTSPOT_STUB,        /* anything else, with or without a frame */
};

struct hotspot_blob {
	uint64_t addr;
	uint64_t code_begin, code_end;
	enum hotspot_blob_kind kind;
	uint32_t frame_bytes;    /* 0: not fixed */
	uint32_t frame_complete; /* offset in the code from which on the frame is whole */
	uint64_t deopt_pc;       /* return address of frames that are to be taken apart */
	int32_t orig_pc_offset;  /* where their real one is kept, from the stack pointer */
	uint32_t compile_id;
	uint64_t method;
	char name[32];
};

/* One frame of a method. */
struct hotspot_frame {
	uint32_t function, file; /* ids in the names given to hotspot_init */
	uint32_t line, decl_line;
};

struct hotspot_method {
	uint64_t addr, const_method;
	uint32_t function, file, decl_line;
	uint32_t code_bytes;
	size_t first_line, n_lines; /* in lines */
};

struct hotspot_line {
	uint16_t bci, line;
};

struct hotspot {
	struct memory_reader mem;
	struct hotspot_layout layout;
	struct strtab *names;
	vec_of(struct hotspot_heap) heaps;
	unsigned log2_segment;
	vec_of(struct hotspot_method) methods;
	struct map_u64 method_index; /* address -> methods + 1; 0: not readable */
	vec_of(struct hotspot_line) lines;
	uint64_t n_bad; /* things that did not check out */
};

enum { HOTSPOT_MAX_INLINE = 64 };

void hotspot_init(struct hotspot *h, const struct memory_reader *mem,
	const struct hotspot_layout *layout, struct strtab *names);
void hotspot_done(struct hotspot *h);

/* Finds the code heaps; false while the JVM has none yet. */
bool hotspot_heaps_read(struct hotspot *h);
bool hotspot_is_code(const struct hotspot *h, uint64_t pc);
/* The piece of code that holds pc. */
bool hotspot_blob_find(struct hotspot *h, uint64_t pc, struct hotspot_blob *ret);
/* Whether the blob is still what was read: code heaps are reused. */
bool hotspot_blob_same(struct hotspot *h, const struct hotspot_blob *b);

/* A method and where it is by its bytecode index; false when this is no method. */
bool hotspot_method_frame(
	struct hotspot *h, uint64_t method, int32_t bci, struct hotspot_frame *ret);
/* Bytecode index of a bytecode pointer, -1 when it is not in the method. */
int32_t hotspot_bci(struct hotspot *h, uint64_t method, uint64_t bcp);
/* Frames at pc of compiled code, innermost first; at least the method itself when it is readable.
 */
size_t hotspot_compiled_frames(struct hotspot *h, const struct hotspot_blob *b, uint64_t pc,
	struct hotspot_frame ret[HOTSPOT_MAX_INLINE]);
