/* SPDX-License-Identifier: MIT */
/* Diagnosis as JSON, docs/formats/diagnose.schema.json; schema "perf-ops/diagnose/1". */
#pragma once

#include "base/sink.h"
#include "model/diagnosis.h"

void json_diagnosis(struct sink *out, const struct diagnosis *d, bool pretty);
