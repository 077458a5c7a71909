/* SPDX-License-Identifier: MIT */
/* The ignore lists of a project's own files, folder by folder, while its tree is walked. */
#pragma once

#include "diagnose/name_index.h"

struct ignore_list {
	struct ignore_list *above; /* of a folder further up */
	uint32_t dir;              /* the folder whose file it was */
	struct name_index yes, no; /* no: patterns with "!" win, whatever their order */
};

/* Reads .gitignore and .gitattributes of a folder, as far as they are there; NULL when neither is.
 */
struct ignore_list *ignore_list_read(
	int dirfd, bool gitignore, bool gitattributes, uint32_t dir, struct ignore_list *above);
void ignore_list_free(struct ignore_list *l);
/*
 * Whether a name in folder `dir` is ignored by the list or one above it. `folder` as for
 * name_index_match.
 */
bool ignore_list_has(const struct ignore_list *l, const char *name, size_t len, bool is_dir,
	uint32_t dir, name_folder_fn folder, void *ctx);
