/* SPDX-License-Identifier: MIT */
/* DWARF call frame instructions run into a state per location. */
#include "parse/cfi.h"

#include "base/compiler.h"
#include "parse/cfi_const.h"

/* System V x86-64 psABI figure 3.36: rbx 3, rbp 6, rsp 7, r12..r15, return address 16. */
const struct cfi_arch cfi_arch_x86_64 = {
	.n_cols = 17,
	.sp = 7,
	.fp = 6,
	.ra = 16,
	.n_saved = 6,
	.saved = { 3, 6, 12, 13, 14, 15 },
};

static uint64_t pointer_base(uint8_t encoding, const struct eh_bases *b, uint64_t at, uint64_t func)
{
	switch (encoding & 0x70) {
	case DW_EH_PE_pcrel:
		return b->section + at;
	case DW_EH_PE_textrel:
		return b->text;
	case DW_EH_PE_datarel:
		return b->data;
	case DW_EH_PE_funcrel:
		return func;
	default:
		return 0;
	}
}

uint64_t eh_pointer(struct cursor *c, uint8_t encoding, const struct eh_bases *b, uint64_t func)
{
	uint64_t v;

	if (encoding == EH_PE_OMIT)
		return 0;
	if ((encoding & 0x70) == DW_EH_PE_aligned) {
		while ((b->section + c->at) % 8 && !c->bad)
			cursor_u8(c);
		return cursor_u64(c);
	}
	uint64_t base = pointer_base(encoding, b, c->at, func);

	switch (encoding & 0x0f) {
	case DW_EH_PE_absptr:
	case DW_EH_PE_udata8:
	case DW_EH_PE_sdata8:
		v = cursor_u64(c);
		break;
	case DW_EH_PE_uleb128:
		v = cursor_uleb(c);
		break;
	case DW_EH_PE_sleb128:
		v = (uint64_t)cursor_sleb(c);
		break;
	case DW_EH_PE_udata2:
		v = cursor_u16(c);
		break;
	case DW_EH_PE_sdata2:
		v = (uint64_t)(int64_t)(int16_t)cursor_u16(c);
		break;
	case DW_EH_PE_udata4:
		v = cursor_u32(c);
		break;
	case DW_EH_PE_sdata4:
		v = (uint64_t)(int64_t)(int32_t)cursor_u32(c);
		break;
	default:
		c->bad = true;
		return 0;
	}
	/* DW_EH_PE_indirect would need the target's memory; only personality pointers use it */
	return v ? v + base : 0;
}

static bool fits_i32(int64_t v)
{
	return v == (int32_t)v;
}

/* "breg R off" as the whole expression, or followed by one deref. */
static bool expr_breg(struct span e, uint8_t *ret_reg, int32_t *ret_off, bool *ret_deref)
{
	struct cursor c = cursor_of(e, 0);
	uint8_t op = cursor_u8(&c);

	if (c.bad || op < DW_OP_breg0 || op > DW_OP_breg31)
		return false;
	int64_t off = cursor_sleb(&c);

	if (c.bad || !fits_i32(off) || op - DW_OP_breg0 >= CFI_MAX_COLS)
		return false;
	*ret_reg = (uint8_t)(op - DW_OP_breg0);
	*ret_off = (int32_t)off;
	*ret_deref = false;
	if (c.at == e.n)
		return true;
	*ret_deref = true;
	return cursor_u8(&c) == DW_OP_deref && c.at == e.n;
}

/*
 * The expression linkers write for .plt: rsp + 8 + ((rip & 15) >= N) << 3, where N is the offset
 * in the 16-byte stub after the push (binutils elfxx-x86.c, lld and gold write the same).
 */
static bool expr_plt(struct span e, const struct cfi_arch *arch, int32_t *ret_n)
{
	if (arch != &cfi_arch_x86_64 || e.n != 11)
		return false;
	const uint8_t *p = e.p;
	bool same = p[0] == DW_OP_breg7 && p[1] == 8 && p[2] == DW_OP_breg16 && p[3] == 0 &&
		p[4] == DW_OP_lit15 && p[5] == DW_OP_and && p[6] >= DW_OP_lit0 &&
		p[6] <= DW_OP_lit15 && p[7] == DW_OP_ge && p[8] == DW_OP_lit3 &&
		p[9] == DW_OP_shl && p[10] == DW_OP_plus;

	if (same)
		*ret_n = p[6] - DW_OP_lit0;
	return same;
}

static void set_cfa_expression(struct cfi_state *st, struct span e, const struct cfi_arch *arch)
{
	bool deref;
	int32_t off;
	uint8_t reg;

	st->cfa_kind = CFA_UNKNOWN;
	st->cfa_reg = 0;
	st->cfa_off = 0;
	if (expr_plt(e, arch, &off)) {
		st->cfa_kind = CFA_PLT;
		st->cfa_reg = arch->sp;
		st->cfa_off = off;
	} else if (expr_breg(e, &reg, &off, &deref)) {
		st->cfa_kind = deref ? CFA_DEREF : CFA_REG;
		st->cfa_reg = reg;
		st->cfa_off = off;
	}
}

