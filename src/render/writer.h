/* SPDX-License-Identifier: MIT */
/*
 * Files for other tools: each format has one writer, a const struct at the end of its file, listed
 * once in WRITERS below. What reads them back is in parse/format.h under the same ids.
 */
#pragma once

#include "base/err.h"
#include "base/sink.h"
#include "model/profile.h"

struct writer_opts {
	unsigned type;              /* the value that formats with a single one get */
	uint64_t time_ns;           /* wall clock of the measurement, 0 not known */
	const struct profile *base; /* what to compare with, for writers that need it */
};

struct writer {
	const char *id;         /* as in --to: "pprof" */
	const char *title;      /* "pprof (protobuf, gzip)" */
	const char *extensions; /* ends of file names, blank-separated, most specific first */
	bool needs_base;        /* holds a comparison with opts->base, which is not NULL then */
	bool single_type;       /* holds one of the profile's values only: opts->type */
	int (*write)(struct sink *out, const struct profile *p, const struct writer_opts *opts,
		struct err *err);
};

#define WRITERS(X)     \
	X(collapsed)   \
	X(firefox)     \
	X(flame)       \
	X(folded_diff) \
	X(otlp)        \
	X(pprof)       \
	X(speedscope)

#define X(name) extern const struct writer name##_writer;
WRITERS(X)
#undef X

/* All writers, NULL-ended. */
extern const struct writer *const writers[];

const struct writer *writer_by_id(const char *id);
/* The writer whose extension ends this file name, the longest one; NULL when none does. */
const struct writer *writer_by_name(const char *path);
