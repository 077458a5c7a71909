/* SPDX-License-Identifier: MIT */
/* Reading source text: masking, function extents, loops. */
#include "analyze/source.h"

#include "analyze/source_python.h"

#include <ctype.h>

enum { MAX_SOURCE_BYTES = 8 << 20, MAX_LOOPS = 256 };

/* Iterator adapters whose closure runs once per element. */
static const char *const adapters[] = {
	".map(",
	".filter(",
	".filter_map(",
	".flat_map(",
	".for_each(",
	".fold(",
	".any(",
	".all(",
	".position(",
	".find(",
	".find_map(",
	".take_while(",
	".skip_while(",
	".retain(",
	".max_by(",
	".min_by(",
	".max_by_key(",
	".min_by_key(",
	".inspect(",
	".scan(",
	".forEach(",
	".reduce(",
	"for_each(",
	"transform(",
	"accumulate(",
	"any_of(",
	"all_of(",
	"none_of(",
	"find_if(",
	"count_if(",
	"copy_if(",
	"remove_if(",
	"generate(",
};

void source_init(struct source *s, const struct source_reader *reader)
{
	*s = (struct source){ .reader = reader };
	strtab_init(&s->paths);
}

void source_done(struct source *s)
{
	vec_foreach (f, &s->files)
		if (*f)
			vec_done(&(*f)->starts);
	vec_done(&s->files);
	strtab_done(&s->paths);
	arena_done(&s->arena);
}

static bool word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Length of a character literal at s (up to end), 0 for a Rust lifetime or a lone quote. */
static size_t char_literal(const char *s, const char *end)
{
	if (end - s >= 3 && s[1] != '\\' && s[2] == '\'')
		return 3;
	if (end - s < 4 || s[1] != '\\')
		return 0;
	for (const char *c = s + 2 + (s[2] == '\''); c < end && c - s < 12 && *c != '\n'; c++)
		if (*c == '\'' && c > s + 2)
			return (size_t)(c - s) + 1;
	return 0;
}

static void blank(char *p, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (p[i] != '\n')
			p[i] = ' ';
}

/* End of the string that starts at i; a string ends at the line's end unless it is a raw one. */
static size_t string_end(const char *t, size_t n, size_t i)
{
	char quote = t[i];

	for (i++; i < n && t[i] != quote; i++) {
		if (t[i] == '\\' && quote != '`')
			i++;
	}
	return i < n ? i + 1 : n;
}

static void mask(struct source_file *f)
{
	const char *t = (const char *)f->text.p;
	size_t n = f->text.n;

	for (size_t i = 0; i < n;) {
		size_t end = i + 1;

		if (t[i] == '/' && i + 1 < n && t[i + 1] == '/') {
			while (end < n && t[end] != '\n')
				end++;
			blank(f->plain, i, end);
			blank(f->code, i, end);
		} else if (t[i] == '/' && i + 1 < n && t[i + 1] == '*') {
			for (end = i + 2;
				end < n && !(t[end - 1] == '*' && t[end] == '/' && end > i + 2);
				end++)
				;
			end = MIN(end + 1, n);
			blank(f->plain, i, end);
			blank(f->code, i, end);
		} else if (t[i] == '"' || t[i] == '`') {
			end = string_end(t, n, i);
			if (end > i + 2)
				blank(f->code, i + 1, end - 1);
		} else if (t[i] == '\'') {
			end = i + MAX(char_literal(t + i, t + n), (size_t)1);
			if (end > i + 2)
				blank(f->code, i + 1, end - 1);
		}
		i = end;
	}
}

const struct source_file *source_open(struct source *s, const char *path)
{
	struct span text;

	if (!s->reader || !path || !*path)
		return NULL;

	uint32_t known = s->paths.n, id = strtab_add(&s->paths, path);

	while (s->files.n <= id)
		*vec_push(&s->files) = NULL;
	if (id < known)
		return s->files.v[id];
	if (!s->reader->read(s->reader->ctx, path, &text) || text.n > MAX_SOURCE_BYTES)
		return NULL;

	struct source_file *f = arena_new(&s->arena, struct source_file);

	f->path = strtab_get(&s->paths, id);
	f->text = text;
	f->plain = arena_strndup(&s->arena, text.p, text.n);
	f->code = arena_strndup(&s->arena, text.p, text.n);
	*vec_push(&f->starts) = 0;
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '\n')
			*vec_push(&f->starts) = (uint32_t)i + 1;
	if (source_is_python(path))
		source_python_mask(f);
	else
		mask(f);
	s->files.v[id] = f;
	return f;
}

