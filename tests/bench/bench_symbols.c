/* SPDX-License-Identifier: MIT */
/*
 * Symbolises addresses of ELF files and reports time and memory.
 *
 *	bench_symbols N FILE...          N addresses spread over the text of each file
 *	bench_symbols --names FILE       hexadecimal addresses on stdin, frames on stdout
 */
#include "base/clock.h"
#include "collect/symbolizer.h"
#include "knowledge/knowledge.h"
#include "parse/elf_image.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

static uint64_t cpu_ns(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return ((uint64_t)u.ru_utime.tv_sec + (uint64_t)u.ru_stime.tv_sec) * 1000000000u +
		((uint64_t)u.ru_utime.tv_usec + (uint64_t)u.ru_stime.tv_usec) * 1000u;
}

static int names(const char *path)
{
	struct profile *p = profile_new();
	struct symbolizer *s = symbolizer_new(p, knowledge_builtin(), "");
	struct module m = { .kind = MODULE_ELF, .path = path, .open_path = path };
	char line[64];

	symbolizer_build_facts(s, &m);
	printf("language %s, producer %s\n", p->language, p->producer);
	for (const struct caveat *c = p->caveats.first; c; c = c->next)
		printf("caveat %s: %s\n", c->id, c->text);
	while (fgets(line, sizeof(line), stdin)) {
		struct raw_frame f = { .addr = strtoull(line, NULL, 16) };
		uint32_t ids[SYMBOLIZER_MAX_INLINE];
		bool named;
		size_t n = symbolizer_resolve(s, &m, &f, ids, &named);

		printf("%#llx\n", (unsigned long long)f.addr);
		for (size_t i = 0; i < n; i++) {
			const struct frame *fr = &p->frames.v[ids[i]];

			printf("  %s%s  %s:%u  decl %u  [%s]  %s\n",
				fr->inlined ? "(inlined) " : "", profile_str(p, fr->function),
				profile_str(p, fr->file), fr->line, fr->decl_line,
				frame_kind_name((enum frame_kind)fr->kind),
				profile_str(p, fr->linkage));
		}
	}
	symbolizer_free(s);
	profile_free(p);
	return 0;
}

static int measure(size_t n, char **files, size_t n_files)
{
	struct profile *p = profile_new();
	struct symbolizer *s = symbolizer_new(p, knowledge_builtin(), "");
	uint64_t start = cpu_ns();

	for (size_t i = 0; i < n_files; i++) {
		struct module m = { .kind = MODULE_ELF,
			.id = (uint32_t)i,
			.path = files[i],
			.open_path = files[i] };
		struct file_map map;
		struct elf_image img;
		uint64_t lo, hi, before = cpu_ns();
		size_t named_n = 0, frames = 0;

		if (file_map_open(&map, files[i], (size_t)4 << 30, NULL) < 0)
			continue;
		bool elf = elf_image_init(&img, map.s, NULL) == 0;

		if (!elf || !elf_image_text_range(&img, &lo, &hi)) {
			printf("%s: no ELF file with code\n", files[i]);
			if (elf)
				elf_image_done(&img);
			file_map_done(&map);
			continue;
		}
		uint64_t x = 0x9e3779b97f4a7c15ull;

		for (size_t k = 0; k < n; k++) {
			x = x * 6364136223846793005ull + 1442695040888963407ull;
			struct raw_frame f = { .module = m.id, .addr = lo + (x >> 20) % (hi - lo) };
			uint32_t ids[SYMBOLIZER_MAX_INLINE];
			bool named;

			frames += symbolizer_resolve(s, &m, &f, ids, &named);
			named_n += named;
		}
		printf("%-40s %zu addresses  %6.1f ms  %5.2f us each  %.1f %% named  %.2f frames "
		       "each\n",
			files[i], n, (double)(cpu_ns() - before) / 1e6,
			(double)(cpu_ns() - before) / 1e3 / (double)n,
			100.0 * (double)named_n / (double)n, (double)frames / (double)n);
		elf_image_done(&img);
		file_map_done(&map);
	}
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	printf("total %.1f ms, peak memory %.1f MiB (mapped files included)\n",
		(double)(cpu_ns() - start) / 1e6, (double)u.ru_maxrss / 1024);
	symbolizer_free(s);
	profile_free(p);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "--names") == 0)
		return names(argv[2]);
	if (argc < 3) {
		fprintf(stderr, "usage: bench_symbols N FILE... | --names FILE\n");
		return 2;
	}
	return measure(strtoul(argv[1], NULL, 10), argv + 2, (size_t)argc - 2);
}
