/* SPDX-License-Identifier: MIT */
/*
 * What one ELF module can tell about its addresses: its image, its separate debug file, symbols,
 * DWARF and Go tables, each read when first needed. The file is opened through the target's view
 * and must be the one that is mapped: equal build-id, else equal inode.
 */
#pragma once

#include "collect/module.h"
#include "parse/dwarf.h"
#include "parse/elf_symbols.h"
#include "parse/pclntab.h"

#include "base/alloc.h"
#include "base/file.h"

struct symbol_file {
	struct file_map map;
	struct elf_image image;
	bool usable; /* image is there; otherwise only addresses can be shown */
	/* "", or why not, or what is missing; id of a caveat: see symbolizer.c */
	const char *problem;
	/* the separate debug file and its dwz supplement */
	struct file_map debug_map, alt_map;
	struct elf_image debug, alt;
	bool has_debug, has_alt;
	/* read on demand */
	struct elf_symbols symbols;
	struct dwarf *dwarf;
	struct pclntab *go;
	bool symbols_read, debug_searched, dwarf_read, go_read;
	char root[64]; /* "/proc/PID/root" of the target, "" the same as ours */
	char dir[512]; /* folder of the module in the target, for .gnu_debuglink */
};

struct symbol_file *symbol_file_open(const struct module *m);
void symbol_file_free(struct symbol_file *f);

const struct elf_symbol *symbol_file_symbol(struct symbol_file *f, uint64_t addr);
struct dwarf *symbol_file_dwarf(
	struct symbol_file *f);                        /* NULL when there is no debug information */
struct pclntab *symbol_file_go(struct symbol_file *f); /* NULL when it is not a Go program */
/* Start of the function that holds addr by .eh_frame_hdr: a stable place to name when no name is
 * known. */
bool symbol_file_function_start(struct symbol_file *f, uint64_t addr, uint64_t *ret);
