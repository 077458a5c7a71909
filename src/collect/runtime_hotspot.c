/* SPDX-License-Identifier: MIT */
/*
 * Java frames of HotSpot without touching the target: the JVM's own tables say where its code heaps
 * are; a blob of compiled code knows the size of its frame, an interpreted frame hangs on the frame
 * pointer. Facts: JDK's cpu/x86/frame_x86.hpp, sharedRuntime_x86_64.cpp, and how frames are begun
 * and ended (x86_64.ad, MachPrologNode and MachEpilogNode).
 */
#include "base/clock.h"
#include "collect/remote_memory.h"
#include "collect/runtime.h"
#include "parse/elf_symbols.h"
#include "parse/hotspot_vm.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>

enum {
	R13 = 13, /* the interpreter's bytecode pointer, in DWARF numbering */
	PLACES = 1 << 12,
	EXTRA_SLOTS = 6, /* words that compiled code may have pushed on top of its frame */
};

/* Code is thrown away and its memory used again, but not at once: how long a look is believed. */
static const uint64_t BELIEVED_NS = 100000000, RETRY_NS = 1000000;

/* What was found at a pc. */
struct place {
	uint64_t pc, checked_ns;
	struct hotspot_blob blob;
	size_t first, n; /* in found: numbers of managed frames, innermost first */
	bool used;
};

struct java_vm {
	struct runtimes *r;
	struct remote_memory memory;
	struct hotspot h;
	uint64_t symbols[HOTSPOT_N_SYMBOLS];
	struct place *places;
	vec_of(uint64_t) found;
	uint64_t next_try_ns, n_frames, n_stuck;
	uint32_t module;
	bool laid_out, ready, given_up;
	struct err why;
};

/* ---- finding the JVM ------------------------------------------------------------------------- */

static bool is_libjvm(const struct module_entry *e)
{
	const char *name = strrchr(e->m.path, '/');

	return name && strncmp(name, "/libjvm.so", 10) == 0 && e->m.kind == MODULE_ELF &&
		e->elf_ok && e->elf.is64 && e->elf.machine == EM_X86_64;
}

static void *vm_open(struct runtimes *r, const struct process *p)
{
	vec_foreach (m, &p->maps) {
		uint64_t symbols[HOTSPOT_N_SYMBOLS];
		bool all = is_libjvm(m->mod);

		for (int i = 0; i < HOTSPOT_N_SYMBOLS && all; i++) {
			all = elf_symbol_address(
				&m->mod->elf, hotspot_symbol_names[i], &symbols[i]);
			symbols[i] += all ? m->bias : 0;
		}
		if (!all)
			continue;
		struct java_vm *vm = xcalloc(1, sizeof(*vm));

		vm->r = r;
		memcpy(vm->symbols, symbols, sizeof(symbols));
		remote_memory_init(&vm->memory, p->pid);
		vm->module = strtab_add(&r->managed->strings, "java");
		vm->places = xcalloc(PLACES, sizeof(*vm->places));
		return vm;
	}
	return NULL;
}

static void vm_close(void *ctx)
{
	struct java_vm *vm = ctx;

	if (vm->laid_out)
		hotspot_done(&vm->h);
	remote_memory_done(&vm->memory);
	vec_done(&vm->found);
	free(vm->places);
	free(vm);
}

/* A JVM that has just begun has no code heaps yet: it is asked again, now and then. */
static bool vm_ready(struct java_vm *vm)
{
	uint64_t now;

	if (vm->ready || vm->given_up)
		return vm->ready;
	now = clock_mono_ns();
	if (now < vm->next_try_ns)
		return false;
	vm->next_try_ns = now + RETRY_NS;
	if (!vm->laid_out) {
		struct memory_reader m = remote_memory_reader(&vm->memory);
		struct hotspot_layout layout;
		int r = hotspot_layout_read(&layout, &m, vm->symbols, &vm->why);

		vm->given_up = r < 0 && r != -EAGAIN;
		if (r < 0)
			return false;
		hotspot_init(&vm->h, &m, &layout, &vm->r->managed->strings);
		vm->laid_out = true;
	}
	vm->ready = hotspot_heaps_read(&vm->h);
	return vm->ready;
}

