/* SPDX-License-Identifier: MIT */
/* A refilled window over bytes that come one after the other. */
#include "base/byte_stream.h"

#include "base/alloc.h"
#include "base/compiler.h"

#include <errno.h>
#include <stdlib.h>

enum { WINDOW_MIN = 256 << 10 };

void byte_stream_init(
	struct byte_stream *s, ssize_t (*fill)(void *ctx, void *to, size_t n), void *ctx)
{
	*s = (struct byte_stream){ .fill = fill, .ctx = ctx };
}

static ssize_t fill_from_span(void *ctx, void *to, size_t n)
{
	struct span *left = ctx;

	n = MIN(n, left->n);
	if (n)
		memcpy(to, left->p, n);
	*left = span_from(*left, n);
	return (ssize_t)n;
}

void byte_stream_init_span(struct byte_stream *s, struct span *bytes)
{
	byte_stream_init(s, fill_from_span, bytes);
}

void byte_stream_done(struct byte_stream *s)
{
	free(s->window);
	*s = (struct byte_stream){ 0 };
}

/*
 * Makes room behind the unread bytes on the way to n of them; what was read is dropped. The window
 * grows with what has come, not with what a length in a file claims.
 */
static void make_room(struct byte_stream *s, size_t n)
{
	if (s->at) {
		memmove(s->window, s->window + s->at, s->end - s->at);
		s->end -= s->at;
		s->at = 0;
	}
	if (!s->window || (s->end == s->cap && s->cap < n)) {
		s->cap = MAX(s->cap * 2, (size_t)WINDOW_MIN);
		s->window = xreallocarray(s->window, s->cap, 1);
	}
}

static void refill(struct byte_stream *s, size_t n)
{
	while (!s->ended && s->end - s->at < n) {
		make_room(s, n);
		ssize_t got = s->fill(s->ctx, s->window + s->end, s->cap - s->end);

		if (got > 0) {
			s->end += (size_t)got;
			continue;
		}
		s->ended = true;
		s->error = (int)got;
	}
}

struct span byte_stream_peek(struct byte_stream *s, size_t n)
{
	refill(s, n);
	return span_of(s->window ? s->window + s->at : NULL, s->end - s->at);
}

void byte_stream_skip(struct byte_stream *s, size_t n)
{
	n = MIN(n, s->end - s->at);
	s->at += n;
	s->consumed += n;
}

int byte_stream_read(struct byte_stream *s, void *to, size_t n)
{
	struct span have = byte_stream_peek(s, n);

	if (have.n < n)
		return s->error ? s->error : -ENODATA;
	if (n)
		memcpy(to, have.p, n);
	byte_stream_skip(s, n);
	return 0;
}

int byte_stream_line(struct byte_stream *s, size_t max, struct span *ret)
{
	size_t wanted = 1, seen = 0;

	for (;;) {
		struct span have = byte_stream_peek(s, wanted);
		const uint8_t *nl =
			have.n > seen ? memchr(have.p + seen, '\n', have.n - seen) : NULL;
		size_t len = nl ? (size_t)(nl - have.p) : have.n;

		if (len > max)
			return -EFBIG;
		if (nl || (s->ended && have.n)) {
			byte_stream_skip(s, nl ? len + 1 : len);
			*ret = span_of(have.p, len);
			return s->error && !nl ? s->error : 1;
		}
		if (s->ended)
			return s->error;
		seen = have.n;
		wanted = have.n + 1;
	}
}
