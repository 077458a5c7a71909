/* SPDX-License-Identifier: MIT */
/*
 * Which names a project itself calls ignored (.gitignore), vendored or generated (the linguist-*
 * attributes of .gitattributes). Formats: gitignore(5), gitattributes(5).
 */
#pragma once

#include "base/span.h"

struct ignore_pattern {
	struct span path; /* without leading and closing '/', "**" ends cut off; may hold '/' */
	bool negated;     /* "!": what matches is not ignored after all */
	bool here;        /* begins with '/': only directly in the folder of the file */
	bool dirs_only;   /* ended with '/' */
};

typedef void (*ignore_fn)(void *ctx, const struct ignore_pattern *p);

/* At most IGNORE_MAX_PATTERNS calls. */
enum { IGNORE_MAX_PATTERNS = 2000, IGNORE_MAX_BYTES = 256 * 1024 };
void gitignore_read(struct span in, ignore_fn fn, void *ctx);
void gitattributes_read(struct span in, ignore_fn fn, void *ctx);