/* ---- names ----------------------------------------------------------------------------------- */

static void add_frame(struct java_vm *vm, struct runtime_walk *w, const struct hotspot_frame *f)
{
	runtime_walk_add(vm->r, w,
		&(struct managed_frame){ .function = f->function,
			.file = f->file,
			.module = vm->module,
			.line = f->line,
			.decl_line = f->decl_line,
			.kind = FRAME_UNKNOWN });
	vm->n_frames++;
}

static void find_frames(struct java_vm *vm, struct place *at)
{
	struct hotspot_frame frames[HOTSPOT_MAX_INLINE];
	const struct hotspot_blob *b = &at->blob;

	at->first = vm->found.n;
	at->n = 0;
	if (b->kind == HOTSPOT_COMPILED || b->kind == HOTSPOT_WRAPPER)
		at->n = hotspot_compiled_frames(&vm->h, b, at->pc, frames);
	for (size_t i = 0; i < at->n; i++)
		*vec_push(&vm->found) = managed_frames_add(vm->r->managed,
			&(struct managed_frame){ .function = frames[i].function,
				.file = frames[i].file,
				.module = vm->module,
				.line = frames[i].line,
				.decl_line = frames[i].decl_line,
				.kind = FRAME_UNKNOWN });
}

static const struct place *place_of(struct java_vm *vm, uint64_t pc)
{
	struct place *at = &vm->places[hash_u64(pc) % PLACES];
	uint64_t now = clock_mono_ns();

	if (at->used && at->pc == pc &&
		(now - at->checked_ns < BELIEVED_NS || hotspot_blob_same(&vm->h, &at->blob))) {
		if (now - at->checked_ns >= BELIEVED_NS)
			at->checked_ns = now;
		return at;
	}
	*at = (struct place){ .pc = pc, .checked_ns = now };
	if (!hotspot_blob_find(&vm->h, pc, &at->blob))
		return NULL;
	at->used = true;
	find_frames(vm, at);
	return at;
}

static void add_found(struct java_vm *vm, struct runtime_walk *w, const struct place *at)
{
	for (size_t i = 0; i < at->n && w->n < w->max; i++)
		w->frames[w->n++] = (struct raw_frame){
			.module = module_table_managed(vm->r->modules)->m.id,
			.addr = vm->found.v[at->first + i],
		};
	vm->n_frames += at->n;
}

/* Stubs are worth a frame only where time is spent in them: copying of arrays, checksums. */
static void add_stub(struct java_vm *vm, struct runtime_walk *w, const struct hotspot_blob *b)
{
	char name[sizeof(b->name) + 2];

	snprintf(name, sizeof(name), "[%s]", b->name);
	runtime_walk_add(vm->r, w,
		&(struct managed_frame){ .function = strtab_add(&vm->r->managed->strings, name),
			.module = vm->module,
			.kind = FRAME_RUNTIME });
}

/* ---- steps ----------------------------------------------------------------------------------- */

static bool is_return(struct java_vm *vm, const struct runtime_walk *w, uint64_t ra)
{
	return ra && (hotspot_is_code(&vm->h, ra - 1) || process_find(w->process, ra - 1));
}

static enum runtime_step go_to(struct runtime_walk *w, uint64_t pc, uint64_t sp, uint64_t fp)
{
	w->regs->r[UNWIND_IP] = pc;
	w->regs->r[UNWIND_SP] = sp;
	w->regs->r[UNWIND_FP] = fp;
	return RUNTIME_STEPPED;
}

/* The return address lies at slot; below it the caller's frame pointer, when it was pushed. */
static bool step_slot(struct java_vm *vm, struct runtime_walk *w, uint64_t slot, bool pushed)
{
	uint64_t ra, fp = w->regs->r[UNWIND_FP];

	if (!runtime_walk_word(w, slot, &ra) || !is_return(vm, w, ra) ||
		(pushed && !runtime_walk_word(w, slot - 8, &fp)))
		return false;
	go_to(w, ra, slot + 8, fp);
	return true;
}

