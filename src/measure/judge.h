/* SPDX-License-Identifier: MIT */
/*
 * What a trial set says: ratios of each further command to the first with intervals that stay valid
 * over several looks, a verdict for the declared metric, and how the machine behaved meanwhile.
 */
#pragma once

#include "model/series.h"

enum { JUDGE_LEAST_PAIRS = 6 }; /* fewer cannot reach 5 % two-sided */

struct judge;

/* For a session of `rounds_planned`; the set's metric, margin, seed and commands are filled. */
struct judge *judge_new(const struct trial_set *t);
void judge_free(struct judge *j);
/*
 * Looks at the complete rounds so far and replaces t->comparisons. True when every verdict on the
 * declared metric is conclusive. `last` is the look after which no more runs come.
 */
bool judge_look(struct judge *j, struct trial_set *t, bool last);
/* Summaries per command, drift and outliers; once, at the end. */
void judge_describe(struct trial_set *t);
