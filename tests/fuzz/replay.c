/* SPDX-License-Identifier: MIT */
/*
 * Runs a harness over its corpus without a fuzzer: each file as it is, cut at many lengths, and
 * with bytes flipped by a fixed generator, so that every run sees the same inputs.
 */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CUTS = 200, FLIPS = 200 };

static void run_exact(const uint8_t *p, size_t n)
{
	/* a copy of the exact size, so that a sanitizer sees a read past the end */
	uint8_t *copy = malloc(n ? n : 1);

	if (n)
		memcpy(copy, p, n);
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

static void run_file(const struct buf *b)
{
	const uint8_t *p = (const uint8_t *)b->p;
	uint32_t seed = 1;

	run_exact(p, b->n);
	for (size_t i = 0; i < CUTS && i < b->n; i++)
		run_exact(p, b->n * i / MIN((size_t)CUTS, b->n));
	uint8_t *bent = xmalloc(b->n);

	for (int i = 0; i < FLIPS && b->n; i++) {
		memcpy(bent, p, b->n);
		for (int k = 0; k <= i % 4; k++) {
			seed = seed * 1664525u + 1013904223u;
			bent[(seed >> 8) % b->n] ^= (uint8_t)(1u << (seed & 7));
		}
		run_exact(bent, b->n);
	}
	free(bent);
}

int main(int argc, char **argv)
{
	int files = 0;

	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	for (int i = 1; i < argc; i++) {
		_cleanup_(dir_closep) DIR *d = opendir(argv[i]);
		struct dirent *e;

		while (d && (e = readdir(d))) {
			_cleanup_(buf_done) struct buf b = { 0 };
			char path[4096];

			snprintf(path, sizeof(path), "%s/%s", argv[i], e->d_name);
			if (e->d_name[0] == '.' || file_read(path, 16 << 20, &b, NULL) < 0)
				continue;
			run_file(&b);
			files++;
		}
	}
	printf("%d corpus files\n", files);
	return files ? 0 : 1;
}
