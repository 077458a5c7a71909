/* SPDX-License-Identifier: MIT */
/*
 * Writing protocol buffers: just the wire types that pprof needs
 * (protobuf.dev/programming-guides/encoding). Messages are built in a buffer of their own and then
 * added with their length.
 */
#pragma once

#include "base/buf.h"

void proto_varint(struct buf *b, uint64_t v);
/* Zero is the default of proto3 and is left out. */
void proto_uint(struct buf *b, unsigned field, uint64_t v);
void proto_fixed64(struct buf *b, unsigned field, uint64_t v);
void proto_bool(struct buf *b, unsigned field, bool v);
void proto_bytes(struct buf *b, unsigned field, const void *p, size_t n);
/* Adds message `m` as field and clears it for the next one. */
void proto_message(struct buf *b, unsigned field, struct buf *m);
/* Packed repeated varints. */
void proto_packed(struct buf *b, unsigned field, const uint64_t *v, size_t n);
