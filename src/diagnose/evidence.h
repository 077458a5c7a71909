/* SPDX-License-Identifier: MIT */
/*
 * Live evidence moves the verdict: what was measured is added to what the words say, as log-odds.
 * Measurements of the target and its control group count in full; those of the machine count half
 * without a target and less beside one, and not at all where words without a target may speak of
 * another machine than this one. Where confident words name a leaf that no quick look can
 * see (latency, bundle, database), evidence for leaves of other classes counts less.
 */
#pragma once

#include "knowledge/knowledge.h"
#include "model/diagnosis.h"

struct evidence_opts {
	const struct knowledge *knowledge;
	const struct signal_found *signals;
	size_t n_signals;
	bool has_words;                     /* somebody complained; else only the machine speaks */
	bool has_target;                    /* signals of a process or command that is the target */
	const struct process_info *process; /* its language fills an unknown one; NULL none */
};

/*
 * Updates leaf, class, confidence, alternatives and because of *s (strings in the arena). Words and
 * evidence that contradict each other are said in because ("against: ...") and as a caveat. Without
 * any signal that votes, *s stays as it is.
 */
void evidence_apply(const struct evidence_opts *opts, struct arena *a, struct symptom *s,
	struct caveats *caveats);
