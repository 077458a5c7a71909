/* SPDX-License-Identifier: MIT */
/* The icicle without script: the widest boxes as positioned elements, names as titles. */
#include "render/flame_section.h"

#include "base/alloc.h"
#include "render/html.h"
#include "render/name.h"
#include "render/share.h"

#include <stdlib.h>

/* Narrower boxes could not be told apart, and deeper rows would push the tables away. */
static const double least_share = 0.004;

enum { ROW_PX = 19, ROWS_MAX = 64, PAGE_COLUMNS = 150 };

static void box(
	struct sink *out, const struct flame_view *v, const struct call_node *n, double left)
{
	const struct call_function *f = &v->tree.functions.v[n->function];
	const char *name = profile_str(v->profile, f->name);
	double share = (double)n->total / (double)v->tree.total;
	char text[SHARE_LEN];
	struct buf label = { 0 };

	name_short(&label, name, (unsigned)(share * PAGE_COLUMNS));
	sink_printf(out, "<i class=\"k%u\" style=\"left:%.2f%%;width:%.2f%%;top:%upx\" title=\"",
		f->kind, left * 100, share * 100, (n->depth - 1) * ROW_PX);
	html_printf(out, "%.300s: %s", name, share_text(text, share));
	sink_puts(out, "\">");
	if (share >= 0.02)
		html_text(out, buf_cstr(&label));
	sink_puts(out, "</i>\n");
	buf_done(&label);
}

void flame_static(struct sink *out, const struct flame_view *v)
{
	const struct call_tree *t = &v->tree;
	double *left = xcalloc(t->nodes.n, sizeof(*left));
	uint32_t rows = 0, at = t->nodes.v[0].first_child;

	for (size_t i = 1; i < t->nodes.n; i++)
		if ((double)t->nodes.v[i].total >= least_share * (double)t->total)
			rows = MAX(rows, t->nodes.v[i].depth);
	rows = MIN(rows, (uint32_t)ROWS_MAX);
	sink_printf(out, "<div class=\"static\" style=\"height:%upx\">\n", rows * ROW_PX);
	while (at) {
		const struct call_node *n = &t->nodes.v[at];
		bool shown =
			(double)n->total >= least_share * (double)t->total && n->depth <= ROWS_MAX;

		if (shown)
			box(out, v, n, left[at]);
		if (shown && n->first_child) {
			left[n->first_child] = left[at];
			at = n->first_child;
			continue;
		}
		while (at && !t->nodes.v[at].next_sibling)
			at = t->nodes.v[at].parent;
		if (at) {
			uint32_t next = t->nodes.v[at].next_sibling;

			left[next] = left[at] + (double)t->nodes.v[at].total / (double)t->total;
			at = next;
		}
	}
	sink_puts(out, "</div>\n");
	free(left);
}
