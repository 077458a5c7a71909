/* SPDX-License-Identifier: MIT */
/*
 * Measuring one profile and everything that follows from it: sample, analyse, write the artifacts,
 * keep the case, show. What `profile` and the front door share.
 */
#pragma once

#include "analyze/quality.h"
#include "cli/command.h"
#include "cli/keep.h"
#include "collect/observe.h"
#include "model/diagnosis.h"
#include "model/profile_result.h"

struct profile_request {
	const pid_t *more_pids; /* other processes of the control group */
	size_t n_more_pids;
	double seconds; /* 0: until the command ends; attached 10 s */
	double hz;      /* 0: 999 launched, 99 attached */
	bool user_only;
	unsigned resources; /* enum resource bits the user named; 0: everything that is safe and
			       cheap */
	const char *rung;   /* NULL: best that works */
	const char *project_root; /* absolute */
	const char *words;        /* the complaint, "" none; becomes part of the case's title */
};

enum { PROFILE_MAX_RUNS = 8 };

struct profile_taken {
	struct profile *profile;        /* of all runs together, with all their value types */
	struct observation observation; /* the runs' own profiles */
	struct findings findings;
	struct quality_verdict quality;
	struct caveats
		caveats; /* beyond those of the runs and findings; in the invocation's arena */
	struct profile_run runs[PROFILE_MAX_RUNS];
	struct profile_result result;
	struct keeping keeping;
};

/*
 * Needs inv->target with argv or a resolved pid. Begins the case and fills everything else; follow
 * it with profile_keep.
 */
int profile_take(struct invocation *inv, const struct profile_request *req,
	struct profile_taken *ret, struct err *err);
/* The findings over t->profile, and what was not measured: what a taken and an imported profile
 * share.
 */
void profile_explain(
	struct invocation *inv, const struct profile_request *req, struct profile_taken *t);
void profile_taken_done(struct profile_taken *t);
/* Writes flamegraph, pprof, collapsed and speedscope files and the case; a history that cannot be
 * written is a caveat of the result. `d` may be NULL. */
void profile_keep(struct invocation *inv, const struct profile_request *req,
	const struct diagnosis *d, struct profile_taken *t);
/* Functions by own and total time. */
void profile_show_table(struct invocation *inv, const struct profile_taken *t);
/* Text or JSON on inv->out. */
void profile_show(struct invocation *inv, const struct profile_taken *t);
