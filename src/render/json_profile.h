/* SPDX-License-Identifier: MIT */
/* Profile result as JSON, docs/formats/profile.schema.json; schema "perf-ops/profile/1". */
#pragma once

#include "base/sink.h"
#include "model/profile_result.h"

void json_profile(struct sink *out, const struct profile_result *r, bool pretty);
