/* SPDX-License-Identifier: MIT */
/* The line table of a unit. Private to parse/dwarf*.c. */
#pragma once

#include "parse/dwarf_unit.h"

struct dw_row {
	uint64_t addr;
	uint32_t file, line;
};

struct dw_sequence {
	uint64_t lo, hi;
	uint32_t first, n; /* rows by address */
};

struct dw_line_file {
	const char *name;
	const char *dir;
	const char *path; /* joined and normalised, NULL until asked for */
};

struct dw_lines {
	vec_of(struct dw_row) rows;
	vec_of(struct dw_sequence) sequences; /* by lo */
	vec_of(const char *) dirs;
	vec_of(struct dw_line_file) files; /* index as in the table: from 0 (v5) or 1 */
};

enum { DW_MAX_ROWS = 16 << 20, DW_MAX_FILES = 1 << 18 };

/* Read once; never NULL (an empty table when there is none). */
struct dw_lines *dw_unit_lines(struct dwarf *d, struct dw_unit *u);
void dw_lines_free(struct dw_lines *l);
/* The row in force at addr, NULL when no sequence holds it. Rows before it may be of other
 * sequences. */
const struct dw_row *dw_lines_find(const struct dw_lines *l, uint64_t addr);
/* Full path of a file number, "" when there is no such file. */
const char *dw_lines_path(
	struct dwarf *d, const struct dw_unit *u, struct dw_lines *l, uint64_t file);
