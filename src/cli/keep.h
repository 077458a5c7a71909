/* SPDX-License-Identifier: MIT */
/*
 * Keeping a result as a case. A history that cannot be written never spoils a result: it becomes a
 * caveat and the artifacts are left out.
 */
#pragma once

#include "cli/command.h"
#include "model/diagnosis.h"
#include "model/profile_result.h"
#include "model/series.h"
#include "store/store.h"

/* A case while its measurement runs. */
struct keeping {
	struct store *store;
	struct casefile file;
	struct caveats notes; /* what was put right in the history */
	struct err err;       /* why there is no case */
};

/*
 * Begins the case before measuring, so that a perf-ops that is killed leaves one that says
 * "interrupted". Never fails: without a history the result is shown all the same. Ends with
 * keep_profile or keep_nothing.
 */
void keep_begin(
	struct invocation *inv, const char *target, const char *project_root, struct keeping *ret);
void keep_nothing(struct keeping *k);
/*
 * Writes the artifacts of r->profile, fills r->artifacts, r->case_id and closes the case; `d` may
 * be NULL. A history that cannot be written is a caveat (in the invocation's arena).
 */
void keep_profile(struct invocation *inv, struct keeping *k, const struct diagnosis *d,
	struct profile_result *r, struct caveats *caveats);
/* Fills d->case_id. */
void keep_diagnosis(struct invocation *inv, struct diagnosis *d);
/* Fills t->case_id. */
void keep_bench(struct invocation *inv, struct trial_set *t, const char *project_root);
