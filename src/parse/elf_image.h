/* SPDX-License-Identifier: MIT */
/*
 * An ELF file (executable, shared library, debug file, vdso) over borrowed bytes: sections,
 * segments, notes. Little endian, 32 and 64 bit. Hostile input is expected: every offset is
 * checked, tables are bounded, what does not fit is left out. The bytes must outlive the image.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

struct elf_section {
	const char *name;         /* "" when the name is broken */
	uint32_t type;            /* SHT_* */
	uint64_t flags;           /* SHF_* */
	uint64_t addr, off, size; /* size as in memory; SHT_NOBITS has no bytes in the file */
	uint32_t link, info;
	uint64_t entsize;
};

struct elf_segment {
	uint32_t type, flags; /* PT_*, PF_* */
	uint64_t off, vaddr, filesz, memsz;
};

struct elf_image {
	struct span file;
	bool is64;
	uint16_t type, machine; /* ET_*, EM_* */
	uint64_t entry;
	struct elf_section *sections;
	uint32_t n_sections;
	struct elf_segment *segments;
	uint32_t n_segments;
	const uint8_t *build_id; /* inside file, NULL when there is none */
	size_t build_id_len;
	bool executable; /* a program, not a shared library: ET_EXEC, or has PT_INTERP or DF_1_PIE
			  */
	struct arena arena; /* the tables and decompressed sections */
};

enum {
	ELF_MAX_SECTIONS = 65535 * 4,
	ELF_MAX_SEGMENTS = 4096,
};
/* Ceiling of one decompressed section: hostile files claim anything. */
#define ELF_MAX_INFLATED ((uint64_t)2 << 30)

/* -EINVAL when it is no ELF file of a kind we read; then nothing is to be freed. */
int elf_image_init(struct elf_image *ret, struct span file, struct err *err);
void elf_image_done(struct elf_image *img);

/* First section of that name, NULL when there is none. */
const struct elf_section *elf_image_section(const struct elf_image *img, const char *name);
const struct elf_section *elf_image_section_type(const struct elf_image *img, uint32_t type);
/* The bytes as in the file (maybe compressed); empty for SHT_NOBITS or when outside the file. */
struct span elf_section_raw(const struct elf_image *img, const struct elf_section *s);
/*
 * The content: decompressed (SHF_COMPRESSED zlib or zstd, old .zdebug_ form) into the image's
 * arena, so call it once per section. Empty when missing or broken.
 */
struct span elf_section_data(struct elf_image *img, const struct elf_section *s);
/* Content of ".debug_<name>" or its ".zdebug_<name>" form. */
struct span elf_debug_section(struct elf_image *img, const char *name);

/* Bytes of the file that are loaded at virtual address vaddr, up to the end of that segment. */
struct span elf_image_at(const struct elf_image *img, uint64_t vaddr);
/* File offset to virtual address through the PT_LOAD segments; false when it is not loaded. */
bool elf_image_vaddr(const struct elf_image *img, uint64_t file_off, uint64_t *ret);
/* Lowest and highest address of executable segments; false when there is none. */
bool elf_image_text_range(const struct elf_image *img, uint64_t *ret_lo, uint64_t *ret_hi);

/* End of the executable section that holds addr, 0 when none does. */
uint64_t elf_image_text_end(const struct elf_image *img, uint64_t addr);
/* True when DT_NEEDED names a library that starts so ("libstdc++.so"). */
bool elf_image_needs(const struct elf_image *img, const char *prefix);
/* .gnu_debuglink: file name and CRC of the separate debug file. */
bool elf_image_debuglink(const struct elf_image *img, const char **ret_name, uint32_t *ret_crc);
/* .gnu_debugaltlink: path and build-id of the dwz supplementary file. */
bool elf_image_debugaltlink(
	const struct elf_image *img, const char **ret_name, struct span *ret_id);
