/* SPDX-License-Identifier: MIT */
/* Writes the tables byte by byte, after runtime/symtab.go of the Go distribution. */
#include "go_image.h"

#include <elf.h>

enum {
	TEXT = GO_IMAGE_TEXT,
	TEXT_BYTES = 0x30,
	TABLE = 0x480,    /* address and file offset of the pclntab */
	FUNCDATA = 0x900, /* go:func.* */
	MODULE = 0xa00,   /* moduledata */
	RELA = 0xb80,
	NAMES = 0xc80,
};

static void put(struct buf *b, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		buf_putc(b, (char)(v >> 8 * i));
}

static void pad_to(struct buf *b, size_t n)
{
	while (b->n < n)
		buf_putc(b, 0);
}

static void patch(struct buf *b, size_t at, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		b->p[at + i] = (char)(v >> 8 * i);
}

/* One step of a value table: zigzag difference, then bytes of code (both below 64 here). */
static void step(struct buf *b, int delta, unsigned bytes)
{
	buf_putc(b, (char)(delta < 0 ? (unsigned)-delta * 2 - 1 : (unsigned)delta * 2));
	buf_putc(b, (char)bytes);
}

struct offsets {
	size_t names, cu, files, pc, functab;
	uint32_t name_main, name_mid, name_small, name_goexit;
	uint32_t file_main, file_asm;
	uint32_t sp, file0, file1, line, line_asm, inline_index;
};

static void write_strings(struct buf *b, struct offsets *o)
{
	o->names = b->n - TABLE;
	buf_putc(b, 0);
	o->name_main = (uint32_t)(b->n - TABLE - o->names);
	buf_add(b, "main.main", 10);
	o->name_mid = (uint32_t)(b->n - TABLE - o->names);
	buf_add(b, "main.mid", 9);
	o->name_small = (uint32_t)(b->n - TABLE - o->names);
	buf_add(b, "main.(*row[...]).small", 23);
	o->name_goexit = (uint32_t)(b->n - TABLE - o->names);
	buf_add(b, "runtime.goexit", 15);
	o->files = b->n - TABLE;
	o->file_main = 0;
	buf_add(b, "/app/main.go", 13);
	o->file_asm = 13;
	buf_add(b, "/usr/local/go/src/runtime/asm.s", 32);
	pad_to(b, (b->n + 7) & ~(size_t)7);
	o->cu = b->n - TABLE;
	put(b, o->file_main, 4);
	put(b, o->file_asm, 4);
}

static void write_values(struct buf *b, struct offsets *o)
{
	o->pc = b->n - TABLE;
	buf_putc(b, 0);
	o->sp = (uint32_t)(b->n - TABLE - o->pc);
	step(b, 1, 4);   /* -1 -> 0 */
	step(b, 24, 28); /* 24 */
	buf_putc(b, 0);
	o->file0 = (uint32_t)(b->n - TABLE - o->pc);
	step(b, 1, 32);
	buf_putc(b, 0);
	o->file1 = (uint32_t)(b->n - TABLE - o->pc);
	step(b, 2, 16);
	buf_putc(b, 0);
	o->line = (uint32_t)(b->n - TABLE - o->pc);
	step(b, 12, 8); /* 11 before the call, */
	step(b, -5, 2); /* 6 in mid, */
	step(b, -3, 4); /* 3 in small, */
	step(b, 5, 2);  /* 8 in mid again, */
	step(b, 4, 16); /* 12 after it */
	buf_putc(b, 0);
	o->line_asm = (uint32_t)(b->n - TABLE - o->pc);
	step(b, 50, 8); /* 49 */
	step(b, 50, 8); /* 99 */
	buf_putc(b, 0);
	o->inline_index = (uint32_t)(b->n - TABLE - o->pc);
	buf_putc(b, 0); /* the first difference may be 0: still -1 */
	buf_putc(b, 8);
	step(b, 1, 2);   /* 0: mid */
	step(b, 1, 4);   /* 1: small */
	step(b, -1, 2);  /* 0 */
	step(b, -1, 16); /* -1 */
	buf_putc(b, 0);
}

