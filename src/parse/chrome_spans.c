/* SPDX-License-Identifier: MIT */
/* Spans of time to stacks. */
#include "parse/chrome_spans.h"

#include "parse/import_frame.h"

struct open_span {
	double end_us;
	double own_us;
	uint32_t stack;
};

void chrome_thread_done(struct chrome_thread *t)
{
	vec_done(&t->spans);
	vec_done(&t->open);
}

void chrome_thread_begin(struct chrome_thread *t, double at_us, uint32_t frame)
{
	*vec_push(&t->open) = (uint32_t)t->spans.n;
	*vec_push(&t->spans) = (struct chrome_span){ at_us, at_us - 1, frame };
	t->last_us = MAX(t->last_us, at_us);
}

void chrome_thread_end(struct chrome_thread *t, double at_us)
{
	t->last_us = MAX(t->last_us, at_us);
	if (!t->open.n) {
		t->n_unmatched++;
		return;
	}
	struct chrome_span *s = &t->spans.v[t->open.v[--t->open.n]];

	s->end_us = MAX(at_us, s->start_us);
}

void chrome_thread_whole(struct chrome_thread *t, double at_us, double lasts_us, uint32_t frame)
{
	*vec_push(&t->spans) = (struct chrome_span){ at_us, at_us + MAX(lasts_us, 0), frame };
	t->last_us = MAX(t->last_us, at_us + MAX(lasts_us, 0));
}

static int by_start(const void *a, const void *b)
{
	const struct chrome_span *x = a, *y = b;

	if (x->start_us != y->start_us)
		return x->start_us < y->start_us ? -1 : 1;
	if (x->end_us != y->end_us)
		return x->end_us > y->end_us ? -1 : 1;
	return x->frame < y->frame ? -1 : x->frame > y->frame;
}

static void close_span(struct open_span *s, struct profile *p, uint32_t thread)
{
	int64_t v = import_scaled(s->own_us, 1e3);

	if (v > 0)
		profile_add_sample(p, s->stack, thread, 0, 1, &v);
}

uint64_t chrome_thread_build(struct chrome_thread *t, struct profile *p, uint32_t thread)
{
	vec_of(struct open_span) path = { 0 };
	uint64_t n_over = 0;

	vec_foreach (s, &t->spans)
		if (s->end_us < s->start_us)
			s->end_us = t->last_us;
	if (t->spans.n)
		qsort(t->spans.v, t->spans.n, sizeof(*t->spans.v), by_start);
	vec_foreach (s, &t->spans) {
		double end = s->end_us;
		uint32_t below = 0;

		while (path.n && path.v[path.n - 1].end_us <= s->start_us)
			close_span(&path.v[--path.n], p, thread);
		if (path.n) {
			struct open_span *outer = &path.v[path.n - 1];

			n_over += end > outer->end_us;
			end = MIN(end, outer->end_us);
			outer->own_us -= end - s->start_us;
			below = outer->stack;
		}
		if (path.n >= IMPORT_MAX_DEPTH)
			continue;
		*vec_push(&path) = (struct open_span){ end, end - s->start_us,
			profile_add_stack(p, below, s->frame) };
	}
	while (path.n)
		close_span(&path.v[--path.n], p, thread);
	vec_done(&path);
	return n_over;
}
