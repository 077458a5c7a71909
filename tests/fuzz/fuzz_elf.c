/* SPDX-License-Identifier: MIT */
/* ELF images: headers, sections, notes, links, symbols and PLT names of a hostile file. */
#include "parse/elf_image.h"
#include "parse/elf_symbols.h"
#include "parse/go_module.h"
#include "parse/pclntab.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_up(struct elf_image *img)
{
	struct elf_symbols s;
	uint64_t lo, hi, addr;

	elf_symbols_init(&s, img, img);
	elf_symbols_find(&s, 0);
	elf_symbols_find(&s, UINT64_MAX);
	for (size_t i = 0; i < s.n && i < 64; i++) {
		elf_symbols_find(&s, s.v[i].addr);
		elf_symbols_find(&s, s.v[i].addr + s.v[i].size);
	}
	if (elf_image_text_range(img, &lo, &hi))
		elf_symbols_find(&s, lo + (hi - lo) / 2);
	elf_symbol_address(img, "main", &addr);
	elf_symbols_done(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elf_image img;
	const char *name;
	uint32_t crc;
	uint64_t addr;
	struct span id;
	struct go_module go;
	struct go_build build;

	if (elf_image_init(&img, span_of(data, size), NULL) < 0)
		return 0;
	for (uint32_t i = 0; i < img.n_sections && i < 64; i++)
		elf_section_data(&img, &img.sections[i]);
	elf_debug_section(&img, "info");
	elf_image_debuglink(&img, &name, &crc);
	elf_image_debugaltlink(&img, &name, &id);
	elf_image_needs(&img, "libstdc++");
	elf_image_vaddr(&img, size / 2, &addr);
	elf_image_at(&img, img.entry);
	go_module_find(&img, &go);
	go_build_read(&build, &img);
	go_build_done(&build);
	look_up(&img);
	elf_image_done(&img);
	return 0;
}
