/* SPDX-License-Identifier: MIT */
/*
 * Where a Go program keeps its tables: the pclntab and, through the runtime's moduledata, the
 * bases that its offsets count from. Works without symbols and without section headers.
 */
#pragma once

#include "parse/elf_image.h"

struct go_module {
	struct span pclntab; /* from its header to the end of the segment or section */
	uint64_t pclntab_addr;
	uint64_t text;   /* runtime.text, 0 unknown */
	uint64_t gofunc; /* go:func.*, 0 unknown */
};

bool go_module_find(const struct elf_image *img, struct go_module *ret);
