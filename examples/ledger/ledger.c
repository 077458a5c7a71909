/* SPDX-License-Identifier: MIT */
/*
 * ledger: imports a bank file and adds every line to its account. The example that ./demo asks
 * perf-ops about: it is slow, and the reason is in here.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger.h"

/* One line of the bank file, made up on the spot so that the demo needs no input. */
static size_t next_line(uint64_t *seed, char *line, size_t size)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	unsigned account = (unsigned)(*seed >> 40) % 6000;
	unsigned cents = (unsigned)(*seed >> 20) % 1000000;

	return (size_t)snprintf(line, size, "2026-04-%02u;DE%02u-%05u;%u.%02u;transfer", cents % 30 + 1,
		account % 90 + 10, account, cents / 100, cents % 100);
}

int main(int argc, char **argv)
{
	size_t lines = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 300000;
	struct book book = { 0 };
	uint64_t seed = 42;
	char line[128];

	for (size_t i = 0; i < lines; i++) {
		next_line(&seed, line, sizeof(line));
		if (!book_import(&book, line))
			fprintf(stderr, "line %zu is not understood\n", i + 1);
	}
	printf("%zu lines, %zu accounts, balance %.2f\n", lines, book.n, (double)book_total(&book) / 100);
	book_close(&book);
	return 0;
}