static void set_reg(struct cfi_state *st, const struct cfi_arch *arch, uint64_t col, uint8_t kind,
	int64_t off, uint8_t reg)
{
	if (col >= arch->n_cols)
		return;
	if (!fits_i32(off)) {
		kind = REG_UNKNOWN;
		off = 0;
	}
	st->regs[col] = (struct reg_rule){ .off = (int32_t)off, .kind = kind, .reg = reg };
}

static void set_reg_expression(
	struct cfi_state *st, const struct cfi_arch *arch, uint64_t col, struct span e)
{
	int32_t off;
	bool deref;
	uint8_t reg;

	/* DW_CFA_expression gives the place where the register is saved */
	if (expr_breg(e, &reg, &off, &deref) && !deref)
		set_reg(st, arch, col, REG_AT, off, reg);
	else
		set_reg(st, arch, col, REG_UNKNOWN, 0, 0);
}

struct cfi_run {
	const struct cfi_program *prog;
	struct cfi_state *st;
	struct cfi_state stack[CFI_MAX_REMEMBER];
	unsigned depth;
	uint64_t pc;
	void (*emit)(void *ctx, uint64_t pc, const struct cfi_state *st);
	void *ctx;
};

static bool advance(struct cfi_run *r, uint64_t delta)
{
	uint64_t step, to;

	if (__builtin_mul_overflow(delta, r->prog->code_align, &step) ||
		__builtin_add_overflow(r->pc, step, &to))
		return false;
	if (to != r->pc && r->emit)
		r->emit(r->ctx, r->pc, r->st);
	r->pc = to;
	return true;
}

static bool set_loc(struct cfi_run *r, uint64_t to)
{
	if (to < r->pc)
		return false;
	if (to != r->pc && r->emit)
		r->emit(r->ctx, r->pc, r->st);
	r->pc = to;
	return true;
}

static bool factored(const struct cfi_run *r, int64_t v, int64_t *ret)
{
	return !__builtin_mul_overflow(v, r->prog->data_align, ret);
}

static bool def_cfa(struct cfi_run *r, uint64_t reg, int64_t off, bool factor)
{
	if (factor && !factored(r, off, &off))
		return false;
	bool known = reg < r->prog->arch->n_cols && fits_i32(off);

	r->st->cfa_kind = known ? CFA_REG : CFA_UNKNOWN;
	r->st->cfa_reg = known ? (uint8_t)reg : 0;
	r->st->cfa_off = known ? (int32_t)off : 0;
	return true;
}

static bool offset_rule(struct cfi_run *r, uint64_t col, int64_t off, uint8_t kind)
{
	if (!factored(r, off, &off))
		return false;
	set_reg(r->st, r->prog->arch, col, kind, off, 0);
	return true;
}

static void restore(struct cfi_run *r, uint64_t col)
{
	if (col >= r->prog->arch->n_cols)
		return;
	if (r->prog->initial)
		r->st->regs[col] = r->prog->initial->regs[col];
	else
		r->st->regs[col] = (struct reg_rule){ 0 };
}

static bool remember_or_restore(struct cfi_run *r, uint8_t op)
{
	if (op == DW_CFA_remember_state) {
		if (r->depth == CFI_MAX_REMEMBER)
			return false;
		r->stack[r->depth++] = *r->st;
		return true;
	}
	if (r->depth == 0)
		return false;
	*r->st = r->stack[--r->depth];
	return true;
}

static bool run_cfa_op(struct cfi_run *r, struct cursor *c, uint8_t op)
{
	uint64_t reg;

	switch (op) {
	case DW_CFA_def_cfa:
		reg = cursor_uleb(c);
		return def_cfa(r, reg, (int64_t)cursor_uleb(c), false);
	case DW_CFA_def_cfa_sf:
		reg = cursor_uleb(c);
		return def_cfa(r, reg, cursor_sleb(c), true);
	case DW_CFA_def_cfa_register:
		/* the offset stays; after an expression there is none to keep */
		return def_cfa(r, cursor_uleb(c), r->st->cfa_off, false);
	case DW_CFA_def_cfa_offset:
		return def_cfa(r, r->st->cfa_reg, (int64_t)cursor_uleb(c), false);
	case DW_CFA_def_cfa_offset_sf:
		return def_cfa(r, r->st->cfa_reg, cursor_sleb(c), true);
	default:
		set_cfa_expression(r->st, cursor_bytes(c, cursor_uleb(c)), r->prog->arch);
		return true;
	}
}

