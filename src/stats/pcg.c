/* SPDX-License-Identifier: MIT */
/* PCG-XSH-RR 64/32 and what is drawn from it. */
#include "stats/pcg.h"

#include <math.h>

void pcg_seed(struct pcg *g, uint64_t seed, uint64_t stream)
{
	g->state = 0;
	g->inc = stream << 1 | 1;
	pcg_u32(g);
	g->state += seed;
	pcg_u32(g);
}

uint32_t pcg_u32(struct pcg *g)
{
	uint64_t old = g->state;
	uint32_t x = (uint32_t)((old >> 18 ^ old) >> 27), rot = (uint32_t)(old >> 59);

	g->state = old * 6364136223846793005u + g->inc;
	return x >> rot | x << (-rot & 31);
}

uint64_t pcg_u64(struct pcg *g)
{
	uint64_t high = pcg_u32(g);

	return high << 32 | pcg_u32(g);
}

uint32_t pcg_below(struct pcg *g, uint32_t bound)
{
	uint32_t reject = -bound % bound, x;

	do
		x = pcg_u32(g);
	while (x < reject);
	return x % bound;
}

double pcg_unit(struct pcg *g)
{
	return ((double)pcg_u32(g) + 0.5) / 4294967296.0;
}

double pcg_normal(struct pcg *g)
{
	double u = pcg_unit(g), v = pcg_unit(g);

	return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

void pcg_permutation(struct pcg *g, unsigned *ret, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ret[i] = (unsigned)i;
	for (size_t i = n; i > 1; i--) {
		size_t j = pcg_below(g, (uint32_t)i);
		unsigned t = ret[i - 1];

		ret[i - 1] = ret[j];
		ret[j] = t;
	}
}
