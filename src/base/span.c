/* SPDX-License-Identifier: MIT */
/* Bounds-checked reading of borrowed bytes. */
#include "base/span.h"

bool span_next_line(struct span *s, struct span *ret_line)
{
	if (s->n == 0)
		return false;
	const uint8_t *nl = memchr(s->p, '\n', s->n);
	size_t n = nl ? (size_t)(nl - s->p) : s->n;

	*ret_line = (struct span){ .p = s->p, .n = n };
	size_t skip = nl ? n + 1 : n;

	s->p += skip;
	s->n -= skip;
	return true;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span span_trim(struct span s)
{
	while (s.n && is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool span_next_word(struct span *s, struct span *ret_word)
{
	while (s->n && is_blank(s->p[0]))
		*s = span_from(*s, 1);
	size_t n = 0;

	while (n < s->n && !is_blank(s->p[n]))
		n++;
	if (n == 0)
		return false;
	*ret_word = span_sub(*s, 0, n);
	*s = span_from(*s, n);
	return true;
}

bool span_next_part(struct span *s, char sep, struct span *ret_part)
{
	if (s->n == 0)
		return false;
	const uint8_t *end = memchr(s->p, sep, s->n);
	size_t n = end ? (size_t)(end - s->p) : s->n;

	*ret_part = span_sub(*s, 0, n);
	*s = span_from(*s, end ? n + 1 : n);
	return true;
}

bool span_next_u64(struct span *s, uint64_t *ret)
{
	struct span word;

	return span_next_word(s, &word) && span_parse_u64(word, ret);
}

bool span_parse_hex(struct span s, uint64_t *ret)
{
	uint64_t v = 0;

	if (s.n == 0 || s.n > 16)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];
		unsigned d;

		if (c >= '0' && c <= '9')
			d = c - '0';
		else if (c >= 'a' && c <= 'f')
			d = c - 'a' + 10u;
		else if (c >= 'A' && c <= 'F')
			d = c - 'A' + 10u;
		else
			return false;
		v = v << 4 | d;
	}
	*ret = v;
	return true;
}

bool span_parse_u64(struct span s, uint64_t *ret)
{
	uint64_t v = 0;

	if (s.n > 2 && s.p[0] == '0' && (s.p[1] == 'x' || s.p[1] == 'X'))
		return span_parse_hex(span_from(s, 2), ret);
	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		if (__builtin_mul_overflow(v, 10, &v) ||
			__builtin_add_overflow(v, (uint64_t)(s.p[i] - '0'), &v))
			return false;
	}
	*ret = v;
	return true;
}

bool span_parse_double(struct span s, double *ret)
{
	double v = 0, scale = 1;
	bool neg = false, dot = false;
	size_t digits = 0;

	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];

		if (i == 0 && (c == '-' || c == '+')) {
			neg = c == '-';
		} else if (c == '.' && !dot) {
			dot = true;
		} else if (c >= '0' && c <= '9') {
			digits++;
			v = v * 10 + (c - '0');
			if (dot)
				scale *= 10;
		} else {
			return false;
		}
	}
	if (digits == 0 || digits > 300)
		return false;
	*ret = (neg ? -v : v) / scale;
	return true;
}

const char *span_cstr(struct span s, uint64_t off)
{
	struct span rest = span_from(s, off);

	if (rest.n == 0 || !memchr(rest.p, 0, rest.n))
		return NULL;
	return (const char *)rest.p;
}

struct span cursor_bytes(struct cursor *c, uint64_t n)
{
	if (c->bad || n > c->s.n - c->at) {
		c->bad = true;
		return (struct span){ 0 };
	}
	struct span r = { .p = c->s.p + c->at, .n = n };

	c->at += n;
	return r;
}

uint8_t cursor_u8(struct cursor *c)
{
	struct span b = cursor_bytes(c, 1);

	return b.n ? b.p[0] : 0;
}

/* Little-endian integer of n bytes; 0 (and bad) when it does not fit. */
static uint64_t cursor_le(struct cursor *c, unsigned n)
{
	struct span b = cursor_bytes(c, n);
	uint64_t v = 0;

	for (size_t i = b.n; i > 0; i--)
		v = v << 8 | b.p[i - 1];
	return v;
}

uint16_t cursor_u16(struct cursor *c)
{
	return (uint16_t)cursor_le(c, 2);
}

uint32_t cursor_u32(struct cursor *c)
{
	return (uint32_t)cursor_le(c, 4);
}

uint64_t cursor_u64(struct cursor *c)
{
	return cursor_le(c, 8);
}

uint64_t cursor_uleb(struct cursor *c)
{
	uint64_t v = 0;

	for (unsigned shift = 0;; shift += 7) {
		uint8_t b = cursor_u8(c);

		if (c->bad)
			return 0;
		if (shift < 64)
			v |= (uint64_t)(b & 0x7f) << shift;
		else if (b & 0x7f)
			c->bad = true;
		if (!(b & 0x80))
			return v;
	}
}

int64_t cursor_sleb(struct cursor *c)
{
	uint64_t v = 0;
	unsigned shift = 0;
	uint8_t b;

	do {
		b = cursor_u8(c);
		if (c->bad)
			return 0;
		if (shift < 64)
			v |= (uint64_t)(b & 0x7f) << shift;
		shift += 7;
	} while (b & 0x80 && shift < 126);
	if (b & 0x80)
		c->bad = true;
	if (shift < 64 && b & 0x40)
		v |= ~(uint64_t)0 << shift;
	return (int64_t)v;
}

const char *cursor_cstr(struct cursor *c)
{
	const char *s = c->bad ? NULL : span_cstr(c->s, c->at);

	if (!s) {
		c->bad = true;
		return "";
	}
	c->at += strlen(s) + 1;
	return s;
}
