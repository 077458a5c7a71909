/* SPDX-License-Identifier: MIT */
/* Help on the terminal. */
#include "cli/help.h"

#include "cli/docs_page.h"
#include "render/page.h"

#include <stdio.h>
#include <string.h>

const struct docs_page *docs_page_find(const char *name)
{
	for (const struct docs_page *p = docs_pages; p->name; p++)
		if (strcmp(p->name, name) == 0)
			return p;
	return NULL;
}

static void option_left(char *buf, size_t size, const struct option *o)
{
	char brief[8] = "    ";

	if (o->short_name)
		snprintf(brief, sizeof(brief), "-%c, ", o->short_name);
	snprintf(
		buf, size, "  %s--%s%s%s", brief, o->name, o->arg ? " " : "", o->arg ? o->arg : "");
}

enum { HELP_AT = 28, SUMMARY_AT = 14 };

/* `left`, then `text` from column `at`, wrapped there: help is 80 columns wide, as every screen. */
static void print_row(struct sink *out, const char *left, unsigned at, const char *text)
{
	struct text_style style = text_style_plain();
	struct page pg;

	page_init(&pg, out, &style);
	page_put(&pg, left);
	if (pg.col >= at)
		page_line(&pg);
	page_to(&pg, at, false);
	page_wrap(&pg, INK_NONE, at, text);
	page_line(&pg);
}

static void print_options(struct sink *out, const struct option_group *g)
{
	sink_printf(out, "\n%s\n", g->title);
	for (const struct option *o = g->options; o->name; o++) {
		char left[64];

		option_left(left, sizeof(left), o);
		print_row(out, left, HELP_AT, o->help);
	}
}

/* Prints the page's text; Markdown marks that mean nothing on a terminal are dropped. */
static void print_body(struct sink *out, const char *body)
{
	struct span rest = span_str(body), line;

	while (span_next_line(&rest, &line)) {
		if (span_starts(line, "## ")) {
			line = span_from(line, 3);
		} else if (!span_starts(line, "    ")) {
			for (size_t i = 0; i < line.n; i++)
				if (line.p[i] != '`')
					sink_putc(out, (char)line.p[i]);
			sink_putc(out, '\n');
			continue;
		}
		sink_write(out, line.p, line.n);
		sink_putc(out, '\n');
	}
}

static void print_top(struct sink *out, const struct docs_page *page)
{
	struct text_style style = text_style_plain();
	struct page pg;

	page_init(&pg, out, &style);
	page_printf(&pg, "perf-ops %s: ", page->name);
	page_wrap(&pg, INK_NONE, 0, page->summary);
	page_line(&pg);
	page_line(&pg);
	page_put(&pg, "  ");
	page_wrap(&pg, INK_NONE, 4, page->synopsis);
	page_line(&pg);
	page_line(&pg);
	print_body(out, page->body);
}

int help_for(struct invocation *inv, const struct command *c)
{
	const struct docs_page *page = docs_page_find(c->name);
	struct common_options common;
	struct target_options target;
	struct option_group groups[3];

	if (inv->common.json)
		return help_json(inv, c);
	if (page)
		print_top(inv->out, page);
	size_t n = command_option_groups(c, inv->options, &common, &target, groups);

	for (size_t i = 0; i < n; i++)
		print_options(inv->out, &groups[i]);
	if (page && *page->see_also)
		sink_printf(inv->out, "\nSee also: %s\n", page->see_also);
	return EXIT_FINE;
}

int help_overview(struct invocation *inv)
{
	struct sink *out = inv->out;
	const char *group = "";

	if (inv->common.json)
		return help_json(inv, NULL);
	sink_puts(out,
		"perf-ops takes a performance complaint to a proven fix.\n\n"
		"  perf-ops \"why is this slow\" -- ./prog      words and a command to look at\n"
		"  perf-ops \"checkout hangs\" --pid 4121       words and a running process\n"
		"  perf-ops VERB --help                       more about a verb\n");
	for (size_t i = 0; commands[i]; i++) {
		const struct docs_page *page = docs_page_find(commands[i]->name);

		if (commands[i]->flags & COMMAND_HIDDEN)
			continue;
		if (strcmp(group, commands[i]->group) != 0)
			sink_printf(out, "\n%s\n", commands[i]->group);
		group = commands[i]->group;
		char left[32];

		snprintf(left, sizeof(left), "  %s", commands[i]->name);
		print_row(out, left, SUMMARY_AT, page ? page->summary : "");
	}
	sink_puts(out,
		"\nExit codes: 0 fine, 1 negative verdict, 2 usage, 3 inconclusive, 4 target "
		"failed\n"
		"or nothing measured, 5 permission or environment, 70 bug, 130 interrupted.\n");
	return EXIT_FINE;
}
