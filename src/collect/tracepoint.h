/* SPDX-License-Identifier: MIT */
/*
 * The kernel's tracepoints: their numbers and the layout of their fields, from tracefs. Where it
 * is not mounted it is read in a short-lived child with a mount namespace of its own, so nothing
 * stays mounted.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

/* A file below tracefs's events folder: "sched/sched_switch/id". -ENOENT: there is no such one. */
int tracepoint_read(const char *path, struct buf *ret, struct err *err);
/* For perf_want.config with PERF_TYPE_TRACEPOINT. -EACCES, -EPERM or -ENODEV: no tracefs here. */
int tracepoint_id(const char *group, const char *name, uint64_t *ret, struct err *err);

/* Where a field stands in the raw data. */
struct tracepoint_field {
	uint32_t offset, size;
};

/* From the text of the "format" file; false when there is no such field. */
bool tracepoint_field(struct span format, const char *name, struct tracepoint_field *ret);