struct span source_line(const struct source_file *f, uint32_t line)
{
	if (!line || line > f->starts.n)
		return (struct span){ 0 };

	size_t from = f->starts.v[line - 1];
	size_t to = line < f->starts.n ? f->starts.v[line] - 1 : f->text.n;

	while (to > from && (f->text.p[to - 1] == '\r' || f->text.p[to - 1] == '\n'))
		to--;
	return span_sub(f->text, from, to - from);
}

uint32_t source_line_at(const struct source_file *f, uint32_t offset)
{
	size_t lo = 0, hi = f->starts.n;

	while (hi - lo > 1) {
		size_t mid = (lo + hi) / 2;

		if (f->starts.v[mid] <= offset)
			lo = mid;
		else
			hi = mid;
	}
	return (uint32_t)lo + 1;
}

/* Offset behind the bracket that matches the one at i. */
static uint32_t match_bracket(const char *t, uint32_t i, uint32_t n)
{
	int depth = 0;

	for (; i < n; i++) {
		if (strchr("([{", t[i]) && t[i])
			depth++;
		else if (strchr(")]}", t[i]) && t[i] && --depth <= 0)
			return i + 1;
	}
	return n;
}

static uint32_t skip_space(const char *t, uint32_t i, uint32_t n)
{
	while (i < n && isspace((unsigned char)t[i]))
		i++;
	return i;
}

/* End of the statement at i: its block, or up to the semicolon. */
static uint32_t statement_end(const char *t, uint32_t i, uint32_t n)
{
	i = skip_space(t, i, n);
	for (; i < n; i++) {
		if (t[i] == '(' || t[i] == '[')
			i = match_bracket(t, i, n) - 1;
		else if (t[i] == '{')
			return match_bracket(t, i, n);
		else if (t[i] == ';' || t[i] == '}')
			return i + 1;
	}
	return n;
}

static bool word_at(const char *t, uint32_t i, uint32_t n, const char *w)
{
	size_t len = strlen(w);

	return i + len <= n && memcmp(t + i, w, len) == 0 && (i == 0 || !word_char(t[i - 1])) &&
		(i + len == n || !word_char(t[i + len]));
}

/* Fills a loop that starts with a keyword at i; false when there is none. */
static bool loop_keyword(
	const char *t, uint32_t i, uint32_t n, struct source_loop *ret, uint32_t *ret_end)
{
	uint32_t p;

	if (word_at(t, i, n, "for"))
		p = i + 3;
	else if (word_at(t, i, n, "while"))
		p = i + 5;
	else if (word_at(t, i, n, "loop"))
		p = i + 4;
	else if (word_at(t, i, n, "do"))
		p = i + 2;
	else
		return false;
	p = skip_space(t, p, n);
	ret->head = i;
	if (p < n && t[p] == '(') {
		uint32_t close = match_bracket(t, p, n), next = skip_space(t, close, n);

		/* Rust and Go may start a condition with a parenthesis: the header goes on to the
		 * brace */
		if (next < n && strchr("+-*/<>=!&|.%", t[next]) && word_at(t, i, n, "while"))
			while (close < n && t[close] != '{' && t[close] != ';')
				close++;
		p = close;
	} else {
		while (p < n && t[p] != '{' && t[p] != '}')
			p = t[p] == '(' || t[p] == '[' ? match_bracket(t, p, n) : p + 1;
		if (p >= n || t[p] == '}')
			return false;
	}
	ret->head_end = p;
	*ret_end = statement_end(t, p, n);
	return true;
}

