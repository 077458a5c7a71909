/* SPDX-License-Identifier: MIT */
/*
 * Runs an external program with a deadline and bounded output. The child gets its own process
 * group, which is killed whole at the deadline, closed stdin unless given, and dies with us.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

struct spawn_opts {
	const char *const *argv; /* NULL-ended; argv[0] is searched in PATH unless it has a '/' */
	const char *const *envp; /* NULL: inherit */
	const char *cwd;         /* NULL: inherit */
	uint64_t timeout_ns;     /* 0: none */
	size_t max_output;       /* bytes kept per stream; the rest is read and dropped */
	bool stop_when_full;     /* end the program instead, once a stream has that much */
	struct span input;       /* written to stdin, then closed */
};

struct spawn_result {
	struct buf out, err;
	int exit_code; /* -1 when killed by a signal */
	int signal;    /* 0 unless killed by a signal */
	bool timed_out;
	bool stopped_full; /* ended by stop_when_full; signal is SIGKILL then */
	uint64_t wall_ns;
};

/* Negative only when the program could not be started; its own failure is in the result. */
int spawn_run(const struct spawn_opts *opts, struct spawn_result *ret, struct err *err);
/*
 * Runs n programs side by side; results[i] belongs to opts[i], rc[i] is what spawn_run would have
 * returned. Each has its own deadline, counted from the start of the whole batch.
 */
void spawn_run_all(const struct spawn_opts *opts, size_t n, struct spawn_result *results, int *rc);
void spawn_result_done(struct spawn_result *r);
