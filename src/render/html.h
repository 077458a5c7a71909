/* SPDX-License-Identifier: MIT */
/*
 * HTML building blocks: escaped text, and templates whose {{slots}} are filled by functions, so
 * that the markup stays in assets/. Text is escaped for element content and quoted attributes
 * alike, and control or reordering characters are replaced.
 */
#pragma once

#include "base/sink.h"

void html_text(struct sink *out, const char *s);
void html_printf(struct sink *out, const char *fmt, ...) PRINTF_LIKE(2, 3); /* escaped as a whole */

struct html_slot {
	const char *name;
	void (*write)(struct sink *out, const void *ctx);
};

/* Stops (BUG) on a slot without a function: templates are ours. */
void html_template(struct sink *out, const char *text, const struct html_slot *slots, size_t n,
	const void *ctx);
