/* SPDX-License-Identifier: MIT */
/*
 * One record of the kernel's perf ring buffer (perf_event_open(2), include/uapi/linux/perf_event.h)
 * taken apart according to the sample_type it was opened with. Everything points into the record.
 */
#pragma once

#include "base/span.h"

struct perf_layout {
	uint64_t sample_type; /* only the bits of PERF_LAYOUT_BITS */
	unsigned n_user_regs;
	bool sample_id_all;
};

struct perf_sample_record {
	uint64_t ip, period;
	uint64_t n_callchain;
	const uint8_t *callchain; /* n_callchain unaligned words, PERF_CONTEXT_* markers included */
	uint64_t regs_abi;        /* PERF_SAMPLE_REGS_ABI_*; 0 none */
	const uint8_t *regs;      /* n_user_regs unaligned words, NULL when abi is 0 */
	struct span stack;
};

struct perf_map_record {
	uint64_t start, len, offset;
	uint32_t maj, min;
	uint64_t inode;
	uint32_t prot, flags;
	const char *path;
};

struct perf_task_record { /* fork, exit */
	uint32_t pid, ppid, tid, ptid;
};

struct perf_record {
	uint32_t type; /* PERF_RECORD_* */
	uint16_t misc;
	uint32_t pid, tid;
	uint64_t time_ns;
	union {
		struct perf_sample_record sample;
		struct perf_map_record map;
		struct perf_task_record task;
		const char *comm;
		uint64_t lost;
	};
};

/* False: not a whole record of this layout. Types it does not know pass with only the head set. */
bool perf_record_parse(const struct perf_layout *l, struct span record, struct perf_record *ret);
