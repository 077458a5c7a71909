/* SPDX-License-Identifier: MIT */
/* What the text of one frame in collapsed stacks says: name, place, kind; or the thread. */
#pragma once

#include "base/span.h"
#include "model/profile.h"

/* Suffixes _[k] _[j] _[i] _[p] _[0] _[1] become the kind; "name (file:line)" becomes a place. */
struct frame collapsed_frame(struct profile *p, struct span text);

struct collapsed_thread {
	struct span name;
	int32_t pid, tid;
};

/*
 * A first frame that is no function but a thread: "[name tid=12]" (async-profiler), "name-12/34"
 * (FlameGraph's --tid, perf-ops), "process 12:..." (py-spy --subprocesses).
 */
bool collapsed_thread(struct span text, struct collapsed_thread *ret);
