/* SPDX-License-Identifier: MIT */
/* UTF-8 for display. */
#include "render/utf8.h"

#include "base/compiler.h"

struct range {
	uint32_t first, last;
};

/* Marks drawn over the letter before (Unicode 15, the blocks that occur in practice). */
static const struct range zero_width[] = {
	{ 0x300, 0x36f },
	{ 0x483, 0x489 },
	{ 0x591, 0x5bd },
	{ 0x610, 0x61a },
	{ 0x64b, 0x65f },
	{ 0x1ab0, 0x1aff },
	{ 0x1dc0, 0x1dff },
	{ 0x20d0, 0x20ff },
	{ 0xfe00, 0xfe0f },
	{ 0xfe20, 0xfe2f },
};

/* East Asian wide and emoji (UAX 11), merged to the ranges terminals agree about. */
static const struct range wide[] = {
	{ 0x1100, 0x115f },
	{ 0x2e80, 0x303e },
	{ 0x3041, 0xa4cf },
	{ 0xac00, 0xd7a3 },
	{ 0xf900, 0xfaff },
	{ 0xfe30, 0xfe6f },
	{ 0xff00, 0xff60 },
	{ 0xffe0, 0xffe6 },
	{ 0x1f300, 0x1f64f },
	{ 0x1f900, 0x1f9ff },
	{ 0x20000, 0x3fffd },
};

/* Invisible marks that change the order or the look of what follows (CVE-2021-42574). */
static const struct range reorder[] = {
	{ 0x200b, 0x200f },
	{ 0x2028, 0x202e },
	{ 0x2060, 0x206f },
	{ 0xfeff, 0xfeff },
	{ 0xe0000, 0xe007f },
};

static bool in_ranges(const struct range *r, size_t n, uint32_t cp)
{
	for (size_t i = 0; i < n; i++)
		if (cp >= r[i].first && cp <= r[i].last)
			return true;
	return false;
}

uint32_t utf8_next(const char **p)
{
	const uint8_t *s = (const uint8_t *)*p;
	uint32_t cp = s[0];
	unsigned more = 0;

	if (cp >= 0xf0 && cp <= 0xf4) {
		more = 3;
		cp &= 0x07;
	} else if (cp >= 0xe0 && cp < 0xf0) {
		more = 2;
		cp &= 0x0f;
	} else if (cp >= 0xc2 && cp < 0xe0) {
		more = 1;
		cp &= 0x1f;
	} else if (cp >= 0x80) {
		*p += 1;
		return UTF8_BAD;
	}
	for (unsigned i = 1; i <= more; i++) {
		if ((s[i] & 0xc0) != 0x80) { /* also stops at the NUL */
			*p += 1;
			return UTF8_BAD;
		}
		cp = cp << 6 | (s[i] & 0x3f);
	}
	bool overlong = (more == 2 && cp < 0x800) || (more == 3 && cp < 0x10000);

	if (overlong || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff)) {
		*p += 1;
		return UTF8_BAD;
	}
	*p += 1 + more;
	return cp;
}

size_t utf8_put(char *out, uint32_t cp)
{
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xc0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (char)(0xe0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		out[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | cp >> 18);
	out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	out[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}

bool utf8_hostile(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || in_ranges(reorder, ARRAY_LEN(reorder), cp);
}

unsigned utf8_columns(uint32_t cp)
{
	if (cp < 0x300)
		return 1;
	if (in_ranges(zero_width, ARRAY_LEN(zero_width), cp))
		return 0;
	return in_ranges(wide, ARRAY_LEN(wide), cp) ? 2 : 1;
}

unsigned utf8_width(const char *s)
{
	unsigned n = 0;

	while (*s) {
		uint32_t cp = utf8_next(&s);

		n += utf8_hostile(cp) ? 1 : utf8_columns(cp);
	}
	return n;
}
