/* SPDX-License-Identifier: MIT */
/* CPU profiles in pieces. */
#include "parse/chrome_cpu.h"

#include "parse/import_frame.h"

#include <errno.h>

enum node_kind { NODE_CALL, NODE_ROOT, NODE_IDLE, NODE_GC };

void chrome_cpu_done(struct chrome_cpu *c)
{
	vec_done(&c->nodes);
	map_u64_done(&c->by_id);
	vec_done(&c->samples);
	vec_done(&c->deltas);
}

static struct span keep(struct profile *p, struct span s)
{
	return s.n ? span_of(arena_strndup(&p->arena, s.p, s.n), s.n) : (struct span){ 0 };
}

static uint8_t kind_of(struct span function, struct span url)
{
	if (url.n)
		return NODE_CALL;
	return span_eq(function, "(root)")                 ? NODE_ROOT
		: span_eq(function, "(idle)")              ? NODE_IDLE
		: span_eq(function, "(garbage collector)") ? NODE_GC
							   : NODE_CALL;
}

static void read_frame(struct json_stream *j, struct profile *p, struct chrome_node *n)
{
	struct import_place at = { 0 };
	struct span key, s;

	if (!json_enter_object(j))
		return;
	while (json_next_key(j, &key)) {
		if (span_eq(key, "functionName") && json_take_string(j, &s))
			at.function = keep(p, s);
		else if (span_eq(key, "url") && json_take_string(j, &s))
			at.file = keep(p, s);
		else if (span_eq(key, "lineNumber"))
			at.decl_line = import_line(import_sum(json_take_i64(j, -1), 1));
	}
	if (!at.function.n)
		at.function = span_str("(anonymous)");
	n->kind = kind_of(at.function, at.file);
	n->frame = import_frame(p, &at);
}

static void read_node(struct chrome_cpu *c, struct json_stream *j, struct profile *p)
{
	struct chrome_node n = { .frame = UINT32_MAX };
	int64_t id = -1;
	struct span key;

	if (!json_enter_object(j))
		return;
	while (json_next_key(j, &key)) {
		if (span_eq(key, "id")) {
			id = json_take_i64(j, -1);
		} else if (span_eq(key, "parent")) {
			const uint32_t *up = map_u64_get(&c->by_id, (uint64_t)json_take_i64(j, -1));

			n.parent = up ? *up : 0;
		} else if (span_eq(key, "callFrame")) {
			read_frame(j, p, &n);
		}
	}
	if (id < 0 || j->error || c->nodes.n >= IMPORT_MAX_ROWS)
		return;
	if (n.frame == UINT32_MAX)
		n.frame = import_frame(p, &(struct import_place){ 0 });
	*vec_push(&c->nodes) = n;
	*map_u64_put(&c->by_id, (uint64_t)id, NULL) = (uint32_t)c->nodes.n;
}

static void read_samples(struct chrome_cpu *c, struct json_stream *j)
{
	if (!json_enter_array(j))
		return;
	while (json_next_element(j)) {
		const uint32_t *node = map_u64_get(&c->by_id, (uint64_t)json_take_i64(j, -1));

		if (j->error || c->samples.n >= IMPORT_MAX_ROWS)
			return;
		c->n_unknown += !node;
		*vec_push(&c->samples) = node ? *node : 0;
	}
}

void chrome_cpu_read(struct chrome_cpu *c, struct json_stream *j, struct profile *p)
{
	struct span key;

	if (!json_enter_object(j))
		return;
	while (json_next_key(j, &key)) {
		if (span_eq(key, "cpuProfile")) {
			chrome_cpu_read(c, j, p);
		} else if (span_eq(key, "nodes") && json_enter_array(j)) {
			while (json_next_element(j))
				read_node(c, j, p);
		} else if (span_eq(key, "samples")) {
			read_samples(c, j);
		} else if (span_eq(key, "timeDeltas") && json_enter_array(j)) {
			while (json_next_element(j) && c->deltas.n < IMPORT_MAX_ROWS)
				*vec_push(&c->deltas) = json_take_i64(j, 0);
		}
	}
}

static uint32_t stack_of(struct chrome_cpu *c, struct profile *p, uint32_t node)
{
	vec_of(uint32_t) path = { 0 };
	uint32_t stack = 0;

	/* parents come first, so this ends */
	for (; node && path.n < IMPORT_MAX_DEPTH; node = c->nodes.v[node - 1].parent)
		if (c->nodes.v[node - 1].kind != NODE_ROOT)
			*vec_push(&path) = c->nodes.v[node - 1].frame;
	while (path.n)
		stack = profile_add_stack(p, stack, path.v[--path.n]);
	vec_done(&path);
	return stack;
}

/*
 * A sample lasts until the next one. Idle time is none; the garbage collector works on behalf of
 * whatever ran before it.
 */
void chrome_cpu_build(struct chrome_cpu *c, struct profile *p, uint32_t thread)
{
	uint32_t before = 0;

	for (size_t i = 0; i < c->samples.n; i++) {
		uint32_t node = c->samples.v[i];
		int64_t us = i + 1 < c->deltas.n ? c->deltas.v[i + 1] : 0, ns;

		c->n_negative += us < 0;
		us = MAX(us, 0);
		ns = import_scaled((double)us, 1e3);
		if (!node)
			continue;

		const struct chrome_node *n = &c->nodes.v[node - 1];
		uint32_t stack;

		if (n->kind == NODE_IDLE) {
			c->idle_us = import_sum(c->idle_us, us);
			before = 0;
			continue;
		}
		if (n->kind == NODE_ROOT)
			continue;
		if (n->kind == NODE_GC && before) {
			stack = profile_add_stack(p, before, n->frame);
		} else {
			stack = stack_of(c, p, node);
			before = n->kind == NODE_GC ? before : stack;
		}
		if (ns && stack)
			profile_add_sample(p, stack, thread, 0, 1, &ns);
	}
}
