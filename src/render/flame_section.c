/* SPDX-License-Identifier: MIT */
/* Sections about a profile: everything but the graph itself is plain HTML and needs no script. */
#include "render/flame_section.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/human.h"
#include "render/assets.h"
#include "render/html.h"
#include "render/name.h"
#include "render/share.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { FUNCTIONS_SHOWN = 25, STACKS_SHOWN = 6, NAME_COLUMNS = 72 };

void flame_view_init(struct flame_view *v, const struct profile *p, unsigned max_nodes)
{
	*v = (struct flame_view){ .profile = p };
	call_tree_init(&v->tree, p, 0);
	flame_data_init(&v->data, &v->tree, max_nodes);
}

void flame_view_done(struct flame_view *v)
{
	flame_data_done(&v->data);
	call_tree_done(&v->tree);
}

/* ---- facts --------------------------------------------------------------------------------- */

static void fact(struct sink *out, const char *name, const char *value, const char *note)
{
	sink_puts(out, "<div><dt>");
	html_text(out, name);
	sink_puts(out, "</dt><dd>");
	html_text(out, value);
	if (note && *note) {
		sink_puts(out, " <small>");
		html_text(out, note);
		sink_puts(out, "</small>");
	}
	sink_puts(out, "</dd></div>\n");
}