/* Fills a loop for an iterator adapter with a closure at i. */
static bool loop_adapter(
	const char *t, uint32_t i, uint32_t n, struct source_loop *ret, uint32_t *ret_end)
{
	for (size_t k = 0; k < ARRAY_LEN(adapters); k++) {
		size_t len = strlen(adapters[k]);

		if (i + len > n || memcmp(t + i, adapters[k], len) != 0 ||
			(i && adapters[k][0] != '.' && word_char(t[i - 1])))
			continue;

		uint32_t open = i + (uint32_t)len - 1, end = match_bracket(t, open, n);
		const char *bar = memchr(t + open, '|', end - open),
			   *arrow = memmem(t + open, end - open, "=>", 2);
		const char *lambda = memmem(t + open, end - open, "](", 2);

		if (!bar && !arrow && !lambda)
			return false;
		ret->head = i;
		ret->head_end = open + 1;
		ret->closure = true;
		*ret_end = end;
		return true;
	}
	return false;
}

static void find_loops(
	struct source *s, const struct source_file *f, uint32_t body, struct source_function *fn)
{
	struct source_loop found[MAX_LOOPS];
	size_t k = 0;

	for (uint32_t i = body; i < fn->end && k < MAX_LOOPS; i++) {
		struct source_loop l = { 0 };
		uint32_t end;

		if (!loop_keyword(f->code, i, fn->end, &l, &end) &&
			!loop_adapter(f->code, i, fn->end, &l, &end))
			continue;
		l.first = source_line_at(f, l.head);
		l.last = source_line_at(f, end ? end - 1 : 0);
		found[k++] = l;
	}
	fn->loops = arena_array(&s->arena, k, sizeof(found[0]));
	memcpy(fn->loops, found, k * sizeof(found[0]));
	fn->n_loops = k;
}

/* Start of the statement that ends at `end`: behind the last semicolon or brace before it. */
static uint32_t statement_start(const char *t, uint32_t end)
{
	uint32_t i = end;

	while (i && t[i - 1] != ';' && t[i - 1] != '{' && t[i - 1] != '}')
		i--;
	return skip_space(t, i, end);
}

static bool has_any_word(
	const char *t, uint32_t from, uint32_t to, const char *const *words, size_t n_words)
{
	for (uint32_t i = from; i < to; i++)
		for (size_t k = 0; k < n_words; k++)
			if (word_at(t, i, to, words[k]))
				return true;
	return false;
}

/*
 * Java's debug information knows a method's first line of code, not the line of its name: the
 * header before the innermost open brace above that is neither a control statement's nor a class's.
 * 0 when the name stands in decl_line itself.
 */
static uint32_t java_method_line(const struct source_file *f, uint32_t decl_line)
{
	static const char *const control[] = { "for", "if", "else", "while", "do", "try", "catch",
		"finally", "switch", "synchronized", "case" };
	static const char *const types[] = { "class", "interface", "enum", "record" };
	const char *t = f->code;
	unsigned depth = 0;

	for (uint32_t i = f->starts.v[decl_line - 1]; i-- > 0;) {
		if (t[i] == '}')
			depth++;
		if (t[i] != '{' || (depth && depth--))
			continue;
		uint32_t start = statement_start(t, i);

		if (has_any_word(t, start, i, types, ARRAY_LEN(types)))
			return 0;
		/* "synchronized void f()" is a method, "synchronized (lock)" is not */
		if (has_any_word(t, start, MIN(start + 12, i), control, ARRAY_LEN(control)) &&
			!(word_at(t, start, i, "synchronized") &&
				t[skip_space(t, start + 12, i)] != '('))
			continue;
		if (memchr(t + start, '(', i - start))
			return source_line_at(f, start);
	}
	return 0;
}

static bool is_java(const char *path)
{
	size_t n = strlen(path);

	return n > 5 && strcmp(path + n - 5, ".java") == 0;
}

bool source_function(struct source *s, const struct source_file *f, uint32_t decl_line,
	struct source_function *ret)
{
	uint32_t n = (uint32_t)f->text.n;

	if (source_is_python(f->path)) {
		struct source_loop found[MAX_LOOPS];

		if (!source_python_function(f, decl_line, ret, found, MAX_LOOPS))
			return false;
		ret->loops = arena_array(&s->arena, ret->n_loops, sizeof(found[0]));
		memcpy(ret->loops, found, ret->n_loops * sizeof(found[0]));
		return true;
	}
	if (!decl_line || decl_line > f->starts.n)
		return false;
	uint32_t method = is_java(f->path) ? java_method_line(f, decl_line) : 0;

