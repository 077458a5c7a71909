/* SPDX-License-Identifier: MIT */
/* Reads perf.data: header, attributes, the stream of records, feature sections; file and pipe. */
#include "parse/perf_data.h"

#include "base/compiler.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

/* Records that perf itself writes (tools/lib/perf/include/perf/event.h). */
enum {
	RECORD_HEADER_ATTR = 64,
	RECORD_HEADER_TRACING_DATA = 66,
	RECORD_HEADER_BUILD_ID = 67,
	RECORD_FINISHED_ROUND = 68,
	RECORD_AUXTRACE = 71,
	RECORD_EVENT_UPDATE = 78,
	RECORD_HEADER_FEATURE = 80,
	RECORD_COMPRESSED = 81,
	RECORD_COMPRESSED2 = 83,
	EVENT_UPDATE_NAME = 2,
};

enum {
	FILE_HEADER_BYTES = 104,
	PIPE_HEADER_BYTES = 16,
	MAX_HEAD_BYTES = 64 << 20,     /* what stands before the records */
	MAX_FEATURE_BYTES = 128 << 20, /* and behind them */
	MAX_PLAIN_BYTES = 64 << 20,    /* unpacked from one compressed record */
};

struct file_header {
	uint64_t attr_size, attrs_off, attrs_size, data_off, data_size;
	uint64_t features[4];
};

static const char magic_here[] = "PERFILE2", magic_swapped[] = "2ELIFREP";

static void skip(struct perf_data *d, uint64_t n)
{
	while (n) {
		struct span have = byte_stream_peek(d->in, 1);
		size_t take = (size_t)MIN(n, (uint64_t)have.n);

		if (!take) {
			d->cut = true;
			return;
		}
		byte_stream_skip(d->in, take);
		n -= take;
	}
}

#ifdef HAVE_ZSTD
static void records_in(struct perf_data *d, struct buf *b)
{
	size_t at = 0;

	while (b->n - at >= 8) {
		struct cursor c = cursor_of(span_of(b->p, b->n), at + 6);
		uint16_t size = cursor_u16(&c);

		if (size < 8) {
			d->n_bad++;
			at = b->n;
			break;
		}
		if (size > b->n - at)
			break; /* goes on in the next block */
		perf_data_record(d, span_of(b->p + at, size));
		at += size;
	}
	memmove(b->p, b->p + at, b->n - at);
	b->n -= at;
}

/* One stream through all blocks of the file: each goes on where the last one ended. */
static void decompress(struct perf_data *d, struct span block)
{
	char chunk[64 << 10];
	ZSTD_inBuffer in = { .src = block.p, .size = block.n };
	size_t total = 0;

	if (!d->zstd)
		d->zstd = ZSTD_createDStream();
	for (;;) {
		ZSTD_outBuffer out = { .dst = chunk, .size = sizeof(chunk) };
		size_t r = ZSTD_decompressStream(d->zstd, &out, &in);

		if (ZSTD_isError(r)) {
			d->n_bad++;
			d->plain.n = 0;
			ZSTD_DCtx_reset(d->zstd, ZSTD_reset_session_only);
			return;
		}
		buf_add(&d->plain, chunk, out.pos);
		total += out.pos;
		records_in(d, &d->plain);
		if ((in.pos == in.size && out.pos < out.size) || total > MAX_PLAIN_BYTES)
			return;
	}
}
#else
static void decompress(struct perf_data *d, struct span block)
{
	d->no_zstd = true;
}
#endif

/* struct perf_record_event_update: header, u64 type, u64 id, then what is new. */
static void event_update(struct perf_data *d, struct span record)
{
	struct cursor c = cursor_of(record, 8);
	uint64_t type = cursor_u64(&c), id = cursor_u64(&c);
	struct span name = span_from(record, 24);

	if (!c.bad && type == EVENT_UPDATE_NAME && name.n && memchr(name.p, 0, name.n))
		perf_file_events_rename(&d->events, id, (const char *)name.p);
}

static void attr_record(struct perf_data *d, struct span record)
{
	struct cursor c = cursor_of(record, 12); /* attr.size behind attr.type */
	uint32_t size = cursor_u32(&c);

	if (c.bad ||
		!perf_file_events_add(
			&d->events, span_sub(record, 8, size), span_from(record, 8ull + size)))
		d->n_bad++;
}

