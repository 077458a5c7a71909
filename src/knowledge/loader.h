/* SPDX-License-Identifier: MIT */
/*
 * Reads knowledge files into a struct knowledge: one file is a mapping of kind names to lists of
 * records. Used by gen/knowc at build time and by --knowledge DIR at run time.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"
#include "knowledge/records.h"

enum {
	K_MAX_FILES = 1000,
	K_MAX_FILE_BYTES = 4 << 20,
};

/* One file's text. Strings left out become ""; origin becomes "name:line". */
int knowledge_load_text(struct span text, const char *name, struct arena *a, struct knowledge *ret,
	struct err *err);
/*
 * Several files, records in the order given. `names` are shown in messages and origins, `paths`
 * are opened; both have n entries.
 */
int knowledge_load_files(const char *const *paths, const char *const *names, size_t n,
	struct arena *a, struct knowledge *ret, struct err *err);
/* Every *.yaml and *.yml below dir, in byte order of their paths; hidden entries are left out. */
int knowledge_load_dir(const char *dir, struct arena *a, struct knowledge *ret, struct err *err);
