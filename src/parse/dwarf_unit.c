/* SPDX-License-Identifier: MIT */
/* Abbreviations, unit headers and attribute values. */
#include "parse/dwarf_unit.h"

#include "parse/dwarf_const.h"

const char *dw_cstr(struct dw *r)
{
	const uint8_t *nul = r->p < r->end ? memchr(r->p, 0, (size_t)(r->end - r->p)) : NULL;

	if (!nul) {
		r->bad = true;
		r->p = r->end;
		return "";
	}
	const char *s = (const char *)r->p;

	r->p = nul + 1;
	return s;
}

bool dw_spend(struct dwarf *d, uint64_t n)
{
	if (n > d->budget) {
		d->budget = 0;
		return false;
	}
	d->budget -= n;
	return true;
}

bool dw_is_text(const struct dwarf *d, uint64_t lo)
{
	if (d->s.text_hi == 0)
		return lo != 0;
	return lo >= d->s.text_lo && lo < d->s.text_hi;
}

/* ---- abbreviations ----------------------------------------------------------------------------
 */

/* Bytes of a form that are always the same, -1 when they vary. */
static int form_bytes(const struct dw_unit *u, unsigned form)
{
	switch (form) {
	case DW_FORM_flag_present:
	case DW_FORM_implicit_const:
		return 0;
	case DW_FORM_data1:
	case DW_FORM_ref1:
	case DW_FORM_flag:
	case DW_FORM_strx1:
	case DW_FORM_addrx1:
		return 1;
	case DW_FORM_data2:
	case DW_FORM_ref2:
	case DW_FORM_strx2:
	case DW_FORM_addrx2:
		return 2;
	case DW_FORM_strx3:
	case DW_FORM_addrx3:
		return 3;
	case DW_FORM_data4:
	case DW_FORM_ref4:
	case DW_FORM_strx4:
	case DW_FORM_addrx4:
	case DW_FORM_ref_sup4:
		return 4;
	case DW_FORM_data8:
	case DW_FORM_ref8:
	case DW_FORM_ref_sig8:
	case DW_FORM_ref_sup8:
		return 8;
	case DW_FORM_data16:
		return 16;
	case DW_FORM_addr:
		return u->addr_bytes;
	case DW_FORM_ref_addr:
		return u->version <= 2 ? u->addr_bytes : u->offset_bytes;
	case DW_FORM_strp:
	case DW_FORM_sec_offset:
	case DW_FORM_line_strp:
	case DW_FORM_strp_sup:
	case DW_FORM_GNU_ref_alt:
	case DW_FORM_GNU_strp_alt:
		return u->offset_bytes;
	default:
		return -1;
	}
}

/* Reads one abbreviation; false at the end of the table. */
static bool read_abbrev(
	const struct dw_unit *u, struct dw *r, struct dw_abbrevs *out, struct dw_abbrev *ret)
{
	*ret = (struct dw_abbrev){ .code = dw_uleb(r), .first = (uint32_t)out->attrs.n };
	if (r->bad || ret->code == 0)
		return false;
	ret->tag = dw_code(r);
	ret->children = dw_u8(r) != 0;
	for (;;) {
		uint64_t name = dw_uleb(r), form = dw_uleb(r);
		int64_t implicit = form == DW_FORM_implicit_const ? dw_sleb(r) : 0;

		if (r->bad)
			return false;
		if (name == 0 && form == 0)
			return true;
		struct dw_attr a = { .name = name > UINT16_MAX ? 0 : (uint16_t)name,
			.form = form > UINT16_MAX ? 0 : (uint16_t)form,
			.implicit = implicit };
		int bytes = form_bytes(u, a.form);

		*vec_push(&out->attrs) = a;
		ret->n++;
		ret->fixed_bytes = bytes < 0 || ret->fixed_bytes < 0 || ret->fixed_bytes > 1 << 20
			? -1
			: ret->fixed_bytes + bytes;
	}
}

static int abbrev_compare(const void *a, const void *b)
{
	const struct dw_abbrev *x = a, *y = b;

	return x->code < y->code ? -1 : x->code > y->code;
}

const struct dw_abbrevs *dw_unit_abbrevs(struct dwarf *d, struct dw_unit *u)
{
	if (u->abbrevs)
		return u->abbrevs;
	u->abbrevs = xcalloc(1, sizeof(*u->abbrevs));
	struct dw r = dw_at(u->file->abbrev, u->abbrev_off);
	const uint8_t *start = r.p;
	struct dw_abbrev a;

	while (u->abbrevs->v.n < DW_MAX_ABBREVS && read_abbrev(u, &r, u->abbrevs, &a))
		*vec_push(&u->abbrevs->v) = a;
	dw_spend(d, (uint64_t)(r.p - start));
	/* compilers count 1, 2, 3 ...; dwz and linkers may leave gaps */
	bool sorted = true;

	for (size_t i = 1; i < u->abbrevs->v.n; i++)
		sorted &= u->abbrevs->v.v[i - 1].code < u->abbrevs->v.v[i].code;
	if (!sorted)
		qsort(u->abbrevs->v.v, u->abbrevs->v.n, sizeof(*u->abbrevs->v.v), abbrev_compare);
	return u->abbrevs;
}

