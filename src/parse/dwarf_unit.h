/* SPDX-License-Identifier: MIT */
/*
 * The ground of the DWARF reader, private to parse/dwarf*.c: a fast bounded reading position,
 * abbreviation tables, unit headers, attribute values. DWARF 5 standard, chapter 7.
 */
#pragma once

#include "base/map.h"
#include "base/vec.h"
#include "parse/dwarf.h"

/* ---- reading position, inline because every DIE of a unit goes through it
 * ------------------------ */

struct dw {
	const uint8_t *p, *end;
	bool bad;
};

static inline struct dw dw_at(struct span s, uint64_t off)
{
	if (s.n == 0 || off > s.n)
		return (struct dw){ .p = s.p, .end = s.p, .bad = true };
	return (struct dw){ .p = s.p + off, .end = s.p + s.n };
}

static inline bool dw_need(struct dw *r, uint64_t n)
{
	if ((uint64_t)(r->end - r->p) >= n)
		return true;
	r->bad = true;
	r->p = r->end;
	return false;
}

static inline void dw_skip(struct dw *r, uint64_t n)
{
	if (dw_need(r, n))
		r->p += n;
}

/* Little-endian number of n <= 8 bytes. */
static inline uint64_t dw_uint(struct dw *r, unsigned n)
{
	uint64_t v = 0;

	if (!dw_need(r, n))
		return 0;
	for (unsigned i = 0; i < n; i++)
		v |= (uint64_t)r->p[i] << 8 * i;
	r->p += n;
	return v;
}

static inline uint8_t dw_u8(struct dw *r)
{
	return dw_need(r, 1) ? *r->p++ : 0;
}

static inline uint64_t dw_uleb(struct dw *r)
{
	uint64_t v = 0;

	for (unsigned shift = 0;; shift += 7) {
		if (r->p == r->end) {
			r->bad = true;
			return 0;
		}
		uint8_t b = *r->p++;

		if (shift < 64)
			v |= (uint64_t)(b & 0x7f) << shift;
		if (!(b & 0x80))
			return v;
	}
}

static inline int64_t dw_sleb(struct dw *r)
{
	uint64_t v = 0;
	unsigned shift = 0;
	uint8_t b;

	do {
		if (r->p == r->end) {
			r->bad = true;
			return 0;
		}
		b = *r->p++;
		if (shift < 64)
			v |= (uint64_t)(b & 0x7f) << shift;
		shift += 7;
	} while (b & 0x80);
	if (shift < 64 && b & 0x40)
		v |= ~(uint64_t)0 << shift;
	return (int64_t)v;
}

/* A tag, attribute or form: numbers that do not fit 16 bits are nothing we know. */
static inline uint16_t dw_code(struct dw *r)
{
	uint64_t v = dw_uleb(r);

	return v > UINT16_MAX ? 0 : (uint16_t)v;
}

/* NUL-terminated string inside the section; "" when it is not terminated. */
const char *dw_cstr(struct dw *r);

/* ---- abbreviations ----------------------------------------------------------------------------
 */

struct dw_attr {
	uint16_t name, form;
	int64_t implicit;
};

struct dw_abbrev {
	uint64_t code;
	uint16_t tag;
	bool children;
	uint32_t first, n;   /* in dw_abbrevs.attrs */
	int32_t fixed_bytes; /* size of all attributes when it never varies, else -1 */
};

struct dw_abbrevs {
	vec_of(struct dw_abbrev) v;
	vec_of(struct dw_attr) attrs;
};

/* ---- units ------------------------------------------------------------------------------------
 */

struct dw_index;
struct dw_lines;
struct dw_file;

struct dw_unit {
	const struct dw_file *file;
	uint64_t off, end; /* in the info section, header included */
	uint64_t root;     /* offset of the root DIE */
	uint64_t abbrev_off;
	uint16_t version;
	uint8_t addr_bytes, offset_bytes, type;
	/* attributes of the root */
	uint16_t tag, language;
	bool has_lines, has_low, has_high, high_relative, has_ranges, ranges_indexed, split;
	uint64_t line_off, low, high, ranges;
	uint64_t str_offsets_base, addr_base, rnglists_base;
	const char *name, *comp_dir, *producer;
	/* on demand */
	struct dw_abbrevs *abbrevs;
	struct dw_index *index;
	struct dw_lines *lines;
};

struct dw_file {
	struct span info, abbrev, str;
	vec_of(struct dw_unit) units; /* by offset */
	bool read;
};

struct dw_interval {
	uint64_t lo, hi;
	uint32_t unit;
};

struct dw_function { /* facts of a function DIE, origins followed */
	const char *name, *linkage;
	uint32_t decl_line;
};

struct dwarf {
	struct dwarf_sections s;
	struct dw_file main, alt;
	vec_of(struct dw_interval) map; /* address -> unit, by lo */
	bool mapped;
	struct map_u64 function_of; /* DIE offset (alt: top bit set) -> index in functions */
	vec_of(struct dw_function) functions;
	struct arena text;
	unsigned depth;  /* of functions being named around each other */
	uint64_t budget; /* bytes that may still be read: hostile files repeat themselves */
};

enum dw_class {
	DW_NONE,
	DW_UINT,
	DW_SINT,
	DW_ADDRESS,
	DW_STRING,
	DW_REF,
	DW_REF_ALT,
	DW_FLAG,
	DW_BLOCK,
	DW_OFFSET,
	DW_INDEX /* rnglistx, loclistx */
};

struct dw_value {
	enum dw_class class;
	uint64_t u; /* number, address, absolute DIE offset, flag */
	const char *s;
};

enum { DW_MAX_UNITS = 4 << 20, DW_MAX_ABBREVS = 1 << 20 };

/* Takes n bytes off the budget; false when it is used up. */
bool dw_spend(struct dwarf *d, uint64_t n);
/* Reads unit headers and root DIEs of the file, once. */
void dw_read_units(struct dwarf *d, struct dw_file *f);
struct dw_unit *dw_unit_at(struct dwarf *d, struct dw_file *f, uint64_t die_off);
/* The unit's abbreviations, read once; never NULL. */
const struct dw_abbrevs *dw_unit_abbrevs(struct dwarf *d, struct dw_unit *u);
const struct dw_abbrev *dw_abbrev_find(const struct dw_abbrevs *a, uint64_t code);
/* Positions at a DIE and reads its code; NULL for a null entry, the end or a broken one. */
const struct dw_abbrev *dw_die(struct dwarf *d, struct dw_unit *u, struct dw *r);
void dw_read_form(struct dwarf *d, const struct dw_unit *u, struct dw *r, const struct dw_attr *a,
	struct dw_value *ret);
void dw_skip_form(const struct dw_unit *u, struct dw *r, unsigned form);
/* Address i of .debug_addr. */
bool dw_address_indexed(const struct dwarf *d, const struct dw_unit *u, uint64_t i, uint64_t *ret);
/* True when the address can be code (not a tombstone of a function the linker dropped). */
bool dw_is_text(const struct dwarf *d, uint64_t lo);