	decl_line = method ? method : decl_line;

	uint32_t begin = f->starts.v[decl_line - 1], p = begin;

	while (p < n && f->code[p] != '{' && f->code[p] != ';' && f->code[p] != '}')
		p = f->code[p] == '(' || f->code[p] == '[' ? match_bracket(f->code, p, n) : p + 1;
	if (p >= n || f->code[p] != '{')
		return false;
	*ret = (struct source_function){
		.first = decl_line, .begin = begin, .end = match_bracket(f->code, p, n)
	};
	ret->last = source_line_at(f, ret->end - 1);
	find_loops(s, f, p, ret);
	return true;
}

unsigned source_loop_depth(const struct source_function *fn, uint32_t line)
{
	unsigned depth = 0;

	for (size_t i = 0; i < fn->n_loops; i++)
		depth += line >= fn->loops[i].first && line <= fn->loops[i].last;
	return depth;
}

/* The k-th loop around the line, counted from the innermost (0). */
static const struct source_loop *loop_around(
	const struct source_function *fn, uint32_t line, unsigned k)
{
	for (size_t i = fn->n_loops; i-- > 0;)
		if (line >= fn->loops[i].first && line <= fn->loops[i].last && k-- == 0)
			return &fn->loops[i];
	return NULL;
}

const struct source_loop *source_inner_loop(const struct source_function *fn, uint32_t line)
{
	return loop_around(fn, line, 0);
}

unsigned source_calls(
	const struct source_file *f, const struct source_function *fn, const char *name)
{
	unsigned calls = 0;
	size_t len = strlen(name);

	for (uint32_t i = fn->begin; len && i + len < fn->end; i++)
		if (word_at(f->code, i, fn->end, name) &&
			f->code[skip_space(f->code, i + (uint32_t)len, fn->end)] == '(')
			calls++;
	return calls ? calls - 1 : 0; /* the definition itself */
}

/* The variable a loop header counts with; empty when it has none. */
static struct span loop_variable(const struct source_file *f, const struct source_loop *l)
{
	const char *t = f->code;
	uint32_t i = l->head, end = l->head_end, stop = end;

	if (!word_at(t, i, end, "for"))
		return (struct span){ 0 };
	for (uint32_t k = i; k < end; k++) {
		if ((t[k] == '=' || (t[k] == ':' && t[k + 1] == '=')) || word_at(t, k, end, "in") ||
			word_at(t, k, end, "range")) {
			stop = k;
			break;
		}
	}
	while (stop > i && !word_char(t[stop - 1]))
		stop--;

	uint32_t from = stop;

	while (from > i && word_char(t[from - 1]))
		from--;
	if (stop == end || word_at(t, from, end, "for") || word_at(t, from, end, "while"))
		return (struct span){ 0 };
	/* Go: "for i, v := range" counts with i */
	for (uint32_t k = i + 3; k < from; k++)
		if (t[k] == ',' && t[i + 3] == ' ')
			return span_trim(span_of(t + i + 4, k - i - 4));
	return span_of(t + from, stop - from);
}

static bool has_word(const char *t, uint32_t from, uint32_t to, struct span w)
{
	for (uint32_t i = from; w.n && i + w.n <= to; i++)
		if (memcmp(t + i, w.p, w.n) == 0 && (i == 0 || !word_char(t[i - 1])) &&
			!word_char(t[i + w.n]))
			return true;
	return false;
}

/* v is multiplied within [from, to): "v * w" or "w * v". */
static bool multiplied(const char *t, uint32_t from, uint32_t to, struct span v)
{
	for (uint32_t i = from; i + v.n <= to; i++) {
		if (memcmp(t + i, v.p, v.n) != 0 || (i && word_char(t[i - 1])) ||
			word_char(t[i + v.n]))
			continue;

		uint32_t after = skip_space(t, i + (uint32_t)v.n, to), before = i;

		while (before > from && (t[before - 1] == ' ' || t[before - 1] == ')'))
			before--;
		if ((after < to && t[after] == '*') || (before > from && t[before - 1] == '*'))
			return true;
	}
	return false;
}

