/* SPDX-License-Identifier: MIT */
/* perf-ops diagnose: what kind of problem it is and what to do. */
#include "cli/command.h"
#include "cli/diagnose_take.h"
#include "cli/keep.h"
#include "cli/style.h"
#include "render/json_diagnosis.h"
#include "render/text_diagnosis.h"

#include <stddef.h>

struct diagnose_options {
	double window;
};

static const struct option diagnose_options[] = {
	{ .name = "window",
		.short_name = 'w',
		.type = OPT_SECONDS,
		.offset = offsetof(struct diagnose_options, window),
		.arg = "SECONDS",
		.help = "watch the machine this long (default 1; 0 = levels only, no rates)",
		.min = 0,
		.max = 3600 },
	{ 0 },
};

static int run(struct invocation *inv, struct err *err)
{
	const struct diagnose_options *o = inv->options;
	struct diagnose_request req = {
		.words = words_of(inv), .window_s = o->window, .may_ask = true
	};
	struct diagnosis *d;
	int r = diagnose_take(inv, &req, &d, err);

	if (r < 0)
		return r;
	keep_diagnosis(inv, d);
	if (inv->common.json) {
		json_diagnosis(inv->out, d, true);
	} else {
		struct text_style style = style_of(inv);

		text_diagnosis(inv->out, d, &style);
	}
	diagnosis_free(d);
	return EXIT_FINE;
}

const struct command diagnose_command = {
	.name = "diagnose",
	.group = "Find out why",
	.args = "[TEXT]",
	.options = diagnose_options,
	.options_size = sizeof(struct diagnose_options),
	.defaults = &(const struct diagnose_options){ .window = 1 },
	.max_args = -1,
	.flags = COMMAND_TARGET,
	.run = run,
};
