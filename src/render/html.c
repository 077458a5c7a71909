/* SPDX-License-Identifier: MIT */
/* Escaping and templates. */
#include "render/html.h"

#include "base/err.h"
#include "render/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *entity(uint32_t cp)
{
	switch (cp) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void html_text(struct sink *out, const char *s)
{
	char text[4];

	if (!s)
		return;
	while (*s) {
		uint32_t cp = utf8_next(&s);
		const char *name = entity(cp);

		if (name) {
			sink_puts(out, name);
			continue;
		}
		if (cp != '\n' && cp != '\t' && utf8_hostile(cp))
			cp = UTF8_BAD;
		sink_write(out, text, utf8_put(text, cp));
	}
}

void html_printf(struct sink *out, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	int n = vasprintf(&text, fmt, ap);

	va_end(ap);
	if (n < 0)
		return;
	html_text(out, text);
	free(text);
}

void html_template(struct sink *out, const char *text, const struct html_slot *slots, size_t n,
	const void *ctx)
{
	for (const char *open; (open = strstr(text, "{{"));) {
		const char *close = strstr(open, "}}");
		size_t len = close ? (size_t)(close - open) - 2 : 0, i = 0;

		if (!close)
			BUG("template slot without an end");
		sink_write(out, text, (size_t)(open - text));
		for (; i < n; i++)
			if (strlen(slots[i].name) == len &&
				memcmp(slots[i].name, open + 2, len) == 0)
				break;
		if (i == n)
			BUG("template slot '%.*s' has no writer", (int)len, open + 2);
		slots[i].write(out, ctx);
		text = close + 2;
	}
	sink_puts(out, text);
}
