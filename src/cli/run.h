/* SPDX-License-Identifier: MIT */
/* The whole command line as a function, so that tests and fuzzers call what main calls. */
#pragma once

#include <stdbool.h>

/* Returns the exit code. argv[0] is the program name. */
int cli_main(int argc, const char *const *argv);
/* Parses only, runs nothing: 0 when the command line is well formed, else an exit code. */
int cli_check(int argc, const char *const *argv);
/* True after Ctrl-C or SIGTERM; long-running verbs look at it and stop in good order. */
bool cli_interrupted(void);
