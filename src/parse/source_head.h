/* SPDX-License-Identifier: MIT */
/* What the first bytes of a source file tell: its interpreter, minified, said to be generated. */
#pragma once

#include "base/span.h"

enum { SOURCE_HEAD_BYTES = 8192 };

/* The program of a "#!" line, without path, "env" and version digits: "python", "node". Empty:
 * none. */
struct span source_interpreter(struct span head);
/*
 * Lines so long that no person wrote them: 250 bytes on average over at least 1 KiB. The head must
 * be the beginning of the file.
 */
bool source_minified(struct span head);
/* Texts of generators, with a filter that passes over heads without any of them in one sweep. */
struct source_marks {
	const char *const *v;
	size_t n;
	uint8_t filter[4096]; /* bits by hash of the first four bytes of each */
};

/* The array and its texts are borrowed; a mark of less than four bytes is left out. */
void source_marks_init(struct source_marks *m, const char *const *v, size_t n);
/* Whether one of the first comment lines holds one of the marks. */
bool source_marked(struct span head, const struct source_marks *marks);
/*
 * The language that the text itself shows where an extension is shared: "header" (.h) may be "cpp"
 * or "objective-c", "objective-c" (.m) may be "matlab" and so on. "" when the text is no source at
 * all; `language` itself when nothing speaks against it.
 */
const char *source_real_language(const char *language, struct span head);
