/* SPDX-License-Identifier: MIT */
/* Text screens: inks, columns, wrapping; hostile bytes are made visible instead of obeyed. */
#include "render/page.h"

#include "render/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How our own signs look where only ASCII can be shown; everything else becomes '?'. */
static const struct {
	uint32_t cp;
	const char *ascii;
} plain_signs[] = {
	{ 0xb1, "+-" },
	{ 0xb7, "-" },
	{ 0x2026, "..." },
	{ 0x2014, "-" },
	{ 0x2013, "-" },
	{ 0x2212, "-" },
	{ 0x25c0, "<-" },
	{ 0x2502, "|" },
	{ 0x2192, "->" },
	{ 0x2714, "ok" },
	{ 0x2718, "no" },
	{ 0x2265, ">=" },
	{ 0x2264, "<=" },
	{ 0xd7, "x" },
	{ 0xb5, "u" },
	{ 0x2588, "#" },
	{ 0x2591, "." },
	{ 0x2018, "'" },
	{ 0x2019, "'" },
	{ 0x201c, "\"" },
	{ 0x201d, "\"" },
};

static const char *const ink_codes[] = {
	[INK_NONE] = "",
	[INK_STRONG] = "1",
	[INK_COST] = "31",
	[INK_GAIN] = "32",
	[INK_CAVEAT] = "33",
	[INK_DIM] = "2",
};

void page_init(struct page *pg, struct sink *out, const struct text_style *style)
{
	*pg = (struct page){ .out = out, .style = *style };
	if (pg->style.width < 40)
		pg->style.width = 40;
}

/*
 * What is shown for the next code point of *s: text into `out` (at least 8 bytes), its columns
 * returned. Tabs and newlines become blanks: the layout is ours.
 */
static unsigned glyph(const struct page *pg, const char **s, char *out)
{
	uint32_t cp = utf8_next(s);

	if (cp == '\t' || cp == '\n' || cp == '\r')
		cp = ' ';
	if (utf8_hostile(cp))
		cp = pg->style.ascii ? '?' : UTF8_BAD;
	if (pg->style.ascii && cp >= 0x80) {
		const char *sign = "?";

		for (size_t i = 0; i < ARRAY_LEN(plain_signs); i++)
			if (plain_signs[i].cp == cp)
				sign = plain_signs[i].ascii;
		size_t n = strlen(sign);

		memcpy(out, sign, n + 1);
		return (unsigned)n;
	}
	out[utf8_put(out, cp)] = '\0';
	return utf8_columns(cp);
}

unsigned page_width(const struct page *pg, const char *s)
{
	unsigned n = 0;
	char text[8];

	while (*s)
		n += glyph(pg, &s, text);
	return n;
}

static void put_n(struct page *pg, const char *s, const char *end)
{
	char text[8];

	while (s < end) {
		pg->col += glyph(pg, &s, text);
		sink_puts(pg->out, text);
	}
}

void page_put(struct page *pg, const char *s)
{
	put_n(pg, s, s + strlen(s));
}

void page_printf(struct page *pg, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	int n = vasprintf(&text, fmt, ap);

	va_end(ap);
	if (n < 0)
		return;
	page_put(pg, text);
	free(text);
}

static void ink_on(struct page *pg, enum ink ink)
{
	if (pg->style.color && ink != INK_NONE)
		sink_printf(pg->out, "\033[%sm", ink_codes[ink]);
}

static void ink_off(struct page *pg, enum ink ink)
{
	if (pg->style.color && ink != INK_NONE)
		sink_puts(pg->out, "\033[0m");
}

void page_ink(struct page *pg, enum ink ink, const char *s)
{
	if (!*s)
		return;
	ink_on(pg, ink);
	page_put(pg, s);
	ink_off(pg, ink);
}

void page_to(struct page *pg, unsigned col, bool gap)
{
	if (gap && pg->col >= col)
		col = pg->col + 1;
	while (pg->col < col) {
		sink_putc(pg->out, ' ');
		pg->col++;
	}
}

void page_line(struct page *pg)
{
	sink_putc(pg->out, '\n');
	pg->col = 0;
}

static unsigned width_n(const struct page *pg, const char *s, const char *end)
{
	unsigned n = 0;
	char text[8];

	while (s < end)
		n += glyph(pg, &s, text);
	return n;
}

/* Numbers stay with their unit and the sign before them: "92 %", "± 1", "5 082". */
static bool sticks(const char *before, const char *after)
{
	bool digit = before[-1] >= '0' && before[-1] <= '9';

	return (digit && *after == '%') ||
		(digit && after[0] >= '0' && after[0] <= '9' && after[1] && after[2] &&
			(unsigned char)after[3] <= '.');
}

static const char *word_end(const char *s)
{
	for (;;) {
		s += strcspn(s, " \n\t");
		const char *next = s + strspn(s, " \n\t");

		if (!*s || !*next || !sticks(s, next))
			return s;
		s = next;
	}
}

/* A word wider than a line is broken where the line ends. */
static void put_long(struct page *pg, unsigned indent, const char *s, const char *end)
{
	char text[8];

	while (s < end) {
		unsigned n = glyph(pg, &s, text);

		if (pg->col + n > pg->style.width) {
			page_line(pg);
			page_to(pg, indent, false);
		}
		sink_puts(pg->out, text);
		pg->col += n;
	}
}

void page_wrap(struct page *pg, enum ink ink, unsigned indent, const char *s)
{
	bool first = true;

	page_to(pg, indent, false);
	ink_on(pg, ink);
	for (s += strspn(s, " \n\t"); *s; s += strspn(s, " \n\t")) {
		const char *end = word_end(s);
		unsigned n = width_n(pg, s, end),
			 room = pg->style.width - MIN(indent, pg->style.width - 1);

		if (!first || pg->col > indent) {
			if (pg->col + !first + n > pg->style.width && pg->col > indent) {
				ink_off(pg, ink);
				page_line(pg);
				page_to(pg, indent, false);
				ink_on(pg, ink);
			} else if (!first) {
				sink_putc(pg->out, ' ');
				pg->col++;
			}
		}
		if (n > room)
			put_long(pg, indent, s, end);
		else
			put_n(pg, s, end);
		first = false;
		s = end;
	}
	ink_off(pg, ink);
}

void page_cut(struct page *pg, enum ink ink, const char *s, unsigned width)
{
	if (page_width(pg, s) <= width) {
		page_ink(pg, ink, s);
		return;
	}
	unsigned dots = page_width(pg, "…"), n = 0;
	const char *end = s;
	char text[8];

	while (*end) {
		const char *next = end;
		unsigned w = glyph(pg, &next, text);

		if (n + w + dots > width)
			break;
		n += w;
		end = next;
	}
	ink_on(pg, ink);
	put_n(pg, s, end);
	if (width >= dots)
		page_put(pg, "…");
	ink_off(pg, ink);
}