static void write_func(struct buf *b, enum go_image_version v, uint64_t entry, uint32_t name,
	uint32_t sp, uint32_t file, uint32_t line, bool inlines, uint32_t inline_index,
	uint32_t start_line)
{
	put(b, v == GO_IMAGE_116 ? entry : entry - TEXT, v == GO_IMAGE_116 ? 8 : 4);
	put(b, name, 4);
	put(b, 0, 4); /* args */
	put(b, 0, 4); /* deferreturn */
	put(b, sp, 4);
	put(b, file, 4);
	put(b, line, 4);
	put(b, inlines ? 3 : 0, 4); /* pcdata tables */
	put(b, 0, 4);               /* first file of the unit */
	if (v == GO_IMAGE_120)
		put(b, start_line, 4);
	put(b, 0, 1);               /* function id */
	put(b, inlines ? 0 : 1, 1); /* flag: goexit is the top frame */
	put(b, 0, 1);
	put(b, inlines ? 4 : 0, 1); /* funcdata */
	if (!inlines)
		return;
	put(b, 0, 4);
	put(b, 0, 4);
	put(b, inline_index, 4);
	if (v == GO_IMAGE_116) {
		pad_to(b, (b->n + 7) & ~(size_t)7);
		for (int i = 0; i < 3; i++)
			put(b, 0, 8);
		put(b, FUNCDATA, 8);
	} else {
		for (int i = 0; i < 3; i++)
			put(b, UINT32_MAX, 4);
		put(b, 0, 4);
	}
}

static void write_functab(struct buf *b, enum go_image_version v, struct offsets *o)
{
	unsigned w = v == GO_IMAGE_116 ? 8 : 4;
	uint64_t base = v == GO_IMAGE_116 ? 0 : TEXT;

	pad_to(b, (b->n + 7) & ~(size_t)7);
	o->functab = b->n - TABLE;
	size_t at = b->n, first, second;

	pad_to(b, b->n + 5 * w); /* two entries of (address, offset), the end address */
	pad_to(b, (b->n + 7) & ~(size_t)7);
	first = b->n;
	write_func(b, v, TEXT, o->name_main, o->sp, o->file0, o->line, true, o->inline_index, 10);
	pad_to(b, (b->n + 7) & ~(size_t)7);
	second = b->n;
	write_func(b, v, TEXT + 32, o->name_goexit, o->sp, o->file1, o->line_asm, false, 0, 90);
	patch(b, at, TEXT - base, w);
	patch(b, at + w, first - at, w);
	patch(b, at + 2 * w, TEXT + 32 - base, w);
	patch(b, at + 3 * w, second - at, w);
	patch(b, at + 4 * w, TEXT + TEXT_BYTES - base, w);
}

static void write_header(
	struct buf *b, enum go_image_version v, const struct offsets *o, unsigned flags)
{
	static const uint32_t magics[] = { 0xfffffffa, 0xfffffff0, 0xfffffff1 };
	size_t at = TABLE;

	patch(b, at, magics[v], 4);
	patch(b, at + 6, 1, 1); /* instruction quantum */
	patch(b, at + 7, 8, 1); /* pointer size */
	patch(b, at + 8, 2, 8); /* functions */
	patch(b, at + 16, 2, 8);
	at += 24;
	if (v != GO_IMAGE_116) {
		/* as newer linkers leave it in 1.20 tables */
		patch(b, at, v == GO_IMAGE_118 && !(flags & GO_IMAGE_PIE) ? TEXT : 0, 8);
		at += 8;
	}
	patch(b, at, o->names, 8);
	patch(b, at + 8, o->cu, 8);
	patch(b, at + 16, o->files, 8);
	patch(b, at + 24, o->pc, 8);
	patch(b, at + 32, o->functab, 8);
}

static void write_inline_tree(struct buf *b, enum go_image_version v, const struct offsets *o)
{
	pad_to(b, FUNCDATA);
	for (int i = 0; i < 2; i++) {
		uint32_t name = i == 0 ? o->name_mid : o->name_small;

		if (v == GO_IMAGE_120) {
			put(b, 0, 4);
			put(b, name, 4);
			/* mid is called from byte 20 (line 12); small from byte 8 (line 6) */
			put(b, i == 0 ? 20 : 8, 4);
			put(b, i == 0 ? 5 : 2, 4);
		} else {
			put(b, i == 0 ? 0xffff : 0, 2);
			put(b, 0, 2);
			put(b, 0, 4);               /* file */
			put(b, i == 0 ? 12 : 6, 4); /* line of the call */
			put(b, name, 4);
			put(b, i == 0 ? 20 : 8, 4);
		}
	}
}

