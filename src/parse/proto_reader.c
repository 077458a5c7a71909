/* SPDX-License-Identifier: MIT */
/* Reading protocol buffers. */
#include "parse/proto_reader.h"

bool proto_varint_slow(struct proto_reader *r, uint64_t *ret)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 70; shift += 7) {
		if (r->p == r->end)
			break;
		uint8_t b = *r->p++;

		if (shift < 64)
			v |= (uint64_t)(b & 0x7f) << shift;
		if (b < 0x80) {
			*ret = v;
			return true;
		}
	}
	r->bad = true;
	return false;
}

static bool next_fixed(struct proto_reader *r, size_t n, uint64_t *ret)
{
	if ((size_t)(r->end - r->p) < n) {
		r->bad = true;
		return false;
	}
	*ret = 0;
	for (size_t i = 0; i < n; i++)
		*ret |= (uint64_t)r->p[i] << (8 * i);
	r->p += n;
	return true;
}

bool proto_next(struct proto_reader *r, struct proto_field *ret)
{
	uint64_t tag, n;

	if (r->p == r->end || !proto_next_varint(r, &tag))
		return false;
	if (tag >> 3 == 0 || tag >> 3 > (1u << 29)) {
		r->bad = true;
		return false;
	}
	*ret = (struct proto_field){ .number = (uint32_t)(tag >> 3), .wire = tag & 7 };
	switch (ret->wire) {
	case PROTO_VARINT:
		return proto_next_varint(r, &ret->value);
	case PROTO_FIXED64:
		return next_fixed(r, 8, &ret->value);
	case PROTO_FIXED32:
		return next_fixed(r, 4, &ret->value);
	case PROTO_BYTES:
		if (!proto_next_varint(r, &n))
			return false;
		if (n > (uint64_t)(r->end - r->p))
			break;
		ret->bytes = span_of(r->p, (size_t)n);
		r->p += n;
		return true;
	default: /* groups are long gone */
		break;
	}
	r->bad = true;
	return false;
}
