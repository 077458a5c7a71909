/* SPDX-License-Identifier: MIT */
/*
 * What a running process is: runtime and version, build, container, unit, settings that matter.
 * Reads /proc and the files of the process; never runs, stops or attaches to anything.
 */
#pragma once

#include "diagnose/process_view.h"

struct process_opts {
	pid_t pid;
	const struct knowledge *knowledge;
	/* taken before: settings are then compared with limits and levels; NULL leaves those out */
	const struct baseline *baseline;
	const char *root; /* NULL: this machine */
};

/*
 * Fills *ret and, when ret_view is not NULL, the raw facts that environment_judge wants (they hold
 * secrets: never print them). -ESRCH when there is no such process; what is refused is a caveat.
 */
int process_inspect(const struct process_opts *opts, struct arena *a, struct caveats *caveats,
	struct process_info *ret, struct process_view *ret_view, struct err *err);
