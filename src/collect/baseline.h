/* SPDX-License-Identifier: MIT */
/*
 * The baseline: how machine, control group and target behaved in one window. Reads /proc and the
 * cgroup files only; nothing is attached, nobody is disturbed.
 */
#pragma once

#include "knowledge/knowledge.h"
#include "model/diagnosis.h"

struct baseline_opts {
	double window_s;                   /* 0: levels only, no rates; at most 3600 */
	pid_t pid;                         /* target, 0 none */
	const char *cgroup;                /* --cgroup, NULL: that of the target, else ours */
	const struct knowledge *knowledge; /* wait classes, services */
	const char *root;                  /* NULL: this machine; a recorded tree for tests */
	/* called at each look, may be NULL; non-zero return ends the window early */
	int (*progress)(void *ctx, double elapsed_s);
	void *progress_ctx;
};

#define BASELINE_WINDOW_DEFAULT_S 1.0

/*
 * Fills *ret (strings in the arena, zero-initialised by the callee). A vanished target, a refused
 * file, an unsupported source are caveats. Fails with -ENOENT for an unknown --cgroup, -ESRCH when
 * the target does not exist at the start, -EINVAL for a bad window, or when /proc is unusable.
 */
int baseline_take(const struct baseline_opts *opts, struct arena *a, struct caveats *caveats,
	struct baseline *ret, struct err *err);
