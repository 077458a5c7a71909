/* SPDX-License-Identifier: MIT */
/*
 * The rung for machines that refuse perf_event_open: a launched command is stopped for some
 * microseconds per sample, only while it is on a CPU, and read from outside.
 */
#pragma once

#include "collect/sampling.h"

/* s->child has been forked and waits. -EPERM or -ENOSYS when ptrace is refused too. */
int sampler_ptrace_run(struct sampling *s, uint64_t *ret_sys_ns, struct err *err);
