/* SPDX-License-Identifier: MIT */
/*
 * JavaScript frames of V8 (Node) without touching the target. Generated code and builtins keep
 * frame pointers; below the frame pointer stand the closure, for interpreted and baseline frames
 * also the bytecode and where in it. Optimised code is found by its address and tells what was
 * inlined. Facts: V8's src/execution/frame-constants.h and frames.cc.
 */
#include "base/clock.h"
#include "collect/runtime.h"
#include "collect/v8_code.h"
#include "collect/v8_image.h"

#include <string.h>

struct v8 {
	struct runtimes *r;
	const struct module_entry *module;
	const struct v8_image *image;
	const struct v8_layout *layout;
	struct v8_heap heap;
	struct v8_codes codes;
	uint32_t module_name, anonymous, regexp, generated;
};

static void *v8_open(struct runtimes *r, const struct process *p)
{
	vec_foreach (m, &p->maps) {
		const struct v8_image *image = module_entry_v8(r->modules, m->mod);
		struct strtab *strings = &r->managed->strings;

		if (!image)
			continue;
		struct v8 *v = xcalloc(1, sizeof(*v));

		v->r = r;
		v->module = m->mod;
		v->image = image;
		v->layout = &image->layout;
		v8_heap_init(&v->heap, p->pid, v->layout, strings);
		v8_codes_init(&v->codes, &v->heap);
		v->module_name = strtab_add(strings, "v8");
		v->anonymous = strtab_add(strings, "(anonymous)");
		v->generated = strtab_add(strings, "(generated code)");
		v->regexp = strtab_add(strings, "(regexp)");
		return v;
	}
	return NULL;
}

static void v8_close(void *ctx)
{
	struct v8 *v = ctx;

	v8_codes_done(&v->codes);
	v8_heap_done(&v->heap);
	free(v);
}

/* ---- frames -------------------------------------------------------------------------------------
 */

/* What stands around a frame pointer. */
struct v8_frame {
	uint64_t marker, closure, bytecode, offset;
	bool readable;
	bool typed; /* a frame of V8's own kind: the marker is its type, there is no closure */
};

static struct v8_frame read_frame(const struct v8 *v, const struct runtime_walk *w, uint64_t fp)
{
	const struct v8_layout *l = v->layout;
	struct v8_frame f = { 0 };

	f.readable = runtime_walk_word(w, fp + (uint64_t)(int64_t)l->fp_context, &f.marker) &&
		runtime_walk_word(w, fp + (uint64_t)(int64_t)l->fp_function, &f.closure);
	if (!f.readable)
		return f;
	runtime_walk_word(w, fp + (uint64_t)(int64_t)l->fp_bytecode_array, &f.bytecode);
	runtime_walk_word(w, fp + (uint64_t)(int64_t)l->fp_bytecode_offset, &f.offset);
	f.typed = v8_is_smi(f.marker);
	if (!v8_is_object(f.closure))
		f.closure = 0;
	if (!v8_is_object(f.bytecode))
		f.bytecode = 0;
	return f;
}

static void add_function(
	struct v8 *v, struct runtime_walk *w, uint32_t function, int32_t script_offset)
{
	const struct v8_function *f = &v->heap.functions.v[function - 1];
	uint32_t line = v8_script_line(&v->heap, f->script, script_offset);

	if (!f->script) { /* a builtin that is a function to JavaScript */
		runtime_walk_add(v->r, w,
			&(struct managed_frame){ .function = f->name ? f->name : v->anonymous,
				.module = v->module_name,
				.kind = FRAME_RUNTIME });
		return;
	}
	runtime_walk_add(v->r, w,
		&(struct managed_frame){ .function = f->name ? f->name : v->anonymous,
			.file = v->heap.scripts.v[f->script - 1].file,
			.module = v->module_name,
			.line = line ? line : f->decl_line,
			.decl_line = f->decl_line,
			.kind = FRAME_UNKNOWN });
}

static uint32_t function_of(struct v8 *v, const struct v8_frame *f)
{
	uint32_t function = f->bytecode ? v8_function_of_bytecode(&v->heap, f->bytecode) : 0;

	return function || !f->closure ? function : v8_function_of_closure(&v->heap, f->closure);
}

