/* SPDX-License-Identifier: MIT */
/*
 * Name tables in text form, sorted by address: /proc/kallsyms (function symbols of the kernel and
 * its modules) and perf maps (/tmp/perf-PID.map, written by JIT compilers). Names point into the
 * text, which must outlive the table.
 */
#pragma once

#include "base/span.h"
#include "base/vec.h"

struct text_symbol {
	uint64_t addr, size; /* kallsyms has no sizes: up to the next symbol */
	struct span name;
	struct span
		module; /* kallsyms: "nf_tables" of "[nf_tables]"; empty for the kernel proper */
	uint32_t order; /* line number: in a perf map later lines win */
};

struct text_symbols {
	vec_of(struct text_symbol) s;
};

enum { TEXT_SYMBOLS_MAX = 4 << 20 };

/* True when addresses are shown; false when they are all zero (kptr_restrict) or nothing is there.
 */
bool kallsyms_parse(struct text_symbols *ret, struct span text);
/* Lines that do not parse are skipped; overlapping entries are kept, the look-up takes the latest
 * line. */
void perf_map_parse(struct text_symbols *ret, struct span text);
void text_symbols_done(struct text_symbols *s);
const struct text_symbol *text_symbols_find(const struct text_symbols *s, uint64_t addr);
