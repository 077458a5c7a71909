/* SPDX-License-Identifier: MIT */
/* Wilson's interval for a proportion. */
#include "stats/proportion.h"

#include <math.h>

#define Z95 1.959963984540054

void proportion_ci95(double hits, double n, double *ret_low, double *ret_high)
{
	if (n <= 0) {
		*ret_low = 0;
		*ret_high = 1;
		return;
	}

	double p = hits / n, z2 = Z95 * Z95;
	double centre = (p + z2 / (2 * n)) / (1 + z2 / n);
	double half = Z95 / (1 + z2 / n) * sqrt(p * (1 - p) / n + z2 / (4 * n * n));

	*ret_low = centre - half > 0 ? centre - half : 0;
	*ret_high = centre + half < 1 ? centre + half : 1;
}
