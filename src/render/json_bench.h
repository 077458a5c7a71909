/* SPDX-License-Identifier: MIT */
/* A trial set as JSON: perf-ops/bench/1, docs/formats/bench.schema.json. */
#pragma once

#include "base/sink.h"
#include "model/series.h"

void json_bench(struct sink *out, const struct trial_set *t, bool pretty);
