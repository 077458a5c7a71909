/* SPDX-License-Identifier: MIT */
/* Records in the order of time. */
#include "parse/perf_order.h"

#include "base/compiler.h"

#include <stdlib.h>

enum { MAX_WAITING_BYTES = 48 << 20 };

void perf_order_init(struct perf_order *o,
	void (*handle)(void *ctx, struct span record, uint32_t event), void *ctx)
{
	*o = (struct perf_order){ .handle = handle, .ctx = ctx, .sorted = true };
}

void perf_order_done(struct perf_order *o)
{
	vec_done(&o->pending);
	vec_done(&o->bytes);
}

static int by_time(const void *a, const void *b)
{
	const struct perf_pending *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* Handles what is not newer than `limit`; the rest stays, in order. */
static void flush_until(struct perf_order *o, uint64_t limit)
{
	size_t n = 0, at = 0;

	if (!o->sorted)
		qsort(o->pending.v, o->pending.n, sizeof(*o->pending.v), by_time);
	o->sorted = true;
	while (n < o->pending.n && o->pending.v[n].time_ns <= limit) {
		const struct perf_pending *p = &o->pending.v[n++];

		o->handle(o->ctx, span_of(o->bytes.v + p->at, p->size), p->event);
	}
	if (n == o->pending.n) {
		o->pending.n = o->bytes.n = 0;
		return;
	}
	/* copies, since the order in bytes is not that of time */
	uint8_t *rest = xmalloc(MAX(o->bytes.n, (size_t)1));

	for (size_t i = n; i < o->pending.n; i++) {
		struct perf_pending *p = &o->pending.v[i];

		memcpy(rest + at, o->bytes.v + p->at, p->size);
		p->at = at;
		at += p->size;
		o->pending.v[i - n] = *p;
	}
	o->pending.n -= n;
	memcpy(o->bytes.v, rest, at);
	o->bytes.n = at;
	free(rest);
}

void perf_order_add(struct perf_order *o, struct span record, uint64_t time_ns, uint32_t event)
{
	if (!time_ns) {
		o->handle(o->ctx, record, event);
		return;
	}
	if (o->bytes.n + record.n > MAX_WAITING_BYTES) {
		/* no rounds, or rounds without end: the older half must be complete enough */
		if (!o->sorted)
			qsort(o->pending.v, o->pending.n, sizeof(*o->pending.v), by_time);
		o->sorted = true;
		flush_until(o, o->pending.v[o->pending.n / 2].time_ns);
	}
	if (o->pending.n && time_ns < o->pending.v[o->pending.n - 1].time_ns)
		o->sorted = false;
	o->newest = MAX(o->newest, time_ns);
	while (o->bytes.cap < o->bytes.n + record.n) {
		o->bytes.cap = MAX(o->bytes.cap * 2, (size_t)1 << 16);
		o->bytes.v = xreallocarray(o->bytes.v, o->bytes.cap, 1);
	}
	*vec_push(&o->pending) = (struct perf_pending){
		.time_ns = time_ns, .at = o->bytes.n, .size = (uint32_t)record.n, .event = event
	};
	memcpy(o->bytes.v + o->bytes.n, record.p, record.n);
	o->bytes.n += record.n;
}

void perf_order_round(struct perf_order *o)
{
	flush_until(o, o->limit);
	o->limit = o->newest;
}

void perf_order_flush(struct perf_order *o)
{
	flush_until(o, UINT64_MAX);
}
