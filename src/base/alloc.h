/* SPDX-License-Identifier: MIT */
/*
 * Allocation that aborts with a message instead of returning NULL: a command line tool gains
 * nothing from unwinding when memory is gone. Sizes that overflow abort too.
 */
#pragma once

#include "base/compiler.h"

RETURNS_NONNULL void *xmalloc(size_t size);
RETURNS_NONNULL void *xcalloc(size_t n, size_t size);
RETURNS_NONNULL void *xreallocarray(void *p, size_t n, size_t size);
RETURNS_NONNULL char *xstrdup(const char *s);
RETURNS_NONNULL char *xstrndup(const char *s, size_t n);
RETURNS_NONNULL char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* cleanup helper: _cleanup_(freep) char *s = ...; frees and clears */
void freep(void *pp);
