/* SPDX-License-Identifier: MIT */
/*
 * Production, development, CI or unknown, with what says so. Judged from the target's own
 * environment variables (never ours, unless we are about to launch it), its unit, container,
 * orchestrator, terminal and neighbours. Names of variables are shown, values only where a record
 * of knowledge/environments lists them: secrets never leave.
 */
#pragma once

#include "diagnose/process_view.h"

struct environment_opts {
	const struct knowledge *knowledge;
	const struct process_view
		*view; /* a process, or process_view_of_command; NULL: project only */
	const struct process_info *process; /* NULL unless a running process */
	/* a setting found in a project's files, e.g. { "NODE_ENV=production", "Dockerfile" } */
	const struct environment_hint {
		const char *assignment, *where;
	} * hints;
	size_t n_hints;
	const char *override; /* --env: "production" or "development"; NULL */
	const char *root;     /* NULL: this machine */
};

/* -EINVAL for an override that is neither. Contradictions are in because and a caveat. */
int environment_judge(const struct environment_opts *opts, struct arena *a, struct caveats *caveats,
	struct environment *ret, struct err *err);
