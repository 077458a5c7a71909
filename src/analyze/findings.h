/* SPDX-License-Identifier: MIT */
/*
 * From a profile to ranked findings: owners of the cost (blame), the cause by rules, the fix by
 * knowledge. A place without a convincing rule is "hot, cause not recognised". On few samples less
 * is said, with a caveat: below FINDINGS_MIN_SAMPLES nothing, below FINDINGS_FEW_SAMPLES places
 * only, below FINDINGS_ENOUGH_SAMPLES a cause only where a place surely has most of the cost (lower
 * end of its interval) and the rule is sure.
 */
#pragma once

#include "analyze/source.h"
#include "knowledge/knowledge.h"
#include "model/finding.h"
#include "model/profile.h"

enum {
	FINDINGS_MIN_SAMPLES = 30,
	FINDINGS_FEW_SAMPLES = 80,
	FINDINGS_ENOUGH_SAMPLES = 200,
	FINDINGS_MAX = 5,
};

struct findings_opts {
	const struct knowledge *knowledge;  /* NULL: the built-in one */
	const struct source_reader *reader; /* NULL: no source text is looked at */
	unsigned type;                      /* value type of the profile */
	unsigned max;                       /* findings at most, 0: FINDINGS_MAX */
	/* the values were measured one by one, not sampled: few of them are no reason for silence
	 */
	bool exact;
};

/* The part of the value that has an application function on its stack, 0..1. */
double findings_named_share(const struct profile *p, unsigned type, const struct knowledge *k);

/* Always succeeds; what limits the verdict is in ret->caveats. Texts live in the arena. */
void findings_from_profile(const struct profile *p, const struct findings_opts *opts,
	struct arena *a, struct findings *ret);
