/* SPDX-License-Identifier: MIT */
/* Several profiles of one origin: a file or a collector may hold more than one (per process, per
 * clock). Owns them. */
#pragma once

#include "model/profile.h"

struct profile_set {
	vec_of(struct profile *) v;
};

/* Takes over p. */
void profile_set_add(struct profile_set *s, struct profile *p);
void profile_set_done(struct profile_set *s);
