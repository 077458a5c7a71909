/* SPDX-License-Identifier: MIT */
/*
 * What one `perf-ops profile` gives: the runs (each tool's profile), the findings over all of them,
 * what was not measured, and where the files are. Borrowed pointers only: whoever fills it owns
 * the parts. Strings are "" when unknown, never NULL, except in artifacts (NULL: not written).
 */
#pragma once

#include "model/finding.h"
#include "model/memory_trend.h"
#include "model/profile.h"

struct profile_run {
	const char *tool;    /* "embedded", "py-spy" ... */
	const char *command; /* exact external command, or what the embedded sampler watched */
	const struct profile *profile; /* NULL when the tool gave no stacks */
	double seconds;                /* wall time observed */
};

/* Paths as they are to be shown: relative to the current folder where that is shorter. */
struct artifacts {
	const char *flamegraph, *pprof, *collapsed, *speedscope, *report;
};

enum { PROFILE_RESULT_NOT_MEASURED = 8 };

struct profile_result {
	const char *case_id;
	const char *target;   /* for display: the command line, or "pid 4121 gunicorn" */
	const char *resource; /* what share is of: "cpu", "wall", "memory" */
	const struct profile_run *runs;
	size_t n_runs;
	const char *grade;             /* of the data: "good", "limited", "poor"; "" not judged */
	const char *const *because;    /* NULL-ended reasons for the grade; NULL none */
	const struct profile *profile; /* all runs together; NULL: the first run's */
	const struct memory_trend *memory; /* how the memory developed; NULL: not looked at */
	const struct findings *findings;
	struct artifacts artifacts;
	const char *
		not_measured[PROFILE_RESULT_NOT_MEASURED]; /* NULL-ended: "memory (add --memory)" */
	const char *next, *next_why;   /* the one next command and what it does */
	const struct caveats *caveats; /* beyond those of the profiles and findings; may be NULL */
};

/* Those of all runs, of the findings and of the result, each once. */
void profile_result_caveats(const struct profile_result *r, struct arena *a, struct caveats *ret);
