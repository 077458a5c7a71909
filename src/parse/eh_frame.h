/* SPDX-License-Identifier: MIT */
/*
 * .eh_frame or .debug_frame bytes compiled to sorted rows: for a code address, how to find the
 * caller's frame. Rules repeat a lot, so a row is only (address, rule number). Both tables are
 * compact enough to keep for every module of a process.
 */
#pragma once

#include "base/map.h"
#include "base/vec.h"
#include "parse/cfi.h"

struct unwind_rule {
	int32_t cfa_off;
	uint8_t cfa_kind; /* enum cfa_kind; CFA_UNKNOWN: not covered */
	uint8_t cfa_reg;
	uint8_t signal; /* the frame of a signal trampoline: the caller was interrupted, not calling
			 */
	uint8_t zero;
	struct reg_rule ra;
	struct reg_rule saved[CFI_MAX_SAVED]; /* in the order of the architecture's table */
};

struct unwind_row {
	uint32_t pc;   /* relative to unwind_rows.base; holds up to the next row */
	uint32_t rule; /* 0: no information */
};

struct unwind_rows {
	uint64_t base;
	vec_of(struct unwind_row) rows;
	vec_of(struct unwind_rule) rules; /* [0] is "no information" */
	struct map_u64 rule_index;        /* while building */
	size_t n_fdes, n_bad;             /* functions read; of them given up as malformed */
};

struct eh_frame_input {
	const struct cfi_arch *arch;
	struct span section;
	struct eh_bases bases;
	bool debug_frame;  /* .debug_frame's ids and pointers */
	bool ends_at_zero; /* the size is a guess; a zero length is the end, not a gap */
};

/*
 * Fills *ret (zeroed by the caller) from one section. Malformed parts are skipped and counted:
 * what could be read is usable. At most about 16 million rows are kept.
 */
void eh_frame_build(const struct eh_frame_input *in, struct unwind_rows *ret);
void unwind_rows_done(struct unwind_rows *r);

/* The rule for an address of the module; NULL when the rows do not cover it. */
const struct unwind_rule *unwind_rows_find(const struct unwind_rows *r, uint64_t addr);
