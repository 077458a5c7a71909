/* SPDX-License-Identifier: MIT */
/* Look-up by address: unit, function, inlined calls, names. */
#include "parse/dwarf.h"

#include "base/buf.h"
#include "parse/demangle.h"
#include "parse/dwarf_const.h"
#include "parse/dwarf_index.h"
#include "parse/dwarf_line.h"
#include "parse/dwarf_ranges.h"
#include "parse/dwarf_unit.h"

/* DIE offsets of the supplementary file are marked in keys and references. */
#define ALT_BIT ((uint64_t)1 << 63)

struct dwarf *dwarf_new(const struct dwarf_sections *sections)
{
	struct dwarf *d = xcalloc(1, sizeof(*d));

	d->s = *sections;
	d->main.info = d->s.info;
	d->main.abbrev = d->s.abbrev;
	d->main.str = d->s.str;
	d->alt.info = d->s.alt_info;
	d->alt.abbrev = d->s.alt_abbrev;
	d->alt.str = d->s.alt_str;
	/* an honest file is read at most about twice */
	d->budget = ((uint64_t)d->s.info.n + d->s.alt_info.n + d->s.line.n + d->s.abbrev.n +
			    d->s.ranges.n + d->s.rnglists.n + d->s.aranges.n) *
			16 +
		((uint64_t)16 << 20);
	return d;
}

static void free_units(struct dw_file *f)
{
	vec_foreach (u, &f->units) {
		if (u->abbrevs) {
			vec_done(&u->abbrevs->v);
			vec_done(&u->abbrevs->attrs);
			free(u->abbrevs);
		}
		dw_index_free(u->index);
		dw_lines_free(u->lines);
	}
	vec_done(&f->units);
}

void dwarf_free(struct dwarf *d)
{
	if (!d)
		return;
	free_units(&d->main);
	free_units(&d->alt);
	vec_done(&d->map);
	vec_done(&d->functions);
	map_u64_done(&d->function_of);
	arena_done(&d->text);
	free(d);
}

/* ---- address to unit ---------------------------------------------------------------------------
 */

/* .debug_aranges, for units whose root names no addresses; DWARF 5 section 6.1.2. */
static void read_aranges(struct dwarf *d, const bool *wanted)
{
	struct span s = d->s.aranges;

	for (uint64_t off = 0; off < s.n;) {
		struct dw r = dw_at(s, off);
		uint64_t length = dw_uint(&r, 4), header = 4;
		unsigned offset_bytes = 4;

		if (length == 0xffffffff) {
			length = dw_uint(&r, 8);
			header = 12;
			offset_bytes = 8;
		}
		if (r.bad || length > s.n - off - header || !dw_spend(d, length + 1))
			return;
		r.end = s.p + off + header + length;
		dw_uint(&r, 2);
		uint64_t info = dw_uint(&r, offset_bytes);
		unsigned addr_bytes = dw_u8(&r);

		dw_u8(&r);
		struct dw_unit *u = dw_unit_at(d, &d->main, info + (offset_bytes == 8 ? 24 : 12));
		uint64_t tuple = 2 * (uint64_t)addr_bytes, at = (uint64_t)(r.p - s.p) - off;

		if (tuple && at % tuple)
			dw_skip(&r, tuple - at % tuple);
		while (u && wanted[u - d->main.units.v] && addr_bytes && addr_bytes <= 8 &&
			!r.bad && r.p < r.end) {
			uint64_t lo = dw_uint(&r, addr_bytes), n = dw_uint(&r, addr_bytes);

			if (lo == 0 && n == 0)
				break;
			if (n && dw_is_text(d, lo) && n <= UINT64_MAX - lo)
				*vec_push(&d->map) = (struct dw_interval){ .lo = lo,
					.hi = lo + n,
					.unit = (uint32_t)(u - d->main.units.v) };
		}
		off += header + length;
	}
}

