/* SPDX-License-Identifier: MIT */
/*
 * Borrowed bytes. Parsers read through these helpers only, so that no offset leaves the buffer.
 * Integers are little endian unless a helper says otherwise. Every helper returns false (or an
 * empty span) instead of reading outside.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const uint8_t *p;
	size_t n;
};

/* A reading position in a span; `bad` becomes true for good at the first read past the end. */
struct cursor {
	struct span s;
	size_t at;
	bool bad;
};

static inline struct span span_of(const void *p, size_t n)
{
	return (struct span){ .p = p, .n = n };
}

static inline struct span span_str(const char *s)
{
	return (struct span){ .p = (const uint8_t *)s, .n = strlen(s) };
}

/* The part [off, off + n); empty when it does not fit. */
static inline struct span span_sub(struct span s, uint64_t off, uint64_t n)
{
	if (s.n == 0 || off > s.n || n > s.n - off)
		return (struct span){ 0 };
	return (struct span){ .p = s.p + off, .n = n };
}

/* Everything from off on; empty when off is outside. */
static inline struct span span_from(struct span s, uint64_t off)
{
	return s.n == 0 || off > s.n ? (struct span){ 0 }
				     : (struct span){ .p = s.p + off, .n = s.n - off };
}

static inline bool span_eq(struct span a, const char *s)
{
	size_t n = strlen(s);

	return a.n == n && (n == 0 || memcmp(a.p, s, n) == 0);
}

static inline bool span_starts(struct span a, const char *s)
{
	size_t n = strlen(s);

	return a.n >= n && (n == 0 || memcmp(a.p, s, n) == 0);
}

/* Takes the next line (without its newline) off *s; false at the end. */
bool span_next_line(struct span *s, struct span *ret_line);
struct span span_trim(struct span s);
/* Takes the next word (separated by blanks) off *s; false when there is none. */
bool span_next_word(struct span *s, struct span *ret_word);
/* Takes the part before `sep` (or the rest) off *s, parts may be empty; false at the end. */
bool span_next_part(struct span *s, char sep, struct span *ret_part);
/* The next word as a number; false when there is none or it is not one (the word is taken). */
bool span_next_u64(struct span *s, uint64_t *ret);
/* Decimal or 0x-hex number covering the whole span. */
bool span_parse_u64(struct span s, uint64_t *ret);
bool span_parse_hex(struct span s, uint64_t *ret);
/* Locale-independent decimal number covering the whole span. */
bool span_parse_double(struct span s, double *ret);
/* The NUL-terminated string at off, bounded by the span; NULL when not terminated inside. */
const char *span_cstr(struct span s, uint64_t off);

static inline struct cursor cursor_of(struct span s, uint64_t at)
{
	return (struct cursor){ .s = s, .at = at > s.n ? s.n : at, .bad = at > s.n };
}

uint8_t cursor_u8(struct cursor *c);
uint16_t cursor_u16(struct cursor *c);
uint32_t cursor_u32(struct cursor *c);
uint64_t cursor_u64(struct cursor *c);
/* LEB128 as in DWARF; more than 64 bits sets bad. */
uint64_t cursor_uleb(struct cursor *c);
int64_t cursor_sleb(struct cursor *c);
struct span cursor_bytes(struct cursor *c, uint64_t n);
const char *cursor_cstr(struct cursor *c);
