/* SPDX-License-Identifier: MIT */
/* Conditions: one recursive descent that evaluates or, without values, checks. */
#include "knowledge/condition.h"

#include "base/span.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MAX_DEPTH = 40, MAX_LENGTH = 4096, MISSING_LEN = 64 };

struct value {
	bool is_bool, na;
	double v; /* truth: 0 or 1 */
};

struct parser {
	const char *text, *at;
	int depth;
	metric_reader read; /* NULL: check only */
	bool (*known)(void *ctx, const char *name, size_t len);
	void *ctx;
	char missing[MISSING_LEN];
	bool failed;
	char problem[200];
};

static struct value parse_or(struct parser *p);

static struct value bad(struct parser *p, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The first problem wins. */
static struct value bad(struct parser *p, const char *fmt, ...)
{
	if (!p->failed) {
		va_list ap;

		va_start(ap, fmt);
		vsnprintf(p->problem, sizeof(p->problem), fmt, ap);
		va_end(ap);
		p->failed = true;
	}
	return (struct value){ .na = true };
}

static void skip_blanks(struct parser *p)
{
	while (*p->at == ' ' || *p->at == '\t' || *p->at == '\n')
		p->at++;
}

static bool is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name(char c)
{
	return is_name_start(c) || is_digit(c) || c == '.';
}

static size_t word_length(const char *s)
{
	size_t n = 0;

	if (is_name_start(*s))
		while (is_name(s[n]))
			n++;
	return n;
}

static bool take_word(struct parser *p, const char *word)
{
	skip_blanks(p);
	size_t n = word_length(p->at);

	if (n != strlen(word) || memcmp(p->at, word, n) != 0)
		return false;
	p->at += n;
	return true;
}

static bool take_char(struct parser *p, char c)
{
	skip_blanks(p);
	if (*p->at != c)
		return false;
	p->at++;
	return true;
}

static struct value number(double v)
{
	return (struct value){ .v = v };
}

static struct value truth(bool v)
{
	return (struct value){ .is_bool = true, .v = v };
}

/* Digits with one dot; a % behind means hundredths. */
static struct value parse_number(struct parser *p)
{
	const char *start = p->at;
	double v;

	while (is_digit(*p->at) || *p->at == '.')
		p->at++;
	if (!span_parse_double(span_of(start, (size_t)(p->at - start)), &v) || !isfinite(v))
		return bad(p, "'%.*s' is not a number", (int)(p->at - start), start);
	if (*p->at == '%') {
		p->at++;
		v /= 100;
	}
	if (is_name_start(*p->at))
		return bad(p, "unexpected '%.20s' after a number", p->at);
	return number(v);
}

static struct value parse_metric(struct parser *p)
{
	const char *name = p->at;
	size_t n = word_length(name);
	double v;

	p->at += n;
	if ((n == 2 && !memcmp(name, "or", 2)) ||
		(n == 3 && (!memcmp(name, "and", 3) || !memcmp(name, "not", 3))))
		return bad(p, "unexpected '%.*s'", (int)n, name);
	if (!p->read) {
		if (p->known && !p->known(p->ctx, name, n))
			return bad(p, "unknown metric '%.*s'", (int)n, name);
		return number(1);
	}
	if (p->read(p->ctx, name, n, &v) && isfinite(v))
		return number(v);
	if (!p->missing[0])
		snprintf(p->missing, sizeof(p->missing), "%.*s", (int)n, name);
	return (struct value){ .na = true };
}

static struct value parse_factor(struct parser *p)
{
	struct value v;

	if (p->failed || ++p->depth > MAX_DEPTH)
		return bad(p, "nested too deeply");
	if (take_char(p, '(')) {
		v = parse_or(p);
		if (!take_char(p, ')'))
			v = bad(p, "')' is missing");
	} else if (take_char(p, '-')) {
		v = parse_factor(p);
		if (v.is_bool)
			v = bad(p, "'-' needs a number");
		v.v = -v.v;
	} else if (is_digit(*p->at) || *p->at == '.') {
		v = parse_number(p);
	} else if (is_name_start(*p->at)) {
		v = parse_metric(p);
	} else if (*p->at) {
		v = bad(p, "unexpected '%.20s'", p->at);
	} else {
		v = bad(p, "ends too early");
	}
	p->depth--;
	return v;
}

static struct value arithmetic(struct parser *p, char op, struct value a, struct value b)
{
	if (a.is_bool || b.is_bool)
		return bad(p, "'%c' needs numbers on both sides", op);
	if (a.na || b.na)
		return (struct value){ .na = true };
	if (op == '/' && b.v == 0) {
		if (!p->read) /* checking: any value stands for the metric */
			return number(1);
		if (!p->missing[0])
			snprintf(p->missing, sizeof(p->missing), "division by zero");
		return (struct value){ .na = true };
	}
	return number(op == '+'     ? a.v + b.v
			: op == '-' ? a.v - b.v
			: op == '*' ? a.v * b.v
				    : a.v / b.v);
}

static struct value parse_term(struct parser *p)
{
	struct value a = parse_factor(p);

	for (;;) {
		char op = take_char(p, '*') ? '*' : take_char(p, '/') ? '/' : 0;

		if (!op || p->failed)
			return a;
		a = arithmetic(p, op, a, parse_factor(p));
	}
}

static struct value parse_sum(struct parser *p)
{
	struct value a = parse_term(p);

	for (;;) {
		char op = take_char(p, '+') ? '+' : take_char(p, '-') ? '-' : 0;

		if (!op || p->failed)
			return a;
		a = arithmetic(p, op, a, parse_term(p));
	}
}

static const char *take_comparison(struct parser *p)
{
	static const char *const ops[] = { "<=", ">=", "==", "!=", "<", ">" };

	skip_blanks(p);
	for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
		if (strncmp(p->at, ops[i], strlen(ops[i])) == 0) {
			p->at += strlen(ops[i]);
			return ops[i];
		}
	}
	return NULL;
}

