/* SPDX-License-Identifier: MIT */
/* The profile screen: quality line, ranked findings, what was not measured, the next command. */
#pragma once

#include "base/sink.h"
#include "model/profile_result.h"
#include "render/text_style.h"

void text_profile(struct sink *out, const struct profile_result *r, const struct text_style *style);
/* Only the line about how the data was taken; ends with a newline. */
void text_quality(struct sink *out, const struct profile *p, const struct text_style *style);
