/* SPDX-License-Identifier: MIT */
/* V8's position tables: three length bytes, then table, bytecode and opcode sizes. */
#include "parse/v8_positions.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n < 3)
		return 0;
	struct span all = span_of(data + 3, n - 3);
	size_t a = MIN((size_t)data[0], all.n), b = MIN((size_t)data[1], all.n - a);
	struct span table = span_sub(all, 0, a), code = span_sub(all, a, b);
	struct span sizes = span_sub(all, a + b, all.n - a - b);

	for (uint64_t at = 0; at < 64; at++) {
		v8_positions_find(table, at * data[2]);
		v8_baseline_bytecode(table, code, sizes, at * data[2]);
	}
	return 0;
}
