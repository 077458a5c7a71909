/* SPDX-License-Identifier: MIT */
/*
 * The outer layer of a JDK Flight Recorder file (version 2.x): chunks, each self-contained, made
 * of a header and events; and the encodings of numbers and strings inside. All big endian.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum {
	JFR_HEADER_BYTES = 68,
	JFR_METADATA = 0,   /* event types that every chunk has */
	JFR_CHECKPOINT = 1, /* constant pools */
};

struct jfr_header {
	unsigned major, minor;
	uint64_t size_bytes; /* of the whole chunk; 0: not finished yet */
	uint64_t pool_offset, metadata_offset;
	uint64_t start_ns; /* since 1970 */
	uint64_t duration_ns;
	uint64_t start_ticks, ticks_per_s;
};

bool jfr_is_chunk(struct span head);
/* Fails when these are no JFR bytes or of a version with other rules. */
int jfr_header_read(struct span head, struct jfr_header *ret, struct err *err);

struct jfr_event {
	uint64_t type;
	struct span body; /* after size and type */
};

/*
 * The event at *at of a chunk (start with JFR_HEADER_BYTES), which moves behind it. Returns 1, 0 at
 * the end, -ENODATA when the event is cut off, -EINVAL when its size makes no sense.
 */
int jfr_next_event(struct span chunk, uint64_t *at, struct jfr_event *ret);

/* LEB128 whose ninth byte is whole. */
uint64_t jfr_varlong(struct cursor *c);
float jfr_float(struct cursor *c);
double jfr_double(struct cursor *c);

enum jfr_encoding {
	JFR_STRING_NULL,
	JFR_STRING_EMPTY,
	JFR_STRING_POOL, /* a key of the pool java.lang.String */
	JFR_STRING_UTF8,
	JFR_STRING_CHARS, /* UTF-16 units, each a varint */
	JFR_STRING_LATIN1,
};

struct jfr_string {
	enum jfr_encoding encoding;
	uint64_t key;
	struct span bytes; /* as encoded */
};

/* An unknown encoding sets c->bad. */
struct jfr_string jfr_string_read(struct cursor *c);
/* Appends it as UTF-8; nothing for the first three encodings. */
void jfr_string_text(const struct jfr_string *s, struct buf *to);
