/* SPDX-License-Identifier: MIT */
/*
 * DWARF call frame instructions (DWARF 5 section 6.4, and the GNU additions of .eh_frame) run into
 * a state per location. Only the columns an unwinder of one architecture needs are kept. Input may
 * be hostile: bounded work, bounded memory, no read outside the spans.
 */
#pragma once

#include "base/span.h"

enum { CFI_MAX_COLS = 17, CFI_MAX_SAVED = 6, CFI_MAX_REMEMBER = 16 };

/* What differs between architectures; another one is one more table. */
struct cfi_arch {
	uint8_t n_cols;     /* columns followed, <= CFI_MAX_COLS */
	uint8_t sp, fp, ra; /* column of stack pointer, frame pointer, return address */
	uint8_t n_saved;
	uint8_t saved[CFI_MAX_SAVED]; /* callee-saved columns other than sp */
};
extern const struct cfi_arch cfi_arch_x86_64;

enum cfa_kind {
	CFA_UNKNOWN, /* nothing known, or an expression nobody writes */
	CFA_REG,     /* reg + off */
	CFA_DEREF,   /* *(reg + off): realigned frames, signal trampolines */
	CFA_PLT,     /* sp + 8 + ((pc & 15) >= off ? 8 : 0): lazy binding stubs */
};

enum reg_kind {
	REG_SAME,      /* not changed by this frame */
	REG_CFA,       /* saved at CFA + off */
	REG_AT,        /* saved at (reg + off) */
	REG_CFA_VALUE, /* is CFA + off itself */
	REG_REG,       /* is in register `reg` */
	REG_UNDEFINED, /* for the return address: this is the outermost frame */
	REG_UNKNOWN,   /* a rule we cannot follow */
};

struct reg_rule {
	int32_t off;
	uint8_t kind; /* enum reg_kind */
	uint8_t reg;
	uint16_t zero; /* rules are compared as bytes */
};

struct cfi_state {
	int32_t cfa_off;
	uint8_t cfa_kind; /* enum cfa_kind */
	uint8_t cfa_reg;
	uint16_t zero;
	struct reg_rule regs[CFI_MAX_COLS];
};

/* Where the pointers of a section are relative to (the DW_EH_PE_* encodings). */
struct eh_bases {
	uint64_t section; /* address of the first byte of the section */
	uint64_t text, data;
};

enum { EH_PE_ABSPTR = 0, EH_PE_OMIT = 0xff };

/* Reads one encoded pointer; func is the function's start for the funcrel form. */
uint64_t eh_pointer(struct cursor *c, uint8_t encoding, const struct eh_bases *b, uint64_t func);

struct cfi_program {
	const struct cfi_arch *arch;
	const struct eh_bases *bases;
	uint64_t code_align;
	int64_t data_align;
	uint8_t pointer_encoding;
	uint64_t pc;                     /* start of the function */
	const struct cfi_state *initial; /* NULL while running a CIE's own instructions */
};

/*
 * Runs the instructions from the cursor to its end. emit (may be NULL) is called whenever the
 * location moves on, with the state that holds from `pc` to the next call's pc; the state after the
 * last instruction is left in *st for the caller. False: malformed, and the rest was not run.
 */
bool cfi_run(const struct cfi_program *prog, struct cursor insns, struct cfi_state *st,
	uint64_t *ret_pc, void (*emit)(void *ctx, uint64_t pc, const struct cfi_state *st),
	void *ctx);
