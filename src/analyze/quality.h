/* SPDX-License-Identifier: MIT */
/*
 * How far a profile can be trusted, from what was wanted, got and lost: the grade stands beside
 * every verdict and gates it. Limits are set by what changes a ranking: a share of 5 % more or less
 * seldom does, one of 20 % easily does.
 */
#pragma once

#include "model/finding.h"
#include "model/profile.h"

enum quality_grade {
	QUALITY_GOOD,
	QUALITY_LIMITED, /* places hold, shares and causes are less sure */
	QUALITY_POOR,    /* only the heaviest places are worth a look; no causes are named */
};

enum { QUALITY_REASONS = 8 };

struct quality_verdict {
	enum quality_grade grade;
	const char *because[QUALITY_REASONS]; /* NULL-ended, worst first; texts in the arena */
};

const char *quality_grade_name(enum quality_grade g); /* "good", "limited", "poor" */

/* named_share: of the CPU time, the part with an application function on its stack; < 0 unknown. */
void quality_judge(
	const struct profile *p, double named_share, struct arena *a, struct quality_verdict *ret);
/* Takes back what this grade does not carry: causes when poor, some confidence when limited. */
void quality_gate(const struct quality_verdict *q, struct arena *a, struct findings *f);