static int interval_compare(const void *a, const void *b)
{
	const struct dw_interval *x = a, *y = b;

	return x->lo < y->lo ? -1 : x->lo > y->lo;
}

static void map_units(struct dwarf *d)
{
	if (d->mapped)
		return;
	d->mapped = true;
	dw_read_units(d, &d->main);
	struct dw_ranges ranges = { 0 };
	bool *silent = xcalloc(d->main.units.n + 1, sizeof(*silent));
	bool any_silent = false;

	for (size_t i = 0; i < d->main.units.n; i++) {
		const struct dw_unit *u = &d->main.units.v[i];

		ranges.v.n = 0;
		dw_unit_ranges(d, u, &ranges);
		vec_foreach (r, &ranges.v)
			*vec_push(&d->map) = (struct dw_interval){
				.lo = r->lo, .hi = r->hi, .unit = (uint32_t)i
			};
		silent[i] = ranges.v.n == 0 &&
			(u->tag == DW_TAG_compile_unit || u->tag == DW_TAG_skeleton_unit);
		any_silent |= silent[i];
	}
	if (any_silent)
		read_aranges(d, silent);
	if (d->map.n)
		qsort(d->map.v, d->map.n, sizeof(*d->map.v), interval_compare);
	vec_done(&ranges.v);
	free(silent);
}

/* ---- names -------------------------------------------------------------------------------------
 */

struct function_attrs {
	const char *name, *linkage;
	uint32_t decl_line;
	uint64_t origin; /* next DIE of the chain, 0 none */
	bool origin_alt;
};

/* Attributes of one function DIE (or scope); false when there is none at that place. */
static bool read_function_die(
	struct dwarf *d, struct dw_unit *u, uint64_t die, struct function_attrs *ret)
{
	struct dw r = dw_at(span_sub(u->file->info, 0, u->end), die);
	const struct dw_abbrev *a = dw_die(d, u, &r);

	*ret = (struct function_attrs){ .name = "", .linkage = "" };
	if (!a)
		return false;
	for (uint32_t i = 0; i < a->n && !r.bad; i++) {
		const struct dw_attr *at = &u->abbrevs->attrs.v[a->first + i];
		struct dw_value v;

		dw_read_form(d, u, &r, at, &v);
		switch (at->name) {
		case DW_AT_name:
			ret->name = v.s;
			break;
		case DW_AT_linkage_name:
		case DW_AT_MIPS_linkage_name:
			ret->linkage = v.s;
			break;
		case DW_AT_decl_line:
			ret->decl_line = v.u > INT32_MAX ? 0 : (uint32_t)v.u;
			break;
		case DW_AT_abstract_origin:
		case DW_AT_specification:
			if (v.class == DW_REF || v.class == DW_REF_ALT) {
				ret->origin = v.u;
				ret->origin_alt = v.class == DW_REF_ALT || u->file == &d->alt;
			}
			break;
		default:
			break;
		}
	}
	return true;
}

enum { MAX_SCOPES = 32, MAX_NAME_BYTES = 4096 };

static const struct dw_function *function_at(struct dwarf *d, struct dw_unit *u, uint64_t die);

/* A class or namespace may point to its declaration, which stands in the scopes that count. */
static bool follow(struct dwarf *d, struct dw_unit **u, uint64_t *die, struct function_attrs *a)
{
	for (int hops = 0; hops < 8; hops++) {
		struct function_attrs next;

		if (!*u || !read_function_die(d, *u, *die, &next))
			return false;
		if (hops > 0 && !*next.name)
			next.name = a->name;
		*a = next;
		if (!a->origin)
			return true;
		*die = a->origin;
		*u = dw_unit_at(d, a->origin_alt ? &d->alt : &d->main, *die);
	}
	return false;
}

