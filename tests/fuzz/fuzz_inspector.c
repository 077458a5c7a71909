/* SPDX-License-Identifier: MIT */
/* What an inspector may send: HTTP answers, frames, messages, lists of targets. */
#include "parse/inspector_message.h"
#include "parse/websocket.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span all = span_of(data, n), rest = all;
	struct http_answer answer;
	struct websocket_frame f;
	struct inspector_message m;
	char path[128];
	uint16_t port;

	if (http_answer_read(all, &answer) > 0 && answer.size > n)
		abort();
	while (websocket_frame_read(rest, 1 << 16, &f) > 0) {
		if (f.size > rest.n || f.size < 2 || f.payload.n > f.size)
			abort();
		inspector_message_read(f.payload, &m);
		rest = span_from(rest, f.size);
	}
	inspector_message_read(all, &m);
	inspector_target_path(all, path, sizeof(path), &port);
	return 0;
}
