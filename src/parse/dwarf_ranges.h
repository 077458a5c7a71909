/* SPDX-License-Identifier: MIT */
/* Address ranges of a DIE: low/high, .debug_ranges, .debug_rnglists. Private to parse/dwarf*.c. */
#pragma once

#include "parse/dwarf_unit.h"

struct dw_range {
	uint64_t lo, hi;
};

struct dw_ranges {
	vec_of(struct dw_range) v;
};

/* What a DIE says about its addresses, collected while its attributes are read. */
struct dw_extent {
	bool has_low, has_high, high_relative, has_ranges, ranges_indexed;
	uint64_t low, high, ranges;
};

enum { DW_MAX_RANGES = 4 << 20 /* per unit */ };

void dw_extent_attr(struct dw_extent *e, unsigned name, const struct dw_value *v);
/* Appends the ranges that hold code. */
void dw_extent_ranges(
	struct dwarf *d, const struct dw_unit *u, const struct dw_extent *e, struct dw_ranges *out);
/* The same for a unit's root. */
void dw_unit_ranges(struct dwarf *d, const struct dw_unit *u, struct dw_ranges *out);
