/* SPDX-License-Identifier: MIT */
/* ELF headers, sections, segments and notes; format: System V gABI chapters 4 and 5. */
#include "parse/elf_image.h"

#include "base/alloc.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

/* A word of the file's class: 4 or 8 bytes. */
static uint64_t cursor_word(struct cursor *c, bool is64)
{
	return is64 ? cursor_u64(c) : cursor_u32(c);
}

static void read_section(
	const struct elf_image *img, struct cursor *c, struct elf_section *s, uint32_t *ret_name)
{
	*ret_name = cursor_u32(c);
	s->name = "";
	s->type = cursor_u32(c);
	s->flags = cursor_word(c, img->is64);
	s->addr = cursor_word(c, img->is64);
	s->off = cursor_word(c, img->is64);
	s->size = cursor_word(c, img->is64);
	s->link = cursor_u32(c);
	s->info = cursor_u32(c);
	cursor_word(c, img->is64); /* sh_addralign */
	s->entsize = cursor_word(c, img->is64);
}

static void read_sections(
	struct elf_image *img, uint64_t off, uint32_t n, uint32_t entsize, uint32_t strndx)
{
	size_t want = img->is64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);

	if (off == 0 || off >= img->file.n || entsize < want)
		return;
	struct cursor c = cursor_of(img->file, off);
	struct elf_section first;
	uint32_t name;

	/* numbers that do not fit the header are kept in section 0 */
	read_section(img, &c, &first, &name);
	if (c.bad)
		return;
	if (n == 0)
		n = first.size > ELF_MAX_SECTIONS ? ELF_MAX_SECTIONS : (uint32_t)first.size;
	if (strndx == SHN_XINDEX)
		strndx = first.link;
	n = (uint32_t)MIN((uint64_t)n, (img->file.n - off) / entsize);
	n = MIN(n, (uint32_t)ELF_MAX_SECTIONS);
	img->sections = arena_array(&img->arena, n, sizeof(*img->sections));
	uint32_t *names = xcalloc(MAX(n, 1u), sizeof(*names));

	for (uint32_t i = 0; i < n; i++) {
		c = cursor_of(img->file, off + (uint64_t)i * entsize);
		read_section(img, &c, &img->sections[i], &names[i]);
	}
	img->n_sections = n;
	if (strndx < n) {
		struct span text = elf_section_raw(img, &img->sections[strndx]);

		for (uint32_t i = 0; i < n; i++) {
			const char *s = span_cstr(text, names[i]);

			img->sections[i].name = s ? s : "";
		}
	}
	free(names);
}

static void read_segments(struct elf_image *img, uint64_t off, uint32_t n, uint32_t entsize)
{
	size_t want = img->is64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);

	if (off == 0 || off >= img->file.n || entsize < want)
		return;
	n = (uint32_t)MIN(
		(uint64_t)MIN(n, (uint32_t)ELF_MAX_SEGMENTS), (img->file.n - off) / entsize);
	img->segments = arena_array(&img->arena, n, sizeof(*img->segments));
	for (uint32_t i = 0; i < n; i++) {
		struct cursor c = cursor_of(img->file, off + (uint64_t)i * entsize);
		struct elf_segment *s = &img->segments[i];

		s->type = cursor_u32(&c);
		if (img->is64)
			s->flags = cursor_u32(&c);
		s->off = cursor_word(&c, img->is64);
		s->vaddr = cursor_word(&c, img->is64);
		cursor_word(&c, img->is64); /* p_paddr */
		s->filesz = cursor_word(&c, img->is64);
		s->memsz = cursor_word(&c, img->is64);
		if (!img->is64)
			s->flags = cursor_u32(&c);
	}
	img->n_segments = n;
}

