/* SPDX-License-Identifier: MIT */
/* Inspector messages. */
#include "parse/inspector_message.h"

#include "base/alloc.h"
#include "parse/json_stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool inspector_message_read(struct span text, struct inspector_message *ret)
{
	struct inspector_message m = { .id = -1 };
	struct byte_stream in;
	struct json_stream *j = xcalloc(1, sizeof(*j));
	struct span key, s;

	byte_stream_init_span(&in, &text);
	json_stream_init(j, &in);
	if (json_enter_object(j))
		while (json_next_key(j, &key)) {
			if (span_eq(key, "id")) {
				m.id = json_take_i64(j, -1);
			} else if (span_eq(key, "result")) {
				m.has_result = true;
			} else if (span_eq(key, "error") && json_enter_object(j)) {
				snprintf(m.error, sizeof(m.error), "unknown error");
				while (json_next_key(j, &key))
					if (span_eq(key, "message") && json_take_string(j, &s))
						snprintf(m.error, sizeof(m.error), "%.*s",
							(int)MIN(s.n, (size_t)200),
							(const char *)s.p);
			}
		}
	bool ok = json_stream_finish(j, NULL) == 0;

	json_stream_done(j);
	free(j);
	byte_stream_done(&in);
	*ret = m;
	return ok;
}

/* "ws://127.0.0.1:9229/3c0a": the port and what follows. */
static bool take_url(struct span url, char *path, size_t path_size, uint16_t *ret_port)
{
	static const char *const hosts[] = { "ws://127.0.0.1:", "ws://localhost:", "ws://[::1]:" };
	size_t at = 0;
	unsigned port = 0;

	for (size_t i = 0; i < ARRAY_LEN(hosts); i++)
		if (span_starts(url, hosts[i]))
			at = strlen(hosts[i]);
	if (!at)
		return false;
	for (; at < url.n && url.p[at] >= '0' && url.p[at] <= '9' && port < 65536; at++)
		port = port * 10 + url.p[at] - '0';
	if (port == 0 || port > 65535 || at >= url.n || url.p[at] != '/' || url.n - at >= path_size)
		return false;
	/* it goes into a request line: nothing but what names have */
	for (size_t i = at; i < url.n; i++)
		if (!strchr("/-_.", url.p[i]) &&
			!((url.p[i] | 32) >= 'a' && (url.p[i] | 32) <= 'z') &&
			!(url.p[i] >= '0' && url.p[i] <= '9'))
			return false;
	snprintf(path, path_size, "%.*s", (int)(url.n - at), (const char *)url.p + at);
	*ret_port = (uint16_t)port;
	return true;
}

bool inspector_target_path(struct span text, char *path, size_t path_size, uint16_t *ret_port)
{
	struct byte_stream in;
	struct json_stream *j = xcalloc(1, sizeof(*j));
	struct span key, s;
	bool found = false;

	byte_stream_init_span(&in, &text);
	json_stream_init(j, &in);
	if (json_enter_array(j))
		while (json_next_element(j)) {
			if (!json_enter_object(j))
				continue;
			while (json_next_key(j, &key))
				if (!found && span_eq(key, "webSocketDebuggerUrl") &&
					json_take_string(j, &s))
					found = take_url(s, path, path_size, ret_port);
		}
	json_stream_done(j);
	free(j);
	byte_stream_done(&in);
	return found;
}
