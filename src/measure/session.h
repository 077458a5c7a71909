/* SPDX-License-Identifier: MIT */
/*
 * One benchmark session: warm-up, then rounds in which every command runs once in random order
 * (recorded seed), with up to five looks at the result, until it is clear, the plan is done, the
 * time is up or the user has had enough. Random order within a round is what makes the test exact
 * whatever the machine does meanwhile (Fisher's randomisation).
 */
#pragma once

#include "base/err.h"
#include "measure/command_line.h"
#include "measure/runner.h"
#include "model/series.h"

enum { SESSION_COMMANDS_MAX = 32, SESSION_ROUNDS_MAX = 2000 };

struct session_opts {
	const char *const *texts; /* commands as written */
	size_t n_texts;
	enum shell_use shell;
	enum run_output output;
	unsigned rounds;     /* at most; 0: from the budget */
	double seconds;      /* stop after this; 0: plan for a default, do not cut */
	double timeout_s;    /* per run; 0: none */
	unsigned warmup;     /* runs per command before the first round */
	const char *prepare; /* run before every timed run, untimed; NULL */
	enum trial_metric metric;
	double margin_ratio;
	uint64_t seed;
	bool ignore_failure;
	bool (*interrupted)(void);
	void (*progress)(void *ctx, const struct trial_set *t, double elapsed_s);
	void *progress_ctx;
};

/*
 * Fails when a command cannot be run, fails by itself (unless ignored), takes too long, or nothing
 * complete was measured. An interruption after the first round is a result, marked as such.
 */
int session_run(const struct session_opts *opts, struct trial_set **ret, struct err *err);