const struct dw_abbrev *dw_abbrev_find(const struct dw_abbrevs *a, uint64_t code)
{
	if (code - 1 < a->v.n && a->v.v[code - 1].code == code)
		return &a->v.v[code - 1];
	struct dw_abbrev key = { .code = code };

	return a->v.n ? bsearch(&key, a->v.v, a->v.n, sizeof(key), abbrev_compare) : NULL;
}

const struct dw_abbrev *dw_die(struct dwarf *d, struct dw_unit *u, struct dw *r)
{
	uint64_t code = dw_uleb(r);

	if (r->bad || code == 0)
		return NULL;
	const struct dw_abbrev *a = dw_abbrev_find(dw_unit_abbrevs(d, u), code);

	if (!a)
		r->bad = true;
	return a;
}

/* ---- values -----------------------------------------------------------------------------------
 */

static const char *string_at(struct span section, uint64_t off)
{
	const char *s = span_cstr(section, off);

	return s ? s : "";
}

static const char *string_indexed(const struct dwarf *d, const struct dw_unit *u, uint64_t i)
{
	if (i > UINT32_MAX)
		return "";
	struct dw r = dw_at(d->s.str_offsets, u->str_offsets_base + i * u->offset_bytes);

	return r.bad ? "" : string_at(d->s.str, dw_uint(&r, u->offset_bytes));
}

bool dw_address_indexed(const struct dwarf *d, const struct dw_unit *u, uint64_t i, uint64_t *ret)
{
	if (i > UINT32_MAX)
		return false;
	struct dw r = dw_at(d->s.addr, u->addr_base + i * u->addr_bytes);

	*ret = dw_uint(&r, u->addr_bytes);
	return !r.bad;
}

static void set_string(struct dw_value *v, const char *s)
{
	v->class = DW_STRING;
	v->s = s;
}

static void set_address_index(
	const struct dwarf *d, const struct dw_unit *u, struct dw_value *v, uint64_t i)
{
	v->class = dw_address_indexed(d, u, i, &v->u) ? DW_ADDRESS : DW_NONE;
}

static void set(struct dw_value *v, enum dw_class class, uint64_t u)
{
	v->class = class;
	v->u = u;
}

static bool read_string_form(
	struct dwarf *d, const struct dw_unit *u, struct dw *r, unsigned form, struct dw_value *v)
{
	switch (form) {
	case DW_FORM_string:
		set_string(v, dw_cstr(r));
		return true;
	case DW_FORM_strp:
		set_string(v, string_at(u->file->str, dw_uint(r, u->offset_bytes)));
		return true;
	case DW_FORM_line_strp:
		set_string(v, string_at(d->s.line_str, dw_uint(r, u->offset_bytes)));
		return true;
	case DW_FORM_strp_sup:
	case DW_FORM_GNU_strp_alt:
		set_string(v, string_at(d->s.alt_str, dw_uint(r, u->offset_bytes)));
		return true;
	case DW_FORM_strx:
	case DW_FORM_GNU_str_index:
		set_string(v, string_indexed(d, u, dw_uleb(r)));
		return true;
	case DW_FORM_strx1:
	case DW_FORM_strx2:
	case DW_FORM_strx3:
	case DW_FORM_strx4:
		set_string(v, string_indexed(d, u, dw_uint(r, form - DW_FORM_strx1 + 1)));
		return true;
	default:
		return false;
	}
}

static bool read_reference_form(
	const struct dw_unit *u, struct dw *r, unsigned form, struct dw_value *v)
{
	switch (form) {
	case DW_FORM_ref1:
	case DW_FORM_ref2:
	case DW_FORM_ref4:
	case DW_FORM_ref8:
		set(v, DW_REF, u->off + dw_uint(r, 1u << (form - DW_FORM_ref1)));
		return true;
	case DW_FORM_ref_udata:
		set(v, DW_REF, u->off + dw_uleb(r));
		return true;
	case DW_FORM_ref_addr:
		set(v, DW_REF, dw_uint(r, (unsigned)form_bytes(u, form)));
		return true;
	case DW_FORM_GNU_ref_alt:
	case DW_FORM_ref_sup4:
	case DW_FORM_ref_sup8:
		set(v, DW_REF_ALT, dw_uint(r, (unsigned)form_bytes(u, form)));
		return true;
	default:
		return false;
	}
}

