/* SPDX-License-Identifier: MIT */
/*
 * A command as the user wrote it, as an argument vector. Without shell characters no shell is run:
 * its start-up would be measured too. Quotes and backslashes are understood here.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

enum shell_use { SHELL_WHEN_NEEDED, SHELL_ALWAYS, SHELL_NEVER };

/*
 * *ret_argv is NULL-ended, argv[0] the program's path (looked up in PATH); *ret_shell says whether
 * it is sh -c. Fails when it is empty, a quote is open, or there is no such program.
 */
int command_line_parse(const char *text, enum shell_use use, struct arena *a,
	const char *const **ret_argv, bool *ret_shell, struct err *err);
