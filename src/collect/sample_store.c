/* SPDX-License-Identifier: MIT */
/* Raw samples merged while sampling. */
#include "collect/sample_store.h"

void sample_store_init(struct sample_store *s)
{
	*s = (struct sample_store){ 0 };
	*vec_push(&s->nodes) = (struct raw_node){ 0 };
}

void sample_store_done(struct sample_store *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < RECENT_STACKS; i++) {
		vec_done(&s->recent[i].frames);
		vec_done(&s->recent[i].nodes);
	}
	vec_done(&s->frames);
	vec_done(&s->nodes);
	vec_done(&s->groups);
	vec_done(&s->samples);
	map_u64_done(&s->frame_index);
	map_u64_done(&s->node_index);
	map_u64_done(&s->group_index);
	map_u64_done(&s->sample_index);
}

static bool frame_equal(const struct raw_frame *a, const struct raw_frame *b)
{
	return a->addr == b->addr && a->module == b->module && a->is_return == b->is_return;
}

static uint32_t add_frame(struct sample_store *s, const struct raw_frame *f)
{
	uint64_t h = hash_u64(f->addr) ^ hash_u64((uint64_t)f->module << 1 | f->is_return) * 3;

	for (;; h++) {
		bool fresh;
		uint32_t *slot = map_u64_put(&s->frame_index, h, &fresh);

		if (fresh) {
			*slot = (uint32_t)s->frames.n;
			*vec_push(&s->frames) = *f;
			return *slot;
		}
		if (frame_equal(&s->frames.v[*slot], f))
			return *slot;
	}
}

static uint32_t add_node(struct sample_store *s, uint32_t parent, uint32_t frame)
{
	bool fresh;
	uint32_t *slot = map_u64_put(&s->node_index, (uint64_t)parent << 32 | frame, &fresh);

	if (fresh) {
		*slot = (uint32_t)s->nodes.n;
		*vec_push(&s->nodes) = (struct raw_node){ .parent = parent, .frame = frame };
	}
	return *slot;
}

uint32_t sample_store_stack(
	struct sample_store *s, const struct raw_frame *frames, size_t n, uint32_t thread)
{
	struct recent_stack *r = &s->recent[thread % RECENT_STACKS];
	size_t same = 0;

	if (r->thread != thread)
		r->frames.n = r->nodes.n = 0;
	r->thread = thread;
	while (same < n && same < r->frames.n &&
		frame_equal(&r->frames.v[same], &frames[n - 1 - same]))
		same++;
	r->frames.n = r->nodes.n = same;

	uint32_t node = same ? r->nodes.v[same - 1] : 0;

	for (size_t i = n - same; i-- > 0;) {
		node = add_node(s, node, add_frame(s, &frames[i]));
		*vec_push(&r->frames) = frames[i];
		*vec_push(&r->nodes) = node;
	}
	return node;
}

uint32_t sample_store_child(struct sample_store *s, uint32_t node, const struct raw_frame *frame)
{
	return add_node(s, node, add_frame(s, frame));
}

uint32_t sample_store_group(
	struct sample_store *s, uint32_t thread, enum sample_value value, uint8_t stratum)
{
	bool fresh;
	uint32_t *slot = map_u64_put(
		&s->group_index, (uint64_t)thread << 16 | (uint64_t)value << 8 | stratum, &fresh);

	if (fresh) {
		*slot = (uint32_t)s->groups.n;
		*vec_push(&s->groups) = (struct sample_group){
			.thread = thread, .value = (uint8_t)value, .stratum = stratum, .scale = 1
		};
	}
	return *slot;
}

void sample_store_count(struct sample_store *s, uint32_t node, uint32_t group, uint64_t count,
	uint64_t weight, uint64_t time_ns)
{
	bool fresh;
	uint32_t *slot = map_u64_put(&s->sample_index, (uint64_t)node << 32 | group, &fresh);

	if (fresh) {
		*slot = (uint32_t)s->samples.n;
		*vec_push(&s->samples) =
			(struct raw_sample){ .node = node, .group = group, .time_ns = time_ns };
	}
	s->samples.v[*slot].count += count;
	s->samples.v[*slot].weight += weight;
}
