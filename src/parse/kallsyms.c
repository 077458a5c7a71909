/* SPDX-License-Identifier: MIT */
/* /proc/kallsyms and perf maps. */
#include "parse/kallsyms.h"

/* Takes the next blank-separated word off *line. */
static struct span next_word(struct span *line)
{
	struct span rest = *line;

	while (rest.n && (rest.p[0] == ' ' || rest.p[0] == '\t'))
		rest = span_from(rest, 1);
	size_t n = 0;

	while (n < rest.n && rest.p[n] != ' ' && rest.p[n] != '\t')
		n++;
	*line = span_from(rest, n);
	return span_sub(rest, 0, n);
}

static int by_address(const void *a, const void *b)
{
	const struct text_symbol *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static void sort_symbols(struct text_symbols *t)
{
	if (t->s.n)
		qsort(t->s.v, t->s.n, sizeof(*t->s.v), by_address);
}

bool kallsyms_parse(struct text_symbols *ret, struct span text)
{
	struct span line;
	bool shown = false;

	*ret = (struct text_symbols){ 0 };
	for (uint32_t order = 0; span_next_line(&text, &line) && ret->s.n < TEXT_SYMBOLS_MAX;
		order++) {
		struct span addr = next_word(&line), type = next_word(&line),
			    name = next_word(&line);
		struct span module = next_word(&line);
		uint64_t a;

		/* t and w are code; a few code symbols have type 'i' (in a module's init part) */
		if (!span_parse_hex(addr, &a) || type.n != 1 || !strchr("tTwWi", type.p[0]) ||
			name.n == 0)
			continue;
		shown |= a != 0;
		if (a == 0 || (name.n > 2 && name.p[0] == '.' && name.p[1] == 'L'))
			continue;
		if (module.n > 2 && module.p[0] == '[' && module.p[module.n - 1] == ']')
			module = span_sub(module, 1, module.n - 2);
		*vec_push(&ret->s) = (struct text_symbol){
			.addr = a, .name = name, .module = module, .order = order
		};
	}
	if (!shown) {
		text_symbols_done(ret);
		return false;
	}
	sort_symbols(ret);
	for (size_t i = 0; i + 1 < ret->s.n; i++)
		ret->s.v[i].size = ret->s.v[i + 1].addr - ret->s.v[i].addr;
	/* nothing tells where the last one ends */
	ret->s.v[ret->s.n - 1].size = 4096;
	return true;
}

void perf_map_parse(struct text_symbols *ret, struct span text)
{
	struct span line;

	*ret = (struct text_symbols){ 0 };
	for (uint32_t order = 0; span_next_line(&text, &line) && ret->s.n < TEXT_SYMBOLS_MAX;
		order++) {
		struct span addr = next_word(&line), size = next_word(&line),
			    name = span_trim(line);
		uint64_t a, n;

		if (span_starts(addr, "0x"))
			addr = span_from(addr, 2);
		if (span_starts(size, "0x"))
			size = span_from(size, 2);
		if (!span_parse_hex(addr, &a) || !span_parse_hex(size, &n) || n == 0 || name.n == 0)
			continue;
		if (n > UINT64_MAX - a)
			continue;
		*vec_push(&ret->s) =
			(struct text_symbol){ .addr = a, .size = n, .name = name, .order = order };
	}
	sort_symbols(ret);
}

void text_symbols_done(struct text_symbols *s)
{
	if (s)
		vec_done(&s->s);
}

const struct text_symbol *text_symbols_find(const struct text_symbols *s, uint64_t addr)
{
	size_t lo = 0, hi = s->s.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->s.v[mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	/* entries of reused code memory overlap: of those that hold addr the latest line wins */
	const struct text_symbol *best = NULL;

	for (size_t i = lo, steps = 0; i > 0 && steps < 256; i--, steps++) {
		const struct text_symbol *t = &s->s.v[i - 1];

		if (addr - t->addr < t->size && (!best || t->order > best->order))
			best = t;
	}
	return best;
}
