/* SPDX-License-Identifier: MIT */
/* Go tables of a hostile ELF file: frames, stack depths, top frames, distribution folder. */
#include "parse/pclntab.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elf_image img;

	if (elf_image_init(&img, span_of(data, size), NULL) < 0)
		return 0;
	struct pclntab *t = pclntab_open(&img);
	uint64_t lo = 0, hi = 0x2000;
	size_t bytes = 0;

	elf_image_text_range(&img, &lo, &hi);
	for (uint64_t pc = lo, n = 0; t && pc < hi && n < 64; pc += (hi - lo) / 64 + 1, n++) {
		struct pclntab_frame v[8];
		size_t frames = pclntab_lookup(t, pc, v, 8);
		int32_t delta;

		for (size_t i = 0; i < frames; i++)
			bytes += strlen(v[i].name) + strlen(v[i].file);
		bytes += pclntab_sp_delta(t, pc, &delta);
		bytes += pclntab_is_top(t, pc);
	}
	if (t)
		bytes += strlen(pclntab_goroot(t));
	pclntab_free(t);
	elf_image_done(&img);
	return bytes == SIZE_MAX;
}
