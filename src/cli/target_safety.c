/* SPDX-License-Identifier: MIT */
/* The production rule for the target at hand. */
#include "cli/target_safety.h"

#include "diagnose/environment.h"
#include "diagnose/process.h"

bool target_is_read_only(struct invocation *inv)
{
	bool attached = inv->target.pid != 0;
	struct environment_opts e = { .knowledge = inv->knowledge, .override = inv->common.env };
	struct environment found = { 0 };
	struct process_view view = { 0 };
	struct process_info process;
	struct caveats unused = { 0 };

	if (attached) {
		struct process_opts p = { .pid = inv->target.pid, .knowledge = inv->knowledge };

		if (process_inspect(&p, inv->arena, &unused, &process, &view, NULL) == 0) {
			e.process = &process;
			e.view = &view;
		}
	} else if (inv->target.argv) {
		process_view_of_command(inv->target.argv, inv->arena, &view);
		e.view = &view;
	}
	if (environment_judge(&e, inv->arena, &unused, &found, NULL) < 0)
		return true;
	return attached ? found.kind != ENV_DEVELOPMENT && found.kind != ENV_CI
			: found.kind == ENV_PRODUCTION;
}
