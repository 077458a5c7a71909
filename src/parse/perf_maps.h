/* SPDX-License-Identifier: MIT */
/*
 * Which binary an address of a recorded process is in: mappings per process as the records of a
 * perf.data file tell them, and the binaries with their build ids.
 */
#pragma once

#include "base/map.h"
#include "base/vec.h"
#include "parse/format.h"
#include "parse/perf_records.h"

struct perf_mapping {
	uint64_t start, end, offset;
	uint32_t module;
};

struct perf_process {
	int32_t pid;
	uint32_t generation;
	vec_of(struct perf_mapping) maps; /* sorted, not overlapping */
};

struct perf_maps {
	struct arena arena;
	vec_of(struct format_module) modules; /* [PERF_MODULE_KERNEL ...] are always there */
	struct strtab paths;
	struct map_u64 by_path; /* path id -> module */
	vec_of(struct perf_process) processes;
	struct map_u64 index;
	uint32_t last; /* process asked for last */
};

enum {
	PERF_MODULE_KERNEL,
	PERF_MODULE_UNKNOWN,
	PERF_MODULE_GUEST,
	PERF_N_FIXED_MODULES,
	PERF_MAX_MAPPINGS = 1 << 18, /* of one process */
};

void perf_maps_init(struct perf_maps *m);
void perf_maps_done(struct perf_maps *m);

/* From a mapping record, PERF_RECORD_MMAP or MMAP2. */
void perf_maps_add(struct perf_maps *m, const struct perf_record *r);
void perf_maps_fork(struct perf_maps *m, int32_t parent, int32_t child);
void perf_maps_exec(struct perf_maps *m, int32_t pid);
/* The build id of every module of that path (of the kernel for its names). */
void perf_maps_build_id(struct perf_maps *m, const char *path, struct span id);

/* Module and offset in its file of a user address; the pseudo module when nothing is there. */
uint32_t perf_maps_user(struct perf_maps *m, int32_t pid, uint64_t addr, uint64_t *ret_offset);
/* Changes whenever an address of this process may mean something else. */
uint32_t perf_maps_generation(struct perf_maps *m, int32_t pid);
