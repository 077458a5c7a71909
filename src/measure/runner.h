/* SPDX-License-Identifier: MIT */
/*
 * Runs commands one at a time and says what each cost. A tiny launcher process, forked before any
 * buffer has grown, does the vfork, exec and wait4: the cost of forking us and our memory stay out
 * of the result (exec keeps the spawner's high-water mark as the child's, so a large spawner would
 * be reported as the peak memory of every small program). Resources come from wait4 of that very
 * child, never from differences of RUSAGE_CHILDREN.
 */
#pragma once

#include "base/err.h"
#include "model/series.h"

#include <stdbool.h>
#include <stdint.h>

enum run_output {
	OUTPUT_NULL, /* /dev/null */
	OUTPUT_PIPE, /* a pipe that is read and thrown away: some programs skip work for /dev/null
		      */
	OUTPUT_INHERIT, /* our standard error (results go to standard output) */
};

enum { RUNNER_PAD_MAX = 4096 };

struct runner_opts {
	const char *const *const *argvs; /* n_argvs NULL-ended vectors; argv[0] is a path */
	size_t n_argvs;
	enum run_output output;
	bool (*interrupted)(void); /* asked when a signal comes; may be NULL */
};

struct run_result {
	struct trial_run run; /* command is the index of its vector; order, round are 0 */
	bool timed_out;
};

struct runner;

int runner_start(const struct runner_opts *opts, struct runner **ret, struct err *err);
/*
 * Runs vector `index` with PERF_OPS_PAD of that many bytes in its environment (moves its stack);
 * timeout_s 0: none; then its process group is killed. Negative when it could not be run; -EINTR
 * when interrupted() said so, and the command was killed.
 */
int runner_run(struct runner *r, size_t index, unsigned pad_bytes, double timeout_s,
	struct run_result *ret, struct err *err);
/* The launcher's own peak: peaks of commands up to this are not theirs. */
uint64_t runner_rss_floor_bytes(const struct runner *r);
void runner_stop(struct runner *r);
