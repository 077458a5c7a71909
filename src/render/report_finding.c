/* SPDX-License-Identifier: MIT */
/* Findings as cards: what, how much, why, the source, the fix, how to check it. */
#include "render/report_section.h"

#include "base/alloc.h"
#include "base/file.h"
#include "render/html.h"
#include "render/name.h"
#include "render/share.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_COLUMNS = 96 };

/* Optional parts that nobody filled are NULL. */
static const char *known(const char *s)
{
	return s ? s : "";
}

static void element(struct sink *out, const char *tag, const char *class_name, const char *text)
{
	sink_printf(out, *class_name ? "<%s class=\"%s\">" : "<%s%s>", tag, class_name);
	html_text(out, text);
	sink_printf(out, "</%s>", tag);
}

static void function_name(struct sink *out, const struct finding *f)
{
	struct buf b = { 0 };

	name_short(
		&b, *known(f->where.function) ? f->where.function : known(f->title), NAME_COLUMNS);
	sink_puts(out, "<h3><code title=\"");
	html_text(out, known(f->where.function));
	sink_puts(out, "\">");
	html_text(out, buf_cstr(&b));
	sink_puts(out, "</code></h3>");
	buf_done(&b);
}

static void place(struct sink *out, const struct finding_place *w)
{
	const char *path = *known(w->file) ? w->file : known(w->module);

	if (!*path)
		return;
	sink_puts(out, "<span class=\"place\" title=\"");
	html_text(out, path);
	sink_puts(out, "\">");
	html_text(out, path_base(path));
	if (*known(w->file) && w->line)
		html_printf(out, ":%u", w->line);
	sink_puts(out, "</span>");
}

static void amount(struct sink *out, const struct finding *f)
{
	char text[SHARE_LEN];

	sink_puts(out, "<p class=\"amount\"><b>");
	html_text(out, share_ci_text(text, f->share, f->ci));
	html_printf(out, " of %s", known(f->resource));
	sink_puts(out, "</b>");
	if (f->bound_ratio >= 1.95)
		sink_printf(out, "<span class=\"gain\">up to %.*fx faster</span>",
			f->bound_ratio < 9.95 ? 1 : 0, f->bound_ratio);
	else if (f->bound_ratio > 1.095)
		sink_printf(out, "<span class=\"gain\">up to %.0f %% faster</span>",
			(f->bound_ratio - 1) * 100);
	sink_puts(out, "</p>");
	sink_printf(out,
		"<div class=\"meter\" aria-hidden=\"true\"><i style=\"width:%.2f%%\"></i>"
		"<u style=\"left:%.2f%%;width:%.2f%%\"></u></div>\n",
		f->share * 100, f->ci[0] * 100, (f->ci[1] - f->ci[0]) * 100);
}

static void explanation(struct sink *out, const struct finding *f)
{
	sink_puts(out, "<p class=\"why\">");
	if (*known(f->cause)) {
		element(out, "span", "cause", f->cause);
		sink_putc(out, ' ');
		html_text(out, *known(f->why) ? f->why : known(f->title));
	} else {
		element(out, "span", "cause unknown", "cause not recognised");
		sink_putc(out, ' ');
		html_text(out, known(f->why));
	}
	sink_puts(out, "</p>\n");
}

/* Tabs as four blanks, the common indentation cut. */
static void source(struct sink *out, const struct finding *f)
{
	size_t shift = SIZE_MAX;
	double hottest = 0;

	if (!f->n_excerpt)
		return;
	for (size_t i = 0; i < f->n_excerpt; i++) {
		hottest = MAX(hottest, f->excerpt[i].share);
		const char *s = known(f->excerpt[i].text);
		size_t lead = strspn(s, "\t ");

		if (s[lead] && lead < shift)
			shift = lead;
	}
	sink_puts(out, "<div class=\"source\"><table>");
	for (size_t i = 0; i < f->n_excerpt; i++) {
		const struct source_line *l = &f->excerpt[i];
		const char *s = known(l->text);
		char text[SHARE_LEN];

		if (shift != SIZE_MAX && strlen(s) >= shift && strspn(s, "\t ") >= shift)
			s += shift;
		bool gap = i && l->line != f->excerpt[i - 1].line + 1; /* lines are left out here */

		sink_printf(out,
			"<tr class=\"%s%s\" style=\"--h:%.3f\"><th scope=\"row\">%u</th><td><code>",
			l->share >= 0.005 ? "hot" : "", gap ? " gap" : "",
			hottest > 0 ? l->share / hottest : 0, l->line);
		html_text(out, s);
		sink_puts(out, "</code></td><td class=\"n\">");
		html_text(out, l->share >= 0.005 ? share_text(text, l->share) : "");
		sink_puts(out, "</td></tr>\n");
	}
	sink_puts(out, "</table></div>\n");
}

