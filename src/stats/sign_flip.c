/* SPDX-License-Identifier: MIT */
/* Sign-flip permutation test. */
#include "stats/sign_flip.h"

#include "base/alloc.h"
#include "base/compiler.h"
#include "stats/pcg.h"

#include <math.h>
#include <string.h>

double sign_flip_mean(const double *d, size_t n)
{
	double s = 0;

	for (size_t i = 0; i < n; i++)
		s += d[i];
	return n ? s / (double)n : 0;
}

double sign_flip_p(const double *d, size_t n, sign_flip_statistic *statistic, uint64_t seed)
{
	if (!n)
		return 1;
	_cleanup_(freep) double *v = xreallocarray(NULL, n, sizeof(*v));
	double seen = fabs(statistic(d, n)) * (1 - 1e-12);

	memcpy(v, d, n * sizeof(*v));
	if (n <= SIGN_FLIP_EXACT) {
		/* the last sign stays: turning all of them around gives the same |statistic| */
		uint32_t all = UINT32_C(1) << (n - 1), hits = 0;

		for (uint32_t i = 1; i <= all; i++) {
			hits += fabs(statistic(v, n)) >= seen;
			if (i < all) {
				size_t flip = (size_t)__builtin_ctz(i);

				v[flip] = -v[flip];
			}
		}
		return (double)hits / all;
	}
	struct pcg g;
	unsigned hits = 0;

	pcg_seed(&g, seed, 1);
	for (unsigned b = 0; b < SIGN_FLIP_DRAWS; b++) {
		for (size_t i = 0; i < n; i++)
			v[i] = pcg_u32(&g) >> 31 ? d[i] : -d[i];
		hits += fabs(statistic(v, n)) >= seen;
	}
	return (1.0 + hits) / (SIGN_FLIP_DRAWS + 1.0);
}
