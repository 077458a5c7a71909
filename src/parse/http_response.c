/* SPDX-License-Identifier: MIT */
/* Reading an HTTP/1.x response. */
#include "parse/http_response.h"

#include "base/compiler.h"

#include <errno.h>
#include <strings.h>

enum { MAX_HEAD = 65536 };

struct head {
	unsigned status;
	char type[64];
	uint64_t length;
	bool has_length, chunked;
	size_t size; /* bytes up to the body */
};

static bool name_is(struct span name, const char *want)
{
	return name.n == strlen(want) && strncasecmp((const char *)name.p, want, name.n) == 0;
}

static void header(struct head *h, struct span line)
{
	struct span name;

	if (!span_next_part(&line, ':', &name))
		return;
	struct span value = span_trim(line);

	if (name_is(name, "content-length")) {
		h->has_length = span_parse_u64(value, &h->length);
	} else if (name_is(name, "transfer-encoding")) {
		h->chunked = value.n >= 7 &&
			strncasecmp((const char *)value.p + value.n - 7, "chunked", 7) == 0;
	} else if (name_is(name, "content-type")) {
		struct span type;

		if (!span_next_part(&value, ';', &type))
			return;
		type = span_trim(type);
		size_t n = MIN(type.n, sizeof(h->type) - 1);

		for (size_t i = 0; i < n; i++)
			h->type[i] = (char)(type.p[i] >= 'A' && type.p[i] <= 'Z' ? type.p[i] | 32
										 : type.p[i]);
		h->type[n] = '\0';
	}
}

/* "HTTP/1.1 200 OK" */
static bool status_line(struct span line, unsigned *ret)
{
	struct span word;
	uint64_t status = 0;

	if (!span_next_word(&line, &word) || !span_starts(word, "HTTP/1.") ||
		!span_next_u64(&line, &status) || status < 100 || status > 599)
		return false;
	*ret = (unsigned)status;
	return true;
}

/* 1 complete, 0 needs more, negative: no HTTP. */
static int read_head(struct span bytes, struct head *h, struct err *err)
{
	struct span rest = bytes, line;
	bool first = true;

	*h = (struct head){ 0 };
	for (;;) {
		const uint8_t *end = rest.n ? memchr(rest.p, '\n', rest.n) : NULL;

		if (!end)
			return bytes.n > MAX_HEAD || (bytes.n >= 5 && !span_starts(bytes, "HTTP/"))
				? fail(err, EBADMSG, "the answer is not HTTP")
				: 0;
		line = span_trim(span_of(rest.p, (size_t)(end - rest.p)));
		rest = span_from(rest, (uint64_t)(end - rest.p) + 1);
		if (first && !status_line(line, &h->status))
			return fail(err, EBADMSG, "the answer is not HTTP");
		if (!first && line.n == 0)
			break;
		if (!first)
			header(h, line);
		first = false;
	}
	h->size = bytes.n - rest.n;
	return 1;
}

/* 1 complete, 0 needs more, negative: broken. */
static int join_chunks(struct span in, struct buf *out, struct err *err)
{
	for (;;) {
		const uint8_t *end = in.n ? memchr(in.p, '\n', in.n) : NULL;
		struct span line, digits;
		uint64_t size;

		if (!end)
			return in.n > 1024 ? fail(err, EBADMSG, "a chunk of the answer has no size")
					   : 0;
		line = span_of(in.p, (size_t)(end - in.p));
		in = span_from(in, (uint64_t)(end - in.p) + 1);
		if (!span_next_part(&line, ';', &digits) ||
			!span_parse_hex(span_trim(digits), &size))
			return fail(err, EBADMSG, "the size of a chunk of the answer is no number");
		if (size == 0)
			return 1;
		if (size > in.n)
			return 0;
		buf_add(out, in.p, (size_t)size);
		in = span_from(in, size);
		if (in.n < 2)
			return 0;
		if (in.p[0] == '\r')
			in = span_from(in, 1);
		if (in.p[0] != '\n')
			return fail(err, EBADMSG, "a chunk of the answer does not end");
		in = span_from(in, 1);
	}
}

int http_response_parse(struct span bytes, bool ended, struct http_response *ret, struct err *err)
{
	struct http_response res = { 0 };
	struct head h;
	int r = read_head(bytes, &h, err);

	if (r == 0 && ended)
		return fail(err, EBADMSG, "the answer ended before its headers did");
	if (r <= 0)
		return r;
	struct span body = span_from(bytes, h.size);

	res.status = h.status;
	memcpy(res.content_type, h.type, sizeof(res.content_type));
	if (h.chunked) {
		r = join_chunks(body, &res.joined, err);
		if (r < 0 || (r == 0 && !ended)) {
			buf_done(&res.joined);
			return r;
		}
		res.cut = r == 0;
		res.body = buf_span(&res.joined);
	} else if (h.has_length) {
		if (body.n < h.length && !ended)
			return 0;
		res.cut = body.n < h.length;
		res.body = res.cut ? body : span_sub(body, 0, h.length);
	} else {
		if (!ended && h.status != 204 && h.status != 304)
			return 0;
		res.body = body;
	}
	*ret = res;
	return 1;
}

void http_response_done(struct http_response *r)
{
	buf_done(&r->joined);
	*r = (struct http_response){ 0 };
}
