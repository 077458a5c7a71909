/* SPDX-License-Identifier: MIT */
/* V8: src/logging/log.cc; CPython: Python/perf_trampoline.c. */
#include "parse/jit_name.h"

#include "base/compiler.h"

static const char *const v8_tags[] = { "JS:", "LazyCompile:", "Function:", "Script:", "Eval:" };

static bool cut_number(struct span *s, uint32_t *ret)
{
	size_t at = s->n;
	uint64_t v;

	while (at > 0 && s->p[at - 1] >= '0' && s->p[at - 1] <= '9')
		at--;
	if (at == s->n || at == 0 || s->p[at - 1] != ':' ||
		!span_parse_u64(span_from(*s, at), &v) || v > INT32_MAX)
		return false;
	*ret = (uint32_t)v;
	s->n = at - 1;
	return true;
}

static bool parse_v8(struct jit_name *ret, struct span s)
{
	/* optimised *, interpreted ~, baseline ^, maglev + */
	if (s.n && strchr("*~^+", s.p[0]))
		s = span_from(s, 1);
	size_t space = s.n;

	/* the name has no blanks, a path may have */
	for (size_t i = 0; i < s.n && space == s.n; i++)
		if (s.p[i] == ' ')
			space = i;
	struct span file = span_from(s, space + 1);
	uint32_t last, first;

	if (space == s.n || !cut_number(&file, &last))
		return false;
	/* line and column, or the line alone */
	ret->line = cut_number(&file, &first) ? first : last;
	ret->file = file;
	ret->function = space ? span_sub(s, 0, space) : span_str("(anonymous)");
	return true;
}

static bool parse_python(struct jit_name *ret, struct span s)
{
	size_t at = s.n;

	while (at > 0 && s.p[at - 1] != ':')
		at--;
	if (at < 2 || at == s.n)
		return false;
	ret->function = span_sub(s, 0, at - 1);
	ret->file = span_from(s, at);
	return true;
}

bool jit_name_parse(struct jit_name *ret, struct span raw)
{
	*ret = (struct jit_name){ .function = raw };
	if (span_starts(raw, "py::"))
		return parse_python(ret, span_from(raw, 4));
	for (size_t i = 0; i < ARRAY_LEN(v8_tags); i++)
		if (span_starts(raw, v8_tags[i]))
			return parse_v8(ret, span_from(raw, strlen(v8_tags[i])));
	return false;
}
