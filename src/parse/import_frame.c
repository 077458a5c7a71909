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

struct import_place import_place_of(struct span text)
{
	const uint8_t *colon = span_starts(text, "0x") ? memchr(text.p, ':', text.n) : NULL;
	struct import_place at = { 0 };

	if (colon)
		text = span_trim(span_from(text, (uint64_t)(colon - text.p) + 1));
	at.function = text;

	const uint8_t *open =
		text.n && text.p[text.n - 1] == ')' ? memrchr(text.p, '(', text.n) : NULL;

	if (open && open > text.p && open[-1] == ' ') {
		struct span inner = span_of(open + 1, text.n - (size_t)(open - text.p) - 2);

		at.function = span_sub(text, 0, (uint64_t)(open - text.p) - 1);
		if (span_starts(inner, "in ")) {
			at.module = span_from(inner, 3);
		} else {
			uint32_t last = import_take_line(&inner), line = import_take_line(&inner);

			at.line = line ? line : last;
			at.file = inner;
		}
	}
	if (span_eq(at.function, "???"))
		at.function = (struct span){ 0 };
	return at;
}

void import_note_ending(struct profile *p, uint64_t bad_lines, bool cut_off)
{
	if (bad_lines)
		import_note(p, "lines-unread", "%llu lines could not be understood",
			(unsigned long long)bad_lines);
	if (cut_off)
		import_note(p, "file-cut-off",
			"the file cannot be read to its end: what came before is shown");
}
