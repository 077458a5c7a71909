/* SPDX-License-Identifier: MIT */
/* The first bytes of source files. */
#include "parse/source_head.h"

#include "base/compiler.h"

enum { MARK_LINES = 40, MARK_BYTES = 3072, MINIFIED_LEAST = 1024, MINIFIED_AVERAGE = 250 };

static struct span last_part(struct span path)
{
	const uint8_t *slash = path.n ? memrchr(path.p, '/', path.n) : NULL;

	return slash ? span_from(path, (uint64_t)(slash - path.p) + 1) : path;
}

static struct span take_word(struct span *s)
{
	size_t n = 0;

	*s = span_trim(*s);
	while (n < s->n && s->p[n] != ' ' && s->p[n] != '\t')
		n++;
	struct span w = span_sub(*s, 0, n);

	*s = span_from(*s, n);
	return w;
}

struct span source_interpreter(struct span head)
{
	struct span line;

	if (!span_starts(head, "#!") || !span_next_line(&head, &line))
		return (struct span){ 0 };
	line = span_from(line, 2);
	struct span word = last_part(take_word(&line));

	if (span_eq(word, "env")) {
		do {
			word = take_word(&line);
		} while (word.n && (word.p[0] == '-' || memchr(word.p, '=', word.n)));
		word = last_part(word);
	}
	/* python3.11 -> python3; the knowledge names both forms */
	const uint8_t *dot = word.n ? memchr(word.p, '.', word.n) : NULL;

	return dot ? span_sub(word, 0, (uint64_t)(dot - word.p)) : word;
}

bool source_minified(struct span head)
{
	size_t lines = 1;

	if (head.n < MINIFIED_LEAST)
		return false;
	for (const uint8_t *p = head.p; (p = memchr(p, '\n', head.n - (size_t)(p - head.p))); p++)
		lines++;
	return head.n / lines > MINIFIED_AVERAGE;
}

static bool comment_like(struct span line)
{
	return line.n && line.p[0] && strchr("/#*-;%<('\"{!=", line.p[0]);
}

bool source_marked(struct span head, const char *const *marks, size_t n)
{
	struct span rest = span_sub(head, 0, MIN(head.n, (size_t)MARK_BYTES)), line;
	bool block = false; /* inside a comment whose lines carry no sign of their own */

	for (int i = 0; i < MARK_LINES && span_next_line(&rest, &line); i++) {
		line = span_trim(line);
		if (span_starts(line, "/*") || span_starts(line, "<!--") || span_starts(line, "\"\"\""))
			block = true;
		if (block || comment_like(line))
			for (size_t m = 0; m < n; m++)
				if (memmem(line.p, line.n, marks[m], strlen(marks[m])))
					return true;
		if (block && line.n >= 2 && (memmem(line.p, line.n, "*/", 2) || memmem(line.p, line.n, "-->", 3)))
			block = false;
	}
	return false;
}
