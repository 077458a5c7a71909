/* SPDX-License-Identifier: MIT */
/* .gitignore and .gitattributes. */
#include "parse/ignore_file.h"

#include "base/compiler.h"

enum { PATTERN_MAX = 200 };

static bool ends(struct span s, const char *suffix)
{
	size_t n = strlen(suffix);

	return s.n >= n && memcmp(s.p + s.n - n, suffix, n) == 0;
}

/* Cuts what says where and what, and leaves the path; false when nothing is left to match. */
static bool pattern_of(struct span s, struct ignore_pattern *ret)
{
	if (s.n && s.p[0] == '/') {
		ret->here = true;
		s = span_from(s, 1);
	}
	while (span_starts(s, "**/")) {
		ret->here = false;
		s = span_from(s, 3);
	}
	/* everything below a folder is the folder */
	while (ends(s, "/**") || ends(s, "/**/*")) {
		s.n -= ends(s, "/**") ? 3 : 5;
		ret->dirs_only = true;
	}
	if (ends(s, "/")) {
		s.n--;
		ret->dirs_only = true;
	}
	if (s.n && memchr(s.p, '/', s.n))
		ret->here = false; /* the folders before the name say where */
	ret->path = s;
	return s.n > 0 && s.n <= PATTERN_MAX;
}

void gitignore_read(struct span in, ignore_fn fn, void *ctx)
{
	struct span line;
	int n = 0;

	in.n = MIN(in.n, (size_t)IGNORE_MAX_BYTES);
	while (n < IGNORE_MAX_PATTERNS && span_next_line(&in, &line)) {
		struct ignore_pattern p = { 0 };

		line = span_trim(line);
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (line.p[0] == '!') {
			p.negated = true;
			line = span_from(line, 1);
		} else if (line.p[0] == '\\') {
			line = span_from(line, 1);
		}
		if (pattern_of(line, &p)) {
			fn(ctx, &p);
			n++;
		}
	}
}

/* The state of one linguist attribute: 1 set, 0 unset, -1 not named. */
static int attribute(struct span word)
{
	static const char *const names[] = { "linguist-vendored", "linguist-generated",
		"linguist-documentation" };
	bool unset = word.n && (word.p[0] == '-' || word.p[0] == '!');

	if (unset)
		word = span_from(word, 1);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (!span_starts(word, names[i]))
			continue;
		struct span value = span_from(word, strlen(names[i]));

		if (value.n == 0 || span_eq(value, "=true"))
			return !unset;
		return span_eq(value, "=false") ? 0 : -1;
	}
	return -1;
}

void gitattributes_read(struct span in, ignore_fn fn, void *ctx)
{
	struct span line;
	int n = 0;

	in.n = MIN(in.n, (size_t)IGNORE_MAX_BYTES);
	while (n < IGNORE_MAX_PATTERNS && span_next_line(&in, &line)) {
		struct ignore_pattern p = { 0 };
		int state = -1;

		line = span_trim(line);
		if (line.n == 0 || line.p[0] == '#' || line.p[0] == '[')
			continue;
		size_t at = 0;

		while (at < line.n && line.p[at] != ' ' && line.p[at] != '\t')
			at++;
		struct span path = span_sub(line, 0, at), rest = span_trim(span_from(line, at));

		while (rest.n) {
			size_t w = 0;

			while (w < rest.n && rest.p[w] != ' ' && rest.p[w] != '\t')
				w++;
			int a = attribute(span_sub(rest, 0, w));

			state = a >= 0 ? a : state;
			rest = span_trim(span_from(rest, w));
		}
		if (state < 0 || !pattern_of(path, &p))
			continue;
		p.negated = state == 0;
		fn(ctx, &p);
		n++;
	}
}
