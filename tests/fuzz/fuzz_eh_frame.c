/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes the compiler of call frame information: the first byte gives the flags, the rest is the
 * section. What comes out must be sorted and must answer lookups anywhere.
 */
#include "base/err.h"
#include "parse/eh_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct unwind_rows rows = { 0 };

	if (size < 1)
		return 0;
	struct eh_frame_input in = {
		.arch = &cfi_arch_x86_64,
		.section = span_of(data + 1, size - 1),
		.bases = { .section = 0x2000, .text = 0x1000, .data = 0x3000 },
		.debug_frame = data[0] & 1,
		.ends_at_zero = data[0] & 2,
	};

	eh_frame_build(&in, &rows);
	for (size_t i = 1; i < rows.rows.n; i++)
		if (rows.rows.v[i].pc <= rows.rows.v[i - 1].pc)
			BUG("rows are not sorted");
	vec_foreach (r, &rows.rows)
		if (r->rule >= rows.rules.n)
			BUG("a row without a rule");
	unwind_rows_find(&rows, 0);
	unwind_rows_find(&rows, rows.base);
	unwind_rows_find(&rows, UINT64_MAX);
	for (uint64_t a = 0; a < 64; a++)
		unwind_rows_find(&rows, rows.base + a * 7);
	unwind_rows_done(&rows);
	return 0;
}
