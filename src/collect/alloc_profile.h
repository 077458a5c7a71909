/* SPDX-License-Identifier: MIT */
/* The profile of sampled allocations: what was allocated, what is held, what grows. */
#pragma once

#include "collect/alloc_watch.h"
#include "knowledge/knowledge.h"

/*
 * What a stack held over time, summed up. growth_bytes: by how much it rose over the second half of
 * the observation, by a fitted line; 0 unless that is more than twice its error, so a cache that
 * has filled up does not grow.
 */
double alloc_growth_bytes(const double *time_s, const float *held, size_t n);

/*
 * Names the stacks and hands the profile over, with types alloc_space, alloc_objects, inuse_space,
 * inuse_objects, inuse_growth, peak_space. NULL when nothing was sampled.
 */
struct profile *alloc_profile(
	struct alloc_watch *w, const struct knowledge *k, const char *project_root);
