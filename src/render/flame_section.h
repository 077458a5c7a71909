/* SPDX-License-Identifier: MIT */
/* Parts of a page about a profile, shared by the flamegraph page and the report. */
#pragma once

#include "base/sink.h"
#include "render/flame_data.h"

struct flame_view {
	const struct profile *profile;
	struct call_tree tree;
	struct flame_data data;
};

void flame_view_init(struct flame_view *v, const struct profile *p, unsigned max_nodes);
void flame_view_done(struct flame_view *v);

void flame_facts(
	struct sink *out, const struct profile *p, uint64_t time_ns); /* how it was measured */
void flame_graph(struct sink *out, const struct flame_view *v);       /* the interactive part */
void flame_static(struct sink *out, const struct flame_view *v);      /* the same without script */
void flame_functions(struct sink *out, const struct flame_view *v);   /* table */
void flame_stacks(struct sink *out, const struct flame_view *v);      /* hottest stacks */
/* <li> elements of caveats. */
void flame_caveats(struct sink *out, const struct caveats *c);
