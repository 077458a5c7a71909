/* SPDX-License-Identifier: MIT */
/* Reads /proc/PID/task/TID/{syscall,stack}. */
#include "parse/task_syscall.h"

enum { MAX_WORDS = 9 };

static bool next_word(struct span *rest, struct span *ret)
{
	size_t i = 0;

	while (i < rest->n && (rest->p[i] == ' ' || rest->p[i] == '\n'))
		i++;
	*rest = span_sub(*rest, i, rest->n - i);
	for (i = 0; i < rest->n && rest->p[i] != ' ' && rest->p[i] != '\n';)
		i++;
	*ret = span_sub(*rest, 0, i);
	*rest = span_sub(*rest, i, rest->n - i);
	return ret->n > 0;
}

static bool parse_hex(struct span w, uint64_t *ret)
{
	uint64_t v = 0;

	if (w.n < 3 || w.n > 18 || w.p[0] != '0' || w.p[1] != 'x')
		return false;
	for (size_t i = 2; i < w.n; i++) {
		uint8_t c = w.p[i];
		unsigned digit = 16;

		if (c >= '0' && c <= '9')
			digit = c - (unsigned)'0';
		else if (c >= 'a' && c <= 'f')
			digit = c - (unsigned)'a' + 10;
		if (digit > 15)
			return false;
		v = v << 4 | digit;
	}
	*ret = v;
	return true;
}

bool task_syscall_parse(struct span text, struct task_syscall *ret)
{
	struct task_syscall t = { 0 };
	struct span w;
	uint64_t v[MAX_WORDS], number = 0;
	size_t n = 0;

	if (!next_word(&text, &w))
		return false;
	if (w.n == 2 && w.p[0] == '-' && w.p[1] == '1')
		;
	else if (span_parse_u64(w, &number) && number < 100000)
		t.in_call = true;
	else
		return false;
	while (n < MAX_WORDS && next_word(&text, &w))
		if (!parse_hex(w, &v[n++]))
			return false;
	if (n != (t.in_call ? 8u : 2u))
		return false;
	t.number = (uint32_t)number;
	for (size_t i = 0; i + 2 < n; i++)
		t.args[i] = v[i];
	t.sp = v[n - 2];
	t.pc = v[n - 1];
	*ret = t;
	return t.sp && t.pc;
}

bool kernel_stack_next(struct span *rest, struct span *ret_name)
{
	struct span line;

	while (span_next_line(rest, &line)) {
		size_t from = 0, to;

		while (from < line.n && line.p[from] != ']')
			from++;
		from += 2;
		for (to = from; to < line.n && line.p[to] != '+' && line.p[to] != ' ';)
			to++;
		if (to <= from || to >= line.n || line.p[to] != '+')
			continue;
		*ret_name = span_sub(line, from, to - from);
		return true;
	}
	return false;
}
