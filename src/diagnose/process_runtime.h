/* SPDX-License-Identifier: MIT */
/* Which language runtime a process runs, and which version of it, from files and mappings alone. */
#pragma once

#include "diagnose/process_build.h"

/*
 * Fills runtime, version, language and runtime_because of *ret. *ret_file is the mapped file that
 * holds the runtime: a library when the executable is only its starter.
 */
const struct k_runtime *process_runtime_judge(const struct process_view *v,
	const struct build_notes *notes, const struct knowledge *k, struct process_info *ret,
	const char **ret_file);
/* The version in `text` where `pattern` has {version}: literal text around it; "" when absent. */
const char *version_match(const char *text, const char *pattern, struct arena *a);
