/* SPDX-License-Identifier: MIT */
/* Imports of source texts, line by line. */
#include "parse/imports.h"

#include "base/compiler.h"
#include "parse/manifest_build.h"

typedef void (*found_fn)(void *ctx, struct span name);

enum import_style import_style_of(const char *language)
{
	static const struct {
		const char *language;
		enum import_style style;
	} styles[] = { { "python", IMPORT_PYTHON }, { "javascript", IMPORT_JS },
		{ "typescript", IMPORT_JS }, { "vue", IMPORT_JS }, { "svelte", IMPORT_JS },
		{ "astro", IMPORT_JS }, { "coffeescript", IMPORT_JS }, { "go", IMPORT_GO },
		{ "java", IMPORT_JAVA }, { "kotlin", IMPORT_JAVA }, { "scala", IMPORT_JAVA },
		{ "groovy", IMPORT_JAVA }, { "csharp", IMPORT_JAVA }, { "fsharp", IMPORT_JAVA },
		{ "c", IMPORT_C }, { "cpp", IMPORT_C }, { "cuda", IMPORT_C },
		{ "objective-c", IMPORT_C }, { "rust", IMPORT_RUST }, { "ruby", IMPORT_RUBY },
		{ "php", IMPORT_PHP } };

	for (size_t i = 0; i < ARRAY_LEN(styles); i++)
		if (strcmp(styles[i].language, language) == 0)
			return styles[i].style;
	return IMPORT_NONE;
}

const char *import_separator(enum import_style style)
{
	switch (style) {
	case IMPORT_PYTHON:
	case IMPORT_JAVA:
		return ".";
	case IMPORT_RUST:
		return "::";
	case IMPORT_PHP:
		return "\\";
	default:
		return "/";
	}
}

static struct span while_in(struct span s, const char *extra)
{
	size_t n = 0;

	while (n < s.n) {
		int c = s.p[n];
		bool word =
			(c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_';

		if (!word && (!c || !strchr(extra, c)))
			break;
		n++;
	}
	return span_sub(s, 0, n);
}

static void emit(struct span name, found_fn found, void *ctx)
{
	if (name.n && name.n < 200)
		found(ctx, name);
}

static void python_line(struct span line, found_fn found, void *ctx)
{
	if (span_starts(line, "from ")) {
		emit(while_in(span_trim(span_from(line, 5)), "."), found, ctx);
		return;
	}
	if (!span_starts(line, "import "))
		return;
	for (struct span rest = span_from(line, 7); rest.n;) {
		const uint8_t *comma = memchr(rest.p, ',', rest.n);
		struct span name = while_in(span_trim(rest), ".");

		emit(name, found, ctx);
		rest = comma ? span_from(rest, (uint64_t)(comma - rest.p) + 1) : (struct span){ 0 };
	}
}

static void js_line(struct span line, found_fn found, void *ctx)
{
	static const char *const words[] = { "require", "from", "import" };
	struct span quoted;
	size_t at;

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!text_find_word(line, words[i], &at))
			continue;
		/* "import x, { y } from" has its name behind from, which is tried as well */
		while (at < line.n && (line.p[at] == ' ' || line.p[at] == '('))
			at++;
		if (at >= line.n || (line.p[at] != '"' && line.p[at] != '\'') ||
			!text_next_quoted(line, &at, &quoted))
			continue;
		if (quoted.n && quoted.p[0] != '.' && quoted.p[0] != '/')
			emit(span_starts(quoted, "node:") ? span_from(quoted, 5) : quoted, found,
				ctx);
		return;
	}
}

static void rust_line(struct span line, found_fn found, void *ctx)
{
	static const char *const own[] = { "crate", "self", "super", "std", "core", "alloc" };
	struct span rest;

	if (span_starts(line, "pub use "))
		rest = span_from(line, 8);
	else if (span_starts(line, "use "))
		rest = span_from(line, 4);
	else if (span_starts(line, "extern crate "))
		rest = span_from(line, 13);
	else
		return;
	struct span name = while_in(span_trim(rest), ":"), first = while_in(name, "");

	while (name.n && name.p[name.n - 1] == ':') /* "a::{b, c}" */
		name.n--;

	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (span_eq(first, own[i]))
			return;
	emit(name, found, ctx);
}

static void c_line(struct span line, found_fn found, void *ctx)
{
	if (line.n == 0 || line.p[0] != '#')
		return;
	line = span_trim(span_from(line, 1));
	if (!span_starts(line, "include"))
		return;
	line = span_trim(span_from(line, 7));
	if (line.n > 2 && (line.p[0] == '<' || line.p[0] == '"'))
		emit(while_in(span_from(line, 1), "/.-+"), found, ctx);
}

static void java_line(struct span line, found_fn found, void *ctx)
{
	size_t skip = span_starts(line, "import static ")                   ? 14
		: span_starts(line, "import ")                              ? 7
		: span_starts(line, "using ") || span_starts(line, "open ") ? 6
									    : 0;

	struct span name = while_in(span_trim(span_from(line, skip)), ".");

	while (name.n && name.p[name.n - 1] == '.') /* "a.b.*" */
		name.n--;
	if (skip)
		emit(name, found, ctx);
}

static void other_line(enum import_style style, struct span line, found_fn found, void *ctx)
{
	struct span quoted;
	size_t at = 7;

	if (style == IMPORT_RUBY && span_starts(line, "require ") &&
		text_next_quoted(line, &at, &quoted))
		emit(quoted, found, ctx);
	else if (style == IMPORT_PHP && span_starts(line, "use "))
		emit(while_in(span_trim(span_from(line, 4)), "\\"), found, ctx);
}

/* import "a" alone, or entries of an import ( ... ) block. */
static void go_line(struct span line, bool *block, found_fn found, void *ctx)
{
	struct span quoted;
	size_t at = 0;

	if (*block && span_eq(line, ")"))
		*block = false;
	else if (span_starts(line, "import ("))
		*block = true;
	else if ((*block || span_starts(line, "import ")) && text_next_quoted(line, &at, &quoted))
		emit(quoted, found, ctx);
}

void imports_scan(enum import_style style, struct span text, found_fn found, void *ctx)
{
	struct span line;
	bool block = false;

	while (style != IMPORT_NONE && span_next_line(&text, &line)) {
		line = span_trim(line);
		if (line.n == 0 || line.n > 2000)
			continue;
		switch (style) {
		case IMPORT_PYTHON:
			python_line(line, found, ctx);
			break;
		case IMPORT_JS:
			js_line(line, found, ctx);
			break;
		case IMPORT_GO:
			go_line(line, &block, found, ctx);
			break;
		case IMPORT_JAVA:
			java_line(line, found, ctx);
			break;
		case IMPORT_C:
			c_line(line, found, ctx);
			break;
		case IMPORT_RUST:
			rust_line(line, found, ctx);
			break;
		default:
			other_line(style, line, found, ctx);
			break;
		}
	}
}