void dw_read_form(struct dwarf *d, const struct dw_unit *u, struct dw *r, const struct dw_attr *a,
	struct dw_value *v)
{
	unsigned form = a->form;

	*v = (struct dw_value){ .s = "" };
	for (int hops = 0; form == DW_FORM_indirect && hops < 4; hops++)
		form = dw_code(r);
	if (read_string_form(d, u, r, form, v) || read_reference_form(u, r, form, v))
		return;
	switch (form) {
	case DW_FORM_addr:
		set(v, DW_ADDRESS, dw_uint(r, u->addr_bytes));
		return;
	case DW_FORM_addrx:
	case DW_FORM_GNU_addr_index:
		set_address_index(d, u, v, dw_uleb(r));
		return;
	case DW_FORM_addrx1:
	case DW_FORM_addrx2:
	case DW_FORM_addrx3:
	case DW_FORM_addrx4:
		set_address_index(d, u, v, dw_uint(r, form - DW_FORM_addrx1 + 1));
		return;
	case DW_FORM_data1:
	case DW_FORM_data2:
	case DW_FORM_data4:
	case DW_FORM_data8:
		set(v, DW_UINT, dw_uint(r, (unsigned)form_bytes(u, form)));
		return;
	case DW_FORM_udata:
		set(v, DW_UINT, dw_uleb(r));
		return;
	case DW_FORM_sdata:
		set(v, DW_SINT, (uint64_t)dw_sleb(r));
		return;
	case DW_FORM_implicit_const:
		set(v, DW_SINT, (uint64_t)a->implicit);
		return;
	case DW_FORM_sec_offset:
		set(v, DW_OFFSET, dw_uint(r, u->offset_bytes));
		return;
	case DW_FORM_rnglistx:
	case DW_FORM_loclistx:
		set(v, DW_INDEX, dw_uleb(r));
		return;
	case DW_FORM_flag:
		set(v, DW_FLAG, dw_u8(r));
		return;
	case DW_FORM_flag_present:
		set(v, DW_FLAG, 1);
		return;
	default:
		dw_skip_form(u, r, form);
	}
}

void dw_skip_form(const struct dw_unit *u, struct dw *r, unsigned form)
{
	for (int hops = 0; form == DW_FORM_indirect && hops < 4; hops++)
		form = dw_code(r);
	int bytes = form_bytes(u, form);

	if (bytes >= 0) {
		dw_skip(r, (unsigned)bytes);
		return;
	}
	switch (form) {
	case DW_FORM_string:
		dw_cstr(r);
		return;
	case DW_FORM_udata:
	case DW_FORM_sdata:
	case DW_FORM_ref_udata:
	case DW_FORM_strx:
	case DW_FORM_addrx:
	case DW_FORM_loclistx:
	case DW_FORM_rnglistx:
	case DW_FORM_GNU_addr_index:
	case DW_FORM_GNU_str_index:
		dw_uleb(r);
		return;
	case DW_FORM_block1:
		dw_skip(r, dw_u8(r));
		return;
	case DW_FORM_block2:
		dw_skip(r, dw_uint(r, 2));
		return;
	case DW_FORM_block4:
		dw_skip(r, dw_uint(r, 4));
		return;
	case DW_FORM_block:
	case DW_FORM_exprloc:
		dw_skip(r, dw_uleb(r));
		return;
	default:
		/* an unknown form: nothing behind it can be found */
		r->bad = true;
		r->p = r->end;
	}
}

/* ---- units ------------------------------------------------------------------------------------
 */

static bool read_unit_header(struct dw_file *f, uint64_t off, struct dw_unit *u)
{
	struct dw r = dw_at(f->info, off);
	uint64_t length = dw_uint(&r, 4);

	*u = (struct dw_unit){ .file = f,
		.off = off,
		.offset_bytes = 4,
		.type = DW_UT_compile,
		.name = "",
		.comp_dir = "",
		.producer = "" };
	if (length == 0xffffffff) {
		u->offset_bytes = 8;
		length = dw_uint(&r, 8);
	}
	if (r.bad || length == 0 || length > (uint64_t)(r.end - r.p))
		return false;
	r.end = r.p + length;
	u->end = (uint64_t)(r.end - f->info.p);
	u->version = (uint16_t)dw_uint(&r, 2);
	if (u->version >= 5) {
		u->type = dw_u8(&r);
		u->addr_bytes = dw_u8(&r);
		u->abbrev_off = dw_uint(&r, u->offset_bytes);
		if (u->type == DW_UT_skeleton || u->type == DW_UT_split_compile)
			dw_skip(&r, 8);
		else if (u->type == DW_UT_type || u->type == DW_UT_split_type)
			dw_skip(&r, 8 + u->offset_bytes);
	} else {
		u->abbrev_off = dw_uint(&r, u->offset_bytes);
		u->addr_bytes = dw_u8(&r);
	}
	u->root = (uint64_t)(r.p - f->info.p);
	/* bases that split units leave out: just behind the section's header */
	u->str_offsets_base = u->addr_base = u->offset_bytes == 8 ? 16 : 8;
	u->rnglists_base = u->offset_bytes == 8 ? 20 : 12;
	return true;
}

