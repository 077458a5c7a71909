/* SPDX-License-Identifier: MIT */
/*
 * Source text for the analysis: finds a file named in debug information on this machine (as named,
 * below the compile folder, or by its last parts below the project folder), reads it once, keeps
 * it.
 */
#pragma once

#include "analyze/source.h"
#include "base/map.h"

struct source_files {
	const char *project_root;
	pid_t pid; /* also look below /proc/PID/root; 0 no */
	struct strtab paths;
	struct arena arena;
	vec_of(struct span) texts; /* by path id; p == NULL: not found */
	vec_of(bool) tried;
	struct source_reader reader;
};

void source_files_init(struct source_files *s, const char *project_root, pid_t pid);
void source_files_done(struct source_files *s);
