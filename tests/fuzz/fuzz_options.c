/* SPDX-License-Identifier: MIT */
/* Command lines: the input is split at newlines into arguments. */
#include "cli/run.h"

#include "base/alloc.h"
#include "base/span.h"
#include "base/vec.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	vec_of(const char *) argv = { 0 };
	struct span rest = span_of(data, size), line;

	*vec_push(&argv) = xstrdup("perf-ops");
	while (argv.n < 100 && span_next_line(&rest, &line))
		*vec_push(&argv) = xstrndup((const char *)line.p, line.n);
	*vec_push(&argv) = NULL;
	cli_check((int)argv.n - 1, argv.v);
	for (size_t i = 0; i < argv.n; i++)
		free((void *)(uintptr_t)argv.v[i]);
	vec_done(&argv);
	return 0;
}
