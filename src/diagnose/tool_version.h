/* SPDX-License-Identifier: MIT */
/*
 * What programs answer to --version: asked side by side under one deadline, remembered in a cache
 * file keyed by path, modification time and size, so that a second diagnosis runs nothing.
 */
#pragma once

#include "base/arena.h"
#include "base/spawn.h"
#include "knowledge/records.h"

enum { TOOL_ANSWER_MAX = 400 };

struct tool_question {
	const char *path; /* program */
	const struct k_strings *args;
};

struct tool_answer {
	bool asked; /* false: could not even be started */
	bool timed_out;
	int exit_code, signal;
	char text[TOOL_ANSWER_MAX]; /* start of its output on one line, printable characters only */
};

/*
 * answers[i] for questions[i]; the same program with the same arguments is asked once. `cache` is
 * the file, NULL for none; one that cannot be read or written is ignored. Never takes much longer
 * than deadline_ns, whatever the programs do.
 */
void tool_ask(const struct tool_question *questions, size_t n, uint64_t deadline_ns,
	const char *cache, struct tool_answer *answers);

/*
 * "4.1.0" out of "wrk debian/4.1.0-3 [epoll]": digits with at least one dot, behind `pattern` when
 * that is not "". Returns the length, 0 when there is none; *ret points into text.
 */
size_t tool_version_find(const char *text, const char *pattern, const char **ret);
/* Numbers between dots compared one by one; < 0, 0, > 0. */
int tool_version_compare(const char *a, const char *b);
