/* SPDX-License-Identifier: MIT */
/* speedscope's JSON: one sampled profile per thread and value type, with units. */
#pragma once

#include "base/sink.h"
#include "model/profile.h"

void speedscope_write(struct sink *out, const struct profile *p);
