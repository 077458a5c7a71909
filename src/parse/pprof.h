/* SPDX-License-Identifier: MIT */
/*
 * What a pprof file says, before it becomes a profile (google/pprof proto/profile.proto). Fields
 * may come in any order, samples before the names they use, so everything is held as small arrays:
 * stacks as a tree of locations, strings interned in the profile that is being made.
 */
#pragma once

#include "base/err.h"
#include "base/map.h"
#include "base/vec.h"
#include "model/profile.h"

enum { PPROF_MAX_TYPES = 64 };

struct pprof_type {
	uint64_t name, unit; /* indexes into the file's string table */
};

struct pprof_line {
	uint32_t function; /* dense number */
	uint32_t line;
};

struct pprof_location {
	uint32_t first_line, n_lines; /* in lines, innermost first */
	uint32_t mapping;             /* dense number */
	uint64_t address;
	bool known;
};

struct pprof_function {
	uint64_t name, system_name, file; /* string indexes */
	uint32_t start_line;
	bool known;
};

struct pprof_mapping {
	uint64_t start, limit, offset;
	uint64_t file, build_id; /* string indexes */
	bool known;
};

/* A location below another one; node 0 is the root. */
struct pprof_node {
	uint32_t parent, location;
};

struct pprof_sample {
	uint32_t node, labels;
	uint32_t first_value, n_values;
};

/* Ids of the file to dense numbers from 1 on: an array for small ids, a map for the others. */
struct pprof_ids {
	vec_of(uint32_t) small;
	struct map_u64 large;
	uint32_t n;
};

struct pprof_file {
	struct profile *profile;
	vec_of(uint32_t) strings; /* string index -> id in profile->strings */
	struct pprof_type types[PPROF_MAX_TYPES];
	unsigned n_types;
	struct pprof_type period_type;
	uint64_t default_type, period, duration_ns, drop_frames, keep_frames;
	struct pprof_ids location_ids, function_ids, mapping_ids;
	vec_of(struct pprof_location) locations; /* [0] is "no location" */
	vec_of(struct pprof_function) functions;
	vec_of(struct pprof_mapping) mappings;
	vec_of(struct pprof_line) lines;
	vec_of(struct pprof_node) nodes;
	struct map_u64 node_index;
	vec_of(struct pprof_sample) samples;
	vec_of(int64_t) values;
	/* label sets as they stand in the file, interned by content; [0] is none */
	vec_of(struct span) labels;
	struct map_u64 label_index;
	struct arena arena;
	vec_of(uint32_t) path;      /* scratch: locations of one sample, leaf first */
	vec_of(uint32_t) last_path; /* nodes of the previous sample, root first */
	bool cut;
};

/* Field numbers inside a label. */
enum {
	PPROF_LABEL_KEY = 1,
	PPROF_LABEL_STR = 2,
	PPROF_LABEL_NUM = 3,
};

/* Turns f into f->profile: types, frames, stacks, samples, quality. */
int pprof_build(struct pprof_file *f, struct err *err);

/*
 * Which functions drop_frames hides together with everything they call (keep_frames excepts some).
 * Sets hide[i] for function number i; false and untouched when the patterns cannot be used.
 */
bool pprof_hidden(const struct pprof_file *f, const char *drop, const char *keep, bool *hide);