static bool run_reg_op(struct cfi_run *r, struct cursor *c, uint8_t op)
{
	const struct cfi_arch *arch = r->prog->arch;
	uint64_t col = cursor_uleb(c), other;

	switch (op) {
	case DW_CFA_offset_extended:
		return offset_rule(r, col, (int64_t)cursor_uleb(c), REG_CFA);
	case DW_CFA_offset_extended_sf:
		return offset_rule(r, col, cursor_sleb(c), REG_CFA);
	case DW_CFA_GNU_negative_offset_extended:
		return offset_rule(r, col, -(int64_t)(cursor_uleb(c) & INT64_MAX), REG_CFA);
	case DW_CFA_val_offset:
		return offset_rule(r, col, (int64_t)cursor_uleb(c), REG_CFA_VALUE);
	case DW_CFA_val_offset_sf:
		return offset_rule(r, col, cursor_sleb(c), REG_CFA_VALUE);
	case DW_CFA_restore_extended:
		restore(r, col);
		return true;
	case DW_CFA_undefined:
		set_reg(r->st, arch, col, REG_UNDEFINED, 0, 0);
		return true;
	case DW_CFA_same_value:
		set_reg(r->st, arch, col, REG_SAME, 0, 0);
		return true;
	case DW_CFA_register:
		other = cursor_uleb(c);
		set_reg(r->st, arch, col, other < arch->n_cols ? REG_REG : REG_UNKNOWN, 0,
			other < arch->n_cols ? (uint8_t)other : 0);
		return true;
	case DW_CFA_expression:
		set_reg_expression(r->st, arch, col, cursor_bytes(c, cursor_uleb(c)));
		return true;
	default: /* DW_CFA_val_expression: the value itself, which no compiler writes for these */
		cursor_bytes(c, cursor_uleb(c));
		set_reg(r->st, arch, col, REG_UNKNOWN, 0, 0);
		return true;
	}
}

static bool run_op(struct cfi_run *r, struct cursor *c, uint8_t op)
{
	const struct cfi_program *p = r->prog;

	switch (op) {
	case DW_CFA_nop:
	case DW_CFA_GNU_window_save: /* aarch64: return address signing toggles, the rows stay */
		return true;
	case DW_CFA_set_loc:
		return set_loc(r, eh_pointer(c, p->pointer_encoding, p->bases, p->pc));
	case DW_CFA_advance_loc1:
		return advance(r, cursor_u8(c));
	case DW_CFA_advance_loc2:
		return advance(r, cursor_u16(c));
	case DW_CFA_advance_loc4:
		return advance(r, cursor_u32(c));
	case DW_CFA_remember_state:
	case DW_CFA_restore_state:
		return remember_or_restore(r, op);
	case DW_CFA_def_cfa:
	case DW_CFA_def_cfa_sf:
	case DW_CFA_def_cfa_register:
	case DW_CFA_def_cfa_offset:
	case DW_CFA_def_cfa_offset_sf:
	case DW_CFA_def_cfa_expression:
		return run_cfa_op(r, c, op);
	case DW_CFA_offset_extended:
	case DW_CFA_offset_extended_sf:
	case DW_CFA_GNU_negative_offset_extended:
	case DW_CFA_val_offset:
	case DW_CFA_val_offset_sf:
	case DW_CFA_restore_extended:
	case DW_CFA_undefined:
	case DW_CFA_same_value:
	case DW_CFA_register:
	case DW_CFA_expression:
	case DW_CFA_val_expression:
		return run_reg_op(r, c, op);
	case DW_CFA_GNU_args_size:
		cursor_uleb(c);
		return true;
	default:
		return false;
	}
}

bool cfi_run(const struct cfi_program *prog, struct cursor c, struct cfi_state *st,
	uint64_t *ret_pc, void (*emit)(void *ctx, uint64_t pc, const struct cfi_state *st),
	void *ctx)
{
	struct cfi_run r;

	/* not an initializer: the remember stack is large and need not be cleared */
	r.prog = prog;
	r.st = st;
	r.depth = 0;
	r.pc = prog->pc;
	r.emit = emit;
	r.ctx = ctx;
	while (c.at < c.s.n && !c.bad) {
		uint8_t op = cursor_u8(&c), low = op & 0x3f;
		bool ok = true;

		switch (op & 0xc0) {
		case DW_CFA_advance_loc:
			ok = advance(&r, low);
			break;
		case DW_CFA_offset:
			ok = offset_rule(&r, low, (int64_t)cursor_uleb(&c), REG_CFA);
			break;
		case DW_CFA_restore:
			restore(&r, low);
			break;
		default:
			ok = run_op(&r, &c, low);
		}
		if (!ok)
			c.bad = true;
	}
	if (ret_pc)
		*ret_pc = r.pc;
	return !c.bad;
}
