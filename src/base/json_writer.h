/* SPDX-License-Identifier: MIT */
/*
 * Streaming JSON output: no tree is built. Keys and commas are handled here; strings are escaped
 * and invalid UTF-8 is replaced by U+FFFD, so that any byte string gives valid JSON. Doubles that
 * are not finite become null. Deterministic: same calls, same bytes.
 *
 *	json_begin_object(&j, NULL);
 *	json_put_string(&j, "schema", "perf-ops/profile/1");
 *	json_begin_array(&j, "findings"); ... json_end_array(&j);
 *	json_end_object(&j);
 *
 * `key` is NULL inside arrays and at the top. (The put_ in the names keeps clear of jansson, whose
 * json_string() and friends live in the same program.)
 */
#pragma once

#include "base/sink.h"

enum { JSON_MAX_DEPTH = 64 };

struct json {
	struct sink *out;
	int depth;
	bool pretty;
	bool first[JSON_MAX_DEPTH];
};

void json_init(struct json *j, struct sink *out, bool pretty);
void json_begin_object(struct json *j, const char *key);
void json_end_object(struct json *j);
void json_begin_array(struct json *j, const char *key);
void json_end_array(struct json *j);
void json_put_string(struct json *j, const char *key, const char *s); /* NULL s: null */
void json_put_stringn(struct json *j, const char *key, const void *s, size_t n);
void json_put_int(struct json *j, const char *key, int64_t v);
void json_put_uint(struct json *j, const char *key, uint64_t v);
/* `decimals` digits after the point, trailing zeros cut. */
void json_put_double(struct json *j, const char *key, double v, int decimals);
void json_put_bool(struct json *j, const char *key, bool v);
void json_put_null(struct json *j, const char *key);
/* Only the escaped content of a string, without quotes: for text placed inside other formats. */
void json_escape(struct sink *out, const void *s, size_t n);
