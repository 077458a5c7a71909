/* SPDX-License-Identifier: MIT */
/*
 * What a project folder is: languages by own source, packages with their facts, which side
 * JavaScript runs on, databases. Seconds at most, whatever the tree; what was not seen is a caveat.
 */
#pragma once

#include "base/err.h"
#include "knowledge/knowledge.h"
#include "model/diagnosis.h"

/*
 * Fails only when the folder cannot be opened. A file stands for its folder. Everything in ret
 * belongs to the arena.
 */
int project_detect(const struct knowledge *k, const char *folder, struct arena *a,
	struct project *ret, struct caveats *caveats, struct err *err);

/*
 * Main language of a command that is to be launched: through wrappers ("env", "timeout 5", "npx"),
 * interpreters with their script, shell scripts that start something else, script heads, and what a
 * binary was compiled from. Language id, "" when unknown.
 */
const char *project_language_of_command(const struct knowledge *k, const char *const *argv);

/*
 * The word for it in struct symptom: typescript and javascript that are launched are
 * "javascript-backend", kotlin is "java", csharp "dotnet"; "none" for what has no word there.
 */
const char *project_symptom_language(const char *language);