static void find_build_id(struct elf_image *img, struct span notes)
{
	struct cursor c = cursor_of(notes, 0);

	while (!img->build_id && !c.bad && c.at < notes.n) {
		uint32_t namesz = cursor_u32(&c), descsz = cursor_u32(&c), type = cursor_u32(&c);
		struct span name = cursor_bytes(&c, namesz);

		cursor_bytes(&c, -namesz & 3u);
		struct span desc = cursor_bytes(&c, descsz);

		if (c.bad)
			return;
		if (type == NT_GNU_BUILD_ID && namesz == 4 && memcmp(name.p, "GNU", 4) == 0 &&
			descsz > 0) {
			img->build_id = desc.p;
			img->build_id_len = desc.n;
			return;
		}
		c.at += MIN((size_t)(-descsz & 3u), notes.n - c.at);
	}
}

static void read_notes(struct elf_image *img)
{
	for (uint32_t i = 0; i < img->n_sections && !img->build_id; i++)
		if (img->sections[i].type == SHT_NOTE)
			find_build_id(img, elf_section_raw(img, &img->sections[i]));
	for (uint32_t i = 0; i < img->n_segments && !img->build_id; i++)
		if (img->segments[i].type == PT_NOTE)
			find_build_id(img,
				span_sub(img->file, img->segments[i].off, img->segments[i].filesz));
}

static bool is_executable(const struct elf_image *img)
{
	if (img->type == ET_EXEC)
		return true;
	for (uint32_t i = 0; i < img->n_segments; i++) {
		const struct elf_segment *s = &img->segments[i];

		if (s->type == PT_INTERP)
			return true;
		if (s->type != PT_DYNAMIC)
			continue;
		struct cursor c = cursor_of(span_sub(img->file, s->off, s->filesz), 0);

		while (!c.bad && c.at < c.s.n) {
			uint64_t tag = cursor_word(&c, img->is64), val = cursor_word(&c, img->is64);

			if (tag == DT_NULL)
				break;
			if (tag == DT_FLAGS_1 && val & DF_1_PIE)
				return true;
		}
	}
	return false;
}

int elf_image_init(struct elf_image *ret, struct span file, struct err *err)
{
	if (file.n < sizeof(Elf32_Ehdr) || memcmp(file.p, ELFMAG, SELFMAG) != 0)
		return fail(err, EINVAL, "not an ELF file");
	uint8_t class = file.p[EI_CLASS];

	if ((class != ELFCLASS32 && class != ELFCLASS64) || file.p[EI_DATA] != ELFDATA2LSB)
		return fail(err, EINVAL, "not a little-endian ELF file");
	struct elf_image img = { .file = file, .is64 = class == ELFCLASS64 };
	struct cursor c = cursor_of(file, EI_NIDENT);

	img.type = cursor_u16(&c);
	img.machine = cursor_u16(&c);
	cursor_u32(&c); /* e_version */
	img.entry = cursor_word(&c, img.is64);
	uint64_t phoff = cursor_word(&c, img.is64), shoff = cursor_word(&c, img.is64);

	cursor_u32(&c); /* e_flags */
	cursor_u16(&c); /* e_ehsize */
	uint32_t phentsize = cursor_u16(&c), phnum = cursor_u16(&c);
	uint32_t shentsize = cursor_u16(&c), shnum = cursor_u16(&c), shstrndx = cursor_u16(&c);

	if (c.bad)
		return fail(err, EINVAL, "ELF header is cut off");
	read_sections(&img, shoff, shnum, shentsize, shstrndx);
	if (phnum == PN_XNUM && img.n_sections)
		phnum = img.sections[0].info;
	read_segments(&img, phoff, phnum, phentsize);
	read_notes(&img);
	img.executable = is_executable(&img);
	*ret = img;
	return 0;
}

void elf_image_done(struct elf_image *img)
{
	if (!img)
		return;
	arena_done(&img->arena);
	*img = (struct elf_image){ 0 };
}

const struct elf_section *elf_image_section(const struct elf_image *img, const char *name)
{
	for (uint32_t i = 0; i < img->n_sections; i++)
		if (strcmp(img->sections[i].name, name) == 0)
			return &img->sections[i];
	return NULL;
}

