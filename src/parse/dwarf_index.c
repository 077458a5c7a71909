/* SPDX-License-Identifier: MIT */
/* One pass over the DIEs of a unit; DWARF 5 chapter 3. */
#include "parse/dwarf_index.h"

#include "parse/dwarf_const.h"

struct level {
	uint32_t scope; /* index + 1 of the innermost scope, 0 none */
	uint32_t node;  /* index + 1 of the node that this level's DIE made, 0 none */
};

struct walk {
	struct dwarf *d;
	struct dw_unit *u;
	struct dw_index *x;
	struct dw r;
	struct level levels[DW_MAX_DEPTH];
	size_t depth;
};

static bool is_scope(uint16_t tag)
{
	switch (tag) {
	case DW_TAG_namespace:
	case DW_TAG_class_type:
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
	case DW_TAG_interface_type:
	case DW_TAG_module:
	case DW_TAG_subprogram:
		return true;
	default:
		return false;
	}
}

/* Attributes of a function or an inlined call; makes a node when it has code. */
static void read_function(struct walk *w, const struct dw_abbrevs *abbrevs,
	const struct dw_abbrev *a, uint64_t die, struct level *level)
{
	struct dw_extent e = { 0 };
	struct dw_node node = { .die = die, .inlined = a->tag == DW_TAG_inlined_subroutine };

	for (uint32_t i = 0; i < a->n && !w->r.bad; i++) {
		const struct dw_attr *at = &abbrevs->attrs.v[a->first + i];
		struct dw_value v;

		switch (at->name) {
		case DW_AT_low_pc:
		case DW_AT_high_pc:
		case DW_AT_ranges:
			dw_read_form(w->d, w->u, &w->r, at, &v);
			dw_extent_attr(&e, at->name, &v);
			break;
		case DW_AT_call_file:
			dw_read_form(w->d, w->u, &w->r, at, &v);
			node.call_file = (uint32_t)MIN(v.u, (uint64_t)UINT32_MAX);
			break;
		case DW_AT_call_line:
			dw_read_form(w->d, w->u, &w->r, at, &v);
			node.call_line = v.u > INT32_MAX ? 0 : (uint32_t)v.u;
			break;
		default:
			dw_skip_form(w->u, &w->r, at->form);
		}
	}
	if (w->r.bad || !(e.has_low || e.has_ranges) || w->x->nodes.n >= DW_MAX_NODES)
		return;
	node.first_range = (uint32_t)w->x->ranges.v.n;
	dw_extent_ranges(w->d, w->u, &e, &w->x->ranges);
	node.n_ranges = (uint32_t)w->x->ranges.v.n - node.first_range;
	if (node.n_ranges == 0)
		return;
	*vec_push(&w->x->nodes) = node;
	level->node = (uint32_t)w->x->nodes.n;
	if (node.inlined)
		return;
	for (uint32_t i = 0; i < node.n_ranges; i++) {
		const struct dw_range *range = &w->x->ranges.v.v[node.first_range + i];

		*vec_push(&w->x->tops) = (struct dw_top){
			.lo = range->lo, .hi = range->hi, .node = level->node - 1
		};
	}
}

static void skip_attributes(
	struct walk *w, const struct dw_abbrevs *abbrevs, const struct dw_abbrev *a)
{
	if (a->fixed_bytes >= 0) {
		dw_skip(&w->r, (uint64_t)a->fixed_bytes);
		return;
	}
	for (uint32_t i = 0; i < a->n && !w->r.bad; i++)
		dw_skip_form(w->u, &w->r, abbrevs->attrs.v[a->first + i].form);
}

static void close_node(struct walk *w, const struct level *level)
{
	if (level->node)
		w->x->nodes.v[level->node - 1].end = (uint32_t)w->x->nodes.n;
}

