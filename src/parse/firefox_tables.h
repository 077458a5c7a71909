/* SPDX-License-Identifier: MIT */
/*
 * The tables of Firefox Profiler files as columns of numbers. All versions of the processed format
 * (firefox-devtools/profiler docs-developer/CHANGELOG-formats.md) name their columns, so what a
 * version has is told by what is there: tables of a thread's own or shared ones (from version 60),
 * strings too (56), prefix or prefixOffset (66), a library per resource or per frame (70), a file
 * name per function or per source (58). The Gecko format has the same tables as rows with a schema.
 */
#pragma once

#include "model/profile.h"
#include "parse/json_stream.h"

/* X(id, table, column) */
#define FIREFOX_COLUMNS(X)                              \
	X(STACK_PREFIX, "stackTable", "prefix")         \
	X(STACK_OFFSET, "stackTable", "prefixOffset")   \
	X(STACK_FRAME, "stackTable", "frame")           \
	X(FRAME_FUNC, "frameTable", "func")             \
	X(FRAME_LOCATION, "frameTable", "location")     \
	X(FRAME_LINE, "frameTable", "line")             \
	X(FRAME_CATEGORY, "frameTable", "category")     \
	X(FRAME_LIB, "frameTable", "lib")               \
	X(FRAME_DEPTH, "frameTable", "inlineDepth")     \
	X(FUNC_NAME, "funcTable", "name")               \
	X(FUNC_RESOURCE, "funcTable", "resource")       \
	X(FUNC_FILE, "funcTable", "fileName")           \
	X(FUNC_SOURCE, "funcTable", "source")           \
	X(FUNC_LINE, "funcTable", "lineNumber")         \
	X(RESOURCE_LIB, "resourceTable", "lib")         \
	X(SOURCE_FILE, "sources", "filename")           \
	X(SAMPLE_STACK, "samples", "stack")             \
	X(SAMPLE_WEIGHT, "samples", "weight")           \
	X(SAMPLE_CPU, "samples", "threadCPUDelta")      \
	X(SAMPLE_TIME, "samples", "time")               \
	X(NATIVE_STACK, "nativeAllocations", "stack")   \
	X(NATIVE_WEIGHT, "nativeAllocations", "weight") \
	X(JS_STACK, "jsAllocations", "stack")           \
	X(JS_WEIGHT, "jsAllocations", "weight")

enum firefox_column {
#define X(id, table, column) FIREFOX_##id,
	FIREFOX_COLUMNS(X)
#undef X
		FIREFOX_N_COLUMNS,
};

/* What a thread or "shared" brings; null is NaN. */
struct firefox_tables {
	vec_of(double) c[FIREFOX_N_COLUMNS];
	vec_of(uint32_t) strings; /* ids in the file's strtab */
	vec_of(uint32_t) libs;    /* paths, ids in the file's strtab */
};

struct firefox_thread {
	struct firefox_tables own;
	uint32_t name, process; /* ids in the file's strtab */
	int64_t pid, tid;
	char weight_type[16];
};

struct firefox_category {
	uint32_t name;
	bool idle;
};

struct firefox_file {
	struct json_stream j;
	struct strtab names;
	struct firefox_tables shared;
	vec_of(struct firefox_thread *) threads;
	vec_of(struct firefox_category) categories;
	uint32_t product; /* a string id, as all names here */
	double interval_ms;
	int64_t version;  /* preprocessedProfileVersion, 0: Gecko */
	double cpu_scale; /* ns per unit of threadCPUDelta, 0: not a time */
};

void firefox_file_init(struct firefox_file *f, struct byte_stream *in);
void firefox_file_done(struct firefox_file *f);
/* Reads everything up to the first error, which stays in f->j. */
void firefox_file_read(struct firefox_file *f);
/* A column's value as an index below n; UINT32_MAX when it is none. */
uint32_t firefox_index(const struct firefox_tables *t, enum firefox_column c, size_t row, size_t n);
