/* SPDX-License-Identifier: MIT */
/* Scripts and functions as V8 names them. */
#include "parse/v8_script.h"

enum { MAX_PATH_BYTES = 4096 };

static int hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void v8_script_path(struct span url, struct buf *ret)
{
	static const char scheme[] = "file://";
	size_t skip = span_starts(url, scheme) ? sizeof(scheme) - 1 : 0;

	buf_clear(ret);
	url = span_from(url, skip);
	for (size_t i = 0; i < url.n && ret->n < MAX_PATH_BYTES; i++) {
		int a = skip && url.p[i] == '%' && i + 2 < url.n ? hex(url.p[i + 1]) : -1;
		int b = a >= 0 ? hex(url.p[i + 2]) : -1;
		char c = (char)url.p[i];

		if (b >= 0 && (a | b)) {
			c = (char)(a << 4 | b);
			i += 2;
		}
		buf_add(ret, &c, 1);
	}
}

bool v8_call_member(struct json_stream *j, struct span key, struct strtab *strings, bool old,
	struct v8_call *ret)
{
	struct span s;

	if (span_eq(key, "functionName")) {
		if (json_take_string(j, &s))
			ret->function = strtab_addn(strings, s.p, s.n);
	} else if (span_eq(key, "url")) {
		struct buf path = { 0 };

		if (json_take_string(j, &s)) {
			v8_script_path(s, &path);
			ret->file = strtab_addn(strings, path.p ? path.p : "", path.n);
		}
		buf_done(&path);
	} else if (span_eq(key, "lineNumber")) {
		int64_t line = json_take_i64(j, -1);

		ret->line = line < 0 || line > INT32_MAX ? 0 : import_line(line + !old);
	} else {
		return false;
	}
	return true;
}

void v8_call_read(struct json_stream *j, struct strtab *strings, struct v8_call *ret)
{
	struct span key;

	if (json_enter_object(j))
		while (json_next_key(j, &key))
			v8_call_member(j, key, strings, false, ret);
}

uint32_t v8_call_frame(
	struct profile *p, const struct strtab *strings, const struct v8_call *c, uint32_t line)
{
	const char *name = strtab_get(strings, c->function);
	struct import_place at = { .function = span_str(*name ? name : "(anonymous)"),
		.file = span_str(strtab_get(strings, c->file)),
		.module = span_str("v8"),
		.line = line ? line : c->line,
		.decl_line = c->line };
	uint32_t id = import_frame(p, &at);

	/* without a script it is V8 itself: a builtin, "(program)", "(garbage collector)" */
	if (at.file.n == 0)
		p->frames.v[id].kind = FRAME_RUNTIME;
	return id;
}
