/* SPDX-License-Identifier: MIT */
/* Functions and loops of Python source by indentation. */
#include "analyze/source_python.h"

#include <ctype.h>

enum { TAB = 8, MAX_NESTING = 64 };

bool source_is_python(const char *path)
{
	size_t n = strlen(path);

	return (n > 3 && strcmp(path + n - 3, ".py") == 0) ||
		(n > 4 && strcmp(path + n - 4, ".pyw") == 0);
}

/* ---- comments and strings ------------------------------------------------------------------- */

static void blank(char *p, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (p[i] != '\n')
			p[i] = ' ';
}

/* End of the string whose opening quote is at i: behind its closing quote, or where it breaks off.
 */
static size_t string_end(const char *t, size_t n, size_t i, bool *ret_triple)
{
	char q = t[i];
	bool triple = i + 2 < n && t[i + 1] == q && t[i + 2] == q;

	*ret_triple = triple;
	for (i += triple ? 3 : 1; i < n; i++) {
		if (t[i] == '\\')
			i++;
		else if (triple ? i + 2 < n && t[i] == q && t[i + 1] == q && t[i + 2] == q
				: t[i] == q)
			return i + (triple ? 3 : 1);
		else if (!triple && t[i] == '\n')
			return i;
	}
	return n;
}

/* Whether only blanks stand before i in its line: a string there is a docstring or is not used. */
static bool begins_line(const char *t, size_t i)
{
	while (i && (t[i - 1] == ' ' || t[i - 1] == '\t'))
		i--;
	return i == 0 || t[i - 1] == '\n';
}

void source_python_mask(struct source_file *f)
{
	const char *t = (const char *)f->text.p;
	size_t n = f->text.n;

	for (size_t i = 0; i < n;) {
		size_t end = i + 1;
		bool triple = false;

		if (t[i] == '#') {
			while (end < n && t[end] != '\n')
				end++;
			blank(f->plain, i, end);
			blank(f->code, i, end);
		} else if (t[i] == '"' || t[i] == '\'') {
			end = string_end(t, n, i, &triple);
			if (triple && begins_line(t, i))
				blank(f->plain, i, end);
			if (end > i + 2)
				blank(f->code, i + 1, end - 1);
		}
		i = end;
	}
}

/* ---- lines ---------------------------------------------------------------------------------- */

static uint32_t line_begin(const struct source_file *f, uint32_t line)
{
	return f->starts.v[line - 1];
}

static uint32_t line_end(const struct source_file *f, uint32_t line)
{
	return line < f->starts.n ? f->starts.v[line] - 1 : (uint32_t)f->text.n;
}

/* Columns before the first character of code; -1 for a line without any. */
static int indent_of(const struct source_file *f, uint32_t line)
{
	int columns = 0;

	for (uint32_t i = line_begin(f, line); i < line_end(f, line); i++) {
		if (f->code[i] == '\t')
			columns = (columns / TAB + 1) * TAB;
		else if (f->code[i] == ' ')
			columns++;
		else
			return f->code[i] == '\r' ? -1 : columns;
	}
	return -1;
}

static uint32_t first_code(const struct source_file *f, uint32_t line)
{
	uint32_t i = line_begin(f, line), end = line_end(f, line);

	while (i < end && isspace((unsigned char)f->code[i]))
		i++;
	return i;
}

static bool word_at(const struct source_file *f, uint32_t i, const char *w)
{
	size_t len = strlen(w), n = f->text.n;
	const char *t = f->code;

	return i + len <= n && memcmp(t + i, w, len) == 0 &&
		(i == 0 || !(isalnum((unsigned char)t[i - 1]) || t[i - 1] == '_')) &&
		(i + len == n || !(isalnum((unsigned char)t[i + len]) || t[i + len] == '_'));
}

/* Behind "async" and the blanks after it, when it stands there. */
static uint32_t skip_async(const struct source_file *f, uint32_t i)
{
	if (!word_at(f, i, "async"))
		return i;
	for (i += 5; i < f->text.n && f->code[i] == ' '; i++)
		;
	return i;
}

/* Offset of the colon that ends the header at i, brackets skipped; 0 when there is none. */
static uint32_t header_colon(const struct source_file *f, uint32_t i)
{
	int depth = 0;

	for (uint32_t limit = i + 4000; i < f->text.n && i < limit; i++) {
		char c = f->code[i];

		if (c == '(' || c == '[' || c == '{')
			depth++;
		else if (c == ')' || c == ']' || c == '}')
			depth--;
		else if (c == ':' && depth == 0)
			return i;
	}
	return 0;
}

/*
 * Last line of the block under a header of this indentation that ends at `colon`: up to the next
 * line of code that is not deeper. Continuation lines inside brackets and strings may stand
 * anywhere.
 */
