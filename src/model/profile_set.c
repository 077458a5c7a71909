/* SPDX-License-Identifier: MIT */
/* A list that owns its profiles. */
#include "model/profile_set.h"

void profile_set_add(struct profile_set *s, struct profile *p)
{
	*vec_push(&s->v) = p;
}

void profile_set_done(struct profile_set *s)
{
	vec_foreach (p, &s->v)
		profile_free(*p);
	vec_done(&s->v);
}
