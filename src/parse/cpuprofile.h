/* SPDX-License-Identifier: MIT */
/* CPU profiles of V8 (.cpuprofile, and the answer of the inspector's Profiler.stop). */
#pragma once

#include "parse/json_stream.h"
#include "model/profile.h"

/*
 * Reads the object that comes next in j into a profile of one thread. NULL when it has no sample
 * besides idle ones (*ret_idle_ns tells how long it was idle). Errors of the text stay in j.
 */
struct profile *cpuprofile_read_value(
	struct json_stream *j, int32_t pid, int32_t tid, const char *thread, int64_t *ret_idle_ns);
