/* SPDX-License-Identifier: MIT */
/*
 * The data block of the flamegraph page: the merged call tree with its lightest nodes folded into
 * one "smaller paths" box per parent, so that widths stay exact and what was cut can be said.
 */
#pragma once

#include "base/sink.h"
#include "render/call_tree.h"

struct flame_cut {
	size_t nodes;       /* folded away */
	double share;       /* of the weight that is inside the folded boxes */
	double below_share; /* nodes of at most this share were folded */
};

struct flame_data {
	const struct call_tree *tree;
	uint32_t *place;  /* tree node -> node of the page */
	uint32_t n_nodes; /* of the page, with the root and the boxes of folded paths */
	bool *kept;
	struct flame_cut cut;
};

enum { FLAME_MAX_NODES = 60000 };

void flame_data_init(struct flame_data *d, const struct call_tree *t, unsigned max_nodes);
void flame_data_done(struct flame_data *d);
/* JSON, safe inside a <script> element. */
void flame_data_write(struct sink *out, const struct flame_data *d);
