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

static uint32_t filter_bit(const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return (v * 2654435761u) >> 17; /* 15 bits of Knuth's multiplicative hash */
}

void source_marks_init(struct source_marks *m, const char *const *v, size_t n)
{
	*m = (struct source_marks){ .v = v, .n = n };
	for (size_t i = 0; i < n; i++) {
		if (strlen(v[i]) < 4)
			continue;
		uint32_t bit = filter_bit(v[i]);

		m->filter[bit / 8] |= (uint8_t)(1u << bit % 8);
	}
}

static bool may_have_mark(struct span s, const struct source_marks *m)
{
	for (size_t i = 0; i + 4 <= s.n; i++) {
		uint32_t bit = filter_bit(s.p + i);

		if (m->filter[bit / 8] & 1u << bit % 8)
			return true;
	}
	return false;
}

bool source_marked(struct span head, const struct source_marks *marks)
{
	struct span rest = span_sub(head, 0, MIN(head.n, (size_t)MARK_BYTES)), line;
	bool block = false; /* inside a comment whose lines carry no sign of their own */

	if (!may_have_mark(rest, marks))
		return false;
	for (int i = 0; i < MARK_LINES && span_next_line(&rest, &line); i++) {
		line = span_trim(line);
		if (span_starts(line, "/*") || span_starts(line, "<!--") ||
			span_starts(line, "\"\"\""))
			block = true;
		if (block || comment_like(line))
			for (size_t m = 0; m < marks->n; m++)
				if (memmem(line.p, line.n, marks->v[m], strlen(marks->v[m])))
					return true;
		if (block && line.n >= 2 &&
			(memmem(line.p, line.n, "*/", 2) || memmem(line.p, line.n, "-->", 3)))
			block = false;
	}
	return false;
}

static bool has(struct span s, const char *text)
{
	return s.n && memmem(s.p, s.n, text, strlen(text));
}

/* A line that begins with the text. */
static bool has_line(struct span s, const char *text)
{
	struct span line;

	while (span_next_line(&s, &line))
		if (span_starts(span_trim(line), text))
			return true;
	return false;
}

static const char *real_header(struct span head)
{
	static const char *const cpp[] = { "namespace ", "template<", "template <", "class ",
		"using ", "public:", "private:", "constexpr " };

	if (has_line(head, "@interface") || has_line(head, "@protocol") ||
		has_line(head, "#import "))
		return "objective-c";
	for (size_t i = 0; i < ARRAY_LEN(cpp); i++)
		if (has_line(head, cpp[i]))
			return "cpp";
	return has(head, "std::") ? "cpp" : "header";
}

const char *source_real_language(const char *language, struct span head)
{
	struct span text = span_trim(head);

	if (strcmp(language, "header") == 0)
		return real_header(head);
	/* translations of Qt are XML and end in .ts as well */
	if (strcmp(language, "typescript") == 0)
		return span_starts(text, "<?xml") || span_starts(text, "<!DOCTYPE TS") ? ""
										       : language;
	if (strcmp(language, "objective-c") == 0 && !has(head, "#import") &&
		!has(head, "@interface") && !has(head, "@implementation") && !has(head, "#include"))
		return span_starts(text, "%") || has_line(head, "function ") ||
				has_line(head, "classdef ")
			? "matlab"
			: language;
	if (strcmp(language, "perl") == 0 && has_line(head, ":- "))
		return "prolog";
	if (strcmp(language, "fsharp") == 0 &&
		(has_line(head, "#version ") || has(head, "gl_FragColor")))
		return "glsl";
	/* dependencies written by a compiler: "main.o: main.c" */
	if (strcmp(language, "d") == 0 && !has(head, "module ") && !has(head, "import ") &&
		has(head, ".o:"))
		return "";
	return language;
}