static bool step_chain(struct java_vm *vm, struct runtime_walk *w)
{
	uint64_t fp = w->regs->r[UNWIND_FP];

	return fp >= w->regs->r[UNWIND_SP] && fp % 8 == 0 && step_slot(vm, w, fp + 8, true);
}

/* Interrupted where the frame is taken down: ret, pop %rbp or a poll stand here or just ahead. */
enum epilogue { IN_FRAME, AT_RETURN, AT_POP };

static enum epilogue epilogue_at(struct java_vm *vm, uint64_t pc, uint64_t code_begin)
{
	enum { RET = 0xc3, POP_RBP = 0x5d, BACK = 1, AHEAD = 24 };
	uint8_t code[BACK + AHEAD] = { 0 };
	bool ahead = false;

	if (pc <= code_begin || !memory_read(&vm->h.mem, pc - BACK, code, sizeof(code)))
		return IN_FRAME;
	if (code[BACK] == RET)
		return AT_RETURN;
	for (size_t i = BACK + 1; i < sizeof(code); i++)
		ahead |= code[i] == RET;
	if (ahead && code[BACK] == POP_RBP)
		return AT_POP;
	/* after the pop a poll of the safepoint may follow: cmp or test through %r15 or %r10 */
	if (ahead && code[0] == POP_RBP &&
		(code[BACK] == 0x49 || code[BACK] == 0x41 || code[BACK] == 0x4c))
		return AT_RETURN;
	return IN_FRAME;
}

static enum runtime_step step_compiled(
	struct java_vm *vm, struct runtime_walk *w, const struct hotspot_blob *b)
{
	uint64_t pc = w->regs->r[UNWIND_IP], sp = w->regs->r[UNWIND_SP];

	if (w->leaf && pc < b->code_begin + b->frame_complete) {
		/* at first only the return address, then the caller's frame pointer above it */
		if (step_slot(vm, w, sp, false) || step_slot(vm, w, sp + 8, true))
			return RUNTIME_STEPPED;
	} else if (w->leaf) {
		enum epilogue e = epilogue_at(vm, pc, b->code_begin);

		if (e != IN_FRAME && step_slot(vm, w, e == AT_POP ? sp + 8 : sp, e == AT_POP))
			return RUNTIME_STEPPED;
	}
	for (uint64_t extra = 0; b->frame_bytes && extra <= EXTRA_SLOTS; extra++) {
		uint64_t slot = sp + b->frame_bytes + 8 * extra - 8, ra;

		if (runtime_walk_word(w, slot, &ra) && hotspot_is_code(&vm->h, ra - 1) &&
			step_slot(vm, w, slot, true))
			return RUNTIME_STEPPED;
	}
	return step_chain(vm, w) ? RUNTIME_STEPPED : RUNTIME_STUCK;
}

/* frame_x86.hpp: slots below the frame pointer */
enum { SENDER_SP = -1, METHOD = -3, BCP = -8, BCP_JDK8 = -7 };

static enum runtime_step step_interpreted(struct java_vm *vm, struct runtime_walk *w)
{
	uint64_t fp = w->regs->r[UNWIND_FP], sp = w->regs->r[UNWIND_SP];
	uint64_t method = 0, bcp = 0, sender_sp = 0, ra, caller_fp;
	int bcp_slot = vm->h.layout.version <= 8 ? BCP_JDK8 : BCP;
	struct hotspot_frame f;
	int32_t bci = -1;

