/* SPDX-License-Identifier: MIT */
/* CPython's strings and code objects, out of another process's memory. */
#pragma once

#include "base/buf.h"
#include "base/memory_reader.h"
#include "parse/python_layout.h"

enum {
	PYTHON_MAX_NAME = 512,      /* characters of a function's name that are read */
	PYTHON_MAX_PATH = 4096,     /* the same of a file's */
	PYTHON_MAX_LINES = 1 << 20, /* bytes of a line table */
};

/* A code object's fields as they were read, to see later whether it is still the same one. */
struct python_code_mark {
	uint64_t type, filename, name, lines;
	uint32_t first_line;
};

struct python_code {
	struct python_code_mark mark;
	uint64_t code_from, code_to; /* its instructions */
	uint64_t tlbc;               /* free-threaded: per-thread copies of them, 0 none */
	struct buf function, file;   /* UTF-8, control characters replaced */
	struct buf lines;
	bool internal; /* stands for C code or call machinery: has no file */
};

void python_code_done(struct python_code *c);

/* A str object as UTF-8 into *ret (replaced), cut at max characters. False: it is none. */
bool python_text(const struct memory_reader *m, const struct python_layout *l, uint64_t addr,
	size_t max, struct buf *ret);
/* Only the fields that identify a code object. */
bool python_code_mark_read(const struct memory_reader *m, const struct python_layout *l,
	uint64_t addr, struct python_code_mark *ret);
bool python_code_mark_equal(const struct python_code_mark *a, const struct python_code_mark *b);
/*
 * The whole code object. `type` is the address of PyCode_Type, 0 when not known yet: then the
 * type's name is read and must be "code". False: there is no code object at addr. *ret is to be
 * freed in any case.
 */
bool python_code_read(const struct memory_reader *m, const struct python_layout *l, uint64_t addr,
	uint64_t type, struct python_code *ret);
/*
 * Line that `instr` of a frame stands for: an address (3.11+) or an index (before). 0 unknown.
 * tlbc_index: which copy of the instructions runs (free-threaded), else 0.
 */
uint32_t python_code_line(const struct python_code *c, const struct python_layout *l,
	const struct memory_reader *m, uint64_t instr, uint32_t tlbc_index);
