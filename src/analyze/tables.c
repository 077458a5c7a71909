/* SPDX-License-Identifier: MIT */
/* Self/total tables. */
#include "analyze/tables.h"

#include "stats/proportion.h"

#include <stdlib.h>

static uint32_t row_of(struct map_u64 *index, const struct profile *p, uint32_t frame,
	enum table_by by, struct table *t)
{
	const struct frame *f = &p->frames.v[frame];
	uint32_t line = by == TABLE_LINES ? f->line : 0;
	uint64_t key = hash_u64((uint64_t)f->function << 32 | line) ^
		hash_u64((uint64_t)f->module << 32 | (by == TABLE_LINES ? f->file : 0)) * 3;
	bool fresh;
	uint32_t *slot = map_u64_put(index, key, &fresh);

	if (fresh) {
		*slot = (uint32_t)t->n;
		t->rows[t->n++] = (struct table_row){ .function = profile_str(p, f->function),
			.file = profile_str(p, f->file),
			.line = line,
			.kind = (enum frame_kind)f->kind };
	}
	return *slot;
}

static int by_self(const void *pa, const void *pb)
{
	const struct table_row *a = pa, *b = pb;
	int c;

	if (a->self != b->self)
		return a->self < b->self ? 1 : -1;
	if (a->total != b->total)
		return a->total < b->total ? 1 : -1;
	c = strcmp(a->function, b->function);
	return c ? c : a->line < b->line ? -1 : a->line > b->line;
}

static void finish(struct table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		struct table_row *r = &t->rows[i];

		r->self_share = t->total > 0 ? r->self / t->total : 0;
		r->total_share = t->total > 0 ? r->total / t->total : 0;
		proportion_ci95(
			(double)r->self_count, (double)t->count, &r->self_ci[0], &r->self_ci[1]);
		proportion_ci95(
			(double)r->total_count, (double)t->count, &r->total_ci[0], &r->total_ci[1]);
	}
	if (t->n)
		qsort(t->rows, t->n, sizeof(t->rows[0]), by_self);
}

void table_make(const struct profile *p, unsigned type, enum table_by by, struct arena *a,
	struct table *ret)
{
	struct map_u64 index = { 0 };
	size_t frames = p->frames.n ? p->frames.n : 1;
	uint32_t *row = xcalloc(frames, sizeof(*row)), *seen = xcalloc(frames, sizeof(*seen));

	*ret = (struct table){ .rows = arena_array(a, frames, sizeof(ret->rows[0])) };
	for (uint32_t i = 0; i < p->frames.n; i++)
		row[i] = row_of(&index, p, i, by, ret);
	for (uint32_t i = 0; i < p->samples.n; i++) {
		const struct profile_sample *s = &p->samples.v[i];
		double v = (double)s->value[type];

		if (!s->value[type])
			continue; /* of another clock */
		ret->total += v;
		ret->count += s->count;
		for (uint32_t n = s->stack; n; n = p->stacks.v[n].parent) {
			struct table_row *r = &ret->rows[row[p->stacks.v[n].frame]];

			if (n == s->stack) {
				r->self += v;
				r->self_count += s->count;
			}
			if (seen[r - ret->rows] == i + 1) /* recursion */
				continue;
			seen[r - ret->rows] = i + 1;
			r->total += v;
			r->total_count += s->count;
		}
	}
	finish(ret);
	map_u64_done(&index);
	free(row);
	free(seen);
}
