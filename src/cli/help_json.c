/* SPDX-License-Identifier: MIT */
/* Help for programs: every verb with its options, from the tables the parser uses. */
#include "cli/docs_page.h"
#include "cli/help.h"

#include "base/json_writer.h"

#include <string.h>

static const char *type_name(enum opt_type t)
{
	switch (t) {
	case OPT_FLAG:
		return "flag";
	case OPT_CHOICE:
		return "choice";
	case OPT_UINT:
		return "integer";
	case OPT_NUMBER:
		return "number";
	case OPT_SECONDS:
		return "seconds";
	case OPT_STRING:
		break;
	}
	return "string";
}

static void put_option(struct json *j, const struct option *o)
{
	json_begin_object(j, NULL);
	json_put_string(j, "name", o->name);
	json_put_string(j, "type", type_name(o->type));
	if (o->arg)
		json_put_string(j, "argument", o->arg);
	if (o->choices) {
		json_begin_array(j, "choices");
		for (const char *p = o->choices; *p;) {
			size_t n = strcspn(p, "|");

			json_put_stringn(j, NULL, p, n);
			p += n + (p[n] == '|');
		}
		json_end_array(j);
	}
	if (o->max > o->min) {
		json_put_double(j, "minimum", o->min, 6);
		json_put_double(j, "maximum", o->max, 6);
	}
	json_put_string(j, "help", o->help);
	json_end_object(j);
}

static void put_verb(struct json *j, const struct command *c)
{
	const struct docs_page *page = docs_page_find(c->name);
	struct common_options common;
	struct target_options target;
	struct option_group groups[3];
	size_t n = command_option_groups(c, NULL, &common, &target, groups);

	json_begin_object(j, NULL);
	json_put_string(j, "name", c->name);
	json_put_string(j, "group", c->group);
	json_put_string(j, "summary", page ? page->summary : "");
	json_put_string(j, "synopsis", page ? page->synopsis : "");
	json_begin_array(j, "options");
	for (size_t i = 0; i < n; i++)
		for (const struct option *o = groups[i].options; o->name; o++)
			put_option(j, o);
	json_end_array(j);
	json_end_object(j);
}

int help_json(struct invocation *inv, const struct command *only)
{
	struct json j;

	json_init(&j, inv->out, true);
	json_begin_object(&j, NULL);
	json_put_string(&j, "schema", "perf-ops/help/1");
	json_begin_array(&j, "verbs");
	for (size_t i = 0; commands[i]; i++)
		if (!(commands[i]->flags & COMMAND_HIDDEN) && (!only || commands[i] == only))
			put_verb(&j, commands[i]);
	json_end_array(&j);
	json_end_object(&j);
	return EXIT_FINE;
}
