/* SPDX-License-Identifier: MIT */
/* Page shell. */
#include "render/html_page.h"

#include "render/assets.h"
#include "render/html.h"

static void slot_css(struct sink *out, const void *ctx)
{
	sink_puts(out, asset_page_css);
	sink_puts(out, asset_flame_css);
	sink_puts(out, asset_report_css);
}

static void slot_js(struct sink *out, const void *ctx)
{
	sink_puts(out, asset_flame_tree_js);
	sink_puts(out, asset_flame_js);
}

static void slot_version(struct sink *out, const void *ctx)
{
	html_text(out, PERF_OPS_VERSION);
}

static void no_data(struct sink *out, const void *ctx)
{
	sink_puts(out, "null");
}

void html_page(struct sink *out, const struct html_page *page, const void *ctx)
{
	const struct html_slot slots[] = {
		{ "title", page->title },
		{ "heading", page->heading },
		{ "command", page->command },
		{ "body", page->body },
		{ "data", page->data ? page->data : no_data },
		{ "css", slot_css },
		{ "js", slot_js },
		{ "version", slot_version },
	};

	html_template(out, asset_page_html, slots, ARRAY_LEN(slots), ctx);
}
