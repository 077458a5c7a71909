/* SPDX-License-Identifier: MIT */
/*
 * Function symbols of an ELF image by address: .symtab, .dynsym and names for PLT entries
 * ("memcpy@plt"). Of several names at one address the one a developer would use wins.
 */
#pragma once

#include "parse/elf_image.h"

struct elf_symbol {
	uint64_t addr;
	uint64_t size;    /* reaches to the next symbol when the file has no size */
	const char *name; /* raw, versions ("@GLIBC_2.2.5") cut off only for PLT names */
	uint32_t rank;    /* private: preference among aliases */
};

struct elf_symbols {
	struct elf_symbol *v;
	size_t n;
	struct arena names; /* names made for PLT entries */
};

enum { ELF_MAX_SYMBOLS = 16 << 20 };

/* Reads the image's own tables; with `debug` not NULL also that separate debug file's .symtab. */
void elf_symbols_init(struct elf_symbols *ret, struct elf_image *img, struct elf_image *debug);
void elf_symbols_done(struct elf_symbols *s);
/* The function that holds addr, NULL when none does. */
const struct elf_symbol *elf_symbols_find(const struct elf_symbols *s, uint64_t addr);
/* Address of the symbol named so (any type), false when the image has none; a linear search. */
bool elf_symbol_address(struct elf_image *img, const char *name, uint64_t *ret_addr);
/* Calls visit for every defined symbol of any type, in the order of the tables. */
void elf_symbols_each(struct elf_image *img,
	void (*visit)(void *ctx, const char *name, uint64_t addr, uint64_t size), void *ctx);