static const char *scope_name(uint16_t tag, const char *name, bool local)
{
	if (*name)
		return name;
	if (tag == DW_TAG_namespace)
		return "(anonymous namespace)";
	/* a nameless class inside a function is what a lambda becomes */
	return local ? "{lambda}" : "{unnamed}";
}

/* "a::b::name" from the scopes around the DIE; plain name in languages without scopes. */
static const char *qualified(struct dwarf *d, struct dw_unit *u, uint64_t die, const char *name)
{
	const char *parts[MAX_SCOPES];
	size_t n = 0;

	if (!*name || u->language == DW_LANG_C99 || u->language == DW_LANG_C11 ||
		u->language == DW_LANG_C || u->language == DW_LANG_C89 ||
		u->language == DW_LANG_C17)
		return name;
	while (n < MAX_SCOPES) {
		const struct dw_index *x = dw_unit_index(d, u);
		const struct dw_scope *self = dw_index_scope(x, die);

		if (!self || self->parent == 0)
			break;
		const struct dw_scope *outer = &x->scopes.v[self->parent - 1];
		struct function_attrs a;

		die = outer->die;
		if (outer->tag == DW_TAG_subprogram) {
			/* the function's own name is qualified already */
			const struct dw_function *f = function_at(d, u, die);
			struct buf display = { 0 };

			demangle(*f->linkage ? f->linkage : f->name, &display);
			if (display.n)
				parts[n++] = arena_printf(&d->text, "%s()", buf_cstr(&display));
			buf_done(&display);
			break;
		}
		bool local =
			outer->parent && x->scopes.v[outer->parent - 1].tag == DW_TAG_subprogram;

		if (!follow(d, &u, &die, &a))
			break;
		parts[n++] = scope_name(outer->tag, a.name, local);
	}
	if (n == 0)
		return name;
	struct buf out;

	buf_init(&out, MAX_NAME_BYTES);
	while (n-- > 0)
		buf_printf(&out, "%s::", parts[n]);
	buf_puts(&out, name);
	const char *r = arena_strdup(&d->text, buf_cstr(&out));

	buf_done(&out);
	return r;
}

static bool is_mangled(const char *linkage)
{
	return linkage[0] == '_' && (linkage[1] == 'Z' || linkage[1] == 'R');
}

static struct dw_function make_function(struct dwarf *d, struct dw_unit *u, uint64_t die)
{
	struct dw_function f = { .name = "", .linkage = "" };

	/* concrete function -> abstract one -> declaration in its class; never longer in practice
	 */
	for (int hops = 0; u && hops < 8; hops++) {
		struct function_attrs a;

		if (!read_function_die(d, u, die, &a))
			break;
		if (!*f.name)
			f.name = a.name;
		if (!*f.linkage)
			f.linkage = a.linkage;
		if (!f.decl_line)
			f.decl_line = a.decl_line;
		if (!a.origin) {
			/* the linker name is qualified already, spare the work */
			if (!is_mangled(f.linkage))
				f.name = qualified(d, u, die, f.name);
			break;
		}
		die = a.origin;
		u = dw_unit_at(d, a.origin_alt ? &d->alt : &d->main, die);
	}
	return f;
}

static const struct dw_function *function_at(struct dwarf *d, struct dw_unit *u, uint64_t die)
{
	bool fresh;
	uint64_t key = die | (u->file == &d->alt ? ALT_BIT : 0);
	uint32_t *slot = map_u64_put(&d->function_of, key, &fresh);

	if (!fresh)
		return &d->functions.v[*slot];
	/* while it is being made it has no name: a hostile file may name it by itself */
	uint32_t at = *slot = (uint32_t)d->functions.n;

	*vec_push(&d->functions) = (struct dw_function){ .name = "", .linkage = "" };
	if (d->depth < MAX_SCOPES) {
		d->depth++;
		struct dw_function f = make_function(d, u, die);

		d->depth--;
		d->functions.v[at] = f;
	}
	return &d->functions.v[at];
}

