/* SPDX-License-Identifier: MIT */
/* Unwinding of one sampled stack. */
#include "collect/unwind.h"

#include "collect/runtime.h"

struct unwinder {
	struct addr_spaces *as;
	const struct process *process;
	const struct stack_copy *stack;
	struct unwind_regs regs;
	bool leaf; /* the current frame was interrupted, not calling: pc is exact, all registers
		      hold */
	bool leaf_most; /* nothing unwound yet */
	enum unwind_end end;
};

static bool read_word(const struct unwinder *u, uint64_t addr, uint64_t *ret)
{
	uint64_t off = addr - u->stack->base;
	struct span s = span_sub(u->stack->bytes, off, 8);

	if (addr < u->stack->base || s.n != 8)
		return false;
	memcpy(ret, s.p, 8);
	return true;
}

/* Not in the copy: past its end is a copy too short, anything else nonsense. */
static bool read_or_end(struct unwinder *u, uint64_t addr, uint64_t *ret)
{
	if (read_word(u, addr, ret))
		return true;
	u->end = addr >= u->stack->base + u->stack->bytes.n && addr < 1ull << 47 ? UNWIND_SHORT
										 : UNWIND_BAD;
	return false;
}

static bool rule_cfa(struct unwinder *u, const struct unwind_rule *rule, uint64_t *ret)
{
	const uint64_t *r = u->regs.r;

	switch (rule->cfa_kind) {
	case CFA_REG:
		*ret = r[rule->cfa_reg] + (uint64_t)(int64_t)rule->cfa_off;
		return true;
	case CFA_DEREF:
		return read_or_end(u, r[rule->cfa_reg] + (uint64_t)(int64_t)rule->cfa_off, ret);
	case CFA_PLT:
		*ret = r[UNWIND_SP] + 8 + ((r[UNWIND_IP] & 15) >= (uint64_t)rule->cfa_off ? 8 : 0);
		return true;
	default:
		u->end = UNWIND_NO_INFO;
		return false;
	}
}

static bool reg_value(
	struct unwinder *u, const struct reg_rule *rule, uint64_t cfa, uint64_t old, uint64_t *ret)
{
	uint64_t off = (uint64_t)(int64_t)rule->off;

	switch (rule->kind) {
	case REG_CFA:
		return read_or_end(u, cfa + off, ret);
	case REG_AT:
		return read_or_end(u, u->regs.r[rule->reg] + off, ret);
	case REG_CFA_VALUE:
		*ret = cfa + off;
		return true;
	case REG_REG:
		*ret = u->regs.r[rule->reg];
		return true;
	case REG_SAME:
		*ret = old;
		return true;
	default: /* a register whose value is lost is only a loss when something needs it */
		*ret = 0;
		return true;
	}
}

static bool step_rule(struct unwinder *u, const struct unwind_rule *rule)
{
	const struct cfi_arch *arch = &cfi_arch_x86_64;
	struct unwind_regs next = u->regs;
	uint64_t cfa;

	if (rule->ra.kind == REG_UNDEFINED) {
		u->end = UNWIND_ROOT;
		return false;
	}
	if (rule->ra.kind == REG_UNKNOWN || rule->ra.kind == REG_SAME) {
		u->end = UNWIND_NO_INFO;
		return false;
	}
	if (!rule_cfa(u, rule, &cfa))
		return false;
	/*
	 * A handler may run on another stack, everything else must come nearer to the root; only a
	 * return address in a register (vfork keeps it there) needs no room on the stack.
	 */
	if ((cfa < u->regs.r[UNWIND_SP] ||
		    (cfa == u->regs.r[UNWIND_SP] && rule->ra.kind != REG_REG)) &&
		!rule->signal) {
		u->end = UNWIND_BAD;
		return false;
	}
	if (!reg_value(u, &rule->ra, cfa, 0, &next.r[UNWIND_IP]))
		return false;
	for (unsigned i = 0; i < arch->n_saved; i++) {
		unsigned col = arch->saved[i];
		uint64_t slot = cfa + (uint64_t)(int64_t)rule->saved[i].off;

		/*
		 * In an epilogue, compilers leave the rule of a register standing after its pop.
		 * A slot below the stack pointer is such a one: the register has its value already.
		 */
		if (rule->saved[i].kind == REG_CFA && slot < u->regs.r[UNWIND_SP])
			continue;
		if (!reg_value(u, &rule->saved[i], cfa, u->regs.r[col], &next.r[col]))
			return false;
	}
	next.r[UNWIND_SP] = cfa;
	u->regs = next;
	u->leaf = rule->signal;
	return true;
}

static bool is_code(const struct unwinder *u, uint64_t addr)
{
	return process_find(u->process, addr) != NULL;
}

static bool step_frame_pointer(struct unwinder *u)
{
	uint64_t fp = u->regs.r[UNWIND_FP], sp = u->regs.r[UNWIND_SP], caller, ra;

	if (fp == 0) {
		u->end = UNWIND_ROOT;
		return false;
	}
	if (fp < sp || fp % 8 != 0) {
		u->end = UNWIND_NO_INFO;
		return false;
	}
	if (!read_or_end(u, fp, &caller) || !read_or_end(u, fp + 8, &ra))
		return false;
	if (ra != 0 && !is_code(u, ra - 1)) {
		u->end = UNWIND_NO_INFO;
		return false;
	}
	u->regs.r[UNWIND_IP] = ra;
	u->regs.r[UNWIND_FP] = caller;
	u->regs.r[UNWIND_SP] = fp + 16;
	u->leaf = false;
	return true;
}

