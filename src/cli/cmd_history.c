/* SPDX-License-Identifier: MIT */
/* perf-ops history: what was measured, newest first; deleting what is not wanted any more. */
#include "base/json_writer.h"
#include "base/map.h"
#include "cli/case_id.h"
#include "cli/command.h"
#include "cli/style.h"
#include "render/text_history.h"
#include "store/store.h"

#include <stddef.h>

struct history_options {
	unsigned limit, keep;
	const char *remove;
};

#define AT(member) offsetof(struct history_options, member)
static const struct option history_options[] = {
	{ .name = "limit",
		.short_name = 'n',
		.type = OPT_UINT,
		.offset = AT(limit),
		.arg = "N",
		.help = "at most this many (default 20)",
		.min = 1,
		.max = 100000 },
	{ .name = "delete",
		.type = OPT_STRING,
		.offset = AT(remove),
		.arg = "ID",
		.help = "delete this case and its files" },
	{ .name = "prune",
		.type = OPT_UINT,
		.offset = AT(keep),
		.arg = "N",
		.help = "delete all but the newest N cases",
		.min = 1,
		.max = 100000 },
	{ 0 },
};

static void put_json(struct sink *out, const struct casefile *rows, size_t n)
{
	struct json j;

	json_init(&j, out, true);
	json_begin_object(&j, NULL);
	json_put_string(&j, "schema", "perf-ops/history/1");
	json_begin_array(&j, "cases");
	for (size_t i = 0; i < n; i++) {
		json_begin_object(&j, NULL);
		json_put_int(&j, "id", rows[i].id);
		json_put_uint(&j, "time_ns", rows[i].time_ns);
		json_put_string(&j, "state", case_state_name(rows[i].state));
		json_put_string(&j, "verb", rows[i].verb);
		json_put_string(&j, "target", rows[i].target);
		json_put_string(&j, "project", rows[i].project);
		json_put_string(&j, "title", rows[i].title);
		json_put_string(&j, "folder", rows[i].folder);
		json_end_object(&j);
	}
	json_end_array(&j);
	json_end_object(&j);
}

static int list(struct invocation *inv, struct store *s, unsigned limit, struct err *err)
{
	struct casefile *rows;
	size_t n;
	int r = store_list(s, limit, inv->arena, &rows, &n, err);
	struct text_style style = style_of(inv);

	if (r < 0)
		return r;
	if (inv->common.json)
		put_json(inv->out, rows, n);
	else
		text_history(inv->out, rows, n, &style);
	return EXIT_FINE;
}

static int prune(struct invocation *inv, struct store *s, unsigned keep, struct err *err)
{
	size_t n;
	int r = store_prune(s, keep, &n, err);

	if (r < 0)
		return r;
	if (inv->common.json)
		return list(inv, s, keep, err);
	sink_printf(
		inv->out, "deleted %zu case%s, kept the newest %u\n", n, n == 1 ? "" : "s", keep);
	return EXIT_FINE;
}

static int list_or_tidy(struct invocation *inv, struct store *s, struct err *err)
{
	const struct history_options *o = inv->options;
	int64_t id = 0;
	int r;

	if (!o->remove)
		return o->keep ? prune(inv, s, o->keep, err) : list(inv, s, o->limit, err);
	r = case_id_parse(o->remove, &id, err);
	return r < 0 ? r : store_delete(s, id, err);
}

static int run(struct invocation *inv, struct err *err)
{
	return cases_with(inv, list_or_tidy, err);
}

const struct command history_command = {
	.name = "history",
	.group = "Look at results",
	.args = "",
	.options = history_options,
	.options_size = sizeof(struct history_options),
	.defaults = &(const struct history_options){ .limit = 20 },
	.max_args = 0,
	.run = run,
};
