/* SPDX-License-Identifier: MIT */
/* perf-ops show: a stored result again, as it was. */
#include "cli/case_id.h"
#include "cli/command.h"

static int show(struct invocation *inv, struct store *s, struct err *err)
{
	struct casefile file;
	struct case_document document;
	int r = case_pick(inv, s, NULL, &file, err);

	if (r == 0)
		r = store_document(s, file.id, inv->arena, &document, err);
	if (r < 0)
		return r;
	struct span text = inv->common.json ? document.json : document.screen;

	sink_write(inv->out, text.p, text.n);
	if (text.n && text.p[text.n - 1] != '\n')
		sink_putc(inv->out, '\n');
	return EXIT_FINE;
}

static int run(struct invocation *inv, struct err *err)
{
	return cases_with(inv, show, err);
}

const struct command show_command = {
	.name = "show",
	.group = "Look at results",
	.args = "[ID]",
	.max_args = 1,
	.run = run,
};
