/* SPDX-License-Identifier: MIT */
/* Python frames in place of the evaluator's. */
#include "collect/python_merge.h"

#include "collect/python_where.h"
#include "parse/elf_functions.h"

void python_merger_done(struct python_merger *g)
{
	vec_done(&g->refs);
	vec_done(&g->runs);
	vec_done(&g->evaluators);
	vec_done(&g->out);
}

/* Evaluator calls that are compared with what they say themselves; the innermost matter most. */
enum { MAX_CORRECTED = 64, MAX_PUT_BACK = 32, SURE_AFTER = 5 };

struct merge {
	struct python_merger *g;
	struct python_process *x;
	const struct memory_reader *memory;
	const struct python_sample *s;
	const struct raw_frame *native; /* user frames */
	size_t n_native;
	uint64_t now_ns;
	bool native_complete;
};

/* ---- the Python side ----------------------------------------------------------------------------
 */

static void close_run(struct python_merger *g, size_t first, uint64_t bound)
{
	if (bound == 0 && g->refs.n == first)
		return;
	*vec_push(&g->runs) = (struct python_run){
		.first = first, .n = g->refs.n - first, .bound = bound, .native = -1
	};
}

static void make_runs(struct merge *m, const struct python_stack *stack)
{
	struct python_merger *g = m->g;
	const struct python_layout *l = &m->x->place.layout;
	size_t first = 0;

	g->refs.n = g->runs.n = 0;
	vec_foreach (f, &stack->v) {
		int64_t entry = f->code
			? python_codes_get(&m->x->codes, m->memory, l, f->code, m->now_ns)
			: -1;

		if (entry >= 0 && !m->x->codes.v.v[entry].code.internal)
			*vec_push(&g->refs) = (struct python_ref){ .entry = (uint32_t)entry,
				.tlbc_index = f->tlbc_index,
				.instr = f->instr };
		if (f->entry || (l->minor >= 12 && f->code == 0)) {
			close_run(g, first, f->code == 0 ? f->addr : 0);
			first = g->refs.n;
		}
	}
	close_run(g, first, 0);
}

/* ---- the native side ----------------------------------------------------------------------------
 */

static bool is_evaluator(const struct merge *m, const struct raw_frame *f)
{
	uint64_t at = f->addr - f->is_return;

	if (f->module != m->x->place.module->m.id)
		return false;
	for (unsigned i = 0; i < m->x->module.n_evaluator; i++)
		if (at >= m->x->module.evaluator[i].from && at < m->x->module.evaluator[i].to)
			return true;
	return false;
}

static uint64_t sp_of(const struct merge *m, size_t i)
{
	return i < m->n_native ? m->s->regs[i].r[UNWIND_SP] : UINT64_MAX;
}

/* Native frame whose part of the stack holds the address, from `from` on; -1 none. */
static int64_t frame_holding(const struct merge *m, size_t from, uint64_t addr)
{
	for (size_t i = from; i < m->n_native; i++)
		if (addr >= sp_of(m, i) && addr < sp_of(m, i + 1))
			return i + 1 < m->n_native || m->native_complete ? (int64_t)i : -1;
	return -1;
}

static void find_evaluators(struct merge *m)
{
	m->g->evaluators.n = 0;
	for (size_t i = 0; i < m->n_native; i++)
		if (is_evaluator(m, &m->native[i]))
			*vec_push(&m->g->evaluators) = (uint32_t)i;
}

/* ---- which run belongs to which evaluator -------------------------------------------------------
 */

/*
 * A function of the interpreter that holds the frame of a call is the evaluator, or a part that the
 * compiler split off, although no symbol says so (stripped files).
 */
static bool learn_evaluator(struct merge *m, size_t native)
{
	const struct raw_frame *f = &m->native[native];
	struct python_module *pm = &m->x->module;
	struct code_range r;

	if (!pm->stripped || is_evaluator(m, f) || f->module != m->x->place.module->m.id ||
		pm->n_evaluator == PYTHON_EVALUATOR_PARTS ||
		!elf_function_bounds(
			&m->x->place.module->elf, f->addr - f->is_return, &r.from, &r.to))
		return false;
	/* once may be chance: the frames are read later than the stack was copied */
	if (r.from != pm->guess.from) {
		pm->guess = r;
		pm->n_guess = 0;
	}
	if (++pm->n_guess < SURE_AFTER)
		return false;
	pm->evaluator[pm->n_evaluator++] = r;
	return true;
}

