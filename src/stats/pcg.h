/* SPDX-License-Identifier: MIT */
/*
 * A small seeded random generator, so that a run order or a permutation test can be repeated from
 * its recorded seed on any machine: PCG-XSH-RR 64/32 (O'Neill 2014, HMC-CS-2014-0905).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct pcg {
	uint64_t state, inc;
};

/* `stream` picks one of 2^63 independent sequences. */
void pcg_seed(struct pcg *g, uint64_t seed, uint64_t stream);
uint32_t pcg_u32(struct pcg *g);
uint64_t pcg_u64(struct pcg *g);
/* Uniform in [0, bound), without modulo bias; bound > 0. */
uint32_t pcg_below(struct pcg *g, uint32_t bound);
/* Uniform in (0, 1). */
double pcg_unit(struct pcg *g);
/* Standard normal (Box-Muller 1958). */
double pcg_normal(struct pcg *g);
/* A random order of 0 .. n-1 (Fisher-Yates). */
void pcg_permutation(struct pcg *g, unsigned *ret, size_t n);
