/* SPDX-License-Identifier: MIT */
/* perf-ops "free text" [target]: the front door. */
#include "cli/command.h"

#include <errno.h>

static int run(struct invocation *inv, struct err *err)
{
	(void)inv;
	fail(err, EINVAL, "no verb given");
	err_hint(err, "all commands: perf-ops help");
	return -EINVAL;
}

const struct command front_command = {
	.name = "front",
	.group = "Front door",
	.args = "[TEXT]",
	.max_args = -1,
	.flags = COMMAND_TARGET | COMMAND_HIDDEN,
	.run = run,
};
