/* SPDX-License-Identifier: MIT */
/* A YAML subset to flat events. */
#include "parse/yaml_lite.h"

#include <errno.h>

struct level {
	size_t indent;
	unsigned depth; /* path length above this level */
	bool list;
};

struct yaml {
	flat_fn fn;
	void *ctx;
	struct flat f;
	struct level level[FLAT_MAX_DEPTH];
	unsigned n_levels;
	size_t block_indent; /* of a | or > scalar whose lines are passed over */
	bool in_block;
	int skipped;
};

static void emit(struct yaml *y, struct span value, bool open)
{
	y->f.value = value;
	y->f.open = open;
	y->fn(y->ctx, &y->f);
}

/* Cuts a comment (" #...") off a plain line, outside quotes. */
static struct span without_comment(struct span s)
{
	int quote = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (quote) {
			if (s.p[i] == '\\' && quote == '"')
				i++;
			else if (s.p[i] == quote)
				quote = 0;
		} else if ((s.p[i] == '"' || s.p[i] == '\'') &&
			(i == 0 || strchr(" [{,:-", s.p[i - 1]))) {
			quote = s.p[i];
		} else if (s.p[i] == '#' && (i == 0 || s.p[i - 1] == ' ' || s.p[i - 1] == '\t')) {
			return span_trim(span_sub(s, 0, i));
		}
	}
	return span_trim(s);
}

/* Length of the key when the text is "key:" or "key: value", 0 otherwise. */
static size_t key_length(struct span s)
{
	int quote = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (quote) {
			quote = s.p[i] == quote ? 0 : quote;
		} else if (i == 0 && (s.p[i] == '"' || s.p[i] == '\'')) {
			quote = s.p[i];
		} else if (i == 0 && strchr("[{&*|>%@`", s.p[i])) {
			return 0;
		} else if (s.p[i] == ':' &&
			(i + 1 == s.n || s.p[i + 1] == ' ' || s.p[i + 1] == '\t')) {
			return i;
		}
	}
	return 0;
}

/* "!tag" and "&anchor" before a value. */
static struct span without_tag(struct span s)
{
	while (s.n && (s.p[0] == '&' || s.p[0] == '!')) {
		size_t i = 0;

		while (i < s.n && s.p[i] != ' ')
			i++;
		s = span_trim(span_from(s, i));
	}
	return s;
}

static void read_scalar(struct yaml *y, struct span v, unsigned nesting);

/* End of the flow element that starts at `from`: the comma or closing bracket of this level. */
static size_t flow_end(struct span s, size_t from)
{
	int nested = 0, quote = 0;

	for (size_t i = from; i < s.n; i++) {
		int c = s.p[i];

		if (quote)
			quote = c == quote ? 0 : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (c == '[' || c == '{')
			nested++;
		else if ((c == ']' || c == '}') && nested-- == 0)
			return i;
		else if (c == ',' && nested == 0)
			return i;
	}
	return s.n;
}

static void read_flow(struct yaml *y, struct span v, unsigned nesting)
{
	bool list = v.p[0] == '[';
	unsigned depth = y->f.depth;

	for (size_t at = 1; at < v.n;) {
		size_t end = flow_end(v, at);
		struct span e = span_trim(span_sub(v, at, end - at));

		at = end + 1;
		if (list) {
			if (e.n && flat_push(&y->f, span_str("[]")))
				read_scalar(y, e, nesting + 1);
		} else {
			size_t k = key_length(e);

			if (k && flat_push(&y->f, span_unquote(span_trim(span_sub(e, 0, k)))))
				read_scalar(y, span_trim(span_from(e, k + 1)), nesting + 1);
		}
		y->f.depth = depth;
		if (end < v.n && v.p[end] != ',')
			break;
	}
}

static void read_scalar(struct yaml *y, struct span v, unsigned nesting)
{
	v = without_tag(v);
	if (v.n && (v.p[0] == '[' || v.p[0] == '{')) {
		if (nesting < 8)
			read_flow(y, v, nesting);
		return;
	}
	emit(y, span_unquote(v), false);
}

/* Drops the levels that a line with this indent ends. */
static void close_levels(struct yaml *y, size_t indent, bool dash)
{
	while (y->n_levels) {
		const struct level *l = &y->level[y->n_levels - 1];

		if (l->indent < indent || (l->indent == indent && l->list == dash))
			break;
		/* "key:" and its "- item" lines may have the same indent */
		if (l->indent == indent && dash && !l->list)
			break;
		y->n_levels--;
	}
}

static bool open_level(struct yaml *y, size_t indent, bool list, unsigned depth)
{
	if (y->n_levels == FLAT_MAX_DEPTH)
		return false;
	y->level[y->n_levels++] = (struct level){ .indent = indent, .depth = depth, .list = list };
	return true;
}

/* The content of a line at its indent: "- item", "key: value" or a lone scalar. */
static void read_content(struct yaml *y, struct span s, size_t indent)
{
	while (s.n) {
		bool dash = s.p[0] == '-' && (s.n == 1 || s.p[1] == ' ' || s.p[1] == '\t');

		close_levels(y, indent, dash);
		struct level *top = y->n_levels ? &y->level[y->n_levels - 1] : NULL;

		if (dash) {
			if (!top || !top->list || top->indent < indent) {
				if (!open_level(y, indent, true, y->f.depth))
					break;
				top = &y->level[y->n_levels - 1];
			}
			y->f.depth = top->depth;
			if (!flat_push(&y->f, span_str("[]")))
				break;
			struct span rest = span_trim(span_from(s, 1));

			indent += (size_t)(rest.p - s.p) * (rest.n > 0);
			s = rest;
			if (key_length(s) || s.n == 0)
				emit(y, (struct span){ 0 }, true);
			continue;
		}
		size_t k = key_length(s);

		if (!k) {
			if (top && !top->list && top->indent < indent)
				y->skipped++; /* goes on a plain scalar of the line before */
			else
				read_scalar(y, s, 0);
			return;
		}
		if (!top || top->list || top->indent < indent) {
			if (!open_level(y, indent, false, y->f.depth))
				break;
			top = &y->level[y->n_levels - 1];
		}
		y->f.depth = top->depth;
		if (!flat_push(&y->f, span_unquote(span_trim(span_sub(s, 0, k)))))
			break;
		struct span v = without_tag(span_trim(span_from(s, k + 1)));

		if (v.n && (v.p[0] == '|' || v.p[0] == '>')) {
			y->in_block = true;
			y->block_indent = indent;
		} else if (v.n) {
			read_scalar(y, v, 0);
		} else {
			emit(y, (struct span){ 0 }, true);
		}
		return;
	}
	if (s.n)
		y->skipped++;
}

int yaml_lite_read(struct span in, flat_fn fn, void *ctx, struct err *err)
{
	struct yaml y = { .fn = fn, .ctx = ctx };
	struct span line;

	if (in.n > FLAT_MAX_BYTES)
		return fail(err, EFBIG, "YAML file is larger than %d bytes", FLAT_MAX_BYTES);
	while (span_next_line(&in, &line)) {
		size_t indent = 0;

		y.f.line++;
		while (indent < line.n && line.p[indent] == ' ')
			indent++;
		struct span s = span_trim(line);

		if (s.n == 0)
			continue;
		if (y.in_block && indent > y.block_indent)
			continue;
		y.in_block = false;
		if (indent == 0 && (span_starts(s, "---") || span_starts(s, "..."))) {
			y.n_levels = 0;
			y.f.depth = 0;
			continue;
		}
		s = without_comment(s);
		if (s.n)
			read_content(&y, s, indent);
	}
	return y.skipped;
}
