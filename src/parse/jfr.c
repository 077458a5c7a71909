/* SPDX-License-Identifier: MIT */
/*
 * All events of a chunk lie one after the other, pools and types among them: reading in order
 * needs neither the header's offsets (which are zero while a file is written) nor the backward
 * chain of pools (which hostile files bend to a loop).
 */
#include "parse/jfr.h"

#include "parse/jfr_events.h"

#include <errno.h>
#include <stdlib.h>

static const uint64_t MAX_CHUNK_BYTES = 2ull << 30;

static int detect(struct span head, const char *name)
{
	return jfr_is_chunk(head) && head.n >= 8 && head.p[4] == 0 && head.p[5] <= 9 ? 100 : 0;
}

static void chunk_done(struct jfr_chunk *c)
{
	jfr_meta_done(&c->meta);
	jfr_pools_done(&c->pools);
	for (int i = 0; i < JFR_N_PROFILES; i++) {
		map_u64_done(&c->stacks[i]);
		map_u64_done(&c->names[i]);
		map_u64_done(&c->threads[i]);
	}
	vec_done(&c->functions);
	jfr_locks_done(&c->locks);
}

/* Types and pools first, wherever they lie. Returns whether the chunk's events ended well. */
static bool read_tables(struct jfr_chunk *c, struct span bytes, bool *ret_types)
{
	struct span metadata = { 0 };
	struct jfr_event ev;
	uint64_t at = JFR_HEADER_BYTES;
	int r;

	while ((r = jfr_next_event(bytes, &at, &ev)) == 1)
		if (ev.type == JFR_METADATA)
			metadata = ev.body; /* the last one knows all types */
	*ret_types = metadata.n && jfr_meta_read(&c->meta, metadata);
	if (!*ret_types)
		return r == 0;
	at = JFR_HEADER_BYTES;
	while (jfr_next_event(bytes, &at, &ev) == 1)
		if (ev.type == JFR_CHECKPOINT && !jfr_pools_read(&c->pools, &c->meta, ev.body))
			c->n_bad++;
	return r == 0;
}

/* A size that a file claims is believed only as far as there are bytes. */
static struct span peek_claimed(struct byte_stream *in, uint64_t want)
{
	struct span have = { 0 };

	for (uint64_t n = MIN(want, 1u << 20);; n = MIN(want, n * 2)) {
		have = byte_stream_peek(in, n);
		if (have.n < n || n == want)
			return span_sub(have, 0, MIN(have.n, want));
	}
}

struct reader {
	struct byte_stream *in;
	struct jfr_result result;
	uint64_t n_cut, n_without_types, n_bad_pools;
	bool foreign; /* bytes after a chunk that begin no other */
};

static void read_chunk(struct reader *r, const struct jfr_header *h, struct span bytes, bool whole)
{
	struct jfr_chunk c = { .header = *h };
	bool types;

	jfr_pools_init(&c.pools);
	if (!read_tables(&c, bytes, &types) || !whole)
		r->n_cut++;
	if (types)
		jfr_events_read(&r->result, &c, bytes);
	else
		r->n_without_types++;
	r->n_bad_pools += c.n_bad;
	r->result.n_chunks++;
	chunk_done(&c);
}

static int read_chunks(struct reader *r, struct err *err)
{
	for (;;) {
		struct span head = byte_stream_peek(r->in, JFR_HEADER_BYTES);
		struct jfr_header h;

		if (r->in->error)
			return fail(err, -r->in->error, "cannot read the JFR recording");
		if (head.n == 0)
			return 0;
		if (r->result.n_chunks && !jfr_is_chunk(head)) {
			r->foreign = true;
			return 0;
		}
		int n = jfr_header_read(head, &h, r->result.n_chunks ? NULL : err);

		if (n < 0 && r->result.n_chunks) {
			r->n_cut++;
			return 0;
		}
		if (n < 0)
			return n;
		if (h.size_bytes > MAX_CHUNK_BYTES)
			return fail(err, EFBIG,
				"the JFR recording has a chunk of %llu MiB; up to %llu MiB are "
				"read",
				(unsigned long long)h.size_bytes >> 20,
				(unsigned long long)MAX_CHUNK_BYTES >> 20);
		/* a size of 0: the chunk is being written, it goes to the end of the file */
		uint64_t want = h.size_bytes >= JFR_HEADER_BYTES ? h.size_bytes : MAX_CHUNK_BYTES;
		struct span bytes = peek_claimed(r->in, want);
		bool whole = h.size_bytes >= JFR_HEADER_BYTES && bytes.n >= want;

		read_chunk(r, &h, bytes, whole);
		byte_stream_skip(r->in, bytes.n);
	}
}

static int read_jfr(struct byte_stream *in, const struct format_env *env, struct profile_set *ret,
	struct err *err)
{
	struct reader r = { .in = in };
	int n = read_chunks(&r, err);
	size_t before = ret->v.n;

	if (n == 0)
		jfr_result_finish(&r.result, ret);
	for (size_t i = before; i < ret->v.n; i++) {
		struct profile *p = ret->v.v[i];

		if (r.n_cut || r.foreign)
			caveat_add(&p->caveats, &p->arena, "recording-cut",
				"the recording is cut off or was still being written: what is "
				"whole in it is shown");
		if (r.n_bad_pools)
			caveat_add(&p->caveats, &p->arena, "recording-names",
				"%llu tables of names in the recording could not be read: some "
				"frames have no name",
				(unsigned long long)r.n_bad_pools);
	}
	if (n == 0 && ret->v.n == before) {
		if (r.n_without_types == r.result.n_chunks)
			n = fail(err, ENODATA,
				"the JFR recording has no event types yet: it was still being "
				"written");
		else
			n = fail(err, ENODATA,
				"the JFR recording has no samples, allocations or waiting in it");
		err_hint(err,
			n == -ENODATA && r.n_without_types
				? "dump it first: jcmd PID JFR.dump filename=F.jfr"
				: "record with settings=profile, for longer, or while the program "
				  "works");
	}
	jfr_result_done(&r.result);
	return n;
}

const struct format jfr_format = {
	.id = "jfr",
	.title = "JDK Flight Recorder",
	.detect = detect,
	.read = read_jfr,
};