static double pct(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

static void treatment(struct sink *out, const struct profile_quality *q)
{
	char value[96], note[96], t[HUMAN_LEN];

	if (q->slowdown_ratio >= 0)
		snprintf(value, sizeof(value), "~%.1f %%", q->slowdown_ratio * 100);
	else
		snprintf(value, sizeof(value), "not known");
	if (q->stopped)
		snprintf(note, sizeof(note), "stopped for at most %s at a time",
			human_ns(t, q->max_stop_ns));
	else
		snprintf(note, sizeof(note), "never stopped");
	fact(out, "slowed the target", value, note);
}

void flame_facts(struct sink *out, const struct profile *p, uint64_t time_ns)
{
	const struct profile_quality *q = &p->quality;
	char value[64], note[64], n[HUMAN_LEN];

	sink_puts(out, "<dl class=\"facts\">\n");
	snprintf(note, sizeof(note), "at %.0f Hz",
		q->achieved_hz > 0 ? q->achieved_hz : q->wanted_hz);
	fact(out, "sampled", human_ns(value, q->duration_ns),
		q->achieved_hz + q->wanted_hz > 0 ? note : "");
	snprintf(note, sizeof(note), "%s lost", human_count(n, q->lost));
	fact(out, "samples", human_count(value, q->samples), note);
	snprintf(value, sizeof(value), "%.1f %%",
		q->samples ? 100 - pct(q->truncated, q->samples) : 0);
	fact(out, "complete stacks", value, "");
	snprintf(value, sizeof(value), "%.1f %%",
		q->samples ? 100 - pct(q->unsymbolised, q->samples) : 0);
	fact(out, "with a name", value, "");
	if (!q->imported)
		treatment(out, q);
	if (q->rung && *q->rung)
		fact(out, "clock", q->rung, "");
	if (q->n_threads > 1) {
		snprintf(value, sizeof(value), "%u", q->n_threads);
		snprintf(note, sizeof(note), "in %u process%s", q->n_processes,
			q->n_processes == 1 ? "" : "es");
		fact(out, "threads", value, note);
	}
	if (time_ns) {
		time_t seconds = (time_t)(time_ns / 1000000000u);
		struct tm tm;

		if (gmtime_r(&seconds, &tm) &&
			strftime(value, sizeof(value), "%Y-%m-%d %H:%M", &tm))
			fact(out, "measured", value, "UTC");
	}
	sink_puts(out, "</dl>\n");
}

void flame_caveats(struct sink *out, const struct caveats *c)
{
	for (const struct caveat *k = c ? c->first : NULL; k; k = k->next) {
		sink_puts(out, "<li>");
		html_text(out, k->text);
		sink_puts(out, "</li>\n");
	}
}

/* ---- graph --------------------------------------------------------------------------------- */

static void slot_cut(struct sink *out, const void *ctx)
{
	const struct flame_cut *cut = &((const struct flame_view *)ctx)->data.cut;
	char n[HUMAN_LEN], below[SHARE_LEN], share[SHARE_LEN];

	if (!cut->nodes)
		return;
	sink_puts(out, "<p class=\"note\">");
	html_printf(out,
		"To keep this page small, %s of the smallest boxes are folded into boxes named "
		"“smaller paths”, "
		"%s of the total in all.",
		human_count(n, cut->nodes), share_text(share, cut->share));
	if (cut->below_share >= 0.0001)
		html_printf(out, " Each was at most %s.", share_text(below, cut->below_share));
	sink_puts(out, " Widths stay exact.</p>");
}

static void slot_static(struct sink *out, const void *ctx)
{
	flame_static(out, ctx);
}

void flame_graph(struct sink *out, const struct flame_view *v)
{
	static const struct html_slot slots[] = { { "cut", slot_cut }, { "static", slot_static } };

	html_template(out, asset_flame_html, slots, ARRAY_LEN(slots), v);
}

/* ---- tables -------------------------------------------------------------------------------- */

static const char *kind_title(uint8_t kind)
{
	static const char *const titles[] = { "your code", "library", "runtime", "kernel",
		"JIT code", "no symbol" };

	return kind < ARRAY_LEN(titles) ? titles[kind] : "no symbol";
}

static void short_name(struct sink *out, const char *name)
{
	struct buf b = { 0 };

	name_short(&b, name, NAME_COLUMNS);
	html_text(out, buf_cstr(&b));
	buf_done(&b);
}

static void place(
	struct sink *out, const struct profile *p, uint32_t file, uint32_t module, uint32_t line)
{
	const char *path = profile_str(p, file ? file : module);

	html_text(out, path_base(path));
	if (file && line)
		html_printf(out, ":%u", line);
}

static void share_cell(struct sink *out, const char *class_name, double share, uint64_t n)
{
	char text[SHARE_LEN];
	double half = share_error(share, n), ci[2] = { share - half, share + half };

	sink_printf(out, "<td class=\"%s\" style=\"--w:%.4f\"><span>", class_name, share);
	html_text(out, share_ci_text(text, share, ci));
	sink_puts(out, "</span></td>");
}

static void function_row(struct sink *out, const struct flame_view *v, uint32_t index)
{
	const struct call_function *f = &v->tree.functions.v[index];
	const struct profile *p = v->profile;
	double total = (double)v->tree.total;

	sink_printf(out, "<tr data-fn=\"%u\">", index);
	share_cell(out, "bar self", (double)f->self / total, v->tree.count);
	share_cell(out, "bar total", (double)f->total / total, v->tree.count);
	sink_printf(out, "<td class=\"fn\"><i class=\"kind k%u\" title=\"%s\"></i><code title=\"",
		f->kind, kind_title(f->kind));
	html_text(out, profile_str(p, f->name));
	sink_puts(out, "\">");
	short_name(out, profile_str(p, f->name));
	sink_puts(out, "</code></td><td class=\"where\" title=\"");
	html_text(out, profile_str(p, f->file ? f->file : f->module));
	sink_puts(out, "\">");
	place(out, p, f->file, f->module, f->line);
	sink_puts(out, "</td></tr>\n");
}

void flame_functions(struct sink *out, const struct flame_view *v)
{
	if (v->tree.total <= 0)
		return;
	uint32_t *order = call_tree_ranking(&v->tree, false);
	size_t shown = MIN(v->tree.functions.n, (size_t)FUNCTIONS_SHOWN);
	char n[HUMAN_LEN];

	sink_puts(out,
		"<section id=\"functions\" aria-labelledby=\"h-functions\"><h2 id=\"h-functions\">"
		"Functions</h2>\n<p class=\"lead\">Own time first. ± is the 95 % interval from the "
		"number of samples.</p>\n<div class=\"scroll\"><table>\n<thead><tr>"
		"<th scope=\"col\">own</th><th scope=\"col\">with callees</th>"
		"<th scope=\"col\">function</th><th "
		"scope=\"col\">where</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < shown; i++)
		function_row(out, v, order[i]);
	sink_puts(out, "</tbody></table></div>\n");
	if (shown < v->tree.functions.n)
		sink_printf(out, "<p class=\"note\">and %s more functions</p>\n",
			human_count(n, v->tree.functions.n - shown));
	sink_puts(out, "</section>\n");
	free(order);
}

static void stack_frames(struct sink *out, const struct flame_view *v, uint32_t leaf)
{
	sink_puts(out, "<ol class=\"stack\">\n");
	for (uint32_t n = leaf; n; n = v->tree.nodes.v[n].parent) {
		const struct call_node *node = &v->tree.nodes.v[n];
		const struct call_function *f = &v->tree.functions.v[node->function];

		sink_printf(out, "<li><i class=\"kind k%u\" title=\"%s\"></i><code>", f->kind,
			kind_title(f->kind));
		short_name(out, profile_str(v->profile, f->name));
		sink_puts(out, "</code> <small>");
		place(out, v->profile, f->file, f->module, node->line);
		sink_puts(out, node->inlined ? " inlined</small></li>\n" : "</small></li>\n");
	}
	sink_puts(out, "</ol>\n");
}

/* The nearest frame of the project's own code above the leaf; the leaf itself when there is none.
 */
static uint32_t app_caller(const struct call_tree *t, uint32_t leaf)
{
	for (uint32_t n = leaf; n; n = t->nodes.v[n].parent)
		if (t->functions.v[t->nodes.v[n].function].kind == FRAME_APP)
			return n;
	return leaf;
}

static void one_stack(struct sink *out, const struct flame_view *v, uint32_t leaf, bool open)
{
	const struct call_tree *t = &v->tree;
	uint32_t app = app_caller(t, leaf);
	char text[SHARE_LEN];

	sink_printf(out, "<details%s><summary><b>%s</b> <code>", open ? " open" : "",
		share_text(text, (double)t->nodes.v[leaf].self / (double)t->total));
	short_name(out, profile_str(v->profile, t->functions.v[t->nodes.v[leaf].function].name));
	sink_puts(out, "</code>");
	if (app != leaf) {
		sink_puts(out, " in <code>");
		short_name(out,
			profile_str(v->profile, t->functions.v[t->nodes.v[app].function].name));
		sink_puts(out, "</code>");
	}
	sink_puts(out, "</summary>\n");
	stack_frames(out, v, leaf);
	sink_puts(out, "</details>\n");
}

void flame_stacks(struct sink *out, const struct flame_view *v)
{
	uint32_t hottest[STACKS_SHOWN];
	size_t n = v->tree.total > 0 ? call_tree_hottest(&v->tree, hottest, STACKS_SHOWN) : 0;

	if (!n)
		return;
	sink_puts(out,
		"<section id=\"stacks\" aria-labelledby=\"h-stacks\"><h2 id=\"h-stacks\">"
		"Hottest stacks</h2>\n<p class=\"lead\">Where single call paths spend most; the "
		"running function is on top.</p>\n");
	for (size_t i = 0; i < n; i++)
		one_stack(out, v, hottest[i], i == 0);
	sink_puts(out, "</section>\n");
}
