/* SPDX-License-Identifier: MIT */
/* Streaming JSON output. */
#include "base/json_writer.h"

#include "base/err.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

void json_init(struct json *j, struct sink *out, bool pretty)
{
	*j = (struct json){ .out = out, .pretty = pretty };
	j->first[0] = true;
}

/* Length of the valid UTF-8 sequence at p (1-4), 0 when invalid (overlong, surrogate, cut). */
static size_t utf8_len(const uint8_t *p, size_t n)
{
	if (p[0] < 0x80)
		return 1;
	size_t len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc2 ? 2 : 0;

	if (len == 0 || p[0] > 0xf4 || len > n)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
		(p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return len;
}

static const char *short_escape(uint8_t c)
{
	switch (c) {
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	case '\t':
		return "\\t";
	default:
		return NULL;
	}
}

void json_escape(struct sink *out, const void *s, size_t n)
{
	const uint8_t *p = s;
	size_t run = 0;

	for (size_t i = 0; i < n;) {
		size_t len = utf8_len(p + i, n - i);
		const char *esc = short_escape(p[i]);

		/* '<' and '/' matter only inside HTML: "</script>" must not end the block */
		bool plain = len && p[i] >= 0x20 && p[i] != 0x7f && !esc && p[i] != '<';

		if (plain) {
			i += len;
			continue;
		}
		sink_write(out, p + run, i - run);
		if (!len)
			sink_puts(out, "\\ufffd");
		else if (esc)
			sink_puts(out, esc);
		else
			sink_printf(out, "\\u%04x", p[i]);
		i += len ? len : 1;
		run = i;
	}
	sink_write(out, p + run, n - run);
}

static void indent(struct json *j)
{
	if (!j->pretty)
		return;
	sink_putc(j->out, '\n');
	for (int i = 0; i < j->depth; i++)
		sink_puts(j->out, "  ");
}

static void lead(struct json *j, const char *key)
{
	if (!j->first[j->depth])
		sink_putc(j->out, ',');
	if (j->depth)
		indent(j);
	j->first[j->depth] = false;
	if (key) {
		sink_putc(j->out, '"');
		json_escape(j->out, key, strlen(key));
		sink_puts(j->out, j->pretty ? "\": " : "\":");
	}
}

static void begin(struct json *j, const char *key, char c)
{
	lead(j, key);
	sink_putc(j->out, c);
	if (++j->depth >= JSON_MAX_DEPTH)
		BUG("JSON nested too deep");
	j->first[j->depth] = true;
}

static void end(struct json *j, char c)
{
	bool empty = j->first[j->depth];

	j->depth--;
	if (!empty)
		indent(j);
	sink_putc(j->out, c);
	if (j->depth == 0 && j->pretty)
		sink_putc(j->out, '\n');
}

void json_begin_object(struct json *j, const char *key)
{
	begin(j, key, '{');
}

void json_end_object(struct json *j)
{
	end(j, '}');
}

void json_begin_array(struct json *j, const char *key)
{
	begin(j, key, '[');
}

void json_end_array(struct json *j)
{
	end(j, ']');
}

void json_put_stringn(struct json *j, const char *key, const void *s, size_t n)
{
	lead(j, key);
	sink_putc(j->out, '"');
	json_escape(j->out, s, n);
	sink_putc(j->out, '"');
}

void json_put_string(struct json *j, const char *key, const char *s)
{
	if (s)
		json_put_stringn(j, key, s, strlen(s));
	else
		json_put_null(j, key);
}

void json_put_int(struct json *j, const char *key, int64_t v)
{
	lead(j, key);
	sink_printf(j->out, "%" PRId64, v);
}

void json_put_uint(struct json *j, const char *key, uint64_t v)
{
	lead(j, key);
	sink_printf(j->out, "%" PRIu64, v);
}

void json_put_double(struct json *j, const char *key, double v, int decimals)
{
	char text[64];

	if (!isfinite(v) || fabs(v) > 1e18) {
		json_put_null(j, key);
		return;
	}
	lead(j, key);
	int n = snprintf(text, sizeof(text), "%.*f", decimals < 0 ? 0 : MIN(decimals, 17), v);

	if (strchr(text, '.')) {
		while (n > 0 && text[n - 1] == '0')
			text[--n] = '\0';
		if (n > 0 && text[n - 1] == '.')
			text[--n] = '\0';
	}
	sink_puts(j->out, strcmp(text, "-0") == 0 ? "0" : text);
}

void json_put_bool(struct json *j, const char *key, bool v)
{
	lead(j, key);
	sink_puts(j->out, v ? "true" : "false");
}

void json_put_null(struct json *j, const char *key)
{
	lead(j, key);
	sink_puts(j->out, "null");
}
