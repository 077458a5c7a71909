/* SPDX-License-Identifier: MIT */
/* What the baseline means: signals in words with numbers, threshold and source (knowledge/signals).
 */
#pragma once

#include "diagnose/metrics.h"

/*
 * Evaluates every signal record on the baseline; those whose condition holds go to *ret, critical
 * first, then the target's before the group's before the machine's, then by weight; quiet ones
 * last. A condition that needs an absent metric is not applicable and stays silent. Arena strings.
 */
void signals_find(const struct knowledge *k, const struct baseline *b, struct arena *a,
	struct signal_found **ret, size_t *ret_n);
