/* SPDX-License-Identifier: MIT */
/* What units were built with, and whether their code was optimised. */
#include "parse/dwarf_const.h"
#include "parse/dwarf_ranges.h"
#include "parse/dwarf_unit.h"

enum { OP_ADDR = 0x03, OP_FBREG = 0x91 };

size_t dwarf_unit_count(struct dwarf *d)
{
	dw_read_units(d, &d->main);
	return d->main.units.n;
}

static bool is_loclist(const struct dw_unit *u, unsigned form)
{
	return form == DW_FORM_sec_offset || form == DW_FORM_loclistx ||
		(u->version < 4 && (form == DW_FORM_data4 || form == DW_FORM_data8));
}

/* First operation of a location expression, 0 when it has none; the position moves behind it. */
static unsigned location_op(const struct dw_unit *u, struct dw *r, unsigned form)
{
	struct dw at = *r;

	dw_skip_form(u, r, form);
	if (form == DW_FORM_exprloc)
		dw_uleb(&at);
	else if (form == DW_FORM_block1)
		dw_u8(&at);
	else
		return 0;
	return at.p < r->p ? *at.p : 0;
}

/* Without optimisation local variables live in the stack frame (OP_FBREG), nearly all of them. */
static void read_locations(struct dwarf *d, struct dw_unit *u, struct dwarf_unit_facts *ret)
{
	const struct dw_abbrevs *abbrevs = dw_unit_abbrevs(d, u);
	struct dw r = dw_at(span_sub(u->file->info, 0, u->end), u->root);

	if (!dw_spend(d, u->end - u->off))
		return;
	while (!r.bad && r.p < r.end) {
		uint64_t code = dw_uleb(&r);
		const struct dw_abbrev *a = code ? dw_abbrev_find(abbrevs, code) : NULL;

		if (code && !a)
			return;
		for (uint32_t i = 0; a && i < a->n && !r.bad; i++) {
			const struct dw_attr *at = &abbrevs->attrs.v[a->first + i];

			if (at->name != DW_AT_location) {
				dw_skip_form(u, &r, at->form);
				continue;
			}
			unsigned op = location_op(u, &r, at->form);

			ret->stack_variables += op == OP_FBREG;
			ret->other_variables += (op != 0 && op != OP_FBREG && op != OP_ADDR) ||
				is_loclist(u, at->form);
		}
	}
}

void dwarf_unit_facts(struct dwarf *d, size_t i, bool judge, struct dwarf_unit_facts *ret)
{
	struct dw_unit *u = &d->main.units.v[i];
	struct dw_ranges ranges = { 0 };

	*ret = (struct dwarf_unit_facts){ .language = u->language,
		.producer = u->producer,
		.name = u->name,
		.comp_dir = u->comp_dir,
		.info_bytes = u->end - u->off,
		.split = u->split };
	dw_unit_ranges(d, u, &ranges);
	vec_foreach (r, &ranges.v)
		ret->code_bytes += r->hi - r->lo;
	vec_done(&ranges.v);
	if (!judge || ret->code_bytes == 0)
		return;
	read_locations(d, u, ret);
}
