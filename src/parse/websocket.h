/* SPDX-License-Identifier: MIT */
/*
 * The client's side of the WebSocket protocol (RFC 6455), on bytes: the head of an HTTP answer and
 * frames. What comes from the server is hostile: sizes are bounded before anything is kept.
 */
#pragma once

#include "base/buf.h"
#include "base/span.h"

#include <stdbool.h>

enum websocket_opcode {
	WEBSOCKET_CONTINUE = 0,
	WEBSOCKET_TEXT = 1,
	WEBSOCKET_BINARY = 2,
	WEBSOCKET_CLOSE = 8,
	WEBSOCKET_PING = 9,
	WEBSOCKET_PONG = 10,
};

enum { HTTP_MAX_HEAD = 16 << 10 };

struct websocket_frame {
	enum websocket_opcode opcode;
	bool last; /* of its message */
	struct span payload;
	size_t size; /* of the whole frame */
};

struct http_answer {
	unsigned status;
	bool upgraded; /* to a WebSocket */
	bool has_length;
	uint64_t length; /* of the body */
	size_t size;     /* of the head with its empty line */
};

/* 1: complete; 0: more bytes are needed; -EPROTO: no such answer. */
int http_answer_read(struct span bytes, struct http_answer *ret);
/*
 * 1: *ret is the first frame; 0: more bytes are needed; -EFBIG: longer than max; -EPROTO: not what
 * a server may send.
 */
int websocket_frame_read(struct span bytes, size_t max, struct websocket_frame *ret);
/* A frame of its own, masked with these four bytes as clients must. */
void websocket_frame_write(
	struct buf *to, enum websocket_opcode opcode, struct span payload, uint32_t mask);
