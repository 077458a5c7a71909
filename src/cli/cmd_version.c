/* SPDX-License-Identifier: MIT */
/* perf-ops version: the version, for people and for programs. */
#include "base/json_writer.h"
#include "cli/command.h"

static int run(struct invocation *inv, struct err *err)
{
	(void)err;
	if (inv->common.json) {
		struct json j;

		json_init(&j, inv->out, true);
		json_begin_object(&j, NULL);
		json_put_string(&j, "schema", "perf-ops/version/1");
		json_put_string(&j, "version", PERF_OPS_VERSION);
		json_end_object(&j);
	} else {
		sink_puts(inv->out, "perf-ops " PERF_OPS_VERSION "\n");
	}
	return EXIT_FINE;
}

const struct command version_command = {
	.name = "version",
	.group = "About",
	.args = "",
	.run = run,
};
