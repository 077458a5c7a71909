/* SPDX-License-Identifier: MIT */
/* The terminal table of functions. */
#include "render/text_table.h"

#include "base/file.h"
#include "render/call_tree.h"
#include "render/name.h"
#include "render/page.h"
#include "render/share.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROWS_DEFAULT = 15, BAR = 8 };

/* A narrow screen has room for the shares and the name only. */
static bool has_bars(const struct page *pg)
{
	return pg->style.width >= 72;
}

static void bar(struct page *pg, enum ink ink, double share)
{
	/* eighths of a cell, U+258F (1/8) ... U+2588 (8/8) */
	unsigned eighths = (unsigned)(share * BAR * 8 + 0.5), start = pg->col;
	char text[BAR * 4 + 1], *p = text;

	if (pg->style.ascii)
		eighths = (eighths + 4) / 8 * 8;
	for (; eighths >= 8; eighths -= 8) {
		memcpy(p, "\xe2\x96\x88", 3);
		p += 3;
	}
	if (eighths) {
		memcpy(p, "\xe2\x96", 2);
		p[2] = (char)(0x8f - (eighths - 1));
		p += 3;
	}
	*p = '\0';
	page_ink(pg, ink, text);
	page_to(pg, start + BAR, false);
}

static void right(struct page *pg, unsigned width, const char *s)
{
	unsigned w = page_width(pg, s);

	page_to(pg, pg->col + (w < width ? width - w : 0), false);
	page_put(pg, s);
}

/* The line number survives when a long file name is cut. */
static void put_place(struct buf *out, const char *path, uint32_t line, unsigned width)
{
	char number[16] = "";

	if (line)
		snprintf(number, sizeof(number), ":%u", line);
	path_short(out, path_base(path), width - (unsigned)strlen(number));
	buf_puts(out, number);
}

static void row(
	struct page *pg, const struct call_tree *t, const struct call_function *f, bool by_total)
{
	double self = (double)f->self / (double)t->total,
	       total = (double)f->total / (double)t->total;
	double lead = by_total ? total : self, half = share_error(lead, t->count);
	double ci[2] = { lead - half, lead + half };
	char text[SHARE_LEN];
	struct buf name = { 0 }, place = { 0 };
	const char *file = profile_str(t->profile, f->file),
		   *module = profile_str(t->profile, f->module);

	if (has_bars(pg))
		put_place(&place, *file ? file : module, *file ? f->line : 0, pg->style.width / 4);
	right(pg, 11, share_ci_text(text, lead, ci));
	page_put(pg, "  ");
	if (has_bars(pg))
		bar(pg, INK_COST, lead);
	right(pg, 8, share_text(text, by_total ? self : total));
	page_put(pg, "  ");
	unsigned place_w = page_width(pg, buf_cstr(&place));
	unsigned room = pg->style.width - pg->col - (place_w ? place_w + 2 : 0);

	name_short(&name, profile_str(t->profile, f->name), room);
	page_cut(pg, f->kind == FRAME_APP ? INK_STRONG : INK_NONE, buf_cstr(&name), room);
	if (place_w) {
		page_to(pg, pg->style.width - place_w, true);
		page_ink(pg, INK_DIM, buf_cstr(&place));
	}
	page_line(pg);
	buf_done(&name);
	buf_done(&place);
}

void text_table(struct sink *out, const struct profile *p, const struct text_table_opts *opts,
	const struct text_style *style)
{
	struct page pg;
	struct call_tree t;
	unsigned rows = opts->rows ? opts->rows : ROWS_DEFAULT;

	page_init(&pg, out, style);
	call_tree_init(&t, p, opts->type);
	if (t.total <= 0) {
		page_put(&pg, "no samples: nothing to rank");
		page_line(&pg);
		call_tree_done(&t);
		return;
	}
	uint32_t *order = call_tree_ranking(&t, opts->by_total);
	size_t shown = MIN(t.functions.n, rows);

	right(&pg, 11, opts->by_total ? "total" : "self");
	page_to(&pg, pg.col + 2 + (has_bars(&pg) ? BAR : 0), false);
	right(&pg, 8, opts->by_total ? "self" : "total");
	page_printf(&pg, "  function (%% of %s)", p->types[opts->type].name);
	if (has_bars(&pg)) {
		page_to(&pg, style->width - 5, true);
		page_put(&pg, "where");
	}
	page_line(&pg);
	for (size_t i = 0; i < shown; i++)
		row(&pg, &t, &t.functions.v[order[i]], opts->by_total);
	if (shown < t.functions.n) {
		page_printf(&pg, "             and %zu more functions", t.functions.n - shown);
		page_line(&pg);
	}
	free(order);
	call_tree_done(&t);
}