/* An index expression whose row is chosen by v and whose column by o. */
static bool strided_index(const char *t, uint32_t from, uint32_t to, struct span v, struct span o)
{
	for (uint32_t i = from; i < to; i++) {
		if (t[i] != '[')
			continue;

		uint32_t end = match_bracket(t, i, to);

		if (multiplied(t, i + 1, end - 1, v) && has_word(t, i + 1, end - 1, o) &&
			!multiplied(t, i + 1, end - 1, o))
			return true;
		if (end < to && t[end] == '[' && has_word(t, i + 1, end - 1, v) &&
			!has_word(t, i + 1, end - 1, o)) {
			uint32_t second = match_bracket(t, end, to);

			if (has_word(t, end + 1, second - 1, o) &&
				!has_word(t, end + 1, second - 1, v))
				return true;
		}
	}
	return false;
}

bool source_strided(const struct source_file *f, const struct source_function *fn, uint32_t line)
{
	const struct source_loop *inner = loop_around(fn, line, 0),
				 *outer = loop_around(fn, line, 1);

	if (!inner || !outer)
		return false;

	struct span v = loop_variable(f, inner), o = loop_variable(f, outer);

	if (!v.n || !o.n)
		return false;

	uint32_t end = inner->last < f->starts.n ? f->starts.v[inner->last] : (uint32_t)f->text.n;

	return strided_index(f->code, inner->head, end, v, o);
}

/* "+= v" within [from, to). */
static bool stepped_by(const char *t, uint32_t from, uint32_t to, struct span v)
{
	for (uint32_t i = from; i + 2 < to; i++) {
		if (t[i] != '+' || t[i + 1] != '=')
			continue;

		uint32_t at = skip_space(t, i + 2, to);

		if (at + v.n <= to && memcmp(t + at, v.p, v.n) == 0 && !word_char(t[at + v.n]))
			return true;
	}
	return false;
}

bool source_pairwise(const struct source_file *f, const struct source_function *fn, uint32_t line)
{
	const struct source_loop *inner = loop_around(fn, line, 0),
				 *outer = loop_around(fn, line, 1);

	if (!inner || !outer)
		return false;

	struct span o = loop_variable(f, outer);
	uint32_t from = inner->head, to = inner->head_end;

	/* "j = i * i; j += i" is a sieve's stride, not a pair */
	return has_word(f->code, from, to, o) && !multiplied(f->code, from, to, o) &&
		!stepped_by(f->code, from, to, o);
}

static bool bound_word(const char *t, uint32_t at, uint32_t len)
{
	static const char *const plain[] = { "for", "while", "in", "int", "size_t", "auto", "const",
		"range", "size", "len", "iter", "let", "mut", "unsigned", "uint32_t", "uint64_t",
		"long", "static_cast", "begin", "end" };

	if (isdigit((unsigned char)t[at]))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		if (strlen(plain[i]) == len && memcmp(plain[i], t + at, len) == 0)
			return false;
	return true;
}

bool source_same_bounds(
	const struct source_file *f, const struct source_function *fn, uint32_t line)
{
	const struct source_loop *inner = loop_around(fn, line, 0),
				 *outer = loop_around(fn, line, 1);
	const char *t = f->code;

	if (!inner || !outer)
		return false;

	struct span v = loop_variable(f, inner), o = loop_variable(f, outer);

	if (!v.n || !o.n)
		return false;
	for (uint32_t i = inner->head; i < inner->head_end;) {
		uint32_t from = i;

		while (i < inner->head_end && word_char(t[i]))
			i++;
		if (i > from) {
			struct span w = span_of(t + from, i - from);
			bool variable = (w.n == v.n && memcmp(w.p, v.p, w.n) == 0) ||
				(w.n == o.n && memcmp(w.p, o.p, w.n) == 0);

			if (!variable && bound_word(t, from, i - from) &&
				has_word(t, outer->head, outer->head_end, w))
				return true;
		}
		i += i == from;
	}
	return false;
}