const struct elf_section *elf_image_section_type(const struct elf_image *img, uint32_t type)
{
	for (uint32_t i = 0; i < img->n_sections; i++)
		if (img->sections[i].type == type)
			return &img->sections[i];
	return NULL;
}

struct span elf_section_raw(const struct elf_image *img, const struct elf_section *s)
{
	if (!s || s->type == SHT_NOBITS)
		return (struct span){ 0 };
	return span_sub(img->file, s->off, s->size);
}

static struct span inflate_zlib(struct elf_image *img, struct span in, uint64_t size)
{
	uint8_t *out = arena_alloc(&img->arena, size);
	z_stream z = { .next_in = (Bytef *)(uintptr_t)in.p, .next_out = out };

	if (inflateInit(&z) != Z_OK)
		return (struct span){ 0 };
	uint64_t in_left = in.n, out_left = size;
	int r = Z_OK;

	/* zlib counts in 32 bits */
	while (r == Z_OK) {
		uInt in_now = (uInt)MIN(in_left, (uint64_t)1 << 30);
		uInt out_now = (uInt)MIN(out_left, (uint64_t)1 << 30);

		z.avail_in = in_now;
		z.avail_out = out_now;
		r = inflate(&z, Z_NO_FLUSH);
		in_left -= in_now - z.avail_in;
		out_left -= out_now - z.avail_out;
	}
	inflateEnd(&z);
	return r == Z_STREAM_END && out_left == 0 ? span_of(out, size) : (struct span){ 0 };
}

static struct span inflate_zstd(struct elf_image *img, struct span in, uint64_t size)
{
#ifdef HAVE_ZSTD
	uint8_t *out = arena_alloc(&img->arena, size);
	size_t r = ZSTD_decompress(out, size, in.p, in.n);

	return !ZSTD_isError(r) && r == size ? span_of(out, size) : (struct span){ 0 };
#else
	return (struct span){ 0 };
#endif
}

/* zlib cannot shrink more than about 1030 to 1: a larger claim is a lie, do not allocate for it. */
static bool size_plausible(uint64_t size, size_t packed)
{
	return size > 0 && size <= ELF_MAX_INFLATED && size / 1100 <= packed;
}

struct span elf_section_data(struct elf_image *img, const struct elf_section *s)
{
	struct span raw = elf_section_raw(img, s);

	if (raw.n == 0)
		return raw;
	if (strncmp(s->name, ".zdebug", 7) == 0) {
		uint64_t size = 0;

		if (raw.n < 12 || !span_starts(raw, "ZLIB"))
			return (struct span){ 0 };
		for (int i = 4; i < 12; i++)
			size = size << 8 | raw.p[i];
		if (!size_plausible(size, raw.n))
			return (struct span){ 0 };
		return inflate_zlib(img, span_from(raw, 12), size);
	}
	if (!(s->flags & SHF_COMPRESSED))
		return raw;
	struct cursor c = cursor_of(raw, 0);
	uint32_t how = cursor_u32(&c);

	if (img->is64)
		cursor_u32(&c);
	uint64_t size = cursor_word(&c, img->is64);

	cursor_word(&c, img->is64); /* ch_addralign */
	struct span packed = span_from(raw, c.at);

	if (c.bad || size == 0 || size > ELF_MAX_INFLATED)
		return (struct span){ 0 };
	if (how == ELFCOMPRESS_ZLIB && size_plausible(size, packed.n))
		return inflate_zlib(img, packed, size);
	/* ELFCOMPRESS_ZSTD is 2; glibc 2.36 has no name for it */
	if (how == 2 && size / 100000 <= packed.n)
		return inflate_zstd(img, packed, size);
	return (struct span){ 0 };
}

struct span elf_debug_section(struct elf_image *img, const char *name)
{
	char full[64];

	for (int old = 0; old < 2; old++) {
		snprintf(full, sizeof(full), "%s%s", old ? ".zdebug_" : ".debug_", name);
		const struct elf_section *s = elf_image_section(img, full);

		if (s && s->type != SHT_NOBITS)
			return elf_section_data(img, s);
	}
	return (struct span){ 0 };
}

