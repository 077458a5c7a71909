/* SPDX-License-Identifier: MIT */
/*
 * HotSpot's compressed streams: UNSIGNED5 numbers (64 low codes and 192 with carry, base 64), the
 * line table of a method, and the scopes of compiled code.
 */
#pragma once

#include "base/span.h"

struct unsigned5 {
	struct cursor in;
	uint8_t excluded; /* since JDK 20 (byte 0 is never part of a number): 1, before: 0 */
};

/* A byte that cannot be sets in.bad, as does the end. */
uint32_t unsigned5_read(struct unsigned5 *u);
int32_t unsigned5_signed(struct unsigned5 *u);

struct line_entry {
	uint32_t bci, line;
};

/* The next pair of a method's line table; false at its end, or with in.bad when it is broken. */
bool unsigned5_line(struct unsigned5 *u, struct line_entry *io);

struct scope_entry {
	uint32_t sender; /* offset of the caller's scope in the scopes data, 0: outermost */
	uint32_t method; /* index + 1 in the metadata, 0 none */
	int32_t bci;     /* -1: at the entry */
};

bool unsigned5_scope(struct unsigned5 *u, struct scope_entry *ret);