static void advice(struct sink *out, const struct finding *f)
{
	if (f->fix[0]) {
		sink_puts(out, "<dl class=\"advice\"><dt>Fix</dt><dd>");
		for (size_t i = 0; i < FINDING_MAX_TEXT && f->fix[i]; i++)
			element(out, "p", "", f->fix[i]);
		sink_puts(out, "</dd>");
		if (*known(f->verify)) {
			sink_puts(out, "<dt>Verify</dt><dd>");
			element(out, "p", "", f->verify);
			sink_puts(out, "</dd>");
		}
		sink_puts(out, "</dl>\n");
	}
	if (!f->evidence[0] && !*known(f->where.stack))
		return;
	sink_puts(out, "<details class=\"plain\"><summary>How we know</summary><ul>");
	for (size_t i = 0; i < FINDING_MAX_TEXT && f->evidence[i]; i++)
		element(out, "li", "", f->evidence[i]);
	if (f->confidence > 0) {
		sink_puts(out, "<li>");
		html_printf(out, "%.0f %% confident in the cause", f->confidence * 100);
		if (*known(f->rule))
			html_printf(out, " (rule %s)", f->rule);
		sink_puts(out, "</li>");
	}
	if (*known(f->where.stack)) {
		sink_puts(out, "<li>heaviest path ");
		element(out, "code", "", f->where.stack);
		sink_puts(out, "</li>");
	}
	sink_puts(out, "</ul></details>\n");
}

static void card(struct sink *out, const struct finding *f)
{
	sink_printf(out,
		"<article class=\"finding\"><div class=\"rank\" aria-label=\"rank "
		"%u\">%u</div><div>"
		"<header>",
		f->rank, f->rank);
	function_name(out, f);
	place(out, &f->where);
	sink_puts(out, "<button type=\"button\" class=\"quiet find\" hidden data-find=\"");
	html_text(out, known(f->where.function));
	sink_puts(out, "\">Show in flamegraph</button></header>\n");
	amount(out, f);
	explanation(out, f);
	source(out, f);
	advice(out, f);
	sink_puts(out, "</div></article>\n");
}

void report_findings(struct sink *out, const struct profile_result *r)
{
	const struct findings *f = r->findings;
	char text[SHARE_LEN];

	if (!f)
		return;
	sink_puts(out,
		"<section id=\"findings\" aria-labelledby=\"h-findings\"><h2 id=\"h-findings\">"
		"Bottlenecks</h2>\n<p class=\"lead\">Ranked by what a fix can win back.</p>\n");
	for (size_t i = 0; i < f->n; i++)
		card(out, &f->v[i]);
	if (*known(f->remark))
		element(out, "p", "note", f->remark);
	else if (f->n && f->rest_share > 0 && f->rest_share < 0.5) {
		sink_puts(out, "<p class=\"note\">");
		html_printf(out, "Nothing else is above %s of %s.", share_text(text, f->rest_share),
			known(r->resource));
		sink_puts(out, "</p>\n");
	}
	sink_puts(out, "</section>\n");
}

static void file_link(struct sink *out, const char *name, const char *path)
{
	if (!path)
		return;
	sink_puts(out, "<li>");
	html_text(out, name);
	sink_puts(out, " ");
	element(out, "code", "", path);
	sink_puts(out, "</li>\n");
}

void report_ending(struct sink *out, const struct profile_result *r)
{
	const struct artifacts *a = &r->artifacts;

	sink_puts(out,
		"<section id=\"more\" aria-labelledby=\"h-more\"><h2 id=\"h-more\">About this "
		"measurement"
		"</h2>\n<ul class=\"about\">\n");
	for (size_t i = 0; i < r->n_runs; i++) {
		sink_puts(out, "<li>");
		html_printf(out, "%s, %.1f s: ", known(r->runs[i].tool), r->runs[i].seconds);
		element(out, "code", "", known(r->runs[i].command));
		sink_puts(out, "</li>\n");
	}
	for (size_t i = 0; i < PROFILE_RESULT_NOT_MEASURED && r->not_measured[i]; i++) {
		sink_puts(out, "<li>not measured: ");
		html_text(out, r->not_measured[i]);
		sink_puts(out, "</li>\n");
	}
	file_link(out, "flamegraph alone", a->flamegraph);
	file_link(out, "for pprof", a->pprof);
	file_link(out, "for speedscope", a->speedscope);
	file_link(out, "collapsed stacks", a->collapsed);
	if (*known(r->next)) {
		sink_puts(out, "<li>next ");
		element(out, "code", "", r->next);
		html_printf(out, " %s", known(r->next_why));
		sink_puts(out, "</li>\n");
	}
	sink_puts(out, "</ul></section>\n");
}