static void walk_unit(struct walk *w)
{
	const struct dw_abbrevs *abbrevs = dw_unit_abbrevs(w->d, w->u);
	const uint8_t *info = w->u->file->info.p;

	while (!w->r.bad && w->r.p < w->r.end) {
		uint64_t die = (uint64_t)(w->r.p - info), code = dw_uleb(&w->r);

		if (code == 0) { /* end of siblings */
			if (w->depth == 0)
				break;
			close_node(w, &w->levels[--w->depth]);
			if (w->depth == 0)
				break;
			continue;
		}
		const struct dw_abbrev *a = dw_abbrev_find(abbrevs, code);

		if (!a)
			break;
		struct level level = { .scope = w->depth ? w->levels[w->depth - 1].scope : 0 };

		if (is_scope(a->tag) && w->x->scopes.n < DW_MAX_NODES) {
			*vec_push(&w->x->scopes) = (struct dw_scope){
				.die = die, .parent = level.scope, .tag = a->tag
			};
			level.scope = (uint32_t)w->x->scopes.n;
		}
		if (a->tag == DW_TAG_subprogram || a->tag == DW_TAG_inlined_subroutine)
			read_function(w, abbrevs, a, die, &level);
		else
			skip_attributes(w, abbrevs, a);
		if (!a->children) {
			close_node(w, &level);
			if (w->depth == 0)
				break;
		} else if (w->depth == DW_MAX_DEPTH) {
			break;
		} else {
			w->levels[w->depth++] = level;
		}
	}
	while (w->depth)
		close_node(w, &w->levels[--w->depth]);
}

static int top_compare(const void *a, const void *b)
{
	const struct dw_top *x = a, *y = b;

	return x->lo < y->lo ? -1 : x->lo > y->lo;
}

const struct dw_index *dw_unit_index(struct dwarf *d, struct dw_unit *u)
{
	if (u->index)
		return u->index;
	struct dw_index *x = xcalloc(1, sizeof(*x));

	u->index = x;
	if (!dw_spend(d, u->end - u->off))
		return x;
	struct walk *w = xcalloc(1, sizeof(*w));

	*w = (struct walk){
		.d = d, .u = u, .x = x, .r = dw_at(span_sub(u->file->info, 0, u->end), u->root)
	};
	walk_unit(w);
	free(w);
	if (x->tops.n)
		qsort(x->tops.v, x->tops.n, sizeof(*x->tops.v), top_compare);
	return x;
}

void dw_index_free(struct dw_index *x)
{
	if (!x)
		return;
	vec_done(&x->nodes);
	vec_done(&x->scopes);
	vec_done(&x->tops);
	vec_done(&x->ranges.v);
	free(x);
}

static bool holds(const struct dw_index *x, const struct dw_node *n, uint64_t addr)
{
	for (uint32_t i = 0; i < n->n_ranges; i++) {
		const struct dw_range *r = &x->ranges.v.v[n->first_range + i];

		if (addr >= r->lo && addr < r->hi)
			return true;
	}
	return false;
}

size_t dw_index_chain(const struct dw_index *x, uint64_t addr, uint32_t *ret, size_t max)
{
	size_t lo = 0, hi = x->tops.n, n = 0;
	const struct dw_top *best = NULL;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (x->tops.v[mid].lo <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	/* concrete functions do not overlap, but a nested one may lie inside its parent's range */
	for (size_t i = lo, steps = 0; i > 0 && steps < 16 && !best; i--, steps++)
		if (addr < x->tops.v[i - 1].hi)
			best = &x->tops.v[i - 1];
	if (!best || max == 0)
		return 0;
	uint32_t at = best->node;

	ret[n++] = at;
	while (n < max) {
		uint32_t child = at + 1, end = x->nodes.v[at].end;

		while (child < end &&
			!(x->nodes.v[child].inlined && holds(x, &x->nodes.v[child], addr)))
			child = x->nodes.v[child].end;
		if (child >= end)
			break;
		ret[n++] = at = child;
	}
	return n;
}

const struct dw_scope *dw_index_scope(const struct dw_index *x, uint64_t die)
{
	size_t lo = 0, hi = x->scopes.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (x->scopes.v[mid].die < die)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < x->scopes.n && x->scopes.v[lo].die == die ? &x->scopes.v[lo] : NULL;
}
