/* SPDX-License-Identifier: MIT */
/*
 * Reader for TOML 1.0 as manifests use it: tables, arrays of tables, dotted and quoted keys, all
 * strings, arrays over several lines, inline tables. Lenient: a line it does not understand is
 * passed over and counted. Arrays of tables add "[]" to the path.
 */
#pragma once

#include "parse/flat.h"

/* Returns the number of lines passed over, or -EFBIG. */
int toml_read(struct span in, flat_fn fn, void *ctx, struct err *err);
