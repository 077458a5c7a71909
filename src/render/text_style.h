/* SPDX-License-Identifier: MIT */
/* How text is to look: width, colour, character set. Every text renderer takes one. */
#pragma once

#include <stdbool.h>

enum color_mode { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct text_style {
	unsigned width; /* columns; 40 at least */
	bool color;     /* ANSI colours */
	bool ascii;     /* the reader's locale cannot show UTF-8 */
};

/* 80 columns, no colour, UTF-8: for files, pipes and tests. */
struct text_style text_style_plain(void);
/*
 * For the file descriptor that will show the text. Automatic colour needs a terminal, TERM other
 * than "dumb" and no NO_COLOR (any non-empty value, https://no-color.org). Width is the terminal's,
 * else COLUMNS, else 80; at most 100, because longer lines are hard to read.
 */
struct text_style text_style_detect(int fd, enum color_mode mode);
