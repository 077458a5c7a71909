/* SPDX-License-Identifier: MIT */
/*
 * Exact command lines out of the templates of tool records: {pid}, {cmd} and so on are filled from
 * the diagnosis, quoted for a POSIX shell, with capital words (PID, COMMAND, URL) where the user
 * has to say something. A password never gets into a command.
 */
#pragma once

#include "knowledge/knowledge.h"
#include "model/diagnosis.h"

const char *command_fill(struct diagnosis *d, const struct knowledge *k, const char *template,
	unsigned seconds, const char *out);

/* `word` as one shell word, quoted when it needs it. */
const char *command_quote(struct arena *a, const char *word);

/*
 * The language whose interpreter the program is ("python3.11" -> python), NULL for any other
 * program.
 */
const struct k_language *command_interpreter(const struct knowledge *k, const char *program);
