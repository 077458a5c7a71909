/* SPDX-License-Identifier: MIT */
/* gzip (RFC 1952) and zstd (RFC 8878) as filters between byte streams. */
#include "parse/decompress.h"

#include "base/alloc.h"
#include "base/compiler.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

/*
 * deflate cannot shrink more than 1032:1, real profiles rarely more than 100:1 with zstd; what
 * claims more is made to fill the machine.
 */
enum { MAX_RATIO = 5000, RATIO_FREE_BYTES = 16 << 20 };

const char *decompress_kind_name(enum decompress_kind k)
{
	return k == DECOMPRESS_GZIP ? "gzip" : k == DECOMPRESS_ZSTD ? "zstd" : "";
}

/* What to say at the end of the input: an error only when the data has not come to its end. */
static ssize_t at_end(struct decompress *d)
{
	d->ended = true;
	if (d->in->error)
		return d->in->error;
	d->cut = d->inside;
	return 0;
}

static ssize_t give(struct decompress *d, size_t n)
{
	d->n_out += n;
	if (d->n_out > RATIO_FREE_BYTES && d->n_out / MAX_RATIO > d->in->consumed)
		return -EFBIG;
	return (ssize_t)n;
}

static ssize_t fill_plain(void *ctx, void *to, size_t n)
{
	struct decompress *d = ctx;
	struct span have = byte_stream_peek(d->in, 1);

	if (!have.n)
		return at_end(d);
	n = MIN(n, have.n);
	memcpy(to, have.p, n);
	byte_stream_skip(d->in, n);
	return (ssize_t)n;
}

static ssize_t fill_gzip(void *ctx, void *to, size_t n)
{
	struct decompress *d = ctx;
	z_stream *z = d->state;

	z->next_out = to;
	z->avail_out = (uInt)MIN(n, (size_t)1 << 30);
	uInt room = z->avail_out;

	while (!d->ended && z->avail_out == room) {
		struct span have = byte_stream_peek(d->in, d->inside ? 1 : 2);

		/* behind a member: another one, or padding that gzip ignores too */
		if (have.n && !d->inside &&
			!(have.n >= 2 && have.p[0] == 0x1f && have.p[1] == 0x8b))
			have.n = 0;
		if (!have.n)
			return at_end(d);
		d->inside = true;
		z->next_in = (unsigned char *)(uintptr_t)have.p; /* zlib's lacks the const */
		z->avail_in = (uInt)MIN(have.n, (size_t)1 << 30);
		size_t given = z->avail_in;
		int r = inflate(z, Z_NO_FLUSH);

		byte_stream_skip(d->in, given - z->avail_in);
		if (r == Z_STREAM_END) {
			d->inside = false;
			inflateReset(z);
		} else if (r != Z_OK && r != Z_BUF_ERROR) {
			d->cut = d->ended = true;
			if (z->avail_out == room)
				return -EBADMSG;
		}
	}
	return give(d, room - z->avail_out);
}

#ifdef HAVE_ZSTD
static ssize_t fill_zstd(void *ctx, void *to, size_t n)
{
	struct decompress *d = ctx;
	ZSTD_outBuffer out = { .dst = to, .size = n };

	while (!d->ended && out.pos == 0) {
		struct span have = byte_stream_peek(d->in, 1);

		if (!have.n)
			return at_end(d);
		ZSTD_inBuffer in = { .src = have.p, .size = have.n };
		size_t r = ZSTD_decompressStream(d->state, &out, &in);

		byte_stream_skip(d->in, in.pos);
		d->inside = r != 0;
		if (ZSTD_isError(r)) {
			d->cut = d->ended = true;
			if (out.pos == 0)
				return -EBADMSG;
		}
	}
	return give(d, out.pos);
}
#endif

static int open_zstd(struct decompress *d, struct byte_stream *ret_out, struct err *err)
{
#ifdef HAVE_ZSTD
	d->state = ZSTD_createDStream();
	if (!d->state)
		return fail(err, ENOMEM, "cannot start decompression");
	byte_stream_init(ret_out, fill_zstd, d);
	return 0;
#else
	fail(err, ENOTSUP, "this perf-ops was built without zstd");
	err_hint(err, "decompress the file first: zstd -d FILE");
	return -ENOTSUP;
#endif
}

int decompress_open(
	struct decompress *d, struct byte_stream *in, struct byte_stream *ret_out, struct err *err)
{
	static const uint8_t zstd_magic[] = { 0x28, 0xb5, 0x2f, 0xfd };
	struct span head = byte_stream_peek(in, sizeof(zstd_magic));

	*d = (struct decompress){ .in = in };
	if (head.n >= 4 && memcmp(head.p, zstd_magic, 4) == 0) {
		d->kind = DECOMPRESS_ZSTD;
		return open_zstd(d, ret_out, err);
	}
	if (head.n >= 2 && head.p[0] == 0x1f && head.p[1] == 0x8b) {
		z_stream *z = xcalloc(1, sizeof(*z));

		d->kind = DECOMPRESS_GZIP;
		d->state = z;
		/* 15 + 16: largest window, gzip header only (zlib.h) */
		if (inflateInit2(z, 15 + 16) != Z_OK) {
			free(z);
			d->state = NULL;
			return fail(err, ENOMEM, "cannot start decompression");
		}
		byte_stream_init(ret_out, fill_gzip, d);
		return 0;
	}
	byte_stream_init(ret_out, fill_plain, d);
	return 0;
}

void decompress_done(struct decompress *d)
{
	if (d->kind == DECOMPRESS_GZIP && d->state) {
		inflateEnd(d->state);
		free(d->state);
	}
#ifdef HAVE_ZSTD
	if (d->kind == DECOMPRESS_ZSTD)
		ZSTD_freeDStream(d->state);
#endif
	*d = (struct decompress){ 0 };
}
