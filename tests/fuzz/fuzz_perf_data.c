/* SPDX-License-Identifier: MIT */
/* perf.data files and pipes, with a machine that names everything and unwinds something. */
#include "collect/profile_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t name_all(void *ctx, struct profile *p, const struct format_module *m, uint64_t offset,
	bool is_return, uint32_t *ret, bool *ret_named)
{
	struct frame f = { .function = profile_string(p, m->path), .line = (uint32_t)offset & 15 };

	(void)ctx;
	ret[0] = profile_add_frame(p, &f);
	*ret_named = is_return;
	return 1;
}

static size_t unwind_some(void *ctx, int32_t pid, const uint64_t *regs, struct span stack,
	uint64_t *ret, size_t room, bool *ret_whole)
{
	size_t n = 0;

	(void)ctx;
	(void)pid;
	ret[n++] = regs[16];
	for (struct cursor c = cursor_of(stack, 0); n < room && c.at + 8 <= stack.n;)
		ret[n++] = cursor_u64(&c);
	*ret_whole = n > 2;
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct format_symbols symbols = { .resolve = name_all, .unwind = unwind_some };
	struct profile_set set = { 0 };
	const struct format *format;

	profile_bytes_read(span_of(data, size), "fuzz",
		&(struct profile_file_opts){ .format = "perf", .symbols = &symbols }, &set, &format,
		NULL);
	profile_set_done(&set);
	return 0;
}
