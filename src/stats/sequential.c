/* SPDX-License-Identifier: MIT */
/* Group sequential looks calibrated by sign vectors. */
#include "stats/sequential.h"

#include "base/alloc.h"
#include "base/compiler.h"
#include "stats/order.h"
#include "stats/pcg.h"

#include <math.h>
#include <stdlib.h>

double sequential_spent(double alpha, double t)
{
	return alpha * log(1 + (M_E - 1) * (t < 0 ? 0 : t > 1 ? 1 : t));
}

void sequential_init(struct sequential *s, double alpha, size_t n_max, uint64_t seed)
{
	*s = (struct sequential){ .alpha = alpha,
		.n_max = n_max ? n_max : 1,
		.seed = seed,
		.stopped = xcalloc(SEQUENTIAL_VECTORS, sizeof(*s->stopped)),
		.statistic = xcalloc(SEQUENTIAL_VECTORS, sizeof(*s->statistic)) };
}

void sequential_done(struct sequential *s)
{
	free(s->stopped);
	free(s->statistic);
	*s = (struct sequential){ 0 };
}

/* Sums of signed ranks for every vector; vector b always has the same signs, n only lengthens it.
 */
static void draw(struct sequential *s, const unsigned *rank, size_t n)
{
	for (unsigned b = 0; b < SEQUENTIAL_VECTORS; b++) {
		struct pcg g;
		long sum = 0;
		uint32_t bits = 0;

		pcg_seed(&g, s->seed, b);
		for (size_t i = 0; i < n; i++) {
			if (i % 32 == 0)
				bits = pcg_u32(&g);
			sum += bits >> (i % 32) & 1 ? (long)rank[i] : -(long)rank[i];
		}
		s->statistic[b] = labs(sum);
	}
}

/* How many vectors (the observed one included) may have crossed by now. */
static unsigned allowance(const struct sequential *s, size_t n, bool last)
{
	double t = last ? 1 : (double)n / (double)s->n_max;

	return (unsigned)floor((SEQUENTIAL_VECTORS + 1) * sequential_spent(s->alpha, t) + 1e-9);
}

/*
 * The smallest statistic with which at most `room` of the alive vectors and the observed one reach
 * it; INFINITY when even the largest value is shared by too many.
 */
static double boundary(const struct sequential *s, double seen, unsigned room)
{
	_cleanup_(freep) double *v = xreallocarray(NULL, SEQUENTIAL_VECTORS + 1, sizeof(*v));
	size_t n = 0;
	double bound = INFINITY;

	for (unsigned b = 0; b < SEQUENTIAL_VECTORS; b++)
		if (!s->stopped[b])
			v[n++] = s->statistic[b];
	v[n++] = seen;
	sort_doubles(v, n);
	for (size_t i = n, j; i > 0; i = j) {
		for (j = i - 1; j > 0 && v[j - 1] == v[i - 1]; j--)
			;
		if (n - j > room)
			break;
		bound = v[j];
	}
	return bound;
}

struct look sequential_look(struct sequential *s, const double *d, size_t n, bool last)
{
	_cleanup_(freep) double *size = xreallocarray(NULL, n + 1, sizeof(*size));
	_cleanup_(freep) unsigned *rank = xreallocarray(NULL, n + 1, sizeof(*rank));
	unsigned allowed = allowance(s, n, last);
	struct look r = { 0 };
	double seen = 0;

	for (size_t i = 0; i < n; i++)
		size[i] = fabs(d[i]);
	double_mid_ranks(size, n, rank);
	for (size_t i = 0; i < n; i++) {
		if (d[i] == 0)
			rank[i] = 0; /* Pratt 1959, as in signed_rank_test() */
		seen += d[i] > 0 ? (double)rank[i] : -(double)rank[i];
	}
	seen = fabs(seen);
	draw(s, rank, n);
	unsigned room = allowed > s->stopped_count ? allowed - s->stopped_count : 0, beyond = 0;
	double bound = boundary(s, seen, room);

	/* too coarse to stop anything (few pairs, many zeros): what may be spent is a level by
	 * itself */
	r.level = room / (SEQUENTIAL_VECTORS + 1.0);
	if (isinf(bound) || bound <= 0)
		return r;
	for (unsigned b = 0; b < SEQUENTIAL_VECTORS; b++) {
		if (s->statistic[b] < bound)
			continue;
		beyond++;
		s->stopped_count += !s->stopped[b];
		s->stopped[b] = true;
	}
	r.crossed = seen >= bound;
	r.level = (beyond + 1.0) / (SEQUENTIAL_VECTORS + 1.0);
	return r;
}