static void root_attribute(struct dw_unit *u, unsigned name, const struct dw_value *v)
{
	switch (name) {
	case DW_AT_name:
		u->name = v->s;
		break;
	case DW_AT_comp_dir:
		u->comp_dir = v->s;
		break;
	case DW_AT_producer:
		u->producer = v->s;
		break;
	case DW_AT_language:
		u->language = (uint16_t)v->u;
		break;
	case DW_AT_stmt_list:
		u->has_lines = true;
		u->line_off = v->u;
		break;
	case DW_AT_low_pc:
		u->has_low = v->class == DW_ADDRESS;
		u->low = u->has_low ? v->u : 0;
		break;
	case DW_AT_high_pc:
		u->has_high = v->class != DW_NONE;
		u->high_relative = v->class != DW_ADDRESS;
		u->high = v->u;
		break;
	case DW_AT_ranges:
		u->has_ranges = true;
		u->ranges_indexed = v->class == DW_INDEX;
		u->ranges = v->u;
		break;
	case DW_AT_dwo_name:
	case DW_AT_GNU_dwo_name:
		u->split = true;
		break;
	default:
		break;
	}
}

/* The bases must be known before indexed strings and addresses of the same DIE can be read. */
static void root_bases(struct dw_unit *u, unsigned name, const struct dw_value *v)
{
	if (name == DW_AT_str_offsets_base)
		u->str_offsets_base = v->u;
	else if (name == DW_AT_addr_base || name == DW_AT_GNU_addr_base)
		u->addr_base = v->u;
	else if (name == DW_AT_rnglists_base)
		u->rnglists_base = v->u;
}

static void read_root(struct dwarf *d, struct dw_unit *u)
{
	struct span info = span_sub(u->file->info, 0, u->end);
	struct dw start = dw_at(info, u->root), table = dw_at(u->file->abbrev, u->abbrev_off);
	const uint8_t *table_start = table.p;
	uint64_t code = dw_uleb(&start);
	struct dw_abbrevs some = { 0 };
	struct dw_abbrev a = { 0 };

	/* the root's abbreviation is nearly always the first: no need to read the whole table yet
	 */
	for (unsigned i = 0; code && a.code != code && i < DW_MAX_ABBREVS; i++)
		if (!read_abbrev(u, &table, &some, &a))
			break;
	if (code && a.code == code && !start.bad) {
		u->tag = a.tag;
		for (int pass = 0; pass < 2; pass++) {
			struct dw r = start;

			for (uint32_t i = 0; i < a.n && !r.bad; i++) {
				const struct dw_attr *at = &some.attrs.v[a.first + i];
				struct dw_value v;

				dw_read_form(d, u, &r, at, &v);
				if (r.bad)
					break;
				if (pass == 0)
					root_bases(u, at->name, &v);
				else
					root_attribute(u, at->name, &v);
			}
		}
		if (u->has_high && u->high_relative)
			u->high += u->low;
	}
	dw_spend(d, (uint64_t)(table.p - table_start) + 16);
	vec_done(&some.v);
	vec_done(&some.attrs);
}

void dw_read_units(struct dwarf *d, struct dw_file *f)
{
	if (f->read)
		return;
	f->read = true;
	for (uint64_t off = 0; off < f->info.n && f->units.n < DW_MAX_UNITS && d->budget;) {
		struct dw_unit u;

		if (!read_unit_header(f, off, &u))
			break;
		off = u.end;
		/* a version that we do not know is skipped as a whole */
		if (u.version < 2 || u.version > 5 || u.root > u.end || u.addr_bytes > 8 ||
			u.addr_bytes == 0)
			continue;
		read_root(d, &u);
		*vec_push(&f->units) = u;
	}
}

struct dw_unit *dw_unit_at(struct dwarf *d, struct dw_file *f, uint64_t die_off)
{
	dw_read_units(d, f);
	size_t lo = 0, hi = f->units.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (f->units.v[mid].off <= die_off)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == 0 || die_off >= f->units.v[lo - 1].end || die_off < f->units.v[lo - 1].root)
		return NULL;
	return &f->units.v[lo - 1];
}
