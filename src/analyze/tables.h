/* SPDX-License-Identifier: MIT */
/* Self and total cost per function and per line, with 95 % intervals from the raw counts. */
#pragma once

#include "model/profile.h"

struct table_row {
	const char *function; /* display name */
	const char *file;     /* "" unknown */
	uint32_t line;        /* 0 in tables per function */
	enum frame_kind kind;
	double self, total; /* of the value type; recursion counts once in total */
	uint64_t self_count, total_count;
	double self_share, self_ci[2];
	double total_share, total_ci[2];
};

struct table {
	struct table_row *rows; /* largest self first */
	size_t n;
	double total;
	uint64_t count;
};

enum table_by { TABLE_FUNCTIONS, TABLE_LINES };

/* Rows live in the arena, strings in the profile. */
void table_make(const struct profile *p, unsigned type, enum table_by by, struct arena *a,
	struct table *ret);
