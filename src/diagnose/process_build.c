/* SPDX-License-Identifier: MIT */
/* Build facts from ELF sections, DWARF units and the first bytes of functions. */
#include "diagnose/process_build.h"

#include "base/file.h"
#include "collect/build_facts.h"
#include "collect/symbol_file.h"

#include <elf.h>
#include <stdio.h>

enum { CLUSTERS = 24, CLUSTER_FUNCTIONS = 32, FUNCTIONS_NEEDED = 20 };
#define MAX_DEBUG_INFO ((uint64_t)256 << 20)

/* ---- first bytes of functions -------------------------------------------------------------- */

/*
 * x86-64: mov %rsp,%rbp (two encodings) near the start; code without frames hardly ever has it.
 * Not only as the first instructions: an early exit may come before the frame is made. Returns the
 * bytes up to behind it, 0 no frame.
 */
static size_t x86_frame(struct span code)
{
	for (size_t at = 0; at + 3 <= code.n; at++) {
		const uint8_t *p = code.p + at;

		if (p[0] == 0x48 &&
			((p[1] == 0x89 && p[2] == 0xe5) || (p[1] == 0x8b && p[2] == 0xec)))
			return at + 3;
	}
	return 0;
}

/*
 * Unoptimised code stores each argument register below %rbp right after the frame is made (and at
 * most one push and one sub): mov %edi/%rdi/%esi/%xmm0,-x(%rbp).
 */
static bool x86_spills(struct span code, size_t at)
{
	struct span s = span_from(code, at);

	if (s.n >= 1 && s.p[0] == 0x53)
		s = span_from(s, 1); /* push %rbx */
	if (s.n >= 4 && s.p[0] == 0x48 && s.p[1] == 0x83 && s.p[2] == 0xec)
		s = span_from(s, 4); /* sub $imm8,%rsp */
	else if (s.n >= 7 && s.p[0] == 0x48 && s.p[1] == 0x81 && s.p[2] == 0xec)
		s = span_from(s, 7); /* sub $imm32,%rsp */
	if (s.n && (s.p[0] == 0x48 || s.p[0] == 0x4c || s.p[0] == 0x66))
		s = span_from(s, 1);    /* operand size */
	if (s.n >= 2 && s.p[0] == 0x89) /* modrm: register to disp8 or disp32(%rbp) */
		return (s.p[1] & 0xc7) == 0x45 || (s.p[1] & 0xc7) == 0x85;
	return s.n >= 4 && (s.p[0] == 0xf3 || s.p[0] == 0xf2) && s.p[1] == 0x0f && s.p[2] == 0x11 &&
		(s.p[3] & 0xc7) == 0x45;
}

/* aarch64: (bti | paciasp)?; stp x29, x30, [sp, #-n]! */
static size_t arm_frame(struct span code)
{
	for (size_t at = 0; at + 4 <= code.n; at += 4) {
		uint32_t insn;

		memcpy(&insn, code.p + at, sizeof(insn));
		if ((insn & 0xffc07fffu) == 0xa9807bfdu)
			return at + 4;
	}
	return 0;
}

struct shares {
	struct elf_image *img;
	size_t functions, frames, spills;
};

static void look_at_function(struct shares *s, uint64_t addr, uint64_t next)
{
	enum { NEAR_START = 64 };
	struct span code = elf_image_at(s->img, addr);
	uint64_t size = next > addr ? MIN(next - addr, (uint64_t)NEAR_START) : NEAR_START;
	size_t at;

	if (code.n < 16)
		return;
	code = span_sub(code, 0, MIN((uint64_t)code.n, size));
	s->functions++;
	at = s->img->machine == EM_X86_64       ? x86_frame(code)
		: s->img->machine == EM_AARCH64 ? arm_frame(code)
						: 0;
	if (!at)
		return;
	s->frames++;
	s->spills += s->img->machine == EM_X86_64 && x86_spills(code, at);
}

static uint64_t table_entry(const struct elf_section *sec, struct cursor table, uint64_t i)
{
	struct cursor e = cursor_of(table.s, table.at + i * 8);

	return sec->addr + (uint64_t)(int64_t)(int32_t)cursor_u32(&e);
}

/*
 * Function starts from the sorted table of .eh_frame_hdr (LSB, Exception Frames): version 1, table
 * encoding DW_EH_PE_datarel | DW_EH_PE_sdata4 (0x3b), pairs of start and entry relative to the
 * section.
 */
static bool starts_from_eh_frame(struct shares *s)
{
	const struct elf_section *sec = elf_image_section(s->img, ".eh_frame_hdr");
	struct cursor c = cursor_of(elf_section_raw(s->img, sec), 0);

	if (!sec || cursor_u8(&c) != 1 || cursor_u8(&c) != 0x1b || cursor_u8(&c) != 0x03 ||
		cursor_u8(&c) != 0x3b)
		return false;
	cursor_u32(&c);
	uint64_t n = cursor_u32(&c), room = (c.s.n - MIN(c.at, c.s.n)) / 8;

	n = MIN(n, room);
	/* neighbours share pages: every other page of a large program would become resident */
	uint64_t step = MAX(n / CLUSTERS, (uint64_t)CLUSTER_FUNCTIONS);

	for (uint64_t i = 0; i < n; i++) {
		if (i % step == CLUSTER_FUNCTIONS)
			i += step - CLUSTER_FUNCTIONS;
		if (i >= n)
			break;
		uint64_t start = table_entry(sec, c, i);

		look_at_function(s, start, i + 1 < n ? table_entry(sec, c, i + 1) : 0);
	}
	return !c.bad;
}

