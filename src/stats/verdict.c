/* SPDX-License-Identifier: MIT */
/* Verdicts by margins, equivalence, detectable change. */
#include "stats/verdict.h"

#include "base/compiler.h"
#include "stats/distribution.h"
#include "stats/signed_rank.h"

#include <math.h>

const char *verdict_name(enum verdict v)
{
	static const char *const names[] = {
		[VERDICT_INCONCLUSIVE] = "inconclusive",
		[VERDICT_IMPROVED] = "improved",
		[VERDICT_REGRESSED] = "regressed",
		[VERDICT_NEGLIGIBLE] = "negligible",
		[VERDICT_NO_CHANGE] = "no-change",
	};

	return (unsigned)v < ARRAY_LEN(names) ? names[v] : "inconclusive";
}

static bool inside(struct interval i, double bound)
{
	return i.low > -bound && i.high < bound;
}

enum verdict verdict_of(
	double estimate, struct interval ci, struct interval equivalence, double margin_ratio)
{
	double bound = log1p(margin_ratio);

	if (ci.low > 0 || ci.high < 0) {
		if (inside(ci, bound))
			return VERDICT_NEGLIGIBLE;
		if (fabs(estimate) > bound)
			return estimate > 0 ? VERDICT_REGRESSED : VERDICT_IMPROVED;
	}
	return inside(equivalence, bound) ? VERDICT_NO_CHANGE : VERDICT_INCONCLUSIVE;
}

bool equivalent_within(const double *d, size_t n, double alpha, double margin_ratio)
{
	struct interval ci;

	return signed_rank_ci(d, n, 2 * alpha, &ci) && inside(ci, log1p(margin_ratio));
}

double interval_se(struct interval ci, double alpha)
{
	double se = (ci.high - ci.low) / (2 * normal_quantile(1 - alpha / 2));

	return isfinite(se) ? se : 0;
}

double minimum_detectable(double se, double alpha, double power)
{
	return expm1((normal_quantile(1 - alpha / 2) + normal_quantile(power)) * se);
}

double pairs_needed(double se, size_t n, double change_ratio, double alpha, double power)
{
	double z = normal_quantile(1 - alpha / 2) + normal_quantile(power);
	double one = z * se / log1p(change_ratio);

	return ceil(one * one * (double)n);
}
