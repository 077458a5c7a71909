/* SPDX-License-Identifier: MIT */
/* The page of one case. */
#include "render/report.h"

#include "render/flame_section.h"
#include "render/html.h"
#include "render/html_page.h"
#include "render/name.h"
#include "render/report_section.h"
#include "render/share.h"

struct report_ctx {
	const struct diagnosis *diagnosis;
	const struct profile_result *result;
	const struct flame_opts *opts;
	struct flame_view view;
	bool has_graph;
};

static const char *target_of(const struct report_ctx *c)
{
	if (c->result && c->result->target)
		return c->result->target;
	return c->diagnosis && c->diagnosis->text ? c->diagnosis->text : "";
}

static void slot_title(struct sink *out, const void *ctx)
{
	const struct report_ctx *c = ctx;

	if (c->opts && c->opts->title)
		html_text(out, c->opts->title);
	else
		html_printf(out, "perf-ops report: %s", target_of(c));
}

static const char *resource_title(const char *resource)
{
	return !resource || !*resource          ? "the time"
		: strcmp(resource, "cpu") == 0  ? "the CPU time"
		: strcmp(resource, "wall") == 0 ? "the wall time"
						: resource;
}

/* The answer is the heading: the reader may see nothing else. */
static void slot_heading(struct sink *out, const void *ctx)
{
	const struct report_ctx *c = ctx;
	const struct findings *f = c->result ? c->result->findings : NULL;
	char text[SHARE_LEN];

	if (c->opts && c->opts->title) {
		html_text(out, c->opts->title);
	} else if (f && f->n) {
		struct buf name = { 0 };

		name_short(&name, f->v[0].where.function ? f->v[0].where.function : "", 56);
		html_printf(out, "%s of %s is spent in ", share_text(text, f->v[0].share),
			resource_title(f->v[0].resource));
		sink_puts(out, "<code>");
		html_text(out, buf_cstr(&name));
		sink_puts(out, "</code>");
		buf_done(&name);
	} else if (c->result) {
		html_text(out, f && f->remark && *f->remark ? f->remark : "No single bottleneck");
	} else {
		html_text(out, "Diagnosis");
	}
}

static void slot_command(struct sink *out, const void *ctx)
{
	html_text(out, target_of(ctx));
}

static void caveats(struct sink *out, const struct report_ctx *c)
{
	const struct profile_result *r = c->result;
	struct arena arena = { 0 };
	struct caveats all;
	struct buf b = { 0 };
	struct sink list;

	sink_to_buf(&list, &b);
	if (r) {
		profile_result_caveats(r, &arena, &all);
		flame_caveats(&list, &all);
		arena_done(&arena);
	}
	flame_caveats(&list, c->diagnosis ? &c->diagnosis->caveats : NULL);
	if (b.n) {
		sink_puts(out, "<ul class=\"caveats\" aria-label=\"caveats\">\n");
		sink_write(out, b.p, b.n);
		sink_puts(out, "</ul>\n");
	}
	buf_done(&b);
}

static void slot_body(struct sink *out, const void *ctx)
{
	const struct report_ctx *c = ctx;

	if (c->has_graph)
		flame_facts(out, c->view.profile, c->opts ? c->opts->time_ns : 0);
	caveats(out, c);
	if (c->result)
		report_findings(out, c->result);
	if (c->diagnosis)
		report_diagnosis(out, c->diagnosis);
	if (c->has_graph && c->view.tree.total > 0) {
		flame_graph(out, &c->view);
		flame_functions(out, &c->view);
		flame_stacks(out, &c->view);
	}
	if (c->result)
		report_ending(out, c->result);
}

static void slot_data(struct sink *out, const void *ctx)
{
	const struct report_ctx *c = ctx;

	if (c->has_graph)
		flame_data_write(out, &c->view.data);
	else
		sink_puts(out, "null");
}

void report_page(struct sink *out, const struct diagnosis *d, const struct profile_result *r,
	const struct flame_opts *opts)
{
	struct report_ctx c = { .diagnosis = d, .result = r, .opts = opts };

	const struct profile *p = r ? r->profile : NULL;

	for (size_t i = 0; r && i < r->n_runs && !p; i++)
		if (r->runs[i].profile && r->runs[i].profile->n_types)
			p = r->runs[i].profile;
	if (p && p->n_types) {
		flame_view_init(&c.view, p, opts ? opts->max_nodes : 0);
		c.has_graph = true;
	}
	html_page(out,
		&(struct html_page){ .title = slot_title,
			.heading = slot_heading,
			.command = slot_command,
			.body = slot_body,
			.data = slot_data },
		&c);
	if (c.has_graph)
		flame_view_done(&c.view);
}