void build_frame_shares(struct elf_image *img, double *ret_frames, double *ret_spills)
{
	struct shares s = { .img = img };

	*ret_frames = *ret_spills = -1;
	if (!starts_from_eh_frame(&s) || s.functions < FUNCTIONS_NEEDED)
		return;
	*ret_frames = (double)s.frames / (double)s.functions;
	if (s.frames >= FUNCTIONS_NEEDED)
		*ret_spills = (double)s.spills / (double)s.frames;
}

/* ---- compilers ----------------------------------------------------------------------------- */

/* The last -O of a producer that lists its flags; '\0' none. */
static char level_of(const char *producer)
{
	const char *last = NULL;

	for (const char *p = producer; (p = strstr(p, " -O")); p++)
		last = p;
	if (!last)
		return '\0';
	return last[3] == '\0' || last[3] == ' ' ? '1' : last[3];
}

static void read_producer(struct symbol_file *f, const struct knowledge *k, struct arena *a,
	struct process_info *ret, struct build_notes *notes)
{
	struct profile *p = profile_new();
	struct frame_kinds kinds;

	frame_kinds_init(&kinds, k, NULL);
	build_facts_read(p, f, &kinds);
	struct dwarf *d = symbol_file_dwarf(f);

	ret->has_debug_info = d && dwarf_unit_count(d) > 0;
	if (p->producer)
		notes->producer = arena_strndup(a, p->producer, strnlen(p->producer, 400));
	if (p->language)
		notes->language = arena_strdup(a, p->language);
	frame_kinds_done(&kinds);
	profile_free(p);
	char level = level_of(notes->producer);

	/* without debug information the note names the compiler only */
	ret->debug_build_known = level || ret->has_debug_info;
	ret->debug_build = level == '0' || level == 'g';
	if (ret->debug_build)
		ret->build_because = arena_printf(a, "compiled with -O%c%s: %.80s", level,
			strstr(notes->producer, "(inferred)") ? " (inferred)" : "",
			notes->producer);
}

/* Decompressing gigabytes to learn one flag is not worth it. */
static bool debug_info_is_modest(const struct elf_image *img)
{
	const struct elf_section *s = elf_image_section(img, ".debug_info");

	return !s || s->size <= MAX_DEBUG_INFO;
}

static void read_go(
	struct symbol_file *f, struct arena *a, struct process_info *ret, struct build_notes *notes)
{
	struct go_build go;

	if (!go_build_read(&go, &f->image))
		return;
	notes->go_version = arena_strdup(a, go.version);
	notes->go_module = arena_strdup(a, go.module);
	notes->go_flags = arena_strdup(a, go.gcflags);
	go_build_done(&go);
	/* frame pointers on amd64 since Go 1.7 and arm64 since 1.12 (go.dev/doc/go1.7, go1.12) */
	ret->frame_pointers_known = ret->frame_pointers = true;
	ret->frame_pointer_ratio = 1;
	ret->debug_build_known = true;
	ret->debug_build = strstr(notes->go_flags, "-N") != NULL;
	if (ret->debug_build)
		ret->build_because = arena_printf(a, "-gcflags=%s", notes->go_flags);
}

static void judge_frames(struct symbol_file *f, struct arena *a, struct process_info *ret,
	const struct build_notes *notes)
{
	double frames, spills;

	build_frame_shares(&f->image, &frames, &spills);
	ret->frame_pointer_ratio = frames;
	/* measured on gcc 12 and clang 14: 0 to 10 % without, 60 to 100 % with; between: mixed
	 * objects */
	ret->frame_pointers_known = frames >= 0 && (frames < 0.2 || frames > 0.4);
	ret->frame_pointers = frames > 0.4;
	if (!level_of(notes->producer) && !ret->debug_build && spills > 0.6 && frames > 0.7) {
		ret->debug_build_known = ret->debug_build = true;
		ret->build_because = arena_printf(a,
			"inferred: %.0f %% of its functions store their arguments on entry as "
			"unoptimised code does",
			spills * 100);
	}
}

void process_build_read(const char *path, const char *shown, bool deleted,
	const struct knowledge *k, struct arena *a, struct caveats *caveats,
	struct process_info *ret, struct build_notes *notes)
{
	struct module m = {
		.kind = MODULE_ELF, .path = shown, .open_path = path, .deleted = deleted
	};
	struct symbol_file *f = symbol_file_open(&m);

	ret->has_symbols = ret->has_debug_info = ret->debug_build_known = ret->debug_build = false;
	*notes = (struct build_notes){
		.producer = "", .language = "", .go_version = "", .go_module = "", .go_flags = ""
	};
	ret->build_because = "";
	ret->frame_pointer_ratio = -1;
	if (!f->usable) {
		caveat_add(caveats, a, "executable-unreadable",
			"the executable '%s' cannot be read: %s", shown, f->problem);
		symbol_file_free(f);
		return;
	}
	notes->is_elf = true;
	const struct elf_section *symtab = elf_image_section_type(&f->image, SHT_SYMTAB);

	ret->has_symbols = symtab && symtab->size > 0;
	read_go(f, a, ret, notes);
	if (*notes->go_version) {
		ret->has_debug_info = elf_image_section(&f->image, ".debug_info") ||
			elf_image_section(&f->image, ".zdebug_info");
		ret->has_symbols = true; /* .gopclntab names every function even when stripped */
	} else if (debug_info_is_modest(&f->image)) {
		read_producer(f, k, a, ret, notes);
		ret->has_symbols = ret->has_symbols || f->has_debug;
	} else {
		ret->has_debug_info = true;
	}
	if (!*notes->go_version)
		judge_frames(f, a, ret, notes);
	symbol_file_free(f);
}
