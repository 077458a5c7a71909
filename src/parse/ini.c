/* SPDX-License-Identifier: MIT */
/* INI, properties and .env files to flat events. */
#include "parse/ini.h"

#include <errno.h>

/* Position of the first '=' or ':' that ends a key; n when there is none. */
static size_t separator(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '=' || (s.p[i] == ':' && (i + 1 == s.n || s.p[i + 1] == ' ')))
			return i;
	return s.n;
}

static void emit(struct flat *f, flat_fn fn, void *ctx, struct span value, bool open)
{
	f->value = span_unquote(value);
	f->open = open;
	fn(ctx, f);
}

int ini_read(struct span in, flat_fn fn, void *ctx, struct err *err)
{
	struct flat f = { 0 };
	unsigned section = 0;
	bool in_value = false;
	struct span line;
	int skipped = 0;

	if (in.n > FLAT_MAX_BYTES)
		return fail(
			err, EFBIG, "configuration file is larger than %d bytes", FLAT_MAX_BYTES);
	while (span_next_line(&in, &line)) {
		struct span s = span_trim(line);
		bool indented = line.n && (line.p[0] == ' ' || line.p[0] == '\t');

		f.line++;
		if (s.n == 0 || s.p[0] == '#' || s.p[0] == ';' || s.p[0] == '!')
			continue;
		if (indented && in_value) {
			emit(&f, fn, ctx, s, false);
			continue;
		}
		in_value = false;
		f.depth = section;
		if (s.p[0] == '[' && s.p[s.n - 1] == ']') {
			f.depth = 0;
			flat_push(&f, span_trim(span_sub(s, 1, s.n - 2)));
			section = f.depth;
			emit(&f, fn, ctx, (struct span){ 0 }, true);
			continue;
		}
		if (span_starts(s, "export "))
			s = span_trim(span_from(s, 7));
		size_t at = separator(s);
		struct span key = span_trim(span_sub(s, 0, at));

		if (at == s.n || key.n == 0 || !flat_push(&f, key)) {
			skipped++;
			continue;
		}
		emit(&f, fn, ctx, span_trim(span_from(s, at + 1)), false);
		in_value = true;
	}
	return skipped;
}
