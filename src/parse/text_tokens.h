/* SPDX-License-Identifier: MIT */
/*
 * Pieces of text that come again and again in a large file, numbered by content: like base/map's
 * strtab, but eight bytes at a time and for bytes without an end. Texts live in the caller's arena.
 */
#pragma once

#include "base/arena.h"
#include "base/vec.h"

struct text_token {
	const char *text; /* NUL-terminated copy */
	uint32_t n;
};

struct text_tokens {
	struct arena *arena;
	vec_of(struct text_token) v;
	uint32_t *slots; /* number + 1, 0 free */
	size_t n_slots;
};

void text_tokens_done(struct text_tokens *t);
/* The number of this text; *ret_new: it was not there yet. */
uint32_t text_tokens_add(struct text_tokens *t, const void *s, size_t n, bool *ret_new);
