/* SPDX-License-Identifier: MIT */
/*
 * What the source text around a hot line says: the extent of its function, the loops that hold the
 * line, the call of a function by itself, how an array is walked. Textual, for the brace languages
 * (C, C++, Rust, Go, Java, JavaScript) and, by indentation, for Python; it never guesses where it
 * cannot see a brace or a block.
 * Reading files is the caller's business.
 */
#pragma once

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"

struct source_reader {
	/* The text of a file as named in debug information; false when it cannot be read. It must
	 * stay valid while the reader is used. */
	bool (*read)(void *ctx, const char *file, struct span *ret);
	void *ctx;
};

struct source_file {
	const char *path;
	struct span text;        /* as read */
	char *plain;             /* comments blanked, same length */
	char *code;              /* comments, strings and characters blanked */
	vec_of(uint32_t) starts; /* offset of each line; line 1 is [0] */
};

struct source_loop {
	uint32_t first, last;    /* lines, header included */
	uint32_t head, head_end; /* offsets of the header text */
	bool closure;            /* body of an iterator adapter, not a statement */
};

struct source_function {
	uint32_t first, last; /* lines */
	uint32_t begin, end;  /* offsets of the text from the name's line to the closing brace */
	struct source_loop *loops; /* in order of their first line */
	size_t n_loops;
};

struct source {
	const struct source_reader *reader;
	struct arena arena;
	struct strtab paths;
	vec_of(struct source_file *) files; /* by path id; NULL unreadable */
};

/* reader may be NULL: then nothing is ever found. */
void source_init(struct source *s, const struct source_reader *reader);
void source_done(struct source *s);
/* NULL when the file cannot be read. Cached. */
const struct source_file *source_open(struct source *s, const char *path);
/* Text of a line without its newline; empty outside the file. */
struct span source_line(const struct source_file *f, uint32_t line);
uint32_t source_line_at(const struct source_file *f, uint32_t offset);
/* The function whose name stands in decl_line; false when no body follows. */
bool source_function(struct source *s, const struct source_file *f, uint32_t decl_line,
	struct source_function *ret);
/* How many loops of the function hold the line. */
unsigned source_loop_depth(const struct source_function *fn, uint32_t line);
/* The innermost loop that holds the line, NULL when none. */
const struct source_loop *source_inner_loop(const struct source_function *fn, uint32_t line);
/* Calls of `name` within the function's body. */
unsigned source_calls(
	const struct source_file *f, const struct source_function *fn, const char *name);
/* The innermost loop around the line walks an array across its rows (its variable is not the last
 * index, the next outer loop's is). */
bool source_strided(const struct source_file *f, const struct source_function *fn, uint32_t line);
/* The inner loop's bounds depend on the outer loop: every pair of elements is visited. */
bool source_pairwise(const struct source_file *f, const struct source_function *fn, uint32_t line);
/* The headers of the two innermost loops name the same collection or bound. */
bool source_same_bounds(
	const struct source_file *f, const struct source_function *fn, uint32_t line);
