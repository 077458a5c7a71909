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

/* Writes the artifacts and fills r->artifacts, r->case_id; `d` may be NULL. */
void keep_profile(struct invocation *inv, struct profile *p, const struct diagnosis *d,
	struct profile_result *r, const char *project_root);
/* Fills d->case_id. */
void keep_diagnosis(struct invocation *inv, struct diagnosis *d);
/* Fills t->case_id. */
void keep_bench(struct invocation *inv, struct trial_set *t, const char *project_root);
