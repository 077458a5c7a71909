/* SPDX-License-Identifier: MIT */
/*
 * One ranked list over all resources of an observation. Findings are made per value type; what they
 * have in common is the time of the threads: CPU time and waiting add up to it, so a wait of 60 %
 * of that time ranks before a loop with 90 % of the CPU time of the remaining 40 %. Memory has no
 * share of time: how much of a problem it is comes from how it developed.
 */
#pragma once

#include "analyze/findings.h"
#include "model/resource.h"

struct verdict_opts {
	const struct knowledge *knowledge;  /* NULL: the built-in one */
	const struct source_reader *reader; /* NULL: no source text is looked at */
	unsigned resources;                 /* enum resource bits to rank, also where
				      there is little of them; 0: what matters of all */
	double memory_weight; /* 0..1: how much of a problem memory is (1: it grows without end) */
	unsigned max;         /* findings at most, 0: FINDINGS_MAX */
};

/*
 * Texts live in the arena; *ret_resource is what dominates ("cpu" when nothing does). Shares of
 * wall are of the threads' time, all others of their own total; the gain's bound is of the time.
 */
void verdict_from_profile(const struct profile *p, const struct verdict_opts *opts, struct arena *a,
	struct findings *ret, const char **ret_resource);
