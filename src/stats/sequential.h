/* SPDX-License-Identifier: MIT */
/*
 * Looking at paired differences several times without cheating: group sequential boundaries found
 * from random sign vectors that are carried through all looks. When nothing differs the observed
 * signs are just one more such vector, so the false-alarm rate over all looks is at most alpha
 * whatever the distribution. Spending: alpha ln(1 + (e - 1) t) (Lan & DeMets 1983, Pocock-like).
 * Intervals at `level` of a look are repeated confidence intervals (Jennison & Turnbull 1989): they
 * hold together over all looks.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SEQUENTIAL_VECTORS = 9999, SEQUENTIAL_LOOKS = 5 };

struct sequential {
	double alpha;
	size_t n_max;
	uint64_t seed;
	unsigned stopped_count;
	bool *stopped;     /* per sign vector: crossed at an earlier look */
	double *statistic; /* per sign vector, scratch */
};

struct look {
	bool crossed; /* the observed differences are past the boundary */
	double level; /* nominal two-sided level of this look */
};

void sequential_init(struct sequential *s, double alpha, size_t n_max, uint64_t seed);
void sequential_done(struct sequential *s);
/* A look at the first n differences (n grows from look to look); `last` spends all that is left. */
struct look sequential_look(struct sequential *s, const double *d, size_t n, bool last);
/* The share of alpha that may be spent when the share t of the planned pairs is in. */
double sequential_spent(double alpha, double t);
