/* SPDX-License-Identifier: MIT */
/*
 * Profiles of one observation put side by side in one: stacks, threads and value types of the other
 * are added, so that CPU time, waiting and bytes of the same function stand next to each other.
 */
#pragma once

#include "model/profile.h"

/*
 * Adds the samples of `from` with those of its value types whose bit is set in `types`; a type that
 * `into` already has is added up, so the caller must not take the same time twice. Types beyond
 * PROFILE_MAX_VALUES are left out; returns the bits of those that were taken. Caveats and quality
 * stay with `from`.
 */
unsigned profile_merge(struct profile *into, const struct profile *from, unsigned types);