/* From 3.12 on each call has a frame on the C stack, inside the evaluator's own. */
static void match_by_address(struct merge *m)
{
	size_t from = 0;
	bool learnt = false;

	vec_foreach (r, &m->g->runs) {
		int64_t i = r->bound ? frame_holding(m, from, r->bound) : -1;

		if (i < 0)
			continue;
		r->native = i;
		from = (size_t)i;
		learnt |= r->n && learn_evaluator(m, (size_t)i);
	}
	if (learnt)
		find_evaluators(m);
}

/*
 * By their number: from the root, or, when the copy of the native stack ends before it, from the
 * leaf.
 */
static void match_by_count(struct merge *m)
{
	size_t n_runs = m->g->runs.n, n_native = m->g->evaluators.n, n = MIN(n_runs, n_native);
	bool from_root = m->native_complete || n_runs < n_native;

	for (size_t k = 0; k < n; k++) {
		size_t r = from_root ? n_runs - 1 - k : k, e = from_root ? n_native - 1 - k : k;

		m->g->runs.v[r].native = m->g->evaluators.v[e];
	}
}

static bool any_matched(const struct merge *m)
{
	vec_foreach (r, &m->g->runs)
		if (r->n && r->native >= 0)
			return true;
	return false;
}

/* Calls that the matched runs lie in: evaluators that the symbols do not name. */
static bool all_matched(const struct merge *m)
{
	size_t n_matched = 0;

	vec_foreach (r, &m->g->runs) {
		if (r->n && r->native < 0)
			return false;
		n_matched += r->native >= 0;
	}
	return n_matched >= m->g->evaluators.n;
}

/* ---- output -------------------------------------------------------------------------------------
 */

static void put(struct merge *m, const struct raw_frame *f)
{
	*vec_push(&m->g->out) = *f;
}

static void put_ref(struct merge *m, const struct python_ref *r, uint32_t module)
{
	uint32_t number = python_codes_frame(
		&m->x->codes, m->memory, &m->x->place.layout, r->entry, r->instr, r->tlbc_index);

	put(m, &(struct raw_frame){ .module = module, .addr = number });
}

static void put_run(struct merge *m, const struct python_run *r, uint32_t module)
{
	for (size_t i = 0; i < r->n; i++)
		put_ref(m, &m->g->refs.v[r->first + i], module);
}

static struct python_run *run_of(struct merge *m, size_t native)
{
	vec_foreach (r, &m->g->runs)
		if (r->native == (int64_t)native)
			return r;
	return NULL;
}

/* An evaluator without frames: called after the read or returned before it. */
static void put_lonely(struct merge *m, size_t i, uint32_t module, struct python_merged *ret)
{
	struct python_ref now;

	if (python_where(m->x, m->s, i, m->native, m->n_native, &now)) {
		put_ref(m, &now, module);
		ret->corrected = true;
	} else {
		put(m, &m->native[i]);
		ret->fits = false;
	}
}

/*
 * What ran at the sample has returned before the read. Its callers are taken to be those that were
 * seen last, up to a frame that is still there.
 */
static bool put_back(struct merge *m, struct python_run *r, const struct python_ref *now)
{
	struct python_merger *g = m->g;
	struct python_ref up = *now;
	size_t first = g->refs.n, at = r->n;

	for (unsigned steps = 0; steps < MAX_PUT_BACK && at == r->n; steps++) {
		*vec_push(&g->refs) = up;
		/* the nearest frame that is known to make this call */
		for (size_t i = 0; i < r->n && at == r->n; i++)
			if (python_calls_known(m->x, g->refs.v[r->first + i].entry, up.entry))
				at = i;
		if (at == r->n && !python_caller(m->x, up.entry, &up))
			break;
	}
	if (at == r->n) {
		g->refs.n = first;
		return false;
	}
	for (size_t i = at; i < r->n; i++) {
		struct python_ref same = g->refs.v[r->first + i];

		*vec_push(&g->refs) = same;
	}
	r->first = first;
	r->n = g->refs.n - first;
	return true;
}

