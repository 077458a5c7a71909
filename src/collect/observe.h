/* SPDX-License-Identifier: MIT */
/*
 * One observation of a target: the sampler, and beside it every collector that has something to do
 * here, from the same start to the same end.
 */
#pragma once

#include "collect/collector.h"
#include "collect/sampler.h"

struct observe_opts {
	struct sampler_opts sampler; /* its observer and environment members are set here */
	unsigned wanted, deep;       /* enum resource bits; deep: named by the user */
	bool passive_only;           /* nothing may run inside the target */
};

/* What one collector brought. */
struct observed {
	const struct collector *collector;
	struct collected collected;
};

struct observation {
	struct profile *profile; /* the sampler's; NULL when it has none but collectors have */
	struct sampler_outcome outcome;
	vec_of(struct observed) observed; /* only those that brought profiles or caveats */
	struct err sampler_error;         /* why profile is NULL */
};

/* Fails like sampler_run when neither the sampler nor a collector has anything to show. */
int observe(const struct observe_opts *opts, struct observation *ret, struct err *err);
void observation_done(struct observation *o);
