/* SPDX-License-Identifier: MIT */
/* Start flags and settings of a process that matter for speed, explained by knowledge/flags. */
#pragma once

#include "diagnose/metrics.h"
#include "diagnose/process_view.h"

/*
 * Explanations for the flags found (and for missing ones that the limits call for) in *ret, arena
 * strings. `metrics` may be NULL: records that depend on measured limits are left out. Sets
 * debug_build with its reason when a flag says that the program runs in a debugging mode.
 */
void process_flags_judge(const struct process_view *v, const struct k_runtime *runtime,
	const struct knowledge *k, const struct metrics *metrics, struct process_info *ret);
