/* SPDX-License-Identifier: MIT */
/* Errors as one wrapped paragraph: what failed, then what to do. */
#include "render/text_error.h"

#include "base/alloc.h"
#include "render/page.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* The message has no capital and no full stop; the sentence after it starts with a capital. */
static char *as_sentences(const char *msg, const char *hint)
{
	size_t n = strlen(msg);
	const char *stop = n && strchr(".!?:", msg[n - 1]) ? "" : ".";

	if (!hint || !*hint)
		return xasprintf("%s", msg);
	return xasprintf("%s%s %c%s", msg, stop, toupper((unsigned char)hint[0]), hint + 1);
}

static void paragraph(
	struct sink *out, enum ink ink, const char *text, const struct text_style *style)
{
	struct page pg;

	page_init(&pg, out, style);
	page_ink(&pg, ink, "perf-ops: ");
	page_wrap(&pg, INK_NONE, 0, text);
	page_line(&pg);
}

void text_error(struct sink *out, const struct err *err, const struct text_style *style)
{
	char *text = as_sentences(*err->msg ? err->msg : "failed without a message", err->hint);

	paragraph(out, INK_COST, text, style);
	free(text);
}

void text_remark(struct sink *out, const char *text, const struct text_style *style)
{
	paragraph(out, INK_CAVEAT, text, style);
}
