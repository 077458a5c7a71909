/* SPDX-License-Identifier: MIT */
/* Single lines of `perf script` text. */
#pragma once

#include "base/span.h"
#include "model/profile.h"

struct perf_script_head {
	struct span comm, event; /* event with its modifiers, empty when not printed */
	struct span rest;        /* behind the event: a frame, when there is no call chain */
	int32_t pid, tid;        /* pid 0: not printed */
	uint64_t time_ns, period;
	bool has_period;
};

/* False: no line that begins a sample. */
bool perf_script_parse_head(struct span line, struct perf_script_head *ret);
/* "cycles" of "cycles:uppp", "sched:sched_switch" as it is. */
struct span perf_script_event_name(struct span event);
/* Takes an address in hex off the front of a frame; false when there is none. */
bool perf_script_take_hex(struct span *line, struct span *ret);
/* "file.c:12", "??:0": where the frame before it is; with_ip: the line begins with an address. */
bool perf_script_is_place(struct span line, bool with_ip);
/* From "name+0x12 (/lib/libc.so.6)" and "file.c:12 (inlined)". */
struct frame perf_script_frame(struct profile *p, struct span text, struct span place);
