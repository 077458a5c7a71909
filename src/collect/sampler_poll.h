/* SPDX-License-Identifier: MIT */
/*
 * The last rung, for machines that refuse both perf_event_open and ptrace, and for processes that
 * we may not touch: /proc is read at regular moments. CPU time by thread is exact, what waiting
 * threads wait for is sampled, and there are no stacks, which a caveat says.
 */
#pragma once

#include "collect/sampling.h"

/* s->child has been forked and waits, or s->pid is to be looked at. */
int sampler_poll_run(struct sampling *s, uint64_t *ret_sys_ns, struct err *err);
