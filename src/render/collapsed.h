/* SPDX-License-Identifier: MIT */
/*
 * Collapsed stacks: "main;work;leaf 42", root first, one line per distinct stack of functions,
 * sorted. ';' in a name becomes ':', control characters a blank, as stackcollapse-perf does.
 */
#pragma once

#include "base/sink.h"
#include "model/profile.h"

struct collapsed_opts {
	int type; /* value type; -1: raw samples of the first type (clocks are never mixed) */
	bool kind_suffix; /* "_[k]" kernel, "_[j]" jit, "_[i]" inlined */
	bool thread_root; /* the thread's name is the first frame */
};

void collapsed_write(struct sink *out, const struct profile *p, const struct collapsed_opts *opts);
