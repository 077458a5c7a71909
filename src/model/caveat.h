/* SPDX-License-Identifier: MIT */
/*
 * What limits a result that is still usable: lost samples, missing symbols, a permission that was
 * refused. Stored with the result, shown by every renderer, kept in the history.
 */
#pragma once

#include "base/arena.h"

struct caveat {
	const char *id;   /* stable kebab-case, e.g. "kernel-not-sampled" */
	const char *text; /* one sentence, no full stop */
	struct caveat *next;
};

struct caveats {
	struct caveat *first, **tail;
	size_t n;
};

/* Adds once per id (a second caveat with the same id and text is dropped). */
void caveat_add(struct caveats *c, struct arena *a, const char *id, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
void caveats_append(struct caveats *to, struct arena *a, const struct caveats *from);
