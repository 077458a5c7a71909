/* SPDX-License-Identifier: MIT */
/* The evaluator's own idea of where it is. */
#include "collect/python_where.h"

enum {
	N_REGS = 16,
	MIN_HITS = 8, /* before a place is believed */
};

/* Registers that a called function must give back (System V x86-64): rbx, rbp, r12 to r15. */
static bool is_saved(unsigned reg)
{
	return reg == 3 || reg == 6 || reg >= 12;
}

/* Value at a place: a register, or a word of the frame; 0 when there is none. */
static uint64_t value_at(
	const struct python_sample *s, size_t i, bool leaf, size_t n_native, unsigned slot)
{
	const uint64_t *r = s->regs[i].r;
	uint64_t v, at;

	if (slot < N_REGS)
		return slot != UNWIND_SP && (leaf || is_saved(slot)) ? r[slot] : 0;
	at = r[UNWIND_SP] + 8 * (uint64_t)(slot - N_REGS);
	if (i + 1 >= n_native || at + 8 > s->regs[i + 1].r[UNWIND_SP])
		return 0;
	struct span word = span_sub(s->stack->bytes, at - s->stack->base, 8);

	if (at < s->stack->base || word.n != 8)
		return 0;
	memcpy(&v, word.p, 8);
	return v;
}

static bool in_code(
	struct python_process *x, const struct python_sample *s, uint64_t v, struct python_ref *ret)
{
	struct memory_reader m = remote_memory_reader(&x->mem);
	int64_t entry = v > 4096
		? python_codes_holding(&x->codes, &m, &x->place.layout, v, s->time_ns)
		: -1;

	if (entry < 0)
		return false;
	uint64_t from = x->codes.v.v[entry].code.code_from;
	/* it is the next instruction, or a cache of the one at work: that one ends a unit earlier
	 */
	uint64_t instr = v >= from + 2 ? v - 2 : from;

	if (x->place.layout.minor < 11) /* frames hold an index: of units in 3.10, else bytes */
		instr = (instr - from) / (x->place.layout.minor == 10 ? 2 : 1);
	*ret = (struct python_ref){ .entry = (uint32_t)entry, .instr = instr };
	return true;
}

static size_t slots_of(const struct python_sample *s, size_t i, size_t n_native)
{
	uint64_t words;

	if (i + 1 >= n_native || s->regs[i + 1].r[UNWIND_SP] < s->regs[i].r[UNWIND_SP])
		return N_REGS;
	words = (s->regs[i + 1].r[UNWIND_SP] - s->regs[i].r[UNWIND_SP]) / 8;
	return N_REGS + (size_t)MIN(words, (uint64_t)(PYTHON_SLOTS - N_REGS));
}

/* Share of right answers; a place that was right only a few times is not believed. */
static double trust(const struct python_vote *v)
{
	return v->hits < MIN_HITS ? 0 : (double)v->hits / ((double)v->hits + (double)v->misses);
}

bool python_where(struct python_process *x, const struct python_sample *s, size_t i,
	const struct raw_frame *native, size_t n_native, struct python_ref *ret)
{
	size_t n = s->regs ? slots_of(s, i, n_native) : 0;
	double best = 0, taken = 0;
	bool leaf = i == 0 && !native[i].is_return;

	for (size_t k = 0; k < n; k++)
		best = MAX(best, trust(&x->votes[k]));
	for (size_t k = 0; k < n && best > 0; k++) {
		struct python_ref at;
		double t = trust(&x->votes[k]);

		/* the place may be another one where the evaluator is just now */
		if (t <= taken || t < best / 2 ||
			!in_code(x, s, value_at(s, i, leaf, n_native, (unsigned)k), &at))
			continue;
		*ret = at;
		taken = t;
	}
	return taken > 0;
}

/* Within the instruction that the frame names and its inline caches. */
static bool is_here(const struct python_ref *frame, uint64_t instr)
{
	return instr >= frame->instr && instr - frame->instr <= 24;
}

void python_where_learn(struct python_process *x, const struct python_sample *s, size_t i,
	const struct raw_frame *native, size_t n_native, const struct python_ref *frame)
{
	size_t n = s->regs ? slots_of(s, i, n_native) : 0;
	bool leaf = i == 0 && !native[i].is_return;

	for (size_t k = 0; k < n; k++) {
		struct python_ref at;

		if (!in_code(x, s, value_at(s, i, leaf, n_native, (unsigned)k), &at))
			continue;
		if (at.entry == frame->entry && is_here(frame, at.instr))
			x->votes[k].hits++;
		else
			x->votes[k].misses++;
	}
}

void python_calls_add(struct python_process *x, const struct python_ref *caller, uint32_t callee)
{
	while (x->callers.n <= callee)
		*vec_push(&x->callers) = (struct python_ref){ .entry = UINT32_MAX };
	x->callers.v[callee] = *caller;
	*map_u64_put(&x->calls, (uint64_t)caller->entry << 32 | callee, NULL) = 1;
}

bool python_calls_known(struct python_process *x, uint32_t caller, uint32_t callee)
{
	return map_u64_get(&x->calls, (uint64_t)caller << 32 | callee) != NULL;
}

bool python_caller(struct python_process *x, uint32_t callee, struct python_ref *ret)
{
	if (callee >= x->callers.n || x->callers.v[callee].entry == UINT32_MAX)
		return false;
	*ret = x->callers.v[callee];
	return true;
}
