/* SPDX-License-Identifier: MIT */
/* The page of one case: findings with source and fix, diagnosis, flamegraph; self-contained HTML.
 */
#pragma once

#include "base/sink.h"
#include "model/diagnosis.h"
#include "model/profile_result.h"
#include "render/flame.h"

/* Either part may be NULL; the page shows what there is. */
void report_page(struct sink *out, const struct diagnosis *d, const struct profile_result *r,
	const struct flame_opts *opts);