/*
 * Code of a module that has rows, but none here: linker stubs (.plt.sec), hand-written leaf code.
 * Interrupted there, the return address is still on top of the stack.
 */
static bool step_stub(struct unwinder *u)
{
	uint64_t sp = u->regs.r[UNWIND_SP], ra;

	if (!read_word(u, sp, &ra) || !is_code(u, ra - 1))
		return step_frame_pointer(u);
	u->regs.r[UNWIND_IP] = ra;
	u->regs.r[UNWIND_SP] = sp + 8;
	u->leaf = false;
	return true;
}

/*
 * A Go frame: SP is at a known distance from the return address. A frame that has room at all
 * keeps the caller's frame pointer right below it (cmd/internal/obj/x86/obj6.go, preprocess).
 */
static bool step_go(struct unwinder *u, const struct code_place *at)
{
	uint64_t sp = u->regs.r[UNWIND_SP], slot = sp + (uint64_t)(int64_t)at->go_sp_delta, ra;

	if (at->go_top || (at->go_switch && !u->leaf)) {
		u->end = at->go_top ? UNWIND_ROOT : UNWIND_SWITCH;
		return false;
	}
	if (at->go_sp_delta < 0 || !read_or_end(u, slot, &ra) ||
		(at->go_sp_delta >= 8 && !read_or_end(u, slot - 8, &u->regs.r[UNWIND_FP])))
		return false;
	u->regs.r[UNWIND_IP] = ra;
	u->regs.r[UNWIND_SP] = slot + 8;
	u->leaf = false;
	return true;
}

static bool step(struct unwinder *u, const struct code_place *at)
{
	if (at->rule)
		return step_rule(u, at->rule);
	if (at->is_go)
		return step_go(u, at);
	return at->has_rows && u->leaf_most ? step_stub(u) : step_frame_pointer(u);
}

/* Some builds have rows for V8's builtins too, which do not say what JavaScript stands there. */
static bool may_be_runtime(const struct addr_spaces *as, const struct code_place *at)
{
	return !at->is_go && as->runtimes && (!at->rule || as->runtimes->n_open);
}

/* Generated code and the like: true when a managed runtime took this step, or is at its end. */
static bool step_runtime(struct unwinder *u, struct raw_frame *ret, size_t *n, bool *ret_stuck,
	struct unwind_regs *regs)
{
	struct unwind_regs at = u->regs;
	struct runtime_walk w = { .process = u->process,
		.stack = u->stack,
		.regs = &u->regs,
		.leaf = u->leaf,
		.frames = ret,
		.n = *n,
		.max = UNWIND_MAX_FRAMES };
	enum runtime_step step = runtimes_step(u->as->runtimes, &w);

	if (step == RUNTIME_NOT_MINE)
		return false;
	*ret_stuck = step == RUNTIME_STUCK;
	if (*ret_stuck)
		u->end = u->regs.r[UNWIND_FP] >= u->stack->base + u->stack->bytes.n &&
				u->regs.r[UNWIND_FP] < 1ull << 47
			? UNWIND_SHORT
			: UNWIND_NO_INFO;
	for (size_t i = *n; regs && i < w.n; i++)
		regs[i] = at;
	*n = w.n;
	u->leaf = false;
	u->leaf_most = false;
	return true;
}

void unwind_user_regs(struct addr_spaces *as, const struct process *p,
	const struct unwind_regs *regs, const struct stack_copy *stack, struct raw_frame *ret,
	struct unwind_regs *ret_regs, struct unwind_result *result)
{
	struct unwinder u = { .as = as,
		.process = p,
		.stack = stack,
		.regs = *regs,
		.leaf = true,
		.leaf_most = true,
		.end = UNWIND_TOO_DEEP };
	size_t n = 0;

	while (n < UNWIND_MAX_FRAMES) {
		uint64_t pc = u.regs.r[UNWIND_IP], at = u.leaf ? pc : pc - 1;

		if (pc == 0 && n) {
			u.end = UNWIND_ROOT;
			break;
		}
		const struct code_place *place = addr_spaces_code(as, p, at);

		if (!place) {
			u.end = UNWIND_BAD;
			if (n == 0) /* a call through a wild pointer, or memory mapped just now */
				ret[n++] = (struct raw_frame){ .addr = pc,
					.module = module_table_anon(as->modules, p->pid)->m.id };
			break;
		}
		bool stuck;

		if (may_be_runtime(as, place) && step_runtime(&u, ret, &n, &stuck, ret_regs)) {
			if (stuck)
				break;
			continue;
		}
		if (ret_regs)
			ret_regs[n] = u.regs;
		ret[n++] = (struct raw_frame){
			.module = place->module, .is_return = !u.leaf, .addr = pc - place->bias
		};
		if (!step(&u, place))
			break;
		u.leaf_most = false;
	}
	uint64_t sp = u.regs.r[UNWIND_SP];

	*result = (struct unwind_result){
		.end = u.end, .n = n, .used_bytes = sp > stack->base ? sp - stack->base : 0
	};
}

void unwind_user(struct addr_spaces *as, const struct process *p, const struct unwind_regs *regs,
	const struct stack_copy *stack, struct raw_frame *ret, struct unwind_result *result)
{
	unwind_user_regs(as, p, regs, stack, ret, NULL, result);
}
