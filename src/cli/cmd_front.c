/* SPDX-License-Identifier: MIT */
/*
 * perf-ops "free text" [target]: the front door. Words and a target that can be measured are
 * diagnosed and profiled in one go; words alone are diagnosed.
 */
#include "base/json_writer.h"
#include "cli/command.h"
#include "cli/diagnose_take.h"
#include "cli/keep.h"
#include "cli/profile_take.h"
#include "cli/style.h"
#include "render/json_diagnosis.h"
#include "render/text_diagnosis.h"

#include <errno.h>
#include <string.h>

static int show_diagnosis(struct invocation *inv, struct diagnosis *d)
{
	struct text_style style = style_of(inv);

	keep_diagnosis(inv, d);
	if (inv->common.json)
		json_diagnosis(inv->out, d, true);
	else
		text_diagnosis(inv->out, d, &style);
	return EXIT_FINE;
}

static int diagnose_and_profile(struct invocation *inv, const char *words, struct err *err)
{
	struct diagnose_request ask = {
		.words = words, .window_s = inv->target.pid ? 1 : 0.25, .skip_tools = true
	};
	struct diagnosis *d = NULL;
	struct profile_taken t;
	int r = diagnose_take(inv, &ask, &d, err);

	if (r < 0)
		return r;
	struct profile_request req = { .words = words, .project_root = d->project.root };
	struct text_style style = style_of(inv);

	/* the diagnosis is there in a blink, the profile takes its time: show the first at once */
	if (!inv->common.json) {
		text_diagnosis_brief(inv->out, d, &style);
		sink_flush(inv->out);
	}
	r = profile_take(inv, &req, &t, err);
	if (r == 0) {
		profile_keep(inv, &req, d, &t);
		profile_show(inv, &t);
		profile_taken_done(&t);
	}
	diagnosis_free(d);
	return r;
}

static int run(struct invocation *inv, struct err *err)
{
	const char *words = words_of(inv);
	struct diagnose_request ask = { .words = words, .window_s = 1, .may_ask = true };
	struct diagnosis *d;

	if (inv->target.argv || inv->target_options.pid)
		return diagnose_and_profile(inv, words, err);
	if (!*words) {
		fail(err, EINVAL, "nothing to look at");
		err_hint(err,
			"say what is slow (perf-ops \"the import is slow\"), or see perf-ops help");
		return -EINVAL;
	}
	int r = diagnose_take(inv, &ask, &d, err);

	if (r < 0)
		return r;
	r = show_diagnosis(inv, d);
	diagnosis_free(d);
	return r;
}

const struct command front_command = {
	.name = "front",
	.group = "Front door",
	.args = "[TEXT]",
	.max_args = -1,
	.flags = COMMAND_TARGET | COMMAND_HIDDEN,
	.run = run,
};