/* Records that perf wrote itself; *ret_skip: bytes behind it that belong to it. */
static void own_record(struct perf_data *d, uint32_t type, struct span record, uint64_t *ret_skip)
{
	struct cursor c = cursor_of(record, 8);

	switch (type) {
	case RECORD_HEADER_ATTR:
		attr_record(d, record);
		break;
	case RECORD_HEADER_TRACING_DATA:
		*ret_skip = ((uint64_t)cursor_u32(&c) + 7) & ~7ull;
		break;
	case RECORD_HEADER_BUILD_ID:
		perf_data_build_id(d, record);
		break;
	case RECORD_FINISHED_ROUND:
		perf_order_round(&d->order);
		break;
	case RECORD_AUXTRACE:
		*ret_skip = cursor_u64(&c);
		break;
	case RECORD_EVENT_UPDATE:
		event_update(d, record);
		break;
	case RECORD_HEADER_FEATURE:
		perf_data_feature(d, (unsigned)cursor_u64(&c), span_from(record, 16));
		break;
	case RECORD_COMPRESSED:
		decompress(d, span_from(record, 8));
		break;
	case RECORD_COMPRESSED2: {
		uint64_t n = cursor_u64(&c);

		decompress(d, span_sub(record, 16, n));
		break;
	}
	}
}

/* Records up to `size` bytes from here, or to the end of the stream. */
static void read_records(struct perf_data *d, uint64_t size)
{
	uint64_t left = size;

	while (left >= 8) {
		struct span have = byte_stream_peek(d->in, 8);
		struct cursor c = cursor_of(have, 0);
		uint32_t type = cursor_u32(&c);
		uint64_t more = 0;

		cursor_u16(&c);
		uint16_t n = cursor_u16(&c);

		if (!have.n && size == UINT64_MAX)
			return;
		if (c.bad || n < 8) {
			d->cut = true;
			return;
		}
		have = byte_stream_peek(d->in, n);
		if (have.n < n) {
			d->cut = true;
			return;
		}
		d->n_records++;
		if (type >= RECORD_HEADER_ATTR)
			own_record(d, type, span_of(have.p, n), &more);
		else
			perf_data_record(d, span_of(have.p, n));
		byte_stream_skip(d->in, n);
		skip(d, more);
		left -= MIN(left, n + more);
	}
}

static struct file_header parse_header(struct span s)
{
	struct cursor c = cursor_of(s, 16);
	struct file_header h = { .attr_size = cursor_u64(&c) };

	h.attrs_off = cursor_u64(&c);
	h.attrs_size = cursor_u64(&c);
	h.data_off = cursor_u64(&c);
	h.data_size = cursor_u64(&c);
	cursor_u64(&c); /* event types, not written any more */
	cursor_u64(&c);
	for (size_t i = 0; i < ARRAY_LEN(h.features); i++)
		h.features[i] = cursor_u64(&c);
	return h;
}

static int read_attrs(
	struct perf_data *d, const struct file_header *h, struct span head, struct err *err)
{
	struct span attrs = span_sub(head, h->attrs_off, h->attrs_size);

	if (h->attr_size < 64 + 16 || h->attr_size > 4096 || !attrs.n)
		return fail(err, EBADMSG, "its list of events is damaged");
	for (; attrs.n >= h->attr_size; attrs = span_from(attrs, h->attr_size)) {
		struct cursor c = cursor_of(attrs, h->attr_size - 16);
		uint64_t off = cursor_u64(&c), size = cursor_u64(&c);

		if (!perf_file_events_add(&d->events, span_sub(attrs, 0, h->attr_size - 16),
			    span_sub(head, off, size)))
			d->n_bad++;
	}
	return 0;
}

static void read_features(struct perf_data *d, const struct file_header *h)
{
	_cleanup_(buf_done) struct buf b = { .max = MAX_FEATURE_BYTES };
	uint64_t base = h->data_off + h->data_size;
	unsigned n = 0;

	for (;;) {
		struct span have = byte_stream_peek(d->in, 1);

		if (!have.n || b.overflow)
			break;
		buf_add(&b, have.p, have.n);
		byte_stream_skip(d->in, have.n);
	}
	for (unsigned f = 0; f < 256; f++) {
		if (!(h->features[f / 64] & 1ull << f % 64))
			continue;
		struct cursor c = cursor_of(buf_span(&b), 16ull * n++);
		uint64_t off = cursor_u64(&c), size = cursor_u64(&c);

		if (c.bad) {
			d->cut = true;
			break;
		}
		if (off < base || off - base > b.n || size > b.n - (off - base))
			d->cut = true;
		else
			perf_data_feature(d, f, span_sub(buf_span(&b), off - base, size));
	}
}