static struct value parse_comparison(struct parser *p)
{
	struct value a = parse_sum(p);
	const char *op = take_comparison(p);

	if (!op || p->failed)
		return a;
	struct value b = parse_sum(p);

	if (p->failed)
		return b;
	if (a.is_bool || b.is_bool)
		return bad(p, "'%s' needs numbers on both sides", op);
	if (take_comparison(p))
		return bad(p, "comparisons cannot be chained; use 'and'");
	if (a.na || b.na)
		return (struct value){ .is_bool = true, .na = true };
	switch (op[0]) {
	case '<':
		return truth(op[1] ? a.v <= b.v : a.v < b.v);
	case '>':
		return truth(op[1] ? a.v >= b.v : a.v > b.v);
	default:
		return truth(op[0] == '=' ? a.v == b.v : a.v != b.v);
	}
}

static struct value parse_not(struct parser *p)
{
	if (!take_word(p, "not"))
		return parse_comparison(p);
	if (++p->depth > MAX_DEPTH)
		return bad(p, "nested too deeply");
	struct value a = parse_not(p);

	p->depth--;
	if (!p->failed && !a.is_bool)
		return bad(p, "'not' needs a comparison");
	a.v = a.v == 0;
	return a;
}

/* Kleene logic: false and unknown is false, true or unknown is true. */
static struct value combine(struct parser *p, bool is_and, struct value a, struct value b)
{
	double decisive = is_and ? 0 : 1;

	if (p->failed)
		return a;
	if (!a.is_bool || !b.is_bool)
		return bad(p, "'%s' needs a comparison on both sides", is_and ? "and" : "or");
	if ((!a.na && a.v == decisive) || (!b.na && b.v == decisive))
		return truth(!is_and);
	return (struct value){ .is_bool = true, .na = a.na || b.na, .v = !decisive };
}

static struct value parse_and(struct parser *p)
{
	struct value a = parse_not(p);

	while (!p->failed && take_word(p, "and"))
		a = combine(p, true, a, parse_not(p));
	return a;
}

static struct value parse_or(struct parser *p)
{
	struct value a = parse_and(p);

	while (!p->failed && take_word(p, "or"))
		a = combine(p, false, a, parse_and(p));
	return a;
}

static struct value run(struct parser *p)
{
	if (strnlen(p->text, MAX_LENGTH + 1) > MAX_LENGTH)
		return bad(p, "longer than %d characters", MAX_LENGTH);
	p->at = p->text;
	struct value v = parse_or(p);

	skip_blanks(p);
	if (!p->failed && *p->at)
		return bad(p, "unexpected '%.20s'", p->at);
	if (!p->failed && !v.is_bool)
		return bad(p, "is a number, not a comparison");
	return v;
}

enum condition_result condition_eval(const char *text, metric_reader read, void *ctx, char *missing)
{
	struct parser p = { .text = text, .read = read, .ctx = ctx };
	struct value v = run(&p);
	bool na = p.failed || v.na;

	if (missing)
		snprintf(missing, MISSING_LEN, "%.63s",
			!na                ? ""
				: p.failed ? p.problem
					   : p.missing);
	return na ? CONDITION_NA : v.v != 0 ? CONDITION_TRUE : CONDITION_FALSE;
}

int condition_check(const char *text, bool (*known)(void *ctx, const char *name, size_t len),
	void *ctx, struct err *err)
{
	struct parser p = { .text = text, .known = known, .ctx = ctx };

	run(&p);
	if (p.failed)
		return fail(err, EINVAL, "condition '%.100s': %s", text, p.problem);
	return 0;
}
