/* SPDX-License-Identifier: MIT */
/*
 * One record of the kernel's perf ring buffer (perf_event_open(2), include/uapi/linux/perf_event.h)
 * taken apart according to the sample_type it was opened with. Everything points into the record.
 * Several events may share a ring: each has its own layout, samples begin with the id of theirs
 * (PERF_SAMPLE_IDENTIFIER), and all have the same trailer.
 */
#pragma once

#include "base/span.h"

struct perf_layout {
	uint64_t sample_type; /* PERF_SAMPLE_ bits; those of this header are understood */
	unsigned n_user_regs;
	bool sample_id_all;
	uint64_t read_format;        /* PERF_FORMAT_*, with PERF_SAMPLE_READ */
	uint64_t branch_sample_type; /* PERF_SAMPLE_BRANCH_*, with PERF_SAMPLE_BRANCH_STACK */
};

struct perf_sample_record {
	uint64_t ip, period;
	uint64_t address; /* PERF_SAMPLE_ADDR */
	uint64_t n_callchain;
	const uint8_t *callchain; /* n_callchain unaligned words, PERF_CONTEXT_* markers included */
	uint64_t regs_abi;        /* PERF_SAMPLE_REGS_ABI_*; 0 none */
	const uint8_t *regs;      /* n_user_regs unaligned words, NULL when abi is 0 */
	struct span stack;
	struct span raw; /* PERF_SAMPLE_RAW: fields of a tracepoint */
};

struct perf_map_record {
	uint64_t start, len, offset;
	uint32_t maj, min;
	uint64_t inode;
	uint32_t prot, flags;
	const char *path;
	struct span build_id; /* instead of inode and device, when the event asked for it */
};

struct perf_task_record { /* fork, exit */
	uint32_t pid, ppid, tid, ptid;
};

struct perf_record {
	uint32_t type; /* PERF_RECORD_* */
	uint16_t misc;
	uint32_t pid, tid;
	uint64_t time_ns;
	uint64_t id;    /* which event it is of, PERF_SAMPLE_IDENTIFIER or PERF_SAMPLE_ID */
	unsigned event; /* its number in the session, set by perf_session_drain */
	union {
		struct perf_sample_record sample;
		struct perf_map_record map;
		struct perf_task_record task;
		const char *comm;
		uint64_t lost;
	};
};

/* The id that begins a sample of events with PERF_SAMPLE_IDENTIFIER; false: no sample record. */
bool perf_record_sample_id(struct span record, uint64_t *ret);
/* False: not a whole record of this layout. Types it does not know pass with only the head set. */
bool perf_record_parse(const struct perf_layout *l, struct span record, struct perf_record *ret);
