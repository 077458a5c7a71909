/* SPDX-License-Identifier: MIT */
/* Debug information of a hostile ELF file: look-ups all over its text, and build facts. */
#include "parse/dwarf.h"
#include "parse/elf_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elf_image img;

	if (elf_image_init(&img, span_of(data, size), NULL) < 0)
		return 0;
	struct dwarf_sections s = { .info = elf_debug_section(&img, "info"),
		.abbrev = elf_debug_section(&img, "abbrev"),
		.line = elf_debug_section(&img, "line"),
		.str = elf_debug_section(&img, "str"),
		.line_str = elf_debug_section(&img, "line_str"),
		.ranges = elf_debug_section(&img, "ranges"),
		.rnglists = elf_debug_section(&img, "rnglists"),
		.addr = elf_debug_section(&img, "addr"),
		.str_offsets = elf_debug_section(&img, "str_offsets"),
		.aranges = elf_debug_section(&img, "aranges"),
		.is64 = img.is64 };

	/* the file is its own supplement too, so that references into one are followed */
	s.alt_info = s.info;
	s.alt_abbrev = s.abbrev;
	s.alt_str = s.str;
	if (!elf_image_text_range(&img, &s.text_lo, &s.text_hi))
		s.text_hi = 0x2000;
	struct dwarf *d = dwarf_new(&s);
	uint64_t step = (s.text_hi - s.text_lo) / 64 + 1;
	size_t bytes = 0;

	for (uint64_t a = s.text_lo, n = 0; a < s.text_hi && n < 64; a += step, n++) {
		struct dwarf_frame v[8];
		size_t frames = dwarf_lookup(d, a, v, 8);

		for (size_t i = 0; i < frames; i++)
			bytes += strlen(v[i].name) + strlen(v[i].linkage) + strlen(v[i].file);
	}
	for (size_t i = 0; i < dwarf_unit_count(d) && i < 64; i++) {
		struct dwarf_unit_facts f;

		dwarf_unit_facts(d, i, true, &f);
		bytes += strlen(f.producer) + strlen(f.name) + strlen(f.comp_dir);
	}
	dwarf_free(d);
	elf_image_done(&img);
	return bytes == SIZE_MAX;
}