/* The bytecode offset in the frame counts from the tagged array (frames.cc). */
static bool add_interpreted(struct v8 *v, struct runtime_walk *w, const struct v8_frame *f)
{
	uint32_t function = f->typed ? 0 : function_of(v, f);
	int64_t at = (int64_t)(f->offset >> 32) - (v->layout->bytecode_data - 1);
	int32_t place = -1;

	if (!function)
		return false;
	if (v8_is_smi(f->offset) && at >= 0 && v8_function_tables(&v->heap, function)) {
		const struct v8_function *fn = &v->heap.functions.v[function - 1];

		place = v8_positions_find(span_of(fn->positions.p, fn->positions.n), (uint64_t)at)
				.offset;
	}
	add_function(v, w, function, place);
	return true;
}

static bool add_baseline(struct v8 *v, struct runtime_walk *w, const struct v8_frame *f,
	const struct v8_code *code, uint64_t at)
{
	uint32_t function = f->typed ? 0 : function_of(v, f);
	int32_t place = -1;

	if (!function)
		return false;
	if (v8_function_tables(&v->heap, function)) {
		const struct v8_function *fn = &v->heap.functions.v[function - 1];
		uint32_t offset =
			v8_baseline_bytecode(span_of(code->positions.p, code->positions.n),
				span_of(fn->code.p, fn->code.n), v->layout->bytecode_sizes,
				at - code->start);

		place = v8_positions_find(span_of(fn->positions.p, fn->positions.n), offset).offset;
	}
	add_function(v, w, function, place);
	return true;
}

/* Innermost first: the functions inlined at this place, then the one the code was made for. */
static void add_optimised(
	struct v8 *v, struct runtime_walk *w, const struct v8_code *code, uint64_t at)
{
	struct v8_position pos =
		v8_positions_find(span_of(code->positions.p, code->positions.n), at - code->start);

	while (pos.inlined_at && pos.inlined_at <= code->n_inlinings) {
		const struct v8_inlining *in = &code->inlinings[pos.inlined_at - 1];
		uint32_t function = in->function < 0             ? code->function
			: (size_t)in->function < code->n_inlined ? code->inlined[in->function]
								 : 0;
		struct v8_position outer = v8_position_unpack(in->position);

		if (function)
			add_function(v, w, function, pos.offset);
		if (outer.inlined_at >= pos.inlined_at) { /* must come nearer to the outermost */
			pos.offset = -1;
			break;
		}
		pos = outer;
	}
	add_function(v, w, code->function, pos.offset);
}

static bool add_generated(struct v8 *v, struct runtime_walk *w, const struct v8_frame *f,
	const struct v8_code *code, uint64_t at)
{
	if (code && v8_code_is_regexp(&v->heap, code)) {
		runtime_walk_add(v->r, w,
			&(struct managed_frame){ .function = v->regexp,
				.module = v->module_name,
				.kind = FRAME_RUNTIME });
		return true;
	}
	if (code && v8_code_is_baseline(&v->heap, code))
		return add_baseline(v, w, f, code, at);
	if (code && code->function) {
		add_optimised(v, w, code, at);
		return true;
	}
	/* the frame still names the function, only the place in it stays unknown */
	uint32_t function =
		f->typed || !f->closure ? 0 : v8_function_of_closure(&v->heap, f->closure);

	if (function)
		add_function(v, w, function, -1);
	return function != 0;
}

/* ---- stepping -----------------------------------------------------------------------------------
 */

static bool is_v8_code(const struct v8 *v, const struct runtime_walk *w, uint64_t addr)
{
	const struct mapping *m = process_find(w->process, addr);

	return m &&
		(m->mod->m.kind == MODULE_ANON ||
			(m->mod == v->module && addr - m->bias >= v->layout->blob_start &&
				addr - m->bias < v->layout->blob_end));
}

/* Without a frame yet: the return address is on top of the stack, maybe below pushed registers. */
static bool step_top(struct v8 *v, struct runtime_walk *w, unsigned words)
{
	uint64_t sp = w->regs->r[UNWIND_SP], ra;

	for (unsigned i = 0; i < words; i++) {
		if (!runtime_walk_word(w, sp + 8 * i, &ra))
			return false;
		if (!is_v8_code(v, w, ra - 1))
			continue;
		w->regs->r[UNWIND_IP] = ra;
		w->regs->r[UNWIND_SP] = sp + 8 * i + 8;
		return true;
	}
	return false;
}

static bool step_frame(struct runtime_walk *w)
{
	uint64_t fp = w->regs->r[UNWIND_FP], caller, ra;

	if (fp < w->regs->r[UNWIND_SP] || fp % 8 || !runtime_walk_word(w, fp, &caller) ||
		!runtime_walk_word(w, fp + 8, &ra) || !process_find(w->process, ra - 1))
		return false;
	w->regs->r[UNWIND_IP] = ra;
	w->regs->r[UNWIND_FP] = caller;
	w->regs->r[UNWIND_SP] = fp + 16;
	return true;
}

