/* SPDX-License-Identifier: MIT */
/*
 * Owning, growing byte buffer with a ceiling set at birth: hostile input can fill it, never the
 * machine. Once the ceiling is hit `overflow` stays true and further writes are dropped.
 * The content is always NUL-terminated (the NUL is not counted in n).
 */
#pragma once

#include "base/compiler.h"
#include "base/span.h"

struct buf {
	char *p;
	size_t n, cap, max;
	bool overflow;
};

#define BUF_DEFAULT_MAX ((size_t)256 << 20)

/* A zeroed struct buf is valid too and gets BUF_DEFAULT_MAX. */
void buf_init(struct buf *b, size_t max);
void buf_done(struct buf *b);
void buf_clear(struct buf *b); /* keeps the memory */
void buf_add(struct buf *b, const void *p, size_t n);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* "" when nothing was written yet; valid until the next write. */
const char *buf_cstr(const struct buf *b);
/* Hands the string over to the caller (free()); the buffer is empty afterwards. */
char *buf_steal(struct buf *b);

static inline struct span buf_span(const struct buf *b)
{
	return (struct span){ .p = (const uint8_t *)b->p, .n = b->n };
}