static int read_file(struct perf_data *d, struct err *err)
{
	struct span head = byte_stream_peek(d->in, FILE_HEADER_BYTES);

	if (head.n < FILE_HEADER_BYTES)
		return fail(err, EBADMSG, "it is cut off in its header");
	struct file_header h = parse_header(head);

	if (h.data_off < FILE_HEADER_BYTES || h.data_off > MAX_HEAD_BYTES)
		return fail(err, EBADMSG, "its header is damaged");
	head = byte_stream_peek(d->in, (size_t)h.data_off);
	if (head.n < h.data_off)
		return fail(err, EBADMSG, "it is cut off before its first record");
	int r = read_attrs(d, &h, span_sub(head, 0, h.data_off), err);

	if (r < 0)
		return r;
	byte_stream_skip(d->in, (size_t)h.data_off);
	/* perf record fills in the size at its end */
	if (!h.data_size)
		d->cut = true;
	read_records(d, h.data_size ? h.data_size : UINT64_MAX);
	if (h.data_size && !d->cut)
		read_features(d, &h);
	return 0;
}

static void perf_data_done(struct perf_data *d)
{
	perf_file_events_done(&d->events);
	perf_maps_done(&d->maps);
	perf_order_done(&d->order);
	perf_stacks_done(&d->stacks);
	free(d->chain);
	free(d->unwound);
	buf_done(&d->plain);
	map_u64_done(&d->comms);
#ifdef HAVE_ZSTD
	ZSTD_freeDStream(d->zstd);
#endif
	profile_freep(&d->p);
}

static int check_magic(struct span head, struct err *err)
{
	if (head.n >= 16 && memcmp(head.p, magic_here, 8) == 0)
		return 0;
	if (head.n >= 8 && memcmp(head.p, magic_swapped, 8) == 0) {
		fail(err, ENOTSUP, "it was recorded on a machine of the other byte order");
		err_hint(err, "run perf script there and import its text");
		return -ENOTSUP;
	}
	return fail(err, EBADMSG, "it is no perf.data file");
}

static int perf_data_read(struct byte_stream *in, const struct format_env *env,
	struct profile_set *ret, struct err *err)
{
	struct span head = byte_stream_peek(in, PIPE_HEADER_BYTES);
	int r = check_magic(head, err);

	if (r < 0)
		return r;
	_cleanup_(perf_data_done) struct perf_data d = { .in = in,
		.env = env,
		.p = profile_new(),
		.chain = xcalloc(PERF_MAX_CHAIN, sizeof(*d.chain)),
		.unwound = xcalloc(PERF_MAX_CHAIN, sizeof(*d.unwound)),
		.plain = { .max = MAX_PLAIN_BYTES },
		.command = "" };
	struct cursor c = cursor_of(head, 8);

	perf_maps_init(&d.maps);
	perf_order_init(&d.order, perf_data_handle, &d);
	perf_stacks_init(&d.stacks, &d.maps, d.p);
	if (cursor_u64(&c) == PIPE_HEADER_BYTES) {
		byte_stream_skip(in, PIPE_HEADER_BYTES);
		read_records(&d, UINT64_MAX);
	} else {
		r = read_file(&d, err);
	}
	if (r < 0)
		return r;
	perf_order_flush(&d.order);
	d.cut |= in->error != 0;
	r = perf_data_build(&d, err);
	if (r < 0)
		return r;
	profile_set_add(ret, d.p);
	d.p = NULL;
	return 0;
}

static int perf_data_detect(struct span head, const char *name)
{
	return head.n >= 8 &&
			(memcmp(head.p, magic_here, 8) == 0 ||
				memcmp(head.p, magic_swapped, 8) == 0)
		? 100
		: 0;
}

const struct format perf_data_format = {
	.id = "perf",
	.title = "perf.data",
	.detect = perf_data_detect,
	.read = perf_data_read,
};
