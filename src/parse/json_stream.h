/* SPDX-License-Identifier: MIT */
/*
 * JSON read on demand from a stream of any length, in bounded memory: the reader asks for what it
 * wants, the rest is skipped (and still checked). After the first error every call gives false or
 * its fallback, so that a reader only asks once, at the end:
 *
 *	json_stream_init(&j, in);
 *	if (json_enter_object(&j))
 *		while (json_next_key(&j, &key))
 *			if (span_eq(key, "nodes") && json_enter_array(&j))
 *				while (json_next_element(&j))
 *					n += json_take_i64(&j, 0);
 *	r = json_stream_finish(&j, err);
 *
 * A value that is not taken is skipped by the next json_next_*. Text with invalid UTF-8 or half a
 * surrogate pair is read with U+FFFD in its place; NaN and Infinity, which Python writes, are
 * read as null; everything else follows RFC 8259. Not for configuration files: see json_flat.h.
 */
#pragma once

#include "base/buf.h"
#include "base/byte_stream.h"
#include "base/err.h"

enum {
	JSON_STREAM_MAX_DEPTH = 8192,
	JSON_STREAM_MAX_STRING = 1
		<< 20, /* of a string that is taken; skipped ones have no limit */
	JSON_STREAM_MAX_NUMBER = 4096,
};

enum json_kind {
	JSON_KIND_NONE, /* no value here: error or end */
	JSON_KIND_OBJECT,
	JSON_KIND_ARRAY,
	JSON_KIND_STRING,
	JSON_KIND_NUMBER,
	JSON_KIND_BOOL,
	JSON_KIND_NULL,
};

/* A number is a whole one when it is written without point and exponent and fits. */
struct json_number {
	bool whole;
	int64_t i; /* valid when whole */
	double d;  /* always valid */
};

struct json_stream {
	struct byte_stream *in;
	const uint8_t *p, *end; /* the unread part of the window */
	size_t window_n;        /* of the window at the last refill */
	struct buf text;        /* of strings that had to be decoded */
	unsigned depth;
	int state;             /* enum in json_stream.c */
	int error;             /* negative errno, sticky */
	bool truncated;        /* the bytes ended inside a value */
	uint64_t error_offset; /* in bytes from the start of the stream */
	const char *error_text;
	uint8_t is_array[JSON_STREAM_MAX_DEPTH / 8];
};

/* `in` must stand at the start of the text (a byte order mark is skipped) and outlive j. */
void json_stream_init(struct json_stream *j, struct byte_stream *in);
/* Gives bytes that were looked at back to the stream. Afterwards j is unusable. */
void json_stream_done(struct json_stream *j);

/* Of the value that comes next. */
enum json_kind json_kind_next(struct json_stream *j);

/* Enter the value when it is an object (array); otherwise it is skipped. */
bool json_enter_object(struct json_stream *j);
bool json_enter_array(struct json_stream *j);
/* The next key of the innermost object; false when it ends (and is left). The key is valid until
 * the next call. */
bool json_next_key(struct json_stream *j, struct span *ret_key);
/* Whether the innermost array goes on; false when it ends (and is left). */
bool json_next_element(struct json_stream *j);
/* Leaves the innermost object or array without reading the rest of it. */
void json_leave(struct json_stream *j);
void json_skip(struct json_stream *j);

/* The value that comes next; one of another kind is skipped and gives false or the fallback. */
bool json_take_string(struct json_stream *j, struct span *ret); /* valid until the next call */
bool json_take_number(struct json_stream *j, struct json_number *ret);
int64_t json_take_i64(struct json_stream *j, int64_t fallback); /* doubles are rounded, clamped */
double json_take_double(struct json_stream *j, double fallback);
bool json_take_bool(struct json_stream *j, bool fallback);

/* Stops all reading with this error, for readers that find the content unusable. */
void json_stream_stop(struct json_stream *j, int error, const char *text);
/*
 * 0 after one complete value with nothing behind it; otherwise the error with the byte where it
 * was met. A cut off text (j->truncated) is -ENODATA. Reads the rest of the outermost value when
 * the reader has not.
 */
int json_stream_finish(struct json_stream *j, struct err *err);
