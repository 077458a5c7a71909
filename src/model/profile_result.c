/* SPDX-License-Identifier: MIT */
/* What belongs to a profile result as a whole. */
#include "model/profile_result.h"

void profile_result_caveats(const struct profile_result *r, struct arena *a, struct caveats *ret)
{
	*ret = (struct caveats){ 0 };
	for (size_t i = 0; i < r->n_runs; i++)
		if (r->runs[i].profile)
			caveats_append(ret, a, &r->runs[i].profile->caveats);
	if (r->findings)
		caveats_append(ret, a, &r->findings->caveats);
	if (r->caveats)
		caveats_append(ret, a, r->caveats);
}
