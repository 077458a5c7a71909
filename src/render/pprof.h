/* SPDX-License-Identifier: MIT */
/* pprof's profile.proto, gzip-compressed (github.com/google/pprof proto/profile.proto). */
#pragma once

#include "base/err.h"
#include "base/sink.h"
#include "model/profile.h"

struct pprof_opts {
	uint64_t time_ns; /* wall clock of the start, 0: left out */
};

/* Negative only when zlib fails. Deterministic: equal profiles give equal bytes. */
int pprof_write(
	struct sink *out, const struct profile *p, const struct pprof_opts *opts, struct err *err);
