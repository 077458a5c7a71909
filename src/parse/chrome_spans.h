/* SPDX-License-Identifier: MIT */
/*
 * Spans of time on a thread, as trace events tell them (begin and end, or both in one), turned into
 * stacks: what lies inside another span on the same thread is called by it, and what a span lasts
 * beyond those inside it is its own.
 */
#pragma once

#include "model/profile.h"

struct chrome_span {
	double start_us, end_us; /* end < start: still open */
	uint32_t frame;
};

struct chrome_thread {
	int64_t pid, tid;
	uint32_t name; /* a string id of the profile, 0 unknown */
	vec_of(struct chrome_span) spans;
	vec_of(uint32_t) open; /* spans that have begun, outermost first */
	uint64_t n_unmatched;  /* ends without a beginning */
	double last_us;
};

void chrome_thread_done(struct chrome_thread *t);
void chrome_thread_begin(struct chrome_thread *t, double at_us, uint32_t frame);
void chrome_thread_end(struct chrome_thread *t, double at_us);
void chrome_thread_whole(struct chrome_thread *t, double at_us, double lasts_us, uint32_t frame);
/*
 * Adds the thread's spans to p, whose first value is in nanoseconds. Returns how many spans reached
 * over the end of the one they began in (they are cut there).
 */
uint64_t chrome_thread_build(struct chrome_thread *t, struct profile *p, uint32_t thread);
