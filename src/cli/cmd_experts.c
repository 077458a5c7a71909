/* SPDX-License-Identifier: MIT */
/* perf-ops experts: which tools are preferred for which language and resource, and where not. */
#include "cli/knowledge_view.h"
#include "render/knowledge_record.h"

#include <string.h>

static bool wanted(const struct invocation *inv, const struct k_expert *e)
{
	const char *texts[] = { e->id, e->name };
	const struct k_strings *lists[] = { &e->languages, &e->words };

	return view_matches(inv, texts, ARRAY_LEN(texts), lists, ARRAY_LEN(lists));
}

static void print_json(struct invocation *inv)
{
	struct json j;

	json_init(&j, inv->out, true);
	json_begin_object(&j, NULL);
	json_put_string(&j, "schema", "perf-ops/experts/1");
	json_begin_array(&j, "experts");
	for (size_t i = 0; i < inv->knowledge->n_experts; i++) {
		if (!wanted(inv, &inv->knowledge->experts[i]))
			continue;
		json_begin_object(&j, NULL);
		json_knowledge_record(&j, "experts", &inv->knowledge->experts[i]);
		json_end_object(&j);
	}
	json_end_array(&j);
	json_end_object(&j);
}

static void print_expert(struct page *pg, struct arena *a, const struct k_expert *e)
{
	page_ink(pg, INK_STRONG, e->id);
	page_to(pg, 24, true);
	page_wrap(pg, INK_NONE, 24, view_join(a, &e->languages));
	page_line(pg);
	for (size_t i = 0; i < e->n_routes; i++) {
		const struct k_expert_route *r = &e->routes[i];

		page_to(pg, 2, false);
		page_put(pg, r->resource);
		page_to(pg, 14, true);
		page_wrap(pg, INK_NONE, 14, view_join(a, &r->tools));
		page_line(pg);
		page_to(pg, 14, false);
		page_wrap(pg, INK_DIM, 14,
			r->production_tools.n ? arena_printf(a, "in production: %s",
							view_join(a, &r->production_tools))
					      : "in production: nothing is safe");
		page_line(pg);
	}
	page_to(pg, 2, false);
	if (e->fallback[0])
		page_ink(pg, INK_DIM, arena_printf(a, "else %s; from %s", e->fallback, e->origin));
	else
		page_ink(pg, INK_DIM, arena_printf(a, "from %s", e->origin));
	page_line(pg);
}

static int run(struct invocation *inv, struct err *err)
{
	const struct knowledge *k = inv->knowledge;
	struct page pg;
	size_t n = 0;

	for (size_t i = 0; i < k->n_experts; i++)
		n += wanted(inv, &k->experts[i]);
	if (!n)
		return view_nothing(inv, "expert", err);
	if (inv->common.json) {
		print_json(inv);
		return EXIT_FINE;
	}
	view_page(&pg, inv);
	for (size_t i = 0; i < k->n_experts; i++)
		if (wanted(inv, &k->experts[i]))
			print_expert(&pg, inv->arena, &k->experts[i]);
	page_ink(&pg, INK_STRONG, "Next");
	page_to(&pg, 7, true);
	page_put(&pg, "perf-ops tools --installed: which of these are on this machine");
	page_line(&pg);
	return EXIT_FINE;
}

const struct command experts_command = {
	.name = "experts",
	.group = "Knowledge",
	.args = "[NAME|LANGUAGE...]",
	.max_args = -1,
	.run = run,
};
