/* SPDX-License-Identifier: MIT */
/* Finds pclntab and moduledata; layout: runtime/symtab.go of the Go distribution, 1.16 to 1.26. */
#include "parse/go_module.h"

#include "base/alloc.h"

#include <elf.h>
#include <stdlib.h>

/* Words of moduledata: the header's address, six slices of three, then addresses. */
enum {
	WORD_NAMES = 1,
	WORD_MINPC = 20,
	WORD_MAXPC = 21,
	WORD_TEXT = 22,
	WORD_ETEXT = 23,
	WORD_RODATA_118 = 37,
	WORD_GOFUNC_118 = 38,
	WORD_RODATA_120 = 39,
	WORD_GOFUNC_120 = 40,
	MODULE_WORDS = 41,
};

static uint32_t u32_at(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t u64_at(const uint8_t *p)
{
	return u32_at(p) | (uint64_t)u32_at(p + 4) << 32;
}

static bool header_at(struct span s)
{
	if (s.n < 64)
		return false;
	uint32_t magic = u32_at(s.p);

	return (magic == 0xfffffffa || magic == 0xfffffff0 || magic == 0xfffffff1) && s.p[4] == 0 &&
		s.p[5] == 0 && (s.p[6] == 1 || s.p[6] == 2 || s.p[6] == 4) &&
		(s.p[7] == 4 || s.p[7] == 8);
}

/* Go programs have one of these; without section headers any program may be one. */
static bool may_be_go(const struct elf_image *img)
{
	if (img->n_sections == 0)
		return img->executable;
	return elf_image_section(img, ".go.buildinfo") ||
		elf_image_section(img, ".note.go.buildid");
}

static bool find_table(const struct elf_image *img, struct go_module *ret)
{
	static const char *const names[] = { ".gopclntab", ".data.rel.ro.gopclntab" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct elf_section *s = elf_image_section(img, names[i]);
		struct span data = s ? elf_section_raw(img, s) : (struct span){ 0 };

		if (header_at(data)) {
			ret->pclntab = data;
			ret->pclntab_addr = s->addr;
			return true;
		}
	}
	if (!may_be_go(img))
		return false;
	for (uint32_t i = 0; i < img->n_segments; i++) {
		const struct elf_segment *seg = &img->segments[i];
		struct span data = span_sub(img->file, seg->off, seg->filesz);

		if (seg->type != PT_LOAD)
			continue;
		/* the table is aligned to 32 bytes; 8 is enough to be sure */
		for (size_t off = 0; off + 64 <= data.n; off += 8) {
			if (data.p[off + 3] != 0xff || !header_at(span_from(data, off)))
				continue;
			ret->pclntab = span_from(data, off);
			ret->pclntab_addr = seg->vaddr + off;
			return true;
		}
	}
	return false;
}

/* ---- moduledata -------------------------------------------------------------------------------
 */

struct relocation {
	uint64_t at, value;
};

struct relocations {
	struct relocation *v;
	size_t n;
};

static int relocation_compare(const void *a, const void *b)
{
	const struct relocation *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

/* In a PIE the pointers of data are relative relocations and the bytes may be zero. */
static void read_relocations(const struct elf_image *img, struct relocations *ret)
{
	const struct elf_section *s = elf_image_section(img, ".rela.dyn");

	if (!s)
		s = elf_image_section(img, ".rela");
	struct span data = s ? elf_section_raw(img, s) : (struct span){ 0 };
	size_t n = MIN(data.n / sizeof(Elf64_Rela), (size_t)16 << 20);

	ret->v = xcalloc(n + 1, sizeof(*ret->v));
	for (size_t i = 0; i < n; i++) {
		const uint8_t *p = data.p + i * sizeof(Elf64_Rela);
		uint32_t type = u32_at(p + 8);

		if (type == R_X86_64_RELATIVE || type == R_AARCH64_RELATIVE)
			ret->v[ret->n++] =
				(struct relocation){ .at = u64_at(p), .value = u64_at(p + 16) };
	}
	qsort(ret->v, ret->n, sizeof(*ret->v), relocation_compare);
}

static uint64_t pointer_at(
	const struct elf_image *img, const struct relocations *rel, uint64_t addr)
{
	struct relocation key = { .at = addr };
	const struct relocation *hit =
		rel->n ? bsearch(&key, rel->v, rel->n, sizeof(key), relocation_compare) : NULL;

	if (hit)
		return hit->value;
	struct span s = elf_image_at(img, addr);

	return s.n >= 8 ? u64_at(s.p) : 0;
}

/* Takes bases from a candidate after checking that it describes this table. */
static bool accept(const struct elf_image *img, const struct relocations *rel, uint64_t addr,
	struct go_module *m)
{
	uint64_t names = pointer_at(img, rel, addr + 8 * WORD_NAMES);
	uint64_t lo = pointer_at(img, rel, addr + 8 * WORD_MINPC),
		 hi = pointer_at(img, rel, addr + 8 * WORD_MAXPC);
	uint64_t text = pointer_at(img, rel, addr + 8 * WORD_TEXT);
	uint64_t etext = pointer_at(img, rel, addr + 8 * WORD_ETEXT);

	if (names <= m->pclntab_addr || names - m->pclntab_addr > 256 || lo >= hi || text > lo ||
		etext < text)
		return false;
	m->text = text;
	uint32_t magic = u32_at(m->pclntab.p);
	bool new = magic == 0xfffffff1;

	if (magic == 0xfffffffa)
		return true;
	uint64_t rodata =
		pointer_at(img, rel, addr + 8 * (new ? WORD_RODATA_120 : WORD_RODATA_118));
	uint64_t gofunc =
		pointer_at(img, rel, addr + 8 * (new ? WORD_GOFUNC_120 : WORD_GOFUNC_118));

	/* a layout that we do not know: better no inlines than wrong ones */
	if (gofunc >= rodata && elf_image_at(img, gofunc).n && elf_image_at(img, rodata).n)
		m->gofunc = gofunc;
	return true;
}

static bool scan_segment(const struct elf_image *img, const struct elf_segment *seg,
	const struct relocations *rel, struct go_module *m)
{
	struct span data = span_sub(img->file, seg->off, seg->filesz);

	for (size_t off = -seg->vaddr & 7; off + 8 * MODULE_WORDS <= data.n; off += 8)
		if (u64_at(data.p + off) == m->pclntab_addr &&
			accept(img, rel, seg->vaddr + off, m))
			return true;
	return false;
}

static void find_bases(const struct elf_image *img, struct go_module *m)
{
	struct relocations rel = { 0 };
	bool found = false;

	for (uint32_t i = 0; i < img->n_segments && !found; i++)
		if (img->segments[i].type == PT_LOAD && img->segments[i].flags & PF_W)
			found = scan_segment(img, &img->segments[i], &rel, m);
	if (!found) {
		read_relocations(img, &rel);
		for (size_t i = 0; i < rel.n && !found; i++)
			if (rel.v[i].value == m->pclntab_addr)
				found = accept(img, &rel, rel.v[i].at, m);
	}
	free(rel.v);
}

bool go_module_find(const struct elf_image *img, struct go_module *ret)
{
	struct go_module m = { 0 };

	if (!find_table(img, &m))
		return false;
	/* 32-bit moduledata is laid out in 4-byte words: its inlines are not read */
	if (img->is64)
		find_bases(img, &m);
	*ret = m;
	return true;
}
