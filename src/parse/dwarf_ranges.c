/* SPDX-License-Identifier: MIT */
/* Range lists; DWARF 4 section 2.17.3, DWARF 5 sections 2.17.3 and 7.25. */
#include "parse/dwarf_ranges.h"

#include "parse/dwarf_const.h"

void dw_extent_attr(struct dw_extent *e, unsigned name, const struct dw_value *v)
{
	if (name == DW_AT_low_pc && v->class == DW_ADDRESS) {
		e->has_low = true;
		e->low = v->u;
	} else if (name == DW_AT_high_pc && v->class != DW_NONE) {
		e->has_high = true;
		e->high = v->u;
		e->high_relative = v->class != DW_ADDRESS;
	} else if (name == DW_AT_ranges && v->class != DW_NONE) {
		e->has_ranges = true;
		e->ranges = v->u;
		e->ranges_indexed = v->class == DW_INDEX;
	}
}

static void add(const struct dwarf *d, uint64_t lo, uint64_t hi, struct dw_ranges *out)
{
	if (lo >= hi || !dw_is_text(d, lo) || out->v.n >= DW_MAX_RANGES)
		return;
	*vec_push(&out->v) = (struct dw_range){ .lo = lo, .hi = hi };
}

static void old_list(struct dwarf *d, const struct dw_unit *u, uint64_t off, struct dw_ranges *out)
{
	struct dw r = dw_at(d->s.ranges, off);
	uint64_t base = u->low,
		 all_ones =
			 u->addr_bytes == 8 ? UINT64_MAX : ((uint64_t)1 << 8 * u->addr_bytes) - 1;

	while (!r.bad && dw_spend(d, 16)) {
		uint64_t lo = dw_uint(&r, u->addr_bytes), hi = dw_uint(&r, u->addr_bytes);

		if (r.bad || (lo == 0 && hi == 0))
			return;
		if (lo == all_ones)
			base = hi;
		else
			add(d, base + lo, base + hi, out);
	}
}

static void new_list(struct dwarf *d, const struct dw_unit *u, uint64_t off, struct dw_ranges *out)
{
	struct dw r = dw_at(d->s.rnglists, off);
	uint64_t base = u->low, lo = 0, hi = 0;

	while (!r.bad && dw_spend(d, 4)) {
		unsigned kind = dw_u8(&r);

		switch (kind) {
		case DW_RLE_base_addressx:
			if (!dw_address_indexed(d, u, dw_uleb(&r), &base))
				return;
			continue;
		case DW_RLE_base_address:
			base = dw_uint(&r, u->addr_bytes);
			continue;
		case DW_RLE_startx_endx:
			if (!dw_address_indexed(d, u, dw_uleb(&r), &lo) ||
				!dw_address_indexed(d, u, dw_uleb(&r), &hi))
				return;
			break;
		case DW_RLE_startx_length:
			if (!dw_address_indexed(d, u, dw_uleb(&r), &lo))
				return;
			hi = lo + dw_uleb(&r);
			break;
		case DW_RLE_offset_pair:
			lo = base + dw_uleb(&r);
			hi = base + dw_uleb(&r);
			break;
		case DW_RLE_start_end:
			lo = dw_uint(&r, u->addr_bytes);
			hi = dw_uint(&r, u->addr_bytes);
			break;
		case DW_RLE_start_length:
			lo = dw_uint(&r, u->addr_bytes);
			hi = lo + dw_uleb(&r);
			break;
		default: /* the end, or an entry that we do not know */
			return;
		}
		if (!r.bad)
			add(d, lo, hi, out);
	}
}

void dw_extent_ranges(
	struct dwarf *d, const struct dw_unit *u, const struct dw_extent *e, struct dw_ranges *out)
{
	if (e->has_ranges && u->version >= 5) {
		uint64_t off = e->ranges;

		if (e->ranges_indexed) {
			if (off > UINT32_MAX)
				return;
			struct dw r =
				dw_at(d->s.rnglists, u->rnglists_base + off * u->offset_bytes);

			off = u->rnglists_base + dw_uint(&r, u->offset_bytes);
			if (r.bad)
				return;
		}
		new_list(d, u, off, out);
	} else if (e->has_ranges) {
		old_list(d, u, e->ranges, out);
	} else if (e->has_low && e->has_high) {
		add(d, e->low, e->high_relative ? e->low + e->high : e->high, out);
	}
}

void dw_unit_ranges(struct dwarf *d, const struct dw_unit *u, struct dw_ranges *out)
{
	struct dw_extent e = { .has_low = u->has_low,
		.low = u->low,
		.has_high = u->has_high,
		.high = u->high,
		.has_ranges = u->has_ranges,
		.ranges = u->ranges,
		.ranges_indexed = u->ranges_indexed };

	dw_extent_ranges(d, u, &e, out);
}