struct span elf_image_at(const struct elf_image *img, uint64_t vaddr)
{
	for (uint32_t i = 0; i < img->n_segments; i++) {
		const struct elf_segment *s = &img->segments[i];

		if (s->type == PT_LOAD && vaddr >= s->vaddr && vaddr - s->vaddr < s->filesz) {
			struct span all = span_sub(img->file, s->off, s->filesz);

			return span_from(all, vaddr - s->vaddr);
		}
	}
	return (struct span){ 0 };
}

bool elf_image_vaddr(const struct elf_image *img, uint64_t file_off, uint64_t *ret)
{
	for (uint32_t i = 0; i < img->n_segments; i++) {
		const struct elf_segment *s = &img->segments[i];

		if (s->type == PT_LOAD && file_off >= s->off && file_off - s->off < s->filesz) {
			*ret = s->vaddr + (file_off - s->off);
			return true;
		}
	}
	return false;
}

bool elf_image_text_range(const struct elf_image *img, uint64_t *ret_lo, uint64_t *ret_hi)
{
	uint64_t lo = UINT64_MAX, hi = 0;

	for (uint32_t i = 0; i < img->n_segments; i++) {
		const struct elf_segment *s = &img->segments[i];

		if (s->type != PT_LOAD || !(s->flags & PF_X) || s->memsz > UINT64_MAX - s->vaddr)
			continue;
		lo = MIN(lo, s->vaddr);
		hi = MAX(hi, s->vaddr + s->memsz);
	}
	if (lo >= hi)
		return false;
	*ret_lo = lo;
	*ret_hi = hi;
	return true;
}

uint64_t elf_image_text_end(const struct elf_image *img, uint64_t addr)
{
	for (uint32_t i = 0; i < img->n_sections; i++) {
		const struct elf_section *s = &img->sections[i];

		if (s->flags & SHF_EXECINSTR && addr >= s->addr && addr - s->addr < s->size)
			return s->addr + s->size;
	}
	return 0;
}

bool elf_image_needs(const struct elf_image *img, const char *prefix)
{
	const struct elf_section *s = elf_image_section_type(img, SHT_DYNAMIC);

	if (!s || s->link >= img->n_sections)
		return false;
	struct span text = elf_section_raw(img, &img->sections[s->link]);
	struct cursor c = cursor_of(elf_section_raw(img, s), 0);

	while (!c.bad && c.at < c.s.n) {
		uint64_t tag = cursor_word(&c, img->is64), val = cursor_word(&c, img->is64);
		const char *name = tag == DT_NEEDED ? span_cstr(text, val) : NULL;

		if (tag == DT_NULL)
			break;
		if (name && strncmp(name, prefix, strlen(prefix)) == 0)
			return true;
	}
	return false;
}

bool elf_image_debuglink(const struct elf_image *img, const char **ret_name, uint32_t *ret_crc)
{
	struct span s = elf_section_raw(img, elf_image_section(img, ".gnu_debuglink"));
	struct cursor c = cursor_of(s, 0);
	const char *name = cursor_cstr(&c);

	c.at += -c.at & 3u;
	if (c.at > s.n)
		return false;
	uint32_t crc = cursor_u32(&c);

	if (c.bad || !*name || strchr(name, '/'))
		return false;
	*ret_name = name;
	*ret_crc = crc;
	return true;
}

bool elf_image_debugaltlink(const struct elf_image *img, const char **ret_name, struct span *ret_id)
{
	struct span s = elf_section_raw(img, elf_image_section(img, ".gnu_debugaltlink"));
	struct cursor c = cursor_of(s, 0);
	const char *name = cursor_cstr(&c);
	struct span id = span_from(s, c.at);

	if (c.bad || !*name || id.n == 0)
		return false;
	*ret_name = name;
	*ret_id = id;
	return true;
}
