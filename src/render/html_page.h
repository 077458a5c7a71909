/* SPDX-License-Identifier: MIT */
/* The shell of every page: style, header, theme switch, data block and script, all inside. */
#pragma once

#include "base/sink.h"

typedef void html_writer(struct sink *out, const void *ctx);

struct html_page {
	html_writer *title; /* of the document */
	html_writer *heading;
	html_writer *command; /* what was measured */
	html_writer *body;
	html_writer *data; /* JSON for the flamegraph; NULL: none */
};

void html_page(struct sink *out, const struct html_page *page, const void *ctx);
