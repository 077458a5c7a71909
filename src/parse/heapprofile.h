/* SPDX-License-Identifier: MIT */
/* Sampling heap profiles of V8 (.heapprofile, and the answer of HeapProfiler.stopSampling). */
#pragma once

#include "model/profile.h"
#include "parse/json_stream.h"

/*
 * Reads the object that comes next in j: what was still held, by the stack that allocated it. NULL
 * when it has no bytes. Errors of the text stay in j.
 */
struct profile *heapprofile_read_value(
	struct json_stream *j, int32_t pid, int32_t tid, const char *thread);
