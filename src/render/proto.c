/* SPDX-License-Identifier: MIT */
/* Protocol buffer wire format. */
#include "render/proto.h"

enum { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2 };

void proto_varint(struct buf *b, uint64_t v)
{
	while (v >= 0x80) {
		buf_putc(b, (char)(v | 0x80));
		v >>= 7;
	}
	buf_putc(b, (char)v);
}

void proto_uint(struct buf *b, unsigned field, uint64_t v)
{
	if (!v)
		return;
	proto_varint(b, field << 3 | WIRE_VARINT);
	proto_varint(b, v);
}

void proto_fixed64(struct buf *b, unsigned field, uint64_t v)
{
	if (!v)
		return;
	proto_varint(b, field << 3 | WIRE_FIXED64);
	for (int i = 0; i < 8; i++)
		buf_putc(b, (char)(v >> 8 * i));
}

void proto_bool(struct buf *b, unsigned field, bool v)
{
	proto_uint(b, field, v);
}

void proto_bytes(struct buf *b, unsigned field, const void *p, size_t n)
{
	proto_varint(b, field << 3 | WIRE_BYTES);
	proto_varint(b, n);
	buf_add(b, p, n);
}

void proto_message(struct buf *b, unsigned field, struct buf *m)
{
	proto_bytes(b, field, m->p, m->n);
	buf_clear(m);
}

void proto_packed(struct buf *b, unsigned field, const uint64_t *v, size_t n)
{
	struct buf m = { 0 };

	if (!n)
		return;
	for (size_t i = 0; i < n; i++)
		proto_varint(&m, v[i]);
	proto_message(b, field, &m);
	buf_done(&m);
}