/* A run as it was when the sample was taken, as its evaluator itself says. */
static void correct_run(struct merge *m, struct python_run *r, struct python_merged *ret)
{
	struct python_merger *g = m->g;
	struct python_ref now;

	if (r->native < 0 ||
		!python_where(m->x, m->s, (size_t)r->native, m->native, m->n_native, &now))
		return;
	for (size_t i = 0; i < r->n; i++) {
		struct python_ref *have = &g->refs.v[r->first + i];

		if (have->entry != now.entry)
			continue;
		/* what it had called meanwhile is not of the sample */
		r->first += i;
		r->n -= i;
		have->instr = now.instr;
		have->tlbc_index = now.tlbc_index;
		ret->corrected |= i > 0;
		return;
	}
	ret->corrected |= put_back(m, r, &now);
	ret->fits &= ret->corrected;
}

/*
 * Before 3.11 code objects have no full name. List, set and dict comprehensions run at once, so
 * their caller is the function that holds them.
 */
static void name_comprehensions(struct merge *m)
{
	const struct python_merger *g = m->g;

	for (size_t i = 0; m->x->place.layout.minor < 11 && i + 1 < g->refs.n; i++)
		python_codes_held(&m->x->codes, g->refs.v[i].entry, g->refs.v[i + 1].entry);
}

static void learn_calls(struct merge *m)
{
	vec_foreach (r, &m->g->runs)
		for (size_t i = 0; i + 1 < r->n; i++)
			python_calls_add(m->x, &m->g->refs.v[r->first + i + 1],
				m->g->refs.v[r->first + i].entry);
}

/* What does not fit in goes out of the middle: leaf and root say most. */
static size_t copy_out(const struct merge *m, struct raw_frame *to, size_t room)
{
	const struct raw_frame *v = m->g->out.v;
	size_t n = m->g->out.n, half = room / 2;

	if (n <= room) {
		if (n)
			memcpy(to, v, n * sizeof(*to));
		return n;
	}
	memcpy(to, v, half * sizeof(*to));
	memcpy(to + half, v + n - (room - half), (room - half) * sizeof(*to));
	return room;
}

/* Frames in the order leaf to root; runs that lie before the cut end of the native stack follow. */
static void put_all(struct merge *m, uint32_t module, struct python_merged *ret)
{
	for (size_t i = 0; i < m->s->n_kernel; i++)
		put(m, &m->s->frames[i]);
	for (size_t i = 0; i < m->n_native; i++) {
		struct python_run *r = run_of(m, i);

		if (r)
			put_run(m, r, module);
		else if (is_evaluator(m, &m->native[i]))
			put_lonely(m, i, module, ret);
		else
			put(m, &m->native[i]);
	}
	if (m->native_complete)
		return;
	bool beyond = m->g->evaluators.n == 0;

	vec_foreach (r, &m->g->runs) {
		if (r->native >= 0)
			beyond = true;
		else if (beyond)
			put_run(m, r, module);
	}
	ret->reaches_root = beyond;
}

void python_merge_frames(struct python_merger *g, struct python_process *x,
	const struct memory_reader *memory, const struct python_stack *stack,
	const struct python_sample *s, uint32_t managed_module, struct python_merged *ret)
{
	struct merge m = { .g = g,
		.x = x,
		.memory = memory,
		.s = s,
		.native = s->frames + s->n_kernel,
		.n_native = s->n - s->n_kernel,
		.now_ns = s->time_ns,
		.native_complete = s->end == UNWIND_ROOT };

	*ret = (struct python_merged){ .n = s->n };
	g->out.n = 0;
	make_runs(&m, stack);
	name_comprehensions(&m);
	find_evaluators(&m);
	if (x->place.layout.minor >= 12 && s->regs)
		match_by_address(&m);
	else
		match_by_count(&m);
	if (m.native_complete && g->evaluators.n == 0 && x->module.n_evaluator && !any_matched(&m))
		return; /* starting or ending: Python code was not running */
	ret->in_python = g->runs.n > 0 || g->evaluators.n > 0;
	ret->fits = true;
	if (g->runs.n && g->runs.v[0].n) {
		if (g->runs.v[0].native >= 0 && all_matched(&m))
			python_where_learn(x, s, (size_t)g->runs.v[0].native, m.native, m.n_native,
				&g->refs.v[g->runs.v[0].first]);
		learn_calls(&m);
	}
	/* from here on the runs are as they were at the sample, as far as that is known */
	for (size_t k = 0; k < MIN(g->evaluators.n, (size_t)MAX_CORRECTED); k++) {
		struct python_run *r = run_of(&m, g->evaluators.v[k]);

		if (r && r->n)
			correct_run(&m, r, ret);
	}
	put_all(&m, managed_module, ret);
	ret->n = copy_out(&m, s->frames, s->room);
}
