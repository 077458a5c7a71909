/* SPDX-License-Identifier: MIT */
/* XML to flat events. */
#include "parse/xml.h"

#include <errno.h>

struct xml {
	struct span in;
	size_t at;
	flat_fn fn;
	void *ctx;
	struct flat f;
	unsigned too_deep; /* open elements that had no room in the path */
};

static void emit(struct xml *x, struct span value, bool open)
{
	x->f.value = value;
	x->f.open = open;
	x->fn(x->ctx, &x->f);
}

/* Moves behind the next occurrence of `end`; to the end of input when there is none. */
static void skip_past(struct xml *x, const char *end)
{
	struct span rest = span_from(x->in, x->at);
	const void *hit = rest.n ? memmem(rest.p, rest.n, end, strlen(end)) : NULL;

	x->at = hit ? (size_t)((const uint8_t *)hit - x->in.p) + strlen(end) : x->in.n;
}

static struct span local_name(struct span s)
{
	const uint8_t *colon = s.n ? memchr(s.p, ':', s.n) : NULL;

	return colon ? span_from(s, (uint64_t)(colon - s.p) + 1) : s;
}

static bool name_end(int c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '/' || c == '>' || c == '=';
}

static struct span read_name(struct xml *x)
{
	size_t from = x->at;

	while (x->at < x->in.n && !name_end(x->in.p[x->at]))
		x->at++;
	return local_name(span_sub(x->in, from, x->at - from));
}

/* Attributes up to and with the '>'. Returns whether the element closed itself. */
static bool read_attributes(struct xml *x, bool pushed)
{
	while (x->at < x->in.n) {
		int c = x->in.p[x->at];

		if (c == '>') {
			x->at++;
			return false;
		}
		if (c == '/' && x->at + 1 < x->in.n && x->in.p[x->at + 1] == '>') {
			x->at += 2;
			return true;
		}
		if (name_end(c)) {
			x->at++;
			continue;
		}
		size_t from = x->at;
		struct span name = read_name(x);

		if (x->at + 1 >= x->in.n || x->in.p[x->at] != '=')
			continue;
		int quote = x->in.p[x->at + 1];

		if (quote != '"' && quote != '\'')
			continue;
		const uint8_t *start = x->in.p + x->at + 2;
		const uint8_t *end = memchr(start, quote, x->in.n - x->at - 2);

		if (!end) {
			x->at = x->in.n;
			return false;
		}
		char key[64];

		x->at = (size_t)(end - x->in.p) + 1;
		if (!pushed || name.n == 0 || name.n + 1 >= sizeof(key) || from == x->at)
			continue;
		key[0] = '@';
		memcpy(key + 1, name.p, name.n);
		if (flat_push(&x->f, span_of(key, name.n + 1))) {
			emit(x, span_of(start, (size_t)(end - start)), false);
			x->f.depth--;
		}
	}
	return false;
}

static void close_element(struct xml *x)
{
	if (x->too_deep)
		x->too_deep--;
	else if (x->f.depth)
		x->f.depth--;
}

static void read_tag(struct xml *x)
{
	struct span rest = span_from(x->in, x->at);

	if (span_starts(rest, "<!--")) {
		skip_past(x, "-->");
	} else if (span_starts(rest, "<![CDATA[")) {
		skip_past(x, "]]>");
	} else if (span_starts(rest, "<?") || span_starts(rest, "<!")) {
		skip_past(x, ">");
	} else if (span_starts(rest, "</")) {
		skip_past(x, ">");
		close_element(x);
	} else {
		x->at++;
		struct span name = read_name(x);
		bool pushed = !x->too_deep && flat_push(&x->f, name);

		if (pushed)
			emit(x, (struct span){ 0 }, true);
		else
			x->too_deep++;
		if (read_attributes(x, pushed))
			close_element(x);
	}
}

int xml_read(struct span in, flat_fn fn, void *ctx, struct err *err)
{
	struct xml x = { .in = in, .fn = fn, .ctx = ctx };

	if (in.n > FLAT_MAX_BYTES)
		return fail(err, EFBIG, "XML file is larger than %d bytes", FLAT_MAX_BYTES);
	while (x.at < in.n) {
		const uint8_t *lt = memchr(in.p + x.at, '<', in.n - x.at);
		size_t end = lt ? (size_t)(lt - in.p) : in.n;
		struct span text = span_trim(span_sub(in, x.at, end - x.at));

		if (text.n && x.f.depth && !x.too_deep)
			emit(&x, text, false);
		x.at = end;
		if (lt)
			read_tag(&x);
	}
	return 0;
}
