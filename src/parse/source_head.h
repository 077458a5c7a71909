/* SPDX-License-Identifier: MIT */
/* What the first bytes of a source file tell: its interpreter, minified, said to be generated. */
#pragma once

#include "base/span.h"

enum { SOURCE_HEAD_BYTES = 8192 };

/* The program of a "#!" line, without path, "env" and version digits: "python", "node". Empty: none. */
struct span source_interpreter(struct span head);
/*
 * Lines so long that no person wrote them: 250 bytes on average over at least 1 KiB. The head must
 * be the beginning of the file.
 */
bool source_minified(struct span head);
/* Whether one of the first comment lines holds one of the marks. */
bool source_marked(struct span head, const char *const *marks, size_t n);
