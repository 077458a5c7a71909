/* SPDX-License-Identifier: MIT */
/* The one question. */
#include "cli/ask.h"

#include "cli/run.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

bool ask_possible(const struct invocation *inv)
{
	return inv->in_is_tty && inv->err_is_tty && !inv->common.json && !inv->common.quiet;
}

const char *ask_line(struct invocation *inv, const char *question)
{
	char line[512];
	size_t n = 0;

	progress_done(inv);
	fprintf(stderr, "%s ", question);
	fflush(stderr);
	while (n < sizeof(line) - 1) {
		ssize_t r = read(STDIN_FILENO, line + n, 1);

		if (r < 0 && errno == EINTR && !cli_interrupted())
			continue;
		if (r <= 0 || line[n] == '\n')
			break;
		n++;
	}
	struct span s = span_trim(span_of(line, n));

	return arena_strndup(inv->arena, s.p, s.n);
}
