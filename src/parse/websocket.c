/* SPDX-License-Identifier: MIT */
/* WebSocket frames and the answer to the request that opens one. */
#include "parse/websocket.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static bool line_next(struct span *s, struct span *ret)
{
	const uint8_t *end = s->n ? memchr(s->p, '\n', s->n) : NULL;

	if (!end)
		return false;
	size_t n = (size_t)(end - s->p);

	*ret = span_sub(*s, 0, n && s->p[n - 1] == '\r' ? n - 1 : n);
	*s = span_from(*s, n + 1);
	return true;
}

static bool header_is(struct span line, const char *name, struct span *ret_value)
{
	size_t n = strlen(name);

	if (line.n <= n || line.p[n] != ':' || strncasecmp((const char *)line.p, name, n) != 0)
		return false;
	*ret_value = span_trim(span_from(line, n + 1));
	return true;
}

static bool number(struct span s, uint64_t *ret)
{
	uint64_t v = 0;

	if (s.n == 0 || s.n > 18)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + s.p[i] - '0';
	}
	*ret = v;
	return true;
}

int http_answer_read(struct span bytes, struct http_answer *ret)
{
	struct span rest = bytes, line, value;
	struct http_answer a = { 0 };
	uint64_t status;

	if (!line_next(&rest, &line))
		return bytes.n > HTTP_MAX_HEAD ? -EPROTO : 0;
	if (!span_starts(line, "HTTP/1.") || line.n < 12 || !number(span_sub(line, 9, 3), &status))
		return -EPROTO;
	a.status = (unsigned)status;
	while (line_next(&rest, &line)) {
		if (line.n == 0) {
			a.size = (size_t)(rest.p - bytes.p);
			*ret = a;
			return a.size > HTTP_MAX_HEAD ? -EPROTO : 1;
		}
		if (header_is(line, "content-length", &value))
			a.has_length = number(value, &a.length);
		else if (header_is(line, "upgrade", &value))
			a.upgraded = value.n == 9 &&
				strncasecmp((const char *)value.p, "websocket", 9) == 0;
	}
	return bytes.n > HTTP_MAX_HEAD ? -EPROTO : 0;
}

int websocket_frame_read(struct span bytes, size_t max, struct websocket_frame *ret)
{
	if (bytes.n < 2)
		return 0;
	unsigned opcode = bytes.p[0] & 15;
	uint64_t n = bytes.p[1] & 127;
	size_t head = 2;

	/* reserved bits are for extensions, which we offer none of; servers never mask */
	if (bytes.p[0] & 0x70 || bytes.p[1] & 0x80 || (opcode > 2 && opcode < 8) || opcode > 10)
		return -EPROTO;
	if (opcode >= 8 && (n > 125 || !(bytes.p[0] & 0x80)))
		return -EPROTO;
	if (n >= 126) {
		size_t wide = n == 126 ? 2 : 8;

		head += wide;
		if (bytes.n < head)
			return 0;
		n = 0;
		for (size_t i = 0; i < wide; i++)
			n = n << 8 | bytes.p[2 + i];
	}
	if (n > max)
		return -EFBIG;
	if (bytes.n - head < n)
		return 0;
	*ret = (struct websocket_frame){ .opcode = (enum websocket_opcode)opcode,
		.last = bytes.p[0] & 0x80,
		.payload = span_sub(bytes, head, n),
		.size = head + (size_t)n };
	return 1;
}

void websocket_frame_write(
	struct buf *to, enum websocket_opcode opcode, struct span payload, uint32_t mask)
{
	uint8_t head[14] = { (uint8_t)(0x80 | opcode) }, key[4];
	size_t n = 2;

	memcpy(key, &mask, 4);
	if (payload.n < 126) {
		head[1] = (uint8_t)(0x80 | payload.n);
	} else {
		size_t wide = payload.n < 65536 ? 2 : 8;

		head[1] = (uint8_t)(0x80 | (wide == 2 ? 126 : 127));
		for (size_t i = 0; i < wide; i++)
			head[2 + i] = (uint8_t)((uint64_t)payload.n >> (8 * (wide - 1 - i)));
		n += wide;
	}
	memcpy(head + n, key, 4);
	buf_add(to, head, n + 4);
	for (size_t i = 0; i < payload.n; i++) {
		uint8_t c = payload.p[i] ^ key[i % 4];

		buf_add(to, &c, 1);
	}
}
