/* SPDX-License-Identifier: MIT */
/* A folder of its own in which a test builds programs with whatever compilers there are. */
#pragma once

#include "base/buf.h"

struct workshop {
	char dir[64];
};

void workshop_init(struct workshop *w);
void workshop_done(struct workshop *w);
/* Writes dir/name. */
void workshop_write(const struct workshop *w, const char *name, const char *text);
/* Runs a shell line in the folder; its stdout is appended to out (may be NULL). True when it exits
 * 0. */
bool workshop_run(const struct workshop *w, const char *line, const char *input, struct buf *out);
/* True when the program is in PATH; prints what is skipped otherwise. */
bool workshop_has(const struct workshop *w, const char *program, const char *skipped);
