/* SPDX-License-Identifier: MIT */
/* The screen of perf-ops bench; and its trial set as CSV (every run) and as a Markdown table. */
#pragma once

#include "base/sink.h"
#include "model/series.h"
#include "render/text_style.h"

void text_bench(struct sink *out, const struct trial_set *t, const struct text_style *style);
void bench_csv(struct sink *out, const struct trial_set *t);
void bench_markdown(struct sink *out, const struct trial_set *t);
