/* SPDX-License-Identifier: MIT */
/*
 * Names that JIT compilers write into perf maps, taken apart: V8 ("JS:*hot /app/a.js:3:11",
 * "LazyCompile:~f /app/a.js:3") and CPython ("py::f:/app/x.py"). Others are names as they are.
 */
#pragma once

#include "base/span.h"

#include <stdbool.h>

struct jit_name {
	struct span function; /* "(anonymous)" when it has none */
	struct span file;     /* empty unknown */
	uint32_t line;        /* where the function starts, 0 unknown */
};

/* False when the name is of no known form: then function is the whole name. */
bool jit_name_parse(struct jit_name *ret, struct span raw);
