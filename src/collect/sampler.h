/* SPDX-License-Identifier: MIT */
/*
 * The embedded CPU sampler: a launched command (children and threads followed) or a running
 * process, sampled through perf_event_open, or by brief ptrace stops of our own child where that is
 * refused. Never stops an attached process. The result is a symbolised profile with value type
 * "cpu" (nanoseconds) and its quality.
 */
#pragma once

#include "base/err.h"
#include "collect/launch.h"
#include "knowledge/knowledge.h"
#include "model/profile.h"

#include <sys/types.h>

struct sampler_opts {
	const char *const *argv; /* command to launch, or NULL */
	pid_t pid;               /* or process to attach to */
	const pid_t *more_pids;  /* attach to these with their children as well; may be NULL */
	size_t n_more_pids;
	double hz;              /* wanted rate; 0: 999 launched, 99 attached */
	uint64_t duration_ns;   /* 0: launched: until it ends; attached: 10 s */
	unsigned wants;         /* enum resource bits (collector.h) to look at beside CPU time */
	bool user_only;         /* do not ask for kernel frames */
	const char *force_rung; /* NULL; "cycles", "cpu-clock", "user", "ptrace", "proc" for tests
				   and --rung */
	const char *project_root;
	const struct knowledge *knowledge;
	const struct launch_change *change; /* of the launched command's environment; NULL */
	/*
	 * Called once the target is there (a launched one waits before its exec) and once the
	 * observation is over (the target may still run and is not ended before `over` returns);
	 * both or neither, may be NULL.
	 */
	void (*begun)(void *ctx, pid_t pid);
	void (*over)(void *ctx);
	void *observer_ctx;
	int child_stdout; /* fd for the launched command's stdout, -1 inherit */
	/* called about four times a second, may be NULL; non-zero return stops sampling early */
	int (*progress)(void *ctx, uint64_t elapsed_ns, uint64_t samples);
	void *progress_ctx;
};

struct sampler_outcome {
	int exit_code;     /* launched: exit code; -1 when killed or still running */
	int signal;        /* launched: fatal signal, 0 none */
	bool target_ended; /* it ended while we watched */
	uint64_t wall_ns;
	uint64_t max_rss_bytes; /* launched */
};

/*
 * Negative results carry a sentence and an exit code: target not found (EXIT_NOT_MEASURED), idle
 * target or zero samples (EXIT_NOT_MEASURED), permission (EXIT_UNFIT). A target that dies early
 * still gives a profile when enough samples were taken, with a caveat.
 */
int sampler_run(const struct sampler_opts *opts, struct profile **ret,
	struct sampler_outcome *outcome, struct err *err);
