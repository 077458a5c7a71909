/* SPDX-License-Identifier: MIT */
/* /proc/kallsyms and perf maps. */
#include "parse/jit_name.h"
#include "parse/kallsyms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text_symbols s;

	if (kallsyms_parse(&s, span_of(data, size)))
		text_symbols_find(&s, 0xffffffff81000000);
	text_symbols_done(&s);
	perf_map_parse(&s, span_of(data, size));
	for (size_t i = 0; i < s.s.n; i++) {
		struct jit_name j;

		jit_name_parse(&j, s.s.v[i].name);
	}
	text_symbols_find(&s, 0x1000);
	text_symbols_find(&s, UINT64_MAX);
	text_symbols_done(&s);
	return 0;
}
