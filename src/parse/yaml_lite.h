/* SPDX-License-Identifier: MIT */
/*
 * Reader for the YAML that configuration files are written in: block mappings and sequences by
 * indentation, plain and quoted scalars, flow lists and mappings on one line, several documents.
 * Anchors, tags and multi-line scalars are passed over, nothing is expanded: hostile documents cost
 * one pass. Each document starts again at an empty path.
 */
#pragma once

#include "parse/flat.h"

/* Returns the number of lines passed over, or -EFBIG. */
int yaml_lite_read(struct span in, flat_fn fn, void *ctx, struct err *err);
