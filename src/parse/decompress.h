/* SPDX-License-Identifier: MIT */
/*
 * A stream of bytes as it was before it was compressed: gzip (several members too) and zstd are
 * recognised by their first bytes, everything else passes through. A file that ends in the middle
 * of its compressed data gives what was readable; `cut` tells so afterwards.
 */
#pragma once

#include "base/byte_stream.h"
#include "base/err.h"

enum decompress_kind {
	DECOMPRESS_NONE,
	DECOMPRESS_GZIP,
	DECOMPRESS_ZSTD,
};

struct decompress {
	struct byte_stream *in;
	enum decompress_kind kind;
	void *state; /* z_stream or ZSTD_DStream */
	uint64_t n_out;
	bool inside; /* in the middle of a member or frame */
	bool cut;    /* the data ended too early */
	bool ended;
};

/*
 * Looks at the first bytes of `in` and makes `ret_out` a stream of the plain bytes; both must
 * outlive it. End with decompress_done (which does not end the streams).
 */
int decompress_open(
	struct decompress *d, struct byte_stream *in, struct byte_stream *ret_out, struct err *err);
void decompress_done(struct decompress *d);
const char *decompress_kind_name(enum decompress_kind k); /* "", "gzip", "zstd" */
