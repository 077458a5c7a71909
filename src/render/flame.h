/* SPDX-License-Identifier: MIT */
/*
 * One self-contained HTML page: interactive flamegraph, function table, hottest stacks, quality and
 * caveats. Nothing is fetched; without script the tables remain.
 */
#pragma once

#include "base/sink.h"
#include "model/profile_result.h"

struct flame_opts {
	const char *title;  /* NULL: made from the command */
	unsigned max_nodes; /* boxes kept; 0: 60 000. What is cut is said on the page. */
	uint64_t time_ns;   /* wall clock of the measurement, 0: not shown */
};

void flame_page(struct sink *out, const struct profile *p, const struct flame_opts *opts);
