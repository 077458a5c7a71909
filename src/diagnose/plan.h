/* SPDX-License-Identifier: MIT */
/*
 * What to do next, as exact commands: the expert for the language, its tools for the resources of
 * the symptom in order of preference, only what is installed and allowed here; what may run side by
 * side; what is refused and what to do instead.
 */
#pragma once

#include "knowledge/knowledge.h"
#include "model/diagnosis.h"

/* The expert for the target, from its process, command, words and project, in that order. */
const struct k_expert *plan_expert(const struct diagnosis *d, const struct knowledge *k);

/* Two tools disturb each other on one target, by the records' conflicts and classes. */
bool plan_conflict(const struct k_tool *a, const struct k_tool *b);

/*
 * Fills d->plan, d->refused and d->next, and puts the tools that matter here first. Needs symptom,
 * environment and tools (probed and judged); uses target, process and project as far as they are
 * filled.
 */
void plan_make(struct diagnosis *d, const struct knowledge *k);
