/* SPDX-License-Identifier: MIT */
/* Help, man page and shell completions, all from the command table and the command pages. */
#pragma once

#include "cli/command.h"

/* perf-ops VERB --help. Returns EXIT_FINE. */
int help_for(struct invocation *inv, const struct command *c);
/* perf-ops help: what it does, the verbs by group, where to go on. */
int help_overview(struct invocation *inv);
/* The same tables as JSON; all verbs without `only`. */
int help_json(struct invocation *inv, const struct command *only);
void help_man(struct sink *out);
void help_completion_bash(struct sink *out);
void help_completion_zsh(struct sink *out);
void help_completion_fish(struct sink *out);