/* ---- look-up -----------------------------------------------------------------------------------
 */

enum { MAX_CHAIN = 256 };

/*
 * Line 0 marks code that the compiler made without a source line. The nearest row before it that
 * belongs to the same call of the same function is the best that can be said.
 */
static const struct dw_row *lined_row(const struct dw_index *x, const struct dw_lines *lines,
	const struct dw_row *row, const uint32_t *chain, size_t n)
{
	size_t at = row ? (size_t)(row - lines->rows.v) : 0;

	for (size_t steps = 0; row && steps < 16 && steps <= at; steps++) {
		const struct dw_row *before = &lines->rows.v[at - steps];
		uint32_t other[MAX_CHAIN];

		if (before->addr > row->addr)
			break;
		size_t m = steps ? dw_index_chain(x, before->addr, other, MAX_CHAIN) : n;

		if (steps && (m == 0 || other[0] != chain[0]))
			break;
		if (before->line && (steps == 0 || (m == n && other[m - 1] == chain[n - 1])))
			return before;
	}
	return row;
}

static size_t lookup_in(
	struct dwarf *d, struct dw_unit *u, uint64_t addr, struct dwarf_frame *ret, size_t max)
{
	uint32_t chain[MAX_CHAIN];
	const struct dw_index *x = dw_unit_index(d, u);
	size_t n = dw_index_chain(x, addr, chain, MAX_CHAIN);

	if (n == 0)
		return 0;
	struct dw_lines *lines = dw_unit_lines(d, u);
	const struct dw_row *row = lined_row(x, lines, dw_lines_find(lines, addr), chain, n);

	/* too many: keep the function itself and the innermost calls */
	if (n > max) {
		memmove(chain + 1, chain + n - (max - 1), (max - 1) * sizeof(*chain));
		n = max;
	}
	for (size_t i = 0; i < n; i++) {
		const struct dw_node *node = &x->nodes.v[chain[i]];
		const struct dw_function *f = function_at(d, u, node->die);

		ret[i] = (struct dwarf_frame){ .name = f->name,
			.linkage = f->linkage,
			.file = "",
			.decl_line = f->decl_line,
			.language = u->language,
			.inlined = node->inlined };
		if (i + 1 < n) {
			const struct dw_node *call = &x->nodes.v[chain[i + 1]];

			ret[i].file = dw_lines_path(d, u, lines, call->call_file);
			ret[i].line = call->call_line;
		} else if (row) {
			ret[i].file = dw_lines_path(d, u, lines, row->file);
			ret[i].line = row->line;
		}
	}
	return n;
}

static size_t line_only(struct dwarf *d, struct dw_unit *u, uint64_t addr, struct dwarf_frame *ret)
{
	struct dw_lines *lines = dw_unit_lines(d, u);
	const struct dw_row *row = dw_lines_find(lines, addr);

	if (!row)
		return 0;
	*ret = (struct dwarf_frame){ .name = "",
		.linkage = "",
		.file = dw_lines_path(d, u, lines, row->file),
		.line = row->line,
		.language = u->language };
	return 1;
}

size_t dwarf_lookup(struct dwarf *d, uint64_t addr, struct dwarf_frame *ret, size_t max)
{
	if (max == 0)
		return 0;
	map_units(d);
	size_t lo = 0, hi = d->map.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (d->map.v[mid].lo <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	struct dw_unit *some = NULL;

	/* ranges of units may overlap after link-time optimisation: the nearest start is tried
	 * first */
	for (size_t i = lo, steps = 0; i > 0 && steps < 16; i--, steps++) {
		if (addr >= d->map.v[i - 1].hi)
			continue;
		struct dw_unit *u = &d->main.units.v[d->map.v[i - 1].unit];
		size_t n = lookup_in(d, u, addr, ret, max);

		if (n)
			return n;
		if (!some)
			some = u;
	}
	return some ? line_only(d, some, addr, ret) : 0;
}
