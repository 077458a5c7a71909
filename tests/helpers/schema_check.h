/* SPDX-License-Identifier: MIT */
/*
 * The part of JSON Schema that docs/formats uses: type, required, properties, items, enum, const,
 * minimum, maximum, minLength, minItems, maxItems, pattern, $ref to $defs, if/then. An unknown
 * keyword is an error, so that a schema cannot promise what is not checked.
 */
#pragma once

#include "base/buf.h"

#include <jansson.h>
#include <stdbool.h>

/* Appends one line per violation to `problems`; true when there was none. */
bool schema_check(json_t *schema, json_t *value, struct buf *problems);
