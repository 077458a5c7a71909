/* SPDX-License-Identifier: MIT */
/* The terminal table of functions: own and total share with bars, place; and the hottest stacks. */
#pragma once

#include "base/sink.h"
#include "model/profile.h"
#include "render/text_style.h"

struct text_table_opts {
	unsigned type; /* value type index */
	unsigned rows; /* 0: 15 */
	bool by_total; /* sort by total instead of self */
};

void text_table(struct sink *out, const struct profile *p, const struct text_table_opts *opts,
	const struct text_style *style);
