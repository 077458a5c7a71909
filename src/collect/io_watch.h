/* SPDX-License-Identifier: MIT */
/*
 * Input and output of the sampled tasks, seen by the tracepoints of system calls: every call at its
 * two ends for the table (io_track), and some of them with their stack for the profile's values io,
 * io_bytes and io_calls. The kernel passes only calls that do I/O (a filter by number); a program
 * that makes more of them than IO_MAX_CALLS_PER_S is looked at in windows, whose sums are scaled.
 */
#pragma once

#include "collect/perf_event.h"
#include "collect/sampling.h"
#include "model/io_table.h"

enum { IO_MAX_CALLS_PER_S = 50000 };

struct io_watch;

/* NULL where tracepoints cannot be had; then *ret_code says why (negative errno). */
struct io_watch *io_watch_new(int *ret_code);
void io_watch_free(struct io_watch *w);
/* Tasks that end. w may be NULL, here and below. */
void io_watch_record(struct io_watch *w, const struct perf_record *r);
/*
 * Now and then, between drains: turns the events off and on when there are too many. Returns in how
 * many milliseconds at the latest it is to be called again.
 */
int io_watch_tick(struct io_watch *w, struct perf_session *session, int interval_ms);
/*
 * The table, sorted, and the right weights for the samples; caveats go to the profile. NULL when
 * nothing was looked at. After the end of the observation, before the samples are taken over.
 */
struct io_table *io_watch_finish(struct io_watch *w, struct sampling *s);
