/* SPDX-License-Identifier: MIT */
/*
 * Which of the known tools are on this machine, whether they are what they say, how to install the
 * others here, and which may be used on this target.
 */
#pragma once

#include "diagnose/tool_paths.h"
#include "knowledge/knowledge.h"
#include "model/diagnosis.h"

struct tools_opts {
	struct tool_search search; /* project: NULL takes the diagnosis' own */
	const char *cache;         /* version cache file; NULL: none */
	uint64_t deadline_ns;      /* for all version questions together; 0: 120 ms */
};

/* "~/.cache/perf-ops/tool-versions" (XDG_CACHE_HOME heeded), its folder made; NULL when it cannot
 * be. */
const char *tools_cache_file(struct arena *a);

/*
 * Fills d->tools, one entry per tool record in their order. Uses d->project (folder and facts) as
 * far as it is filled. Reads folders, then asks the programs found for their version side by side;
 * one that hangs, crashes or answers something else is entered with its `problem`.
 */
void tools_probe(struct diagnosis *d, const struct knowledge *k, const struct tools_opts *opts);

/* What the machine allows; from /proc/sys. */
struct tool_rights {
	bool root;
	int perf_event_paranoid, ptrace_scope; /* -1 unknown */
};

void tools_rights(struct tool_rights *ret);
/* Unknown counts as production. */
bool production_rule(const struct environment *env);
/* Fills usable_here and why_not from d->environment, d->target and the rights. */
void tools_judge(struct diagnosis *d, const struct tool_rights *rights);

/* Fills places->managers. */
void tool_managers_find(struct arena *a, struct tool_places *places);
/* The command that installs the tool on this machine; "" when none is known. */
const char *tool_install_command(
	struct arena *a, const struct k_tool *t, const struct tool_places *places);
