/* SPDX-License-Identifier: MIT */
/*
 * The prose of docs/commands/NAME.md, compiled in by gen/docc: one source for --help, the man page,
 * the completions and the web. The body is Markdown of a small kind: paragraphs, "## Heading",
 * four-blank-indented code, "- " items and `code`.
 */
#pragma once

struct docs_page {
	const char *name, *summary, *synopsis, *see_also, *body;
};

extern const struct docs_page docs_pages[]; /* ended by a NULL name */
/* NULL when there is no page of that name. */
const struct docs_page *docs_page_find(const char *name);
