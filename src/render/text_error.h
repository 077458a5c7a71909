/* SPDX-License-Identifier: MIT */
/* "perf-ops: what failed. What to do." for standard error, wrapped; and remarks of the same form.
 */
#pragma once

#include "base/err.h"
#include "base/sink.h"
#include "render/text_style.h"

void text_error(struct sink *out, const struct err *err, const struct text_style *style);
/* A remark that is no failure: caveat met on the way, progress worth keeping. */
void text_remark(struct sink *out, const char *text, const struct text_style *style);
