/* SPDX-License-Identifier: MIT */
/*
 * Secrets in what is shown or stored: passwords in URLs, values of options and settings that name a
 * secret, tokens of well-known forms. They become "***". Hiding too much is right when in doubt.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"

/* Whether an option, variable or key of this name holds a secret ("--db-password", "API_TOKEN"). */
bool secret_named(const char *name, size_t n);
/* One argument of a command line; `before` is the argument before it ("--password"), NULL none. */
void secret_put_argument(struct buf *b, const char *arg, const char *before);
/* A text of words, a command line, a log line. */
char *secret_hide(struct arena *a, const char *text);