static void write_moduledata(
	struct buf *b, enum go_image_version v, const struct offsets *o, unsigned flags)
{
	struct {
		unsigned word;
		uint64_t value;
	} words[] = { { 0, TABLE }, { 1, TABLE + o->names }, { 20, TEXT },
		{ 21, TEXT + TEXT_BYTES }, { 22, TEXT }, { 23, TEXT + TEXT_BYTES },
		{ v == GO_IMAGE_120 ? 39 : 37, TABLE }, { v == GO_IMAGE_120 ? 40 : 38, FUNCDATA } };

	pad_to(b, RELA);
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		uint64_t at = MODULE + 8 * words[i].word;

		if (!(flags & GO_IMAGE_PIE)) {
			patch(b, at, words[i].value, 8);
			continue;
		}
		put(b, at, 8);
		put(b, R_X86_64_RELATIVE, 8);
		put(b, words[i].value, 8);
	}
	pad_to(b, NAMES);
}

static void write_section(
	struct buf *b, uint32_t name, uint32_t type, uint64_t flags, uint64_t at, uint64_t n)
{
	put(b, name, 4);
	put(b, type, 4);
	put(b, flags, 8);
	put(b, type == SHT_STRTAB ? 0 : at, 8);
	put(b, at, 8);
	put(b, n, 8);
	put(b, 0, 8); /* link, info */
	put(b, 1, 8);
	put(b, 0, 8);
}

static void write_elf(struct buf *b, unsigned flags, size_t table_bytes)
{
	static const char names[] = "\0.text\0.gopclntab\0.rela.dyn\0.note.go.buildid\0.shstrtab";
	size_t strings = b->n, sections;

	buf_add(b, names, sizeof(names));
	pad_to(b, (b->n + 7) & ~(size_t)7);
	sections = b->n;
	write_section(b, 0, SHT_NULL, 0, 0, 0);
	write_section(b, 1, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, TEXT, TEXT_BYTES);
	write_section(b, 7, SHT_PROGBITS, SHF_ALLOC, TABLE, table_bytes);
	write_section(b, 18, SHT_RELA, SHF_ALLOC, RELA, flags & GO_IMAGE_PIE ? 8 * 24 : 0);
	write_section(b, 28, SHT_PROGBITS, SHF_ALLOC, TEXT, 0);
	write_section(b, 45, SHT_STRTAB, 0, strings, sizeof(names));
	memcpy(b->p, ELFMAG, SELFMAG);
	patch(b, EI_CLASS, ELFCLASS64, 1);
	patch(b, EI_DATA, ELFDATA2LSB, 1);
	patch(b, 16, ET_EXEC, 2);
	patch(b, 18, EM_X86_64, 2);
	patch(b, 32, sizeof(Elf64_Ehdr), 8);
	patch(b, 54, sizeof(Elf64_Phdr), 2);
	patch(b, 56, 2, 2);
	if (!(flags & GO_IMAGE_NO_SECTIONS)) {
		patch(b, 40, sections, 8);
		patch(b, 58, sizeof(Elf64_Shdr), 2);
		patch(b, 60, 6, 2);
		patch(b, 62, 5, 2);
	}
	for (int i = 0; i < 2; i++) {
		size_t at = sizeof(Elf64_Ehdr) + (size_t)i * sizeof(Elf64_Phdr);
		uint64_t lo = i == 0 ? TEXT : MODULE, hi = i == 0 ? MODULE : NAMES;

		patch(b, at, PT_LOAD, 4);
		patch(b, at + 4, i == 0 ? PF_R | PF_X : PF_R | PF_W, 4);
		patch(b, at + 8, lo, 8);
		patch(b, at + 16, lo, 8);
		patch(b, at + 32, hi - lo, 8);
		patch(b, at + 40, hi - lo, 8);
	}
}

void go_image_build(struct buf *ret, enum go_image_version version, unsigned flags)
{
	struct offsets o = { 0 };

	buf_clear(ret);
	pad_to(ret, TABLE + 72);
	write_strings(ret, &o);
	write_values(ret, &o);
	write_functab(ret, version, &o);
	write_header(ret, version, &o, flags);
	size_t table_bytes = ret->n - TABLE;

	write_inline_tree(ret, version, &o);
	write_moduledata(ret, version, &o, flags);
	write_elf(ret, flags, table_bytes);
}
