/* SPDX-License-Identifier: MIT */
/* Frames of collapsed stacks. */
#include "parse/collapsed_frame.h"

static bool ends_with(struct span s, const char *end)
{
	size_t n = strlen(end);

	return s.n > n && memcmp(s.p + s.n - n, end, n) == 0;
}

/* "_[k]": kernel, [j] and [1]: compiled at run time, [i]: inlined, [0] and [p]: interpreted. */
static void take_suffix(struct span *text, struct frame *f)
{
	if (text->n < 5 || memcmp(text->p + text->n - 4, "_[", 2) != 0 || !ends_with(*text, "]"))
		return;
	switch (text->p[text->n - 2]) {
	case 'k':
		f->kind = FRAME_KERNEL;
		break;
	case 'j':
	case '1':
		f->kind = FRAME_JIT;
		break;
	case 'i':
		f->inlined = true;
		break;
	case '0':
	case 'p':
		break;
	default:
		return;
	}
	text->n -= 4;
}

/* "name (dir/file.py:12)", as py-spy and bcc's Python tools write it. */
static void take_place(struct profile *p, struct span *text, struct frame *f)
{
	size_t open = text->n, colon;
	uint64_t line;

	if (!ends_with(*text, ")"))
		return;
	while (open > 1 && text->p[open - 1] != '(')
		open--;
	if (open < 3 || text->p[open - 2] != ' ')
		return;
	struct span in = span_sub(*text, open, text->n - open - 1);

	for (colon = in.n; colon && in.p[colon - 1] != ':';)
		colon--;
	if (colon < 2 || !span_parse_u64(span_from(in, colon), &line) || line > INT32_MAX)
		return;
	struct span file = span_sub(in, 0, colon - 1);

	/* a C++ name has no dot or slash before a number: "f(a:1)" is not a place */
	if (!memchr(file.p, '.', file.n) && !memchr(file.p, '/', file.n) && *file.p != '<')
		return;
	f->file = strtab_addn(&p->strings, file.p, file.n);
	f->line = (uint32_t)line;
	text->n = open - 2;
}

/* The module that a name in brackets stands for: "[libc.so.6]" of perf, "[unknown]" of nobody. */
static bool is_nameless(struct span text)
{
	return span_eq(text, "[unknown]") || span_eq(text, "[missed]") || span_starts(text, "0x") ||
		span_starts(text, "[0x");
}

struct frame collapsed_frame(struct profile *p, struct span text)
{
	struct frame f = { .kind = FRAME_APP };

	take_suffix(&text, &f);
	take_place(p, &text, &f);
	if (f.kind == FRAME_APP && is_nameless(text))
		f.kind = FRAME_UNKNOWN;
	f.function = strtab_addn(&p->strings, text.p, text.n);
	return f;
}

/* Takes the digits at the end of *s. */
static bool take_number(struct span *s, int32_t *ret)
{
	size_t n = s->n;
	uint64_t v;

	while (n && s->p[n - 1] >= '0' && s->p[n - 1] <= '9')
		n--;
	if (n == s->n || !span_parse_u64(span_from(*s, n), &v) || v > INT32_MAX)
		return false;
	s->n = n;
	*ret = (int32_t)v;
	return true;
}

static bool take_text(struct span *s, const char *end)
{
	if (!ends_with(*s, end))
		return false;
	s->n -= strlen(end);
	return true;
}

bool collapsed_thread(struct span text, struct collapsed_thread *ret)
{
	struct collapsed_thread t = { .name = text };

	if (span_starts(text, "process ")) {
		struct span rest = span_from(text, 8);
		size_t n = 0;

		while (n < rest.n && rest.p[n] >= '0' && rest.p[n] <= '9')
			n++;
		t.name = span_of(rest.p, n);
		if (n == 0 || n == rest.n || rest.p[n] != ':' || !take_number(&t.name, &t.pid))
			return false;
		t.tid = t.pid;
		t.name = span_from(rest, n + 1);
		if (t.name.n > 2 && *t.name.p == '"' && ends_with(t.name, "\""))
			t.name = span_sub(t.name, 1, t.name.n - 2);
	} else if (text.n > 2 && *text.p == '[' && take_text(&t.name, "]")) {
		t.name = span_from(t.name, 1);
		if (!take_number(&t.name, &t.tid) || !take_text(&t.name, " tid="))
			return false;
	} else if (!take_number(&t.name, &t.tid) || !take_text(&t.name, "/") ||
		!take_number(&t.name, &t.pid) || !take_text(&t.name, "-")) {
		return false;
	}
	*ret = t;
	return true;
}
