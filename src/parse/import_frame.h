/* SPDX-License-Identifier: MIT */
/* What readers of other tools' profiles share: frames from names, weights from any unit. */
#pragma once

#include "base/span.h"
#include "model/profile.h"

enum {
	IMPORT_MAX_ROWS = 1 << 26,  /* frames, stacks or samples of one file */
	IMPORT_MAX_DEPTH = 1 << 14, /* frames of one stack */
};

struct import_place {
	struct span function, file, module; /* empty: unknown */
	uint32_t line, decl_line;
};

/*
 * The frame's kind is FRAME_KERNEL for modules of the kernel, FRAME_UNKNOWN without a name, else
 * FRAME_APP: telling the application from libraries is up to whoever knows the project.
 */
uint32_t import_frame(struct profile *p, const struct import_place *at);
/* Rounded and saturating; what is not a number is 0. */
int64_t import_scaled(double v, double scale);
/* a + b, saturating. */
int64_t import_sum(int64_t a, int64_t b);
/* A line number from a file: 0 when it is none. */
uint32_t import_line(int64_t line);
/* A file position, "src/a.py:12": takes the number off *file; 0 when there is none. */
uint32_t import_take_line(struct span *file);
/*
 * "0x1091D0: grab (h.c:6)", "malloc (in /lib/libc.so)", "f (https://x/y.js:10:3)": how valgrind,
 * heap profilers and browsers write a frame. The spans lie in the text.
 */
struct import_place import_place_of(struct span text);
/*
 * What all readers of text have to say at their end: lines that were not understood, a file that
 * breaks off.
 */
void import_note_ending(struct profile *p, uint64_t bad_lines, bool cut_off);
/* For id and text of a caveat see model/caveat.h. */
#define import_note(p, id, ...) caveat_add(&(p)->caveats, &(p)->arena, id, __VA_ARGS__)
