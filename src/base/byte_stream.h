/* SPDX-License-Identifier: MIT */
/*
 * Bytes that come one after the other, so that files larger than memory can be read: a window of
 * unread bytes which is refilled on demand from a function (a file, a decompressor, a span in a
 * test).
 */
#pragma once

#include "base/span.h"

#include <sys/types.h>

struct byte_stream {
	/* Up to n bytes into to; 0 at the end, negative errno after a failure. */
	ssize_t (*fill)(void *ctx, void *to, size_t n);
	void *ctx;
	uint8_t *window; /* bytes [at, end) are unread */
	size_t at, end, cap;
	uint64_t consumed; /* bytes taken so far, for messages */
	int error;         /* negative errno of fill, sticky */
	bool ended;
};

void byte_stream_init(
	struct byte_stream *s, ssize_t (*fill)(void *ctx, void *to, size_t n), void *ctx);
/* Over bytes that exist already; they must outlive the stream. */
void byte_stream_init_span(struct byte_stream *s, struct span *bytes);
void byte_stream_done(struct byte_stream *s);

/* The next unread bytes, at least n unless the stream ends before. Valid until the next call. */
struct span byte_stream_peek(struct byte_stream *s, size_t n);
/* Takes n bytes that were peeked. */
void byte_stream_skip(struct byte_stream *s, size_t n);
/* Exactly n bytes into to; -ENODATA when the stream ends before, or fill's error. */
int byte_stream_read(struct byte_stream *s, void *to, size_t n);
/*
 * The next line without its end. Returns 1, 0 at the end, -EFBIG for a line longer than max, or
 * fill's error. The span is valid until the next call.
 */
int byte_stream_line(struct byte_stream *s, size_t max, struct span *ret);
