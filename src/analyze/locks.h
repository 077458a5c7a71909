/* SPDX-License-Identifier: MIT */
/* What is known of a lock that a finding is about: how many wait, how long, who holds it. */
#pragma once

#include "base/arena.h"
#include "model/finding.h"
#include "model/profile.h"

/*
 * One sentence about the longest waited-for lock whose waits go through the finding's function,
 * NULL when there is none: "3 threads wait 63 % of their time for one lock (0x...), held by g".
 */
const char *lock_sentence(const struct profile *p, const struct finding *f, struct arena *a);
