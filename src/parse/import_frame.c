/* SPDX-License-Identifier: MIT */
/* Frames from names, weights from any unit. */
#include "parse/import_frame.h"

#include <math.h>

static uint32_t string_id(struct profile *p, struct span s)
{
	return s.n ? strtab_addn(&p->strings, s.p, s.n) : 0;
}

uint32_t import_frame(struct profile *p, const struct import_place *at)
{
	bool kernel =
		span_starts(at->module, "[kernel") || span_starts(at->module, "[guest.kernel");
	struct frame f = { .function = string_id(p, at->function),
		.file = string_id(p, at->file),
		.module = string_id(p, at->module),
		.line = at->line,
		.decl_line = at->decl_line,
		.kind = kernel           ? FRAME_KERNEL
			: at->function.n ? FRAME_APP
					 : FRAME_UNKNOWN };

	if (!f.function)
		f.function = profile_string(p, "[unknown]");
	return profile_add_frame(p, &f);
}

int64_t import_scaled(double v, double scale)
{
	v *= scale;
	if (isnan(v))
		return 0;
	if (v >= 0x1p62)
		return INT64_C(1) << 62;
	return v <= -0x1p62 ? -(INT64_C(1) << 62) : llround(v);
}

int64_t import_sum(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return a < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

uint32_t import_line(int64_t line)
{
	return line > 0 && line <= INT32_MAX ? (uint32_t)line : 0;
}

uint32_t import_take_line(struct span *file)
{
	size_t n = file->n;
	uint64_t line;

	while (n && file->p[n - 1] >= '0' && file->p[n - 1] <= '9')
		n--;
	if (n < 2 || n == file->n || file->p[n - 1] != ':' ||
		!span_parse_u64(span_from(*file, n), &line))
		return 0;
	*file = span_sub(*file, 0, n - 1);
	return import_line((int64_t)MIN(line, (uint64_t)INT64_MAX));
}