	if (fp < sp || !runtime_walk_word(w, fp + 8, &ra) ||
		!runtime_walk_word(w, fp, &caller_fp) || !is_return(vm, w, ra))
		/* a method that is just being entered has no frame yet */
		return w->leaf && step_slot(vm, w, sp, false) ? RUNTIME_STEPPED : RUNTIME_STUCK;
	runtime_walk_word(w, fp + 8 * (uint64_t)(int64_t)METHOD, &method);
	runtime_walk_word(w, fp + 8 * (uint64_t)(int64_t)bcp_slot, &bcp);
	runtime_walk_word(w, fp + 8 * (uint64_t)(int64_t)SENDER_SP, &sender_sp);
	if (w->leaf)
		bci = hotspot_bci(&vm->h, method, w->regs->r[R13]);
	if (bci < 0)
		bci = hotspot_bci(&vm->h, method, bcp);
	if (hotspot_method_frame(&vm->h, method, bci, &f))
		add_frame(vm, w, &f);
	if (sender_sp <= fp || sender_sp > fp + (64 << 10))
		sender_sp = fp + 16;
	return go_to(w, ra, sender_sp, caller_fp);
}

static enum runtime_step step_stub(
	struct java_vm *vm, struct runtime_walk *w, const struct hotspot_blob *b)
{
	uint64_t sp = w->regs->r[UNWIND_SP];

	if (w->leaf)
		add_stub(vm, w, b);
	if (b->kind == HOTSPOT_VTABLE)
		return step_slot(vm, w, sp, false) ? RUNTIME_STEPPED : RUNTIME_STUCK;
	/* leaf routines (copying) mostly have no frame, or only the pushed frame pointer */
	if (w->leaf && step_slot(vm, w, sp, false))
		return RUNTIME_STEPPED;
	if (b->frame_bytes && step_slot(vm, w, sp + b->frame_bytes - 8, true))
		return RUNTIME_STEPPED;
	if (step_chain(vm, w) || (w->leaf && step_slot(vm, w, sp + 8, true)))
		return RUNTIME_STEPPED;
	return RUNTIME_STUCK;
}

static enum runtime_step vm_step(void *ctx, struct runtime_walk *w)
{
	struct java_vm *vm = ctx;
	uint64_t pc = w->regs->r[UNWIND_IP];

	if (!vm_ready(vm) || !hotspot_is_code(&vm->h, w->leaf ? pc : pc - 1))
		return RUNTIME_NOT_MINE;
	const struct place *at = place_of(vm, pc);

	if (!at) {
		vm->n_stuck++;
		return RUNTIME_NOT_MINE;
	}
	const struct hotspot_blob *b = &at->blob;
	enum runtime_step step;
	uint64_t real;

	if (b->kind == HOTSPOT_INTERPRETER) {
		step = step_interpreted(vm, w);
	} else if (b->kind == HOTSPOT_COMPILED || b->kind == HOTSPOT_WRAPPER) {
		struct hotspot_blob copy = *b; /* the place may be used again below */

		if (!w->leaf && pc == b->deopt_pc &&
			runtime_walk_word(w,
				w->regs->r[UNWIND_SP] + (uint64_t)(int64_t)b->orig_pc_offset,
				&real) &&
			real >= b->code_begin && real < b->code_end) {
			const struct place *there = place_of(vm, real);

			if (there)
				add_found(vm, w, there);
		} else {
			add_found(vm, w, at);
		}
		step = step_compiled(vm, w, &copy);
	} else {
		step = step_stub(vm, w, b);
	}
	vm->n_stuck += step == RUNTIME_STUCK;
	return step;
}

static void vm_report(void *ctx, struct profile *p)
{
	struct java_vm *vm = ctx;

	if (!vm->ready && vm->given_up)
		caveat_add(&p->caveats, &p->arena, "java-frames",
			"Java frames could not be read: %s", vm->why.msg);
	else if (!vm->ready && vm->memory.error)
		caveat_add(&p->caveats, &p->arena, "java-frames",
			"Java frames have no names: the memory of process %d may not be read; run "
			"as "
			"root or as its user with ptrace allowed",
			(int)vm->memory.pid);
	if (vm->n_stuck * 50 > vm->n_frames && vm->n_stuck > 20)
		caveat_add(&p->caveats, &p->arena, "java-stacks",
			"%llu stacks could not be followed through generated Java code",
			(unsigned long long)vm->n_stuck);
}

const struct runtime hotspot_runtime = {
	.name = "hotspot",
	.open = vm_open,
	.close = vm_close,
	.step = vm_step,
	.report = vm_report,
};
