/* SPDX-License-Identifier: MIT */
/* Hand-made results for renderer tests: the two screens of a slow ledger, and hostile ones. */
#pragma once

#include "model/diagnosis.h"
#include "model/profile_result.h"

struct sample_result {
	struct arena arena;
	struct profile *profile;
	struct profile_run run;
	struct finding finding[3];
	struct findings findings;
	struct profile_result result;
};

/* Takes the profile. */
void sample_result_init(struct sample_result *s, struct profile *p);
void sample_result_done(struct sample_result *s);
/* Names, paths and texts that try to break out of JSON, HTML and the terminal. */
struct profile *sample_hostile_profile(void);
void sample_result_make_hostile(struct sample_result *s);
extern const char sample_hostile_text[];

/* A production web service with a full pool; owned by the caller. */
struct diagnosis *sample_diagnosis(void);