static uint32_t block_last(const struct source_file *f, uint32_t colon, int indent)
{
	uint32_t line = source_line_at(f, colon), last = line;
	int depth = 0;

	for (uint32_t l = line + 1; l <= f->starts.n; l++) {
		int here = indent_of(f, l);

		if (here < 0)
			continue;
		if (depth <= 0 && here <= indent)
			break;
		last = l;
		for (uint32_t i = line_begin(f, l); i < line_end(f, l); i++) {
			char c = f->code[i];

			depth += (c == '(' || c == '[' || c == '{') -
				(c == ')' || c == ']' || c == '}');
		}
	}
	return last;
}

/* ---- loops ---------------------------------------------------------------------------------- */

struct loops {
	struct source_loop *v;
	size_t n, max;
};

static void add_statements(
	const struct source_file *f, const struct source_function *fn, struct loops *to)
{
	for (uint32_t l = fn->first; l <= fn->last && to->n < to->max; l++) {
		uint32_t i = skip_async(f, first_code(f, l));

		if (!word_at(f, i, "for") && !word_at(f, i, "while"))
			continue;
		uint32_t colon = header_colon(f, i);

		if (!colon)
			continue;
		to->v[to->n++] = (struct source_loop){ .first = l,
			.last = block_last(f, colon, indent_of(f, l)),
			.head = i,
			.head_end = colon };
	}
}

/* "for" inside brackets: a comprehension or generator, which reaches over the whole bracket. */
static void add_comprehensions(
	const struct source_file *f, const struct source_function *fn, struct loops *to)
{
	uint32_t open[MAX_NESTING];
	size_t depth = 0, from[MAX_NESTING];

	for (uint32_t i = fn->begin; i < fn->end; i++) {
		char c = f->code[i];

		if (c == '(' || c == '[' || c == '{') {
			if (depth < MAX_NESTING) {
				open[depth] = i;
				from[depth] = to->n;
			}
			depth++;
		} else if ((c == ')' || c == ']' || c == '}') && depth) {
			depth--;
			if (depth >= MAX_NESTING)
				continue;
			/* those found in this bracket end with it; inner ones have ended already */
			for (size_t k = from[depth]; k < to->n; k++) {
				if (to->v[k].last)
					continue;
				to->v[k].last = source_line_at(f, i);
				to->v[k].first = source_line_at(f, open[depth]);
				to->v[k].head_end = i;
			}
		} else if (depth && depth <= MAX_NESTING && c == 'f' && word_at(f, i, "for") &&
			to->n < to->max) {
			to->v[to->n++] = (struct source_loop){ .head = i, .closure = true };
		}
	}
	/* brackets that never close */
	size_t kept = 0;

	for (size_t k = 0; k < to->n; k++)
		if (to->v[k].last)
			to->v[kept++] = to->v[k];
	to->n = kept;
}

static int by_place(const void *pa, const void *pb)
{
	const struct source_loop *a = pa, *b = pb;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return a->head < b->head ? -1 : a->head > b->head;
}

/* ---- functions ------------------------------------------------------------------------------ */

/* The line of the def or class that decorators at decl_line belong to; 0 none. */
static uint32_t def_line(const struct source_file *f, uint32_t decl_line)
{
	int depth = 0;

	for (uint32_t l = decl_line; l <= f->starts.n && l < decl_line + 60; l++) {
		uint32_t i = first_code(f, l);
		bool fresh = depth <= 0;

		for (uint32_t k = i; k < line_end(f, l); k++)
			depth += (f->code[k] == '(' || f->code[k] == '[') -
				(f->code[k] == ')' || f->code[k] == ']');
		if (!fresh || i == line_end(f, l) || f->code[i] == '@')
			continue;
		i = skip_async(f, i);
		return word_at(f, i, "def") || word_at(f, i, "class") ? l : 0;
	}
	return 0;
}

bool source_python_function(const struct source_file *f, uint32_t decl_line,
	struct source_function *ret, struct source_loop *loops, size_t max)
{
	uint32_t def = decl_line && decl_line <= f->starts.n ? def_line(f, decl_line) : 0;
	uint32_t colon = def ? header_colon(f, first_code(f, def)) : 0;
	struct loops found = { .v = loops, .max = max };

	if (def && !colon)
		return false;
	if (!def && decl_line > 1)
		return false; /* a lambda: its own text cannot be told from its line */
	*ret = (struct source_function){ .first = def ? decl_line : 1 };
	ret->last = def ? block_last(f, colon, indent_of(f, def)) : (uint32_t)f->starts.n;
	ret->begin = line_begin(f, def ? def : 1);
	ret->end = line_end(f, ret->last);
	add_comprehensions(f, ret, &found);
	add_statements(f, ret, &found);
	if (found.n)
		qsort(loops, found.n, sizeof(loops[0]), by_place);
	ret->loops = loops;
	ret->n_loops = found.n;
	return true;
}
