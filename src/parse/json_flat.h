/* SPDX-License-Identifier: MIT */
/*
 * JSON to flat events, through jansson (strict, with a depth limit). Comments and trailing commas,
 * which editors' configuration files have (tsconfig.json, .jsonc), are taken out first.
 */
#pragma once

#include "parse/flat.h"

/*
 * Returns 0, -EFBIG or -EINVAL. The message names the line, never the text there: configuration
 * holds secrets.
 */
int json_flat_read(struct span in, flat_fn fn, void *ctx, struct err *err);
