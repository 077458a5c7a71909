/* SPDX-License-Identifier: MIT */
/* Function bounds from .eh_frame_hdr (LSB Core, 10.6.2) and variants behind indirect functions. */
#include "parse/elf_functions.h"

#include <elf.h>

/*
 * The table of (start, FDE) pairs sorted by start, as signed 32-bit offsets from the section's own
 * address. Only that form; every linker writes it.
 */
static struct span start_table(const struct elf_image *img, uint64_t *ret_base)
{
	struct span hdr = { 0 };

	for (uint32_t i = 0; i < img->n_segments; i++)
		if (img->segments[i].type == PT_GNU_EH_FRAME) {
			*ret_base = img->segments[i].vaddr;
			hdr = span_sub(img->file, img->segments[i].off, img->segments[i].filesz);
		}
	if (hdr.n < 12 || hdr.p[0] != 1 || hdr.p[1] != 0x1b || hdr.p[2] != 0x03 || hdr.p[3] != 0x3b)
		return (struct span){ 0 };
	struct cursor c = cursor_of(hdr, 8);
	uint64_t n = cursor_u32(&c);

	return span_sub(hdr, 12, MIN(n, (hdr.n - 12) / 8) * 8);
}

static uint64_t start_at(struct span table, uint64_t base, size_t i)
{
	struct cursor c = cursor_of(table, i * 8);

	return base + (uint64_t)(int64_t)(int32_t)cursor_u32(&c);
}

bool elf_function_bounds(
	const struct elf_image *img, uint64_t addr, uint64_t *ret_lo, uint64_t *ret_hi)
{
	uint64_t base = 0;
	struct span table = start_table(img, &base);
	size_t lo = 0, hi = table.n / 8;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (start_at(table, base, mid) <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == 0)
		return false;
	*ret_lo = start_at(table, base, lo - 1);
	/* without section headers the next start has to do */
	uint64_t end = elf_image_text_end(img, *ret_lo),
		 next = lo < table.n / 8 ? start_at(table, base, lo) : 0;

	*ret_hi = end == 0 || (next && next < end) ? next : end;
	return *ret_lo <= addr && addr < *ret_hi;
}

void elf_resolver_targets(const struct elf_image *img, uint64_t addr, uint64_t n,
	void (*found)(void *ctx, uint64_t at, uint64_t bytes), void *ctx)
{
	enum { MAX_RESOLVER_BYTES = 1024 };
	struct span code = elf_image_at(img, addr);

	code = span_sub(code, 0, MIN(MIN(n, (uint64_t)MAX_RESOLVER_BYTES), code.n));
	if (img->machine != EM_X86_64)
		return;
	for (size_t i = 0; i + 7 <= code.n; i++) {
		uint64_t lo, hi;

		/* lea disp32(%rip), %r64: 48 or 4c, 8d, mod 00 rm 101 */
		if ((code.p[i] != 0x48 && code.p[i] != 0x4c) || code.p[i + 1] != 0x8d ||
			(code.p[i + 2] & 0xc7) != 5)
			continue;
		struct cursor c = cursor_of(code, i + 3);
		uint64_t to = addr + i + 7 + (uint64_t)(int64_t)(int32_t)cursor_u32(&c);

		if (elf_function_bounds(img, to, &lo, &hi) && lo == to)
			found(ctx, to, hi - lo);
	}
}
