/* SPDX-License-Identifier: MIT */
/*
 * Function names as people recognise them: compiler suffixes and hashes, argument lists and the
 * long spelling of standard types go first, then template arguments, then leading name spaces,
 * and only then the middle.
 */
#pragma once

#include "base/buf.h"

/* Appends the name in at most `width` columns (0: only the harmless steps). */
void name_short(struct buf *out, const char *name, unsigned width);
/* A path cut at the front to its last parts: "…/src/import/csv.c". */
void path_short(struct buf *out, const char *path, unsigned width);