/* Whether the interrupted code has its frame: by its first bytes, or at its "ret". */
static bool has_frame(
	struct v8 *v, uint64_t pc, uint64_t start, uint16_t frame_at, const struct mapping *blob)
{
	uint8_t byte = 0;

	if (frame_at != V8_NO_FRAME && pc < start + frame_at + 4u)
		return false;
	if (blob) {
		struct span s = elf_image_at(&v->module->elf, pc - blob->bias);

		byte = s.n ? s.p[0] : 0;
	} else {
		v8_read(&v->heap, pc, &byte, 1);
	}
	return byte != 0xc3 && byte != 0xc2;
}

static bool step_leaf(struct v8 *v, struct runtime_walk *w, uint64_t pc, uint64_t start,
	uint16_t frame_at, const struct mapping *blob)
{
	uint64_t saved;

	if (frame_at == V8_NO_FRAME && blob)
		return step_top(v, w, 8) || step_frame(w);
	if (has_frame(v, pc, start, frame_at, blob))
		return step_frame(w);
	if (frame_at != V8_NO_FRAME && pc > start + frame_at && pc < start + frame_at + 4u) {
		/* the caller's frame pointer was just pushed */
		if (!runtime_walk_word(w, w->regs->r[UNWIND_SP], &saved))
			return false;
		w->regs->r[UNWIND_SP] += 8;
	}
	return step_top(v, w, 4) || step_frame(w);
}

/* The builtins may be mapped a second time near the generated code: the mapping tells where. */
static bool step_builtin(
	struct v8 *v, struct runtime_walk *w, const struct v8_frame *f, const struct mapping *m)
{
	uint64_t pc = w->regs->r[UNWIND_IP], at = w->leaf ? pc : pc - 1;
	const struct v8_builtin *b = v8_image_builtin(v->image, at - m->bias);

	if (b && b->interprets) {
		if (f->readable && !f->typed)
			add_interpreted(v, w, f);
	} else if (b && b->name) {
		runtime_walk_add(v->r, w,
			&(struct managed_frame){
				.function = strtab_add(&v->r->managed->strings, b->name),
				.module = v->module_name,
				.kind = FRAME_RUNTIME });
	} else if (!b && f->readable && !f->typed) {
		add_interpreted(v, w, f);
	}
	if (!w->leaf || !b || (b->interprets && f->readable && !f->typed))
		return step_frame(w);
	return step_leaf(v, w, pc, b->start + m->bias, b->frame_at, m);
}

static bool step_generated(
	struct v8 *v, struct runtime_walk *w, const struct v8_frame *f, const struct mapping *m)
{
	uint64_t pc = w->regs->r[UNWIND_IP], at = w->leaf ? pc : pc - 1;
	const struct v8_code *code =
		v8_codes_find(&v->codes, at, m->start, f->readable && !f->typed ? f->closure : 0);

	if (!add_generated(v, w, f, code, at)) {
		runtime_walk_add(v->r, w,
			&(struct managed_frame){ .function = v->generated,
				.module = v->module_name,
				.kind = FRAME_RUNTIME });
	}
	if (!w->leaf)
		return step_frame(w);
	return step_leaf(
		v, w, pc, code ? code->start : pc, code ? code->frame_at : V8_NO_FRAME, NULL);
}

static enum runtime_step v8_step(void *ctx, struct runtime_walk *w)
{
	struct v8 *v = ctx;
	uint64_t pc = w->regs->r[UNWIND_IP], at = w->leaf ? pc : pc - 1;
	const struct mapping *m = process_find(w->process, at);

	if (!m || !is_v8_code(v, w, at))
		return RUNTIME_NOT_MINE;
	struct v8_frame f = read_frame(v, w, w->regs->r[UNWIND_FP]);
	bool ok;

	v->heap.now_ns = clock_mono_ns();
	if (m->mod->m.kind == MODULE_ANON)
		ok = step_generated(v, w, &f, m);
	else
		ok = step_builtin(v, w, &f, m);
	return ok ? RUNTIME_STEPPED : RUNTIME_STUCK;
}

const struct runtime v8_runtime = {
	.name = "v8", .open = v8_open, .close = v8_close, .step = v8_step
};
