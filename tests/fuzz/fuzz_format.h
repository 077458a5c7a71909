/* SPDX-License-Identifier: MIT */
/*
 * A reader of profile files over any bytes. What it gives must be sound: every index inside its
 * table, parents before children. The same bytes one by one must give the same.
 */
#pragma once

#include "parse/format.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz_trickle {
	struct span left;
	size_t step;
};

static inline ssize_t fuzz_fill(void *ctx, void *to, size_t n)
{
	struct fuzz_trickle *t = ctx;

	n = MIN(MIN(n, t->step), t->left.n);
	if (n)
		memcpy(to, t->left.p, n);
	t->left = span_from(t->left, n);
	return (ssize_t)n;
}

static inline uint64_t fuzz_sum(const struct profile *p)
{
	uint64_t sum = p->samples.n * 31 + p->frames.n * 37 + p->stacks.n;

	for (size_t i = 1; i < p->stacks.n; i++)
		if (p->stacks.v[i].parent >= i || p->stacks.v[i].frame >= p->frames.n)
			abort();
	vec_foreach (s, &p->samples) {
		if (s->stack >= p->stacks.n || s->thread >= p->threads.n)
			abort();
		for (unsigned i = 0; i < p->n_types; i++)
			sum = sum * 31 + (uint64_t)s->value[i];
	}
	vec_foreach (f, &p->frames)
		if (f->function >= p->strings.n || f->file >= p->strings.n ||
			f->module >= p->strings.n || f->linkage >= p->strings.n)
			abort();
	return sum;
}

static inline int fuzz_read(
	const struct format *format, struct span bytes, size_t step, uint64_t *ret_sum)
{
	struct format_env env = { .name = "fuzz" };
	struct profile_set set = { 0 };
	struct fuzz_trickle t = { bytes, step };
	struct byte_stream in;
	struct err err = { 0 };

	byte_stream_init(&in, fuzz_fill, &t);

	int r = format->read(&in, &env, &set, &err);

	if (r < 0 ? !err.msg[0] : !set.v.n)
		abort();
	*ret_sum = (uint64_t)r;
	vec_foreach (p, &set.v)
		*ret_sum = *ret_sum * 31 + fuzz_sum(*p);
	byte_stream_done(&in);
	profile_set_done(&set);
	return r;
}

static inline int fuzz_format(const struct format *format, const uint8_t *data, size_t size)
{
	uint64_t sum, again;

	fuzz_read(format, span_of(data, size), SIZE_MAX, &sum);
	fuzz_read(format, span_of(data, size), 1, &again);
	if (sum != again)
		abort();
	format_detect(span_of(data, size), "fuzz");
	return 0;
}

#define FUZZ_FORMAT(name)                                            \
	int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) \
	{                                                            \
		return fuzz_format(&name##_format, data, size);      \
	}
