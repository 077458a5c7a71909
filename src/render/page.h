/* SPDX-License-Identifier: MIT */
/*
 * Writing text screens: a position on the current line, inks that mean something, wrapping with a
 * hanging indent. Whatever is written is made harmless: escape sequences and control characters
 * from symbols, paths and process titles never reach the terminal.
 */
#pragma once

#include "base/compiler.h"
#include "base/sink.h"
#include "render/text_style.h"

enum ink {
	INK_NONE,
	INK_STRONG, /* names and headings */
	INK_COST,   /* red: this costs */
	INK_GAIN,   /* green: proven or possible gain */
	INK_CAVEAT, /* yellow: limits the result */
	INK_DIM,    /* how we know */
};

struct page {
	struct sink *out;
	struct text_style style;
	unsigned col;
};

void page_init(struct page *pg, struct sink *out, const struct text_style *style);
void page_put(struct page *pg, const char *s);
void page_printf(struct page *pg, const char *fmt, ...) PRINTF_LIKE(2, 3);
void page_ink(struct page *pg, enum ink ink, const char *s);
/* Blanks up to the column; one blank at least when it is already passed and `gap` is set. */
void page_to(struct page *pg, unsigned col, bool gap);
void page_line(struct page *pg); /* ends the line */
/* Words of s, broken before the right edge; further lines start at `indent`. No newline at the end.
 */
void page_wrap(struct page *pg, enum ink ink, unsigned indent, const char *s);
/* Columns s takes in this style. */
unsigned page_width(const struct page *pg, const char *s);
/* s in at most `width` columns, cut at the end with "…". */
void page_cut(struct page *pg, enum ink ink, const char *s, unsigned width);
