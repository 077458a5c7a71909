/* SPDX-License-Identifier: MIT */
/* Random distances between samples. */
#include "preload/draw.h"

#include <string.h>

double draw_log(double x)
{
	static const double ln2 = 0.693147180559945309417;
	uint64_t bits;
	double m;

	memcpy(&bits, &x, sizeof(bits));
	int exponent = (int)(bits >> 52 & 0x7ff) - 1023;

	bits = (bits & 0x000fffffffffffffu) | 0x3ff0000000000000u;
	memcpy(&m, &bits, sizeof(m));
	if (m > 1.4142135623730951) {
		m /= 2;
		exponent++;
	}
	/* ln m = 2 artanh((m - 1) / (m + 1)); |s| < 0.1716, the next term is below 1e-13 */
	double s = (m - 1) / (m + 1), s2 = s * s, term = s, sum = 0;

	for (int k = 1; k <= 15; k += 2) {
		sum += term / k;
		term *= s2;
	}
	return exponent * ln2 + 2 * sum;
}

int64_t draw_distance(uint64_t *state, uint64_t mean_bytes)
{
	uint64_t x = *state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	/* 52 random bits, never 0: uniform in (0, 1) */
	double u = ((double)(x * 0x2545f4914f6cdd1du >> 12) + 0.5) / 4503599627370496.0;
	double d = -draw_log(u) * (double)mean_bytes;

	return d < 1 ? 1 : d > 1e15 ? (int64_t)1e15 : (int64_t)(d + 0.5);
}
