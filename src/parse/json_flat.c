/* SPDX-License-Identifier: MIT */
/* JSON to flat events. */
#include "parse/json_flat.h"

#include "base/buf.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>

struct walk {
	flat_fn fn;
	void *ctx;
	struct flat f;
};

static void emit(struct walk *w, struct span value, bool open)
{
	w->f.value = value;
	w->f.open = open;
	w->fn(w->ctx, &w->f);
}

static void walk_value(struct walk *w, json_t *v);

static void walk_container(struct walk *w, json_t *v)
{
	unsigned depth = w->f.depth;
	const char *key;
	json_t *e;
	size_t i;

	emit(w, (struct span){ 0 }, true);
	if (json_is_array(v)) {
		json_array_foreach(v, i, e)
		{
			if (flat_push(&w->f, span_str("[]")))
				walk_value(w, e);
			w->f.depth = depth;
		}
		return;
	}
	json_object_foreach(v, key, e)
	{
		if (flat_push(&w->f, span_str(key)))
			walk_value(w, e);
		w->f.depth = depth;
	}
}

static void walk_value(struct walk *w, json_t *v)
{
	char number[40];

	switch (json_typeof(v)) {
	case JSON_OBJECT:
	case JSON_ARRAY:
		walk_container(w, v);
		break;
	case JSON_STRING:
		emit(w, span_of(json_string_value(v), json_string_length(v)), false);
		break;
	case JSON_INTEGER:
		snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(v));
		emit(w, span_str(number), false);
		break;
	case JSON_REAL:
		snprintf(number, sizeof(number), "%g", json_real_value(v));
		emit(w, span_str(number), false);
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		emit(w, span_str(json_is_true(v) ? "true" : "false"), false);
		break;
	case JSON_NULL:
		break;
	}
}

/* The text without // and block comments and without commas before a closing bracket. */
static void strip_comments(struct span in, struct buf *out)
{
	size_t comma = SIZE_MAX; /* place in out of a comma that nothing followed yet */
	size_t i = 0;

	if (span_starts(in, "\xef\xbb\xbf"))
		i = 3;
	while (i < in.n) {
		int c = in.p[i];
		size_t from = i;

		if (c == '/' && i + 1 < in.n && in.p[i + 1] == '/') {
			while (i < in.n && in.p[i] != '\n')
				i++;
			continue;
		}
		if (c == '/' && i + 1 < in.n && in.p[i + 1] == '*') {
			for (i += 2; i + 1 < in.n && !(in.p[i] == '*' && in.p[i + 1] == '/'); i++)
				if (in.p[i] == '\n')
					buf_putc(out, '\n');
			i += 2;
			continue;
		}
		i++;
		if (c == '"') {
			while (i < in.n && in.p[i] != '"' && in.p[i] != '\n')
				i += in.p[i] == '\\' && i + 1 < in.n ? 2 : 1;
			i = MIN(i + 1, in.n);
		}
		if ((c == ']' || c == '}') && comma != SIZE_MAX)
			out->p[comma] = ' ';
		if (c == ',')
			comma = out->n;
		else if (c != ' ' && c != '\t' && c != '\n' && c != '\r')
			comma = SIZE_MAX;
		buf_add(out, in.p + from, i - from);
	}
}

int json_flat_read(struct span in, flat_fn fn, void *ctx, struct err *err)
{
	struct walk w = { .fn = fn, .ctx = ctx };
	_cleanup_(buf_done) struct buf text = { 0 };
	json_error_t e;

	if (in.n > FLAT_MAX_BYTES)
		return fail(err, EFBIG, "JSON file is larger than %d bytes", FLAT_MAX_BYTES);
	strip_comments(in, &text);
	json_t *root =
		json_loadb(buf_cstr(&text), text.n, JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK, &e);

	if (!root)
		return fail(err, EINVAL, "line %d is not valid JSON", e.line);
	walk_value(&w, root);
	json_decref(root);
	return 0;
}
