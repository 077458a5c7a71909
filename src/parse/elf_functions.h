/* SPDX-License-Identifier: MIT */
/*
 * Where functions start and end in a file without a symbol table, and which of them implement a
 * named function: .eh_frame_hdr lists all starts, and the resolvers of indirect functions (memcpy,
 * strlen ... of a C library) load the addresses of the variants they choose from.
 */
#pragma once

#include "parse/elf_image.h"

/* Start of the function that holds addr and of the next one; false when the file does not list it.
 */
bool elf_function_bounds(
	const struct elf_image *img, uint64_t addr, uint64_t *ret_lo, uint64_t *ret_hi);

/*
 * Calls found(ctx, address of a variant, bytes) for each function start that the resolver code at
 * addr (n bytes) loads. x86-64 only.
 */
void elf_resolver_targets(const struct elf_image *img, uint64_t addr, uint64_t n,
	void (*found)(void *ctx, uint64_t at, uint64_t bytes), void *ctx);
