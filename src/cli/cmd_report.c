/* SPDX-License-Identifier: MIT */
/* perf-ops report: where the page of a case is, or a copy of it to send. */
#include "base/file.h"
#include "base/json_writer.h"
#include "cli/case_id.h"
#include "cli/command.h"

#include <errno.h>
#include <stddef.h>

struct report_options {
	const char *output;
};

static const struct option report_options[] = {
	{ .name = "output",
		.short_name = 'o',
		.type = OPT_STRING,
		.offset = offsetof(struct report_options, output),
		.arg = "FILE",
		.help = "copy the page to this file" },
	{ 0 },
};

enum { MAX_PAGE_BYTES = 512 << 20 };

static int copy_page(const char *from, const char *to, struct err *err)
{
	struct file_map m = { 0 };
	int r = file_map_open(&m, from, MAX_PAGE_BYTES, err);

	if (r == 0)
		r = file_write_atomic(to, m.s, 0644, err);
	file_map_done(&m);
	return r;
}

static int report(struct invocation *inv, struct store *s, struct err *err)
{
	const struct report_options *o = inv->options;
	struct casefile file;
	int r = case_pick(inv, s, "profile", &file, err);

	if (r < 0)
		return r;
	const char *page = path_join(inv->arena, file.folder, "report.html");

	if (!path_exists(page)) {
		fail(err, ENOENT, "case %lld has no page%s", (long long)file.id,
			file.state == CASE_INTERRUPTED ? ": it was interrupted" : "");
		if (file.state == CASE_COMPLETE)
			err_hint(err, "print it with: perf-ops show %lld", (long long)file.id);
		return -ENOENT;
	}
	if (o->output) {
		r = copy_page(page, o->output, err);
		page = o->output;
	}
	if (r < 0)
		return r;
	if (inv->common.json) {
		struct json j;

		json_init(&j, inv->out, true);
		json_begin_object(&j, NULL);
		json_put_string(&j, "schema", "perf-ops/report/1");
		json_put_int(&j, "case", file.id);
		json_put_string(&j, "page", page);
		json_end_object(&j);
	} else {
		sink_printf(inv->out, "%s\n", page);
	}
	return EXIT_FINE;
}

static int run(struct invocation *inv, struct err *err)
{
	return cases_with(inv, report, err);
}

const struct command report_command = {
	.name = "report",
	.group = "Look at results",
	.args = "[ID]",
	.options = report_options,
	.options_size = sizeof(struct report_options),
	.max_args = 1,
	.run = run,
};
