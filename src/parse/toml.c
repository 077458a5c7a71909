/* SPDX-License-Identifier: MIT */
/* TOML to flat events. Grammar: https://toml.io/en/v1.0.0 */
#include "parse/toml.h"

#include <errno.h>

struct toml {
	struct span in;
	size_t at;
	uint32_t line;
	unsigned nesting; /* of arrays and inline tables */
	flat_fn fn;
	void *ctx;
	struct flat f;
	int skipped;
};

static int peek(const struct toml *t)
{
	return t->at < t->in.n ? t->in.p[t->at] : -1;
}

static void next(struct toml *t)
{
	if (t->at < t->in.n && t->in.p[t->at++] == '\n')
		t->line++;
}

static void skip_blanks(struct toml *t)
{
	while (peek(t) == ' ' || peek(t) == '\t' || peek(t) == '\r')
		next(t);
}

/* Blanks, newlines and comments: allowed inside arrays. */
static void skip_space(struct toml *t)
{
	for (;;) {
		int c = peek(t);

		if (c == '#')
			while (peek(t) >= 0 && peek(t) != '\n')
				next(t);
		else if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
			next(t);
		else
			return;
	}
}

static void skip_line(struct toml *t)
{
	while (peek(t) >= 0 && peek(t) != '\n')
		next(t);
	next(t);
}

static bool starts(const struct toml *t, const char *s)
{
	return span_starts(span_from(t->in, t->at), s);
}

/* A string in any of the four forms; the position is on its first quote. */
static bool read_string(struct toml *t, struct span *ret)
{
	int q = peek(t);
	bool triple = starts(t, q == '"' ? "\"\"\"" : "'''");

	for (int i = triple ? 3 : 1; i > 0; i--)
		next(t);
	size_t from = t->at;

	for (; peek(t) >= 0; next(t)) {
		int c = peek(t);

		if (c == '\\' && q == '"') {
			next(t);
			continue;
		}
		if (c == '\n' && !triple)
			return false;
		if (c != q || (triple && !starts(t, q == '"' ? "\"\"\"" : "'''")))
			continue;
		*ret = span_sub(t->in, from, t->at - from);
		for (int i = triple ? 3 : 1; i > 0; i--)
			next(t);
		return true;
	}
	return false;
}

static bool bare_key_char(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		c == '_' || c == '-';
}

/* A dotted key is pushed onto the path part by part. */
static bool read_key(struct toml *t)
{
	for (;;) {
		struct span part;

		skip_blanks(t);
		if (peek(t) == '"' || peek(t) == '\'') {
			if (!read_string(t, &part))
				return false;
		} else {
			size_t from = t->at;

			while (bare_key_char(peek(t)))
				next(t);
			part = span_sub(t->in, from, t->at - from);
			if (part.n == 0)
				return false;
		}
		if (!flat_push(&t->f, part))
			return false;
		skip_blanks(t);
		if (peek(t) != '.')
			return true;
		next(t);
	}
}

static void emit(struct toml *t, struct span value, bool open)
{
	t->f.value = value;
	t->f.open = open;
	t->f.line = t->line;
	t->fn(t->ctx, &t->f);
}

static bool read_value(struct toml *t);

static bool read_array(struct toml *t)
{
	unsigned depth = t->f.depth;

	next(t);
	if (!flat_push(&t->f, span_str("[]")))
		return false;
	for (;;) {
		skip_space(t);
		if (peek(t) == ']')
			break;
		if (!read_value(t))
			return false;
		skip_space(t);
		if (peek(t) == ',')
			next(t);
		else if (peek(t) != ']')
			return false;
	}
	next(t);
	t->f.depth = depth;
	return true;
}

static bool read_inline_table(struct toml *t)
{
	unsigned depth = t->f.depth;

	next(t);
	emit(t, (struct span){ 0 }, true);
	for (;;) {
		skip_space(t);
		if (peek(t) == '}')
			break;
		if (!read_key(t) || peek(t) != '=')
			return false;
		next(t);
		skip_blanks(t);
		if (!read_value(t))
			return false;
		t->f.depth = depth;
		skip_space(t);
		if (peek(t) == ',')
			next(t);
		else if (peek(t) != '}')
			return false;
	}
	next(t);
	return true;
}

static bool read_value(struct toml *t)
{
	int c = peek(t);
	bool ok;

	if (c == '"' || c == '\'') {
		struct span s;

		if (!read_string(t, &s))
			return false;
		emit(t, s, false);
		return true;
	}
	if (c == '[' || c == '{') {
		if (t->nesting == FLAT_MAX_DEPTH)
			return false;
		t->nesting++;
		ok = c == '[' ? read_array(t) : read_inline_table(t);
		t->nesting--;
		return ok;
	}
	size_t from = t->at;

	while (peek(t) >= 0 && !strchr("=,]}#\n\r", peek(t)))
		next(t);
	struct span s = span_trim(span_sub(t->in, from, t->at - from));

	if (s.n == 0)
		return false;
	emit(t, s, false);
	return true;
}

/* "[a.b]" or "[[a.b]]"; false when malformed. */
static bool read_header(struct toml *t)
{
	bool array = starts(t, "[[");

	t->f.depth = 0;
	next(t);
	if (array)
		next(t);
	if (!read_key(t) || peek(t) != ']')
		return false;
	if (array && !flat_push(&t->f, span_str("[]")))
		return false;
	emit(t, (struct span){ 0 }, true);
	return true;
}

/* Statements whose broken rest is read again from their next line; bounded, since that is
 * quadratic. */
enum { MAX_REWINDS = 16 };

int toml_read(struct span in, flat_fn fn, void *ctx, struct err *err)
{
	struct toml t = { .in = in, .line = 1, .fn = fn, .ctx = ctx };
	unsigned table = 0; /* path length of the current table */

	if (in.n > FLAT_MAX_BYTES)
		return fail(err, EFBIG, "TOML file is larger than %d bytes", FLAT_MAX_BYTES);
	for (;;) {
		skip_space(&t);
		if (peek(&t) < 0)
			return t.skipped;
		bool header = peek(&t) == '[';
		size_t start = t.at;
		uint32_t line = t.line;
		bool ok;

		if (header) {
			ok = read_header(&t);
			table = t.f.depth;
		} else {
			t.f.depth = table;
			ok = read_key(&t) && peek(&t) == '=';
			if (ok) {
				next(&t);
				skip_blanks(&t);
				ok = read_value(&t);
			}
		}
		t.nesting = 0;
		if (!ok && t.skipped++ < MAX_REWINDS) {
			t.at = start;
			t.line = line;
		}
		t.f.depth = table;
		skip_line(&t);
	}
}
