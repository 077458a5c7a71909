/* SPDX-License-Identifier: MIT */
/* JDK: jdk.jfr.internal.consumer.ChunkHeader, RecordingInput; hotspot jfr/writers. */
#include "parse/jfr_chunk.h"

#include <errno.h>

static const uint8_t MAGIC[4] = { 'F', 'L', 'R', 0 };

static uint64_t big(const uint8_t *p, unsigned n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | *p++;
	return v;
}

bool jfr_is_chunk(struct span head)
{
	return head.n >= sizeof(MAGIC) && memcmp(head.p, MAGIC, sizeof(MAGIC)) == 0;
}

int jfr_header_read(struct span head, struct jfr_header *ret, struct err *err)
{
	if (!jfr_is_chunk(head))
		return fail(err, EINVAL, "no JFR recording: the signature FLR is missing");
	if (head.n < JFR_HEADER_BYTES)
		return fail(err, ENODATA, "the JFR recording ends inside its first header");
	const uint8_t *p = head.p;
	struct jfr_header h = { .major = (unsigned)big(p + 4, 2),
		.minor = (unsigned)big(p + 6, 2),
		.size_bytes = big(p + 8, 8),
		.pool_offset = big(p + 16, 8),
		.metadata_offset = big(p + 24, 8),
		.start_ns = big(p + 32, 8),
		.duration_ns = big(p + 40, 8),
		.start_ticks = big(p + 48, 8),
		.ticks_per_s = big(p + 56, 8) };

	if (h.major < 1 || h.major > 2) {
		fail(err, EPROTONOSUPPORT, "JFR recording of version %u.%u; versions 2.x are read",
			h.major, h.minor);
		return -EPROTONOSUPPORT;
	}
	if (h.major == 1) { /* Oracle JDK 8's closed format */
		fail(err, EPROTONOSUPPORT, "JFR recording of version %u.%u, from an Oracle JDK 8",
			h.major, h.minor);
		err_hint(err, "record with OpenJDK 8u262 or newer");
		return -EPROTONOSUPPORT;
	}
	if ((p[67] & 1) == 0) /* the last four bytes: generation, pad, flags */
		return fail(err, EPROTONOSUPPORT,
			"JFR recording with uncompressed integers, which no JVM writes by default");
	if (h.ticks_per_s == 0 || h.ticks_per_s > 1000000000000u)
		return fail(err, EINVAL, "JFR recording with %llu clock ticks per second",
			(unsigned long long)h.ticks_per_s);
	*ret = h;
	return 0;
}

int jfr_next_event(struct span chunk, uint64_t *at, struct jfr_event *ret)
{
	struct cursor c = cursor_of(chunk, *at);

	if (*at >= chunk.n)
		return 0;
	uint64_t size = jfr_varlong(&c);

	if (c.bad)
		return -ENODATA;
	if (size == 0 || size <= c.at - *at)
		return -EINVAL;
	if (size > chunk.n - *at)
		return -ENODATA;
	struct cursor body = cursor_of(span_sub(chunk, *at, size), c.at - *at);

	ret->type = jfr_varlong(&body);
	if (body.bad)
		return -EINVAL;
	ret->body = span_from(body.s, body.at);
	*at += size;
	return 1;
}

uint64_t jfr_varlong(struct cursor *c)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 56; shift += 7) {
		uint8_t b = cursor_u8(c);

		v |= (uint64_t)(b & 0x7f) << shift;
		if (b < 0x80)
			return v;
	}
	return v | (uint64_t)cursor_u8(c) << 56;
}

float jfr_float(struct cursor *c)
{
	struct span s = cursor_bytes(c, 4);
	float f = 0;

	if (s.n == 4) {
		uint32_t v = (uint32_t)big(s.p, 4);

		memcpy(&f, &v, 4);
	}
	return f;
}

double jfr_double(struct cursor *c)
{
	struct span s = cursor_bytes(c, 8);
	double d = 0;

	if (s.n == 8) {
		uint64_t v = big(s.p, 8);

		memcpy(&d, &v, 8);
	}
	return d;
}

struct jfr_string jfr_string_read(struct cursor *c)
{
	struct jfr_string s = { .encoding = cursor_u8(c) };
	size_t from;

	switch (s.encoding) {
	case JFR_STRING_NULL:
	case JFR_STRING_EMPTY:
		break;
	case JFR_STRING_POOL:
		s.key = jfr_varlong(c);
		break;
	case JFR_STRING_UTF8:
	case JFR_STRING_LATIN1:
		s.bytes = cursor_bytes(c, jfr_varlong(c));
		break;
	case JFR_STRING_CHARS: {
		uint64_t n = jfr_varlong(c);

		from = c->at;
		for (uint64_t i = 0; i < n && !c->bad; i++)
			jfr_varlong(c);
		if (!c->bad)
			s.bytes = span_sub(c->s, from, c->at - from);
		break;
	}
	default:
		c->bad = true;
	}
	return s;
}

static void put_utf8(struct buf *to, uint32_t u)
{
	if (u < 0x80) {
		buf_putc(to, (char)u);
	} else if (u < 0x800) {
		buf_putc(to, (char)(0xc0 | u >> 6));
		buf_putc(to, (char)(0x80 | (u & 0x3f)));
	} else if (u < 0x10000) {
		buf_putc(to, (char)(0xe0 | u >> 12));
		buf_putc(to, (char)(0x80 | (u >> 6 & 0x3f)));
		buf_putc(to, (char)(0x80 | (u & 0x3f)));
	} else {
		buf_putc(to, (char)(0xf0 | u >> 18));
		buf_putc(to, (char)(0x80 | (u >> 12 & 0x3f)));
		buf_putc(to, (char)(0x80 | (u >> 6 & 0x3f)));
		buf_putc(to, (char)(0x80 | (u & 0x3f)));
	}
}

void jfr_string_text(const struct jfr_string *s, struct buf *to)
{
	struct cursor c = cursor_of(s->bytes, 0);

	switch (s->encoding) {
	case JFR_STRING_UTF8:
		buf_add(to, s->bytes.p, s->bytes.n);
		break;
	case JFR_STRING_LATIN1:
		for (size_t i = 0; i < s->bytes.n; i++)
			put_utf8(to, s->bytes.p[i]);
		break;
	case JFR_STRING_CHARS:
		while (c.at < c.s.n && !c.bad) {
			uint32_t u = (uint32_t)jfr_varlong(&c) & 0xffff;

			if (u >= 0xd800 && u < 0xdc00 && c.at < c.s.n) {
				uint32_t low = (uint32_t)jfr_varlong(&c) & 0xffff;

				u = low >= 0xdc00 && low < 0xe000
					? 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00)
					: 0xfffd;
			} else if (u >= 0xd800 && u < 0xe000) {
				u = 0xfffd;
			}
			put_utf8(to, u);
		}
		break;
	default:
		break;
	}
}
