/* SPDX-License-Identifier: MIT */
/* What the verbs that show knowledge (tools, experts, rules) have in common. */
#pragma once

#include "cli/command.h"
#include "render/page.h"

/* A page on standard output in the style the user wants. */
void view_page(struct page *pg, const struct invocation *inv);

/* Some text of the record contains every word, ignoring case. */
bool view_matches(const struct invocation *inv, const char *const *texts, size_t n,
	const struct k_strings *const *lists, size_t n_lists);
bool view_same(const char *a, const char *b); /* ignoring case */
bool view_has(const struct k_strings *list, const char *word);

/* The words joined: "python, go". Arena-owned. */
const char *view_join(struct arena *a, const struct k_strings *list);

/* A dim line with the file of a record ("file:line") when it is another one than before. */
void view_file(struct page *pg, const char *origin, const char **previous);

/* Nothing matched: an error that says so and how to see all. */
int view_nothing(const struct invocation *inv, const char *what, struct err *err);
