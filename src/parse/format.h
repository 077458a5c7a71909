/* SPDX-License-Identifier: MIT */
/*
 * Profile files of other tools: each format has one reader in one file, registered in FORMATS
 * below. A reader turns a stream of bytes (decompressed already) into profiles whose values are in
 * nanoseconds, bytes or counts of events, with the raw counts kept. Every file is hostile input: a
 * reader has limits, never trusts an index, and gives what was readable with a caveat when the
 * rest is cut off.
 */
#pragma once

#include "base/byte_stream.h"
#include "base/err.h"
#include "model/profile_set.h"

/* What a file may need that is not in it; every member may be NULL. */
struct format_env {
	/* Names of an address in a binary that was running when the file was written: frames as
	 * symbolizer_resolve gives them. Formats without addresses never ask. */
	const struct format_symbols *symbols;
	const char *name; /* of the file, for messages and for process ids in names */
};

struct format {
	const char *id;    /* as in --from: "pprof", "speedscope" */
	const char *title; /* "pprof (protobuf)" */
	/*
	 * How sure these first bytes (up to FORMAT_HEAD_BYTES, decompressed) are of this format: 0
	 * not at all, 100 certain (a magic number). The surest format reads the file.
	 */
	int (*detect)(struct span head, const char *name);
	/*
	 * Fills *ret with at least one profile, or fails with a sentence that says what is wrong
	 * with the file. -ENODATA: well formed but without a single sample.
	 */
	int (*read)(struct byte_stream *in, const struct format_env *env, struct profile_set *ret,
		struct err *err);
};

enum { FORMAT_HEAD_BYTES = 64 << 10 };

/* One line per format; order decides between equally sure ones. */
#define FORMATS(X)     \
	X(collapsed)   \
	X(cpuprofile)  \
	X(firefox)     \
	X(heapprofile) \
	X(jfr)         \
	X(pprof)       \
	X(speedscope)

#define X(name) extern const struct format name##_format;
FORMATS(X)
#undef X

/* All formats, NULL-ended. */
extern const struct format *const formats[];

/* The format of an id, NULL unknown. */
const struct format *format_by_id(const char *id);
/* The surest format for these bytes, NULL when none knows them. */
const struct format *format_detect(struct span head, const char *name);
