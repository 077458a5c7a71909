/* SPDX-License-Identifier: MIT */
/* perf-ops tools: which profilers, benchmark, load and bundle tools are known, here, and allowed.
 */
#include "cli/knowledge_view.h"
#include "diagnose/tools.h"
#include "render/knowledge_record.h"

#include <stddef.h>
#include <string.h>

enum { NAME_COLUMNS = 28, VERSION_COLUMNS = 38, METHOD_COLUMNS = 53 };

struct tools_options {
	const char *language, *resource;
	bool installed, missing;
};

#define AT(member) offsetof(struct tools_options, member)
static const struct option tools_options[] = {
	{ .name = "language",
		.type = OPT_STRING,
		.offset = AT(language),
		.arg = "LANGUAGE",
		.help = "only tools for this language (python, go, c, ...)" },
	{ .name = "resource",
		.type = OPT_STRING,
		.offset = AT(resource),
		.arg = "RESOURCE",
		.help = "only tools that look at cpu, memory, wall, locks, io, latency, load, "
			"bundle, query, bench" },
	{ .name = "installed",
		.type = OPT_FLAG,
		.offset = AT(installed),
		.help = "only what is on this machine" },
	{ .name = "missing",
		.type = OPT_FLAG,
		.offset = AT(missing),
		.help = "only what is not on this machine" },
	{ 0 },
};

static bool for_language(const struct knowledge *k, const struct k_tool *t, const char *language)
{
	const struct k_language *l = knowledge_language(k, language);
	bool native = l && strcmp(l->expert, "native") == 0;

	return view_has(&t->languages, language) || view_has(&t->languages, "any") ||
		(native && view_has(&t->languages, "native"));
}

static bool wanted(const struct invocation *inv, const struct tool_found *f)
{
	const struct tools_options *o = inv->options;
	const struct k_tool *t = f->record;
	const char *texts[] = { t->id, t->name };
	const struct k_strings *lists[] = { &t->languages, &t->resources, &t->classes };

	if ((o->installed && !f->installed) || (o->missing && f->installed))
		return false;
	if (o->language && !for_language(inv->knowledge, t, o->language))
		return false;
	if (o->resource && !view_has(&t->resources, o->resource))
		return false;
	return view_matches(inv, texts, ARRAY_LEN(texts), lists, ARRAY_LEN(lists));
}

static void json_tool(struct json *j, const struct tool_found *f)
{
	json_begin_object(j, NULL);
	json_knowledge_record(j, "tools", f->record);
	json_put_bool(j, "installed", f->installed);
	json_put_string(j, "path", f->path);
	json_put_string(j, "version", f->version);
	json_put_string(j, "problem", f->problem);
	json_put_string(j, "install", f->install);
	json_put_bool(j, "usable_here", f->usable_here);
	json_put_string(j, "why_not", f->why_not);
	json_end_object(j);
}

static void row(struct page *pg, struct arena *a, const struct tool_found *f)
{
	const struct k_tool *t = f->record;

	page_to(pg, 2, false);
	page_ink(pg, f->installed ? INK_STRONG : INK_NONE, t->id);
	page_to(pg, NAME_COLUMNS, true);
	if (!f->installed)
		page_ink(pg, INK_DIM, "-");
	else
		page_ink(pg, f->problem[0] ? INK_CAVEAT : INK_GAIN,
			f->version[0] ? f->version : "here");
	page_to(pg, VERSION_COLUMNS, true);
	static const char *const methods[] = { [K_SAMPLING] = "sampling",
		[K_TRACING] = "tracing",
		[K_INSTRUMENTING] = "instrumenting",
		[K_LOAD] = "load",
		[K_TIMING] = "timing",
		[K_ANALYSIS] = "analysis" };

	page_put(pg, methods[t->method]);
	page_to(pg, METHOD_COLUMNS, true);
	page_put(pg, view_join(a, &t->resources));
	if (!t->production_safe)
		page_ink(pg, INK_CAVEAT, "  not in production");
	if (strcmp(t->status, "abandoned") == 0)
		page_ink(pg, INK_CAVEAT, "  abandoned");
	page_line(pg);
	if (f->problem[0] || (f->installed && f->why_not[0])) {
		page_to(pg, NAME_COLUMNS, false);
		page_wrap(pg, INK_CAVEAT, NAME_COLUMNS, f->problem[0] ? f->problem : f->why_not);
		page_line(pg);
	}
}

