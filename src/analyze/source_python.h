/* SPDX-License-Identifier: MIT */
/*
 * The structure of Python source, where indentation takes the place of braces: what is comment or
 * string, how far a function reaches, its loops and comprehensions.
 */
#pragma once

#include "analyze/source.h"

bool source_is_python(const char *path);
/* Blanks comments and docstrings in plain, and string contents as well in code. */
void source_python_mask(struct source_file *f);
/*
 * The function whose first line (of the def or of its first decorator, as code objects have it) is
 * decl_line; module code has line 0 or 1. loops has room for max.
 */
bool source_python_function(const struct source_file *f, uint32_t decl_line,
	struct source_function *ret, struct source_loop *loops, size_t max);
