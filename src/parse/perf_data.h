/* SPDX-License-Identifier: MIT */
/*
 * perf.data while it is read: what the parts of the reader share. Layout: linux
 * tools/perf/Documentation/perf.data-file-format.txt and tools/perf/util/header.h.
 */
#pragma once

#include "base/buf.h"
#include "parse/format.h"
#include "parse/perf_events.h"
#include "parse/perf_maps.h"
#include "parse/perf_order.h"
#include "parse/perf_stacks.h"

struct perf_data {
	struct byte_stream *in;
	const struct format_env *env;
	struct profile *p;
	struct perf_file_events events;
	struct perf_maps maps;
	struct perf_order order;
	struct perf_stacks stacks;
	struct perf_address *chain; /* scratch, PERF_MAX_CHAIN */
	uint64_t *unwound;
	void *zstd; /* ZSTD_DStream over the compressed records, NULL before the first */
	struct buf plain;
	uint64_t first_ns, last_ns;
	uint64_t n_records, n_bad, n_unknown, lost, throttled, cut_stacks, no_unwind, guest;
	bool cut;           /* the file ends too early */
	bool user_copy;     /* samples have copies of the user stack */
	bool other_machine; /* its registers are not x86-64's */
	bool no_zstd;
	uint64_t idle;
	struct map_u64 comms; /* pid and tid -> string id in p */
	/* whose the last sample was; thread + 1, 0 none */
	uint32_t last_pid, last_tid, last_thread;
	const char *command;
};

/* One record that is no sample set of its own (a whole one, checked): queued or handled. */
void perf_data_record(struct perf_data *d, struct span record);
/* A sample or a change of mappings, in the order of time. */
void perf_data_handle(void *ctx, struct span record, uint32_t event);
/* Content of a feature section (HEADER_* in tools/perf/util/header.h). */
void perf_data_feature(struct perf_data *d, unsigned feature, struct span content);
/* A PERF_RECORD_HEADER_BUILD_ID or one entry of the feature: the same layout. */
void perf_data_build_id(struct perf_data *d, struct span record);
/* Everything into d->p. */
int perf_data_build(struct perf_data *d, struct err *err);