static void line(struct page *pg, const char *label, const char *text)
{
	if (!text[0])
		return;
	page_ink(pg, INK_DIM, label);
	page_to(pg, 19, true);
	page_wrap(pg, INK_NONE, 19, text);
	page_line(pg);
}

static void detail(struct page *pg, const struct tool_found *f)
{
	page_ink(pg, INK_STRONG, f->record->id);
	page_line(pg);
	line(pg, "on this machine", f->installed ? "yes" : "no");
	line(pg, "path", f->path);
	line(pg, "version", f->version);
	line(pg, "problem", f->problem);
	line(pg, "not usable here", f->why_not);
	if (!f->installed)
		line(pg, "install it with", f->install);
	text_knowledge_record(pg, "tools", f->record);
}

static void probe(struct invocation *inv, struct diagnosis *d)
{
	struct tools_opts opts = {
		.search = { .project = inv->target_options.project ? inv->target_options.project
								   : "." },
		.cache = tools_cache_file(&d->arena),
		.deadline_ns = 1000000000, /* nobody's answer waits for this one */
	};
	struct tool_rights rights;

	d->environment.kind = inv->common.env && strcmp(inv->common.env, "production") == 0
		? ENV_PRODUCTION
		: ENV_DEVELOPMENT;
	tools_probe(d, inv->knowledge, &opts);
	tools_rights(&rights);
	tools_judge(d, &rights);
}

static void print_json(struct invocation *inv, const struct diagnosis *d)
{
	struct json j;

	json_init(&j, inv->out, true);
	json_begin_object(&j, NULL);
	json_put_string(&j, "schema", "perf-ops/tools/1");
	json_begin_array(&j, "tools");
	for (size_t i = 0; i < d->n_tools; i++)
		if (wanted(inv, &d->tools[i]))
			json_tool(&j, &d->tools[i]);
	json_end_array(&j);
	json_end_object(&j);
}

static void print_text(struct invocation *inv, const struct diagnosis *d)
{
	const struct tool_found *one = NULL;
	const char *file = NULL;
	struct page pg;

	view_page(&pg, inv);
	for (size_t i = 0; i < d->n_tools && inv->n_args == 1; i++)
		if (view_same(d->tools[i].record->id, inv->args[0]) ||
			view_same(d->tools[i].name, inv->args[0]))
			one = &d->tools[i];
	if (one) {
		detail(&pg, one);
		return;
	}
	page_ink(&pg, INK_DIM, "Tool");
	page_to(&pg, NAME_COLUMNS, true);
	page_ink(&pg, INK_DIM, "here");
	page_to(&pg, VERSION_COLUMNS, true);
	page_ink(&pg, INK_DIM, "method");
	page_to(&pg, METHOD_COLUMNS, true);
	page_ink(&pg, INK_DIM, "looks at");
	page_line(&pg);
	for (size_t i = 0; i < d->n_tools; i++) {
		if (!wanted(inv, &d->tools[i]))
			continue;
		view_file(&pg, d->tools[i].record->origin, &file);
		row(&pg, inv->arena, &d->tools[i]);
	}
	page_ink(&pg, INK_STRONG, "Next");
	page_to(&pg, 7, true);
	page_put(&pg, "perf-ops tools NAME: commands, cost, traps, how to install it here");
	page_line(&pg);
}

static int run(struct invocation *inv, struct err *err)
{
	struct diagnosis *d = diagnosis_new();
	size_t n = 0;
	int r = EXIT_FINE;

	probe(inv, d);
	for (size_t i = 0; i < d->n_tools; i++)
		n += wanted(inv, &d->tools[i]);
	if (!n)
		r = view_nothing(inv, "tool", err);
	else if (inv->common.json)
		print_json(inv, d);
	else
		print_text(inv, d);
	diagnosis_free(d);
	return r;
}

const struct command tools_command = {
	.name = "tools",
	.group = "Knowledge",
	.args = "[NAME|WORD...]",
	.options = tools_options,
	.options_size = sizeof(struct tools_options),
	.max_args = -1,
	.run = run,
};
