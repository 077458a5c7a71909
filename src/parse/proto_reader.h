/* SPDX-License-Identifier: MIT */
/*
 * Reading protocol buffers field by field (protobuf.dev/programming-guides/encoding). Fields may
 * come in any order and repeated integers packed or one by one: proto_each hides the difference.
 */
#pragma once

#include "base/span.h"

enum proto_wire {
	PROTO_VARINT = 0,
	PROTO_FIXED64 = 1,
	PROTO_BYTES = 2,
	PROTO_FIXED32 = 5,
};

struct proto_reader {
	const uint8_t *p, *end;
	bool bad; /* the bytes are no protocol buffer */
};

struct proto_field {
	uint32_t number;
	uint8_t wire;
	uint64_t value;    /* of varints and fixed ones */
	struct span bytes; /* PROTO_BYTES */
};

static inline struct proto_reader proto_reader_of(struct span s)
{
	return (struct proto_reader){ .p = s.p, .end = s.p + s.n };
}

/* False past the end or for more than ten bytes, and sets bad. */
bool proto_varint_slow(struct proto_reader *r, uint64_t *ret);

static inline bool proto_next_varint(struct proto_reader *r, uint64_t *ret)
{
	if (r->p < r->end && *r->p < 0x80) {
		*ret = *r->p++;
		return true;
	}
	return proto_varint_slow(r, ret);
}

/* The next field; false at the end or when bad. */
bool proto_next(struct proto_reader *r, struct proto_field *ret);

/*
 * Over the integers of one field, packed or not: start with *at = 0; false when there are no more.
 *
 *	struct proto_each e = proto_each_of(&field);
 *	while (proto_each(&e, &value)) ...
 */
struct proto_each {
	struct proto_reader packed;
	uint64_t single;
	bool has_single;
};

static inline struct proto_each proto_each_of(const struct proto_field *f)
{
	return (struct proto_each){ .packed = proto_reader_of(f->bytes),
		.single = f->value,
		.has_single = f->wire != PROTO_BYTES };
}

static inline bool proto_each(struct proto_each *e, uint64_t *ret)
{
	if (e->has_single) {
		e->has_single = false;
		*ret = e->single;
		return true;
	}
	return e->packed.p < e->packed.end && proto_next_varint(&e->packed, ret);
}
