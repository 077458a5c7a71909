/* SPDX-License-Identifier: MIT */
/* Line tables of CPython's code objects. */
#include "parse/python_lines.h"

static uint32_t line_of(int64_t line)
{
	return line > 0 && line <= INT32_MAX ? (uint32_t)line : 0;
}

/* Pairs: bytes of code (unsigned), lines (signed); a step takes effect at its end. */
static uint32_t from_lnotab(struct span table, int64_t line, uint64_t offset)
{
	uint64_t at = 0;

	for (size_t i = 0; i + 1 < table.n; i += 2) {
		at += table.p[i];
		if (at > offset)
			break;
		line += (int8_t)table.p[i + 1];
	}
	return line_of(line);
}

/* Pairs: bytes of code, lines before them; -128 stands for code without a line. */
static uint32_t from_linetable(struct span table, int64_t line, uint64_t offset)
{
	uint64_t at = 0;

	for (size_t i = 0; i + 1 < table.n; i += 2) {
		int8_t step = (int8_t)table.p[i + 1];

		at += table.p[i];
		if (step != -128)
			line += step;
		if (at > offset)
			return step == -128 ? 0 : line_of(line);
	}
	return 0;
}

/* Six bits a byte, the lowest first; bit 6: more follow. */
static uint64_t varint(struct cursor *c)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 60; shift += 6) {
		uint8_t b = cursor_u8(c);

		v |= (uint64_t)(b & 63) << shift;
		if (!(b & 64))
			return v;
	}
	c->bad = true;
	return 0;
}

static int64_t signed_varint(struct cursor *c)
{
	uint64_t v = varint(c);

	return v & 1 ? -(int64_t)(v >> 1) : (int64_t)(v >> 1);
}

enum { LOCATION_ONE_LINE_0 = 10, LOCATION_NO_COLUMNS = 13, LOCATION_LONG, LOCATION_NONE };

/* Entries for runs of code units of two bytes; only their first byte has bit 7 set. */
static uint32_t from_locations(struct span table, int64_t line, uint64_t offset)
{
	struct cursor c = cursor_of(table, 0);
	uint64_t at = 0;

	while (c.at < table.n && !c.bad) {
		uint8_t first = cursor_u8(&c);
		unsigned kind = first >> 3 & 15;

		if (!(first & 128))
			return 0;
		if (kind >= LOCATION_ONE_LINE_0 && kind < LOCATION_NO_COLUMNS)
			line += kind - LOCATION_ONE_LINE_0;
		else if (kind == LOCATION_NO_COLUMNS || kind == LOCATION_LONG)
			line += signed_varint(&c);
		if (line > INT32_MAX || line < INT32_MIN)
			return 0;
		at += 2 * ((uint64_t)(first & 7) + 1);
		if (at > offset)
			return kind == LOCATION_NONE || c.bad ? 0 : line_of(line);
		while (c.at < table.n && !(table.p[c.at] & 128)) /* columns */
			c.at++;
	}
	return 0;
}

uint32_t python_line(unsigned minor, struct span table, uint32_t first_line, uint64_t offset)
{
	if (minor < 10)
		return from_lnotab(table, first_line, offset);
	if (minor == 10)
		return from_linetable(table, first_line, offset);
	return from_locations(table, first_line, offset);
}
