/* SPDX-License-Identifier: MIT */
/*
 * File name patterns from the knowledge, compiled so that a name is tested against hundreds of them
 * in the time of a hash look-up: exact names and "*.ext" by hash, other globs by their first byte.
 * A pattern with '/' also tests the folders above, from the end of the path.
 */
#pragma once

#include "base/arena.h"
#include "base/map.h"

struct name_rule {
	uint32_t tag;           /* the caller's: what matched */
	const char *glob;       /* for the name, NULL = equality was enough */
	const char *above;      /* folders above ("a/b"), NULL = any */
	struct name_rule *next; /* with the same key */
};

struct name_index {
	struct arena arena;
	struct map_u64 names; /* hash of an exact name or of an extension -> rule list */
	struct map_u64 extensions;
	struct name_rule **lists;
	size_t n_lists, cap_lists;
	struct name_rule *globs[256]; /* by first byte; those that begin with a wildcard at 0 */
};

/* The path of the folder that a name is in, relative to the root, without a slash at the end. */
typedef const char *(*name_folder_fn)(void *ctx);

/* The pattern is copied. */
void name_index_add(struct name_index *x, const char *pattern, uint32_t tag);
/*
 * Calls `found` with each tag whose pattern matches. `folder` is asked at most once, and only when
 * a pattern with folders needs it.
 */
void name_index_match(const struct name_index *x, const char *name, size_t len,
	name_folder_fn folder, void (*found)(void *ctx, uint32_t tag), void *ctx);
void name_index_done(struct name_index *x);
