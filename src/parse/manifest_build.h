/* SPDX-License-Identifier: MIT */
/* Filling a struct manifest safely; used by the manifest formats only. */
#pragma once

#include "parse/flat.h"
#include "parse/manifest.h"

/* Printable text of at most 120 bytes; "" when empty. */
const char *manifest_text(struct arena *a, struct span s);
/* A plain version ("^4.18.2", ">=3.9,<4"), else "". */
const char *manifest_version(struct arena *a, struct span s);
void manifest_add_dep(struct manifest *m, struct arena *a, struct span name, struct span version);
void manifest_add_member(struct manifest *m, struct arena *a, struct span glob);
/* Adds what PEP 508 says: "uvicorn[standard]>=0.2; python_version > '3.8'". */
void manifest_add_requirement(struct manifest *m, struct arena *a, struct span s);
/* Sets a text once, when there is something to set. */
void manifest_set(const char **field, struct arena *a, struct span s);

/*
 * The next quoted string ('..' or "..") of a program text at or after *at, within the same line;
 * *at moves behind it. For build files that are programs (setup.py, build.gradle, Gemfile).
 */
bool text_next_quoted(struct span s, size_t *at, struct span *ret);
/* Text before a line comment that starts with `mark` outside quotes. */
struct span text_without_comment(struct span line, const char *mark);
/* Whether s has `word` with no identifier character on either side; *ret_end is behind it. */
bool text_find_word(struct span s, const char *word, size_t *ret_end);
bool text_has(struct span s, const char *needle);
/* The identifier-like word (letters, digits, . _ - + / :) at the start of s. */
struct span text_word(struct span s);
