/* SPDX-License-Identifier: MIT */
/*
 * One arena per document (a profile, a diagnosis, a knowledge set): everything inside dies
 * together, so internal pointers need no owner. Memory is zeroed. Not for sharing between threads.
 */
#pragma once

#include "base/compiler.h"
#include "base/span.h"

struct arena_chunk;

struct arena {
	struct arena_chunk *head;
	size_t used_bytes; /* handed out so far */
};

void arena_done(struct arena *a);
RETURNS_NONNULL void *arena_alloc(struct arena *a, size_t size);
RETURNS_NONNULL void *arena_array(struct arena *a, size_t n, size_t size);
RETURNS_NONNULL char *arena_strdup(struct arena *a, const char *s);
RETURNS_NONNULL char *arena_strndup(struct arena *a, const void *s, size_t n);
RETURNS_NONNULL char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);

#define arena_new(a, type) ((type *)arena_alloc(a, sizeof(type)))
