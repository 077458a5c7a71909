/* SPDX-License-Identifier: MIT */
/* perf-ops rules: what names causes, from which evidence, and where each rule is written. */
#include "cli/knowledge_view.h"
#include "render/knowledge_record.h"

#include <stddef.h>
#include <string.h>

enum { NAME_COLUMNS = 34, CAUSE_COLUMNS = 62 };

struct rules_options {
	const char *language, *cause;
};

#define AT(member) offsetof(struct rules_options, member)
static const struct option rules_options[] = {
	{ .name = "language",
		.type = OPT_STRING,
		.offset = AT(language),
		.arg = "LANGUAGE",
		.help = "only rules that apply to this language" },
	{ .name = "cause",
		.type = OPT_STRING,
		.offset = AT(cause),
		.arg = "CAUSE",
		.help = "only rules for this cause" },
	{ 0 },
};

static bool for_language(const struct knowledge *k, const struct k_rule *r, const char *language)
{
	const struct k_language *l = knowledge_language(k, language);
	bool compiled = view_same(language, "go") || view_same(language, "rust") ||
		(l && strcmp(l->expert, "native") == 0);

	return r->languages.n == 0 || view_has(&r->languages, language) ||
		view_has(&r->languages, "any") || (compiled && view_has(&r->languages, "native"));
}

static bool wanted(const struct invocation *inv, const struct k_rule *r)
{
	const struct rules_options *o = inv->options;
	const char *texts[] = { r->id, r->cause };
	const struct k_strings *lists[] = { &r->languages };

	if (o->language && !for_language(inv->knowledge, r, o->language))
		return false;
	if (o->cause && !view_same(r->cause, o->cause))
		return false;
	return view_matches(inv, texts, ARRAY_LEN(texts), lists, ARRAY_LEN(lists));
}

static void print_json(struct invocation *inv)
{
	struct json j;

	json_init(&j, inv->out, true);
	json_begin_object(&j, NULL);
	json_put_string(&j, "schema", "perf-ops/rules/1");
	json_begin_array(&j, "rules");
	for (size_t i = 0; i < inv->knowledge->n_rules; i++) {
		if (!wanted(inv, &inv->knowledge->rules[i]))
			continue;
		json_begin_object(&j, NULL);
		json_knowledge_record(&j, "rules", &inv->knowledge->rules[i]);
		json_end_object(&j);
	}
	json_end_array(&j);
	json_end_object(&j);
}

/* A rule says what it needs to fire; the cause says why it is slow and what to do. */
static void detail(struct page *pg, const struct knowledge *k, const struct k_rule *r)
{
	const struct k_cause *c = knowledge_cause(k, r->cause);

	page_ink(pg, INK_STRONG, r->id);
	page_line(pg);
	text_knowledge_record(pg, "rules", r);
	if (!c)
		return;
	page_line(pg);
	page_ink(pg, INK_STRONG, c->id);
	page_line(pg);
	text_knowledge_record(pg, "causes", c);
}

static void list(struct page *pg, struct invocation *inv)
{
	const struct knowledge *k = inv->knowledge;
	const char *file = NULL;

	page_ink(pg, INK_DIM, "Rule");
	page_to(pg, NAME_COLUMNS, true);
	page_ink(pg, INK_DIM, "names the cause");
	page_to(pg, CAUSE_COLUMNS, true);
	page_ink(pg, INK_DIM, "in");
	page_line(pg);
	for (size_t i = 0; i < k->n_rules; i++) {
		const struct k_rule *r = &k->rules[i];

		if (!wanted(inv, r))
			continue;
		view_file(pg, r->origin, &file);
		page_to(pg, 2, false);
		page_put(pg, r->id);
		page_to(pg, NAME_COLUMNS, true);
		page_put(pg, r->cause);
		page_to(pg, CAUSE_COLUMNS, true);
		page_put(pg, view_join(inv->arena, &r->languages));
		page_line(pg);
	}
	page_ink(pg, INK_STRONG, "Next");
	page_to(pg, 7, true);
	page_put(pg, "perf-ops rules NAME: its evidence, fix and file");
	page_line(pg);
}

static int run(struct invocation *inv, struct err *err)
{
	const struct k_rule *one = NULL;
	struct page pg;
	size_t n = 0;

	for (size_t i = 0; i < inv->knowledge->n_rules; i++) {
		const struct k_rule *r = &inv->knowledge->rules[i];

		n += wanted(inv, r);
		if (inv->n_args == 1 && view_same(r->id, inv->args[0]))
			one = r;
	}
	if (!n)
		return view_nothing(inv, "rule", err);
	if (inv->common.json) {
		print_json(inv);
		return EXIT_FINE;
	}
	view_page(&pg, inv);
	if (one)
		detail(&pg, inv->knowledge, one);
	else
		list(&pg, inv);
	return EXIT_FINE;
}

const struct command rules_command = {
	.name = "rules",
	.group = "Knowledge",
	.args = "[NAME|WORD...]",
	.options = rules_options,
	.options_size = sizeof(struct rules_options),
	.max_args = -1,
	.run = run,
};
