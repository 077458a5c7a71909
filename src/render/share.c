/* SPDX-License-Identifier: MIT */
/* Shares with their error, in words. */
#include "render/share.h"

#include "base/compiler.h"

#include <math.h>
#include <stdio.h>

double share_error(double share, uint64_t n)
{
	static const double z = 1.959963984540054;

	if (n == 0)
		return 1;
	double trials = (double)n, z2 = z * z;

	return z / (1 + z2 / trials) *
		sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials));
}

char *share_text(char *out, double share)
{
	double pct = share * 100;

	if (!(pct > 0))
		snprintf(out, SHARE_LEN, "0 %%");
	else if (pct < 0.1)
		snprintf(out, SHARE_LEN, "<0.1 %%");
	else
		snprintf(out, SHARE_LEN, "%.*f %%", pct < 9.95 ? 1 : 0, pct);
	return out;
}

char *share_ci_text(char *out, double share, const double ci[2])
{
	double pct = share * 100, half = (ci[1] - ci[0]) * 50;

	if (!(half > 0) || !(share > 0)) /* "0 % ±1" would say less than "0 %" */
		return share_text(out, share);
	/* both with the decimals of the error: 92 ±1, 4.2 ±0.6, never 92.3 ±1; above 10 % whole
	 * numbers do */
	int decimals = half < 0.95 && pct < 9.95 ? 1 : 0;

	snprintf(out, SHARE_LEN, "%.*f %% ±%.*f", decimals, pct, decimals,
		MAX(half, decimals ? 0.1 : 1));
	return out;
}
