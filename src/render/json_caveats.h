/* SPDX-License-Identifier: MIT */
/* The "caveats" array that every JSON document of perf-ops has. */
#pragma once

#include "base/json_writer.h"
#include "model/caveat.h"

/* "caveats": [{"id", "text"}], empty when there are none. */
void json_caveats(struct json *j, const struct caveats *c);
