/* SPDX-License-Identifier: MIT */
/*
 * The rule engine: which knowledge rules speak for the cost of one owner, how strongly, and on
 * what evidence. Shares in rules are of the owner's weight. A rule says nothing unless every frame
 * group matches, no `never` group does, its condition is true and its line patterns are found.
 *
 * Line patterns are extended regular expressions on source text without comments, with an optional
 * scope before the first colon: hot, loop, body, call, file, name ("loop: strlen *[(]"); without
 * one, the hot lines and their loops. "+" before the scope: must match as well; "-": must not;
 * of the others one is enough. Without source text a rule with patterns is not applicable.
 */
#pragma once

#include "analyze/evidence.h"
#include "model/finding.h"

struct rule_hit {
	const struct k_rule *rule;
	double score;                           /* 0..100 */
	double confidence;                      /* 0..1 */
	const char *evidence[FINDING_MAX_TEXT]; /* NULL-ended */
};

/*
 * The hits, most convincing first, vetoed ones left out; at most max. Texts live in the arena.
 */
size_t rules_match(const struct knowledge *k, struct evidence *e, struct arena *a,
	struct rule_hit *ret, size_t max);
