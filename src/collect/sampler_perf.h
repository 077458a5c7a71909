/* SPDX-License-Identifier: MIT */
/* The rungs of the sampler that go through perf_event_open. */
#pragma once

#include "collect/perf_event.h"
#include "collect/sampling.h"

/*
 * Samples until the end of the observation. s->child has been forked and waits, or s->pid is to be
 * attached to. On success the target's CPU time in the kernel is in *ret_sys_ns.
 */
int sampler_perf_run(
	struct sampling *s, enum perf_rung rung, uint64_t *ret_sys_ns, struct err *err);
