/* SPDX-License-Identifier: MIT */
/*
 * One sentence about what failed, carried to the command line and printed there once.
 *
 * Functions return 0 or a negative errno-style code and take a `struct err *err` last; it may be
 * NULL and is untouched on success. Message rules: what failed first, subject in quotes, no
 * capital, no full stop; the hint says what to do about it.
 */
#pragma once

#include "base/compiler.h"

struct err {
	int code;      /* negative errno-style code, 0 = no error */
	int exit_code; /* 0 = let the command line map `code`; else an enum exit_code */
	char msg[512];
	char hint[512]; /* optional: what to do; empty when unknown */
};

/* Fills err (when not NULL) and returns -|code|. %m is expanded with errno as usual. */
int fail(struct err *err, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Adds a hint to an error that was just filled; NULL-safe. */
void err_hint(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Puts "fmt: " before the message, for context added on the way up. Returns err->code. */
int err_prefix(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
void err_clear(struct err *err);

/* Stops with a message and exit code 70: for states that only a programming error can reach. */
#define BUG(...) bug_at(__FILE__, __LINE__, __VA_ARGS__)
_Noreturn void bug_at(const char *file, int line, const char *fmt, ...) PRINTF_LIKE(3, 4);
