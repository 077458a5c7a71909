/* SPDX-License-Identifier: MIT */
/*
 * The whole of T1: words, project, process, machine, environment and tools become one diagnosis
 * with a plan. Nothing is attached, stopped or changed. What could not be looked at is a caveat.
 */
#pragma once

#include "base/err.h"
#include "knowledge/knowledge.h"
#include "model/diagnosis.h"

struct diagnose_opts {
	const struct knowledge *knowledge;
	const char *text;        /* the complaint, "" none */
	struct target target;    /* project: absolute folder; pid already resolved */
	double window_s;         /* of the baseline; 0: levels only */
	const char *environment; /* --env, NULL */
	bool skip_tools;         /* do not look for other programs (front door before a profile) */
	int (*progress)(void *ctx, double elapsed_s); /* during the window; may be NULL */
	void *progress_ctx;
};

/* Fails when the target does not exist or an argument is wrong; free with diagnosis_free. */
int diagnose_run(const struct diagnose_opts *opts, struct diagnosis **ret, struct err *err);
