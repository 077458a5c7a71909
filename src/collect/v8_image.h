/* SPDX-License-Identifier: MIT */
/* What a binary with V8 in it says about itself, read once for all processes that run it. */
#pragma once

#include "base/vec.h"
#include "parse/elf_symbols.h"
#include "parse/v8_layout.h"

struct v8_builtin {
	uint64_t start, end; /* ELF virtual addresses */
	const char *name;    /* "Array.prototype.sort"; NULL: no frame of its own in our stacks */
	uint16_t frame_at;   /* offset of its "push rbp"; V8_NO_FRAME none */
	bool interprets;
};

enum { V8_PROLOGUE_BYTES = 96, V8_NO_FRAME = 0xffff };

struct v8_image {
	struct v8_layout layout;
	vec_of(struct v8_builtin) builtins; /* by start */
	struct arena arena;
};

struct unwind_rows;

/* NULL when the image has no V8 that we know. rows: of the image, NULL none. */
struct v8_image *v8_image_new(struct elf_image *img, const struct unwind_rows *rows);
void v8_image_free(struct v8_image *v);
/* The builtin that holds an ELF virtual address, NULL none. */
const struct v8_builtin *v8_image_builtin(const struct v8_image *v, uint64_t vaddr);
/* Offset of the first "push rbp; mov rbp, rsp" in the code's first bytes. */
uint16_t v8_frame_offset(const uint8_t *code, size_t n);
