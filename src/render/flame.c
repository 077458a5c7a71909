/* SPDX-License-Identifier: MIT */
/* The flamegraph page. */
#include "render/flame.h"

#include "render/flame_section.h"
#include "render/html.h"
#include "render/html_page.h"
#include "render/writer.h"

struct flame_ctx {
	const struct flame_view *view;
	const struct flame_opts *opts;
};

static void put_title(struct sink *out, const struct profile *p, const struct flame_opts *opts)
{
	if (opts && opts->title)
		html_text(out, opts->title);
	else
		html_printf(out, "%s profile of %s", p->n_types ? p->types[0].name : "empty",
			*p->command ? p->command : "a process");
}

static void slot_title(struct sink *out, const void *ctx)
{
	const struct flame_ctx *c = ctx;

	put_title(out, c->view->profile, c->opts);
}

static void slot_heading(struct sink *out, const void *ctx)
{
	const struct flame_ctx *c = ctx;
	const struct profile *p = c->view->profile;

	if (c->opts && c->opts->title)
		html_text(out, c->opts->title);
	else
		html_printf(out, "Where the %s went",
			p->n_types && strcmp(p->types[0].unit, "bytes") == 0         ? "memory"
				: p->n_types && strcmp(p->types[0].name, "cpu") == 0 ? "CPU time"
										     : "time");
}

static void slot_command(struct sink *out, const void *ctx)
{
	html_text(out, ((const struct flame_ctx *)ctx)->view->profile->command);
}

static void slot_body(struct sink *out, const void *ctx)
{
	const struct flame_ctx *c = ctx;
	const struct profile *p = c->view->profile;

	flame_facts(out, p, c->opts ? c->opts->time_ns : 0);
	if (p->caveats.first) {
		sink_puts(out, "<ul class=\"caveats\" aria-label=\"caveats\">\n");
		flame_caveats(out, &p->caveats);
		sink_puts(out, "</ul>\n");
	}
	if (c->view->tree.total <= 0)
		sink_puts(out,
			"<p class=\"lead\">No samples were taken, so there is nothing to "
			"draw.</p>\n");
	else
		flame_graph(out, c->view);
	flame_functions(out, c->view);
	flame_stacks(out, c->view);
}

static void slot_data(struct sink *out, const void *ctx)
{
	flame_data_write(out, &((const struct flame_ctx *)ctx)->view->data);
}

void flame_page(struct sink *out, const struct profile *p, const struct flame_opts *opts)
{
	struct flame_view view;
	struct flame_ctx ctx = { .view = &view, .opts = opts };

	flame_view_init(&view, p, opts ? opts->max_nodes : 0);
	html_page(out,
		&(struct html_page){ .title = slot_title,
			.heading = slot_heading,
			.command = slot_command,
			.body = slot_body,
			.data = slot_data },
		&ctx);
	flame_view_done(&view);
}

static int write_profile(
	struct sink *out, const struct profile *p, const struct writer_opts *opts, struct err *err)
{
	flame_page(out, p, &(struct flame_opts){ .time_ns = opts->time_ns });
	return 0;
}

const struct writer flame_writer = {
	.id = "flamegraph",
	.title = "flamegraph page",
	.extensions = ".html .htm",
	.write = write_profile,
};
