/* SPDX-License-Identifier: MIT */
/*
 * From a profile to ranked findings: owners of the cost (blame), the cause by rules, the fix by
 * knowledge. Nothing is raised on fewer than FINDINGS_MIN_SAMPLES samples; a place without a
 * convincing rule is "hot, cause not recognised".
 */
#pragma once

#include "analyze/source.h"
#include "knowledge/knowledge.h"
#include "model/finding.h"
#include "model/profile.h"

enum {
	FINDINGS_MIN_SAMPLES = 30,        /* below: no place either */
	FINDINGS_MIN_CAUSE_SAMPLES = 200, /* below: places with their interval, no cause */
	FINDINGS_MAX = 5,
};

struct findings_opts {
	const struct knowledge *knowledge;   /* NULL: the built-in one */
	const struct source_reader *reader;  /* NULL: no source text is looked at */
	unsigned type;                       /* value type of the profile */
	unsigned max;                        /* findings at most, 0: FINDINGS_MAX */
};

/* Always succeeds; what limits the verdict is in ret->caveats. Texts live in the arena. */
void findings_from_profile(const struct profile *p, const struct findings_opts *opts, struct arena *a,
	struct findings *ret);
