/* SPDX-License-Identifier: MIT */
/*
 * Decimal to double. Short numbers are exact in a double (Clinger, "How to read floating point
 * numbers accurately", 1990) or in 128 bits; the rest starts from a guess and walks to the double
 * whose neighbourhood contains the number, by comparing whole numbers.
 */
#include "base/decimal.h"

#include "base/compiler.h"

#include <math.h>

enum {
	DIGITS = 800,     /* more cannot matter: a midpoint of doubles has at most 767 */
	WORDS = 320,      /* (800 + 1150 digits) / log10(2) + 1075 bits, in 32-bit words */
	EXP10_MAX = 310,  /* 1e310 is infinite */
	EXP10_MIN = -345, /* 1e-345 is zero */
};

__extension__ typedef unsigned __int128 wide;

static const double powers[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
	1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

struct big {
	uint32_t w[WORDS];
	unsigned n;
};

static void big_mul_add(struct big *b, uint32_t by, uint32_t add)
{
	uint64_t carry = add;

	for (unsigned i = 0; i < b->n; i++) {
		carry += (uint64_t)b->w[i] * by;
		b->w[i] = (uint32_t)carry;
		carry >>= 32;
	}
	if (carry && b->n < WORDS)
		b->w[b->n++] = (uint32_t)carry;
}

static void big_mul_pow10(struct big *b, unsigned e)
{
	for (; e >= 9; e -= 9)
		big_mul_add(b, 1000000000u, 0);
	for (; e; e--)
		big_mul_add(b, 10, 0);
}

static void big_shift(struct big *b, unsigned bits)
{
	unsigned words = bits / 32, rest = bits % 32;

	if (rest)
		big_mul_add(b, 1u << rest, 0);
	if (!words || !b->n || b->n + words > WORDS)
		return;
	memmove(b->w + words, b->w, b->n * sizeof(*b->w));
	memset(b->w, 0, words * sizeof(*b->w));
	b->n += words;
}

static int big_compare(const struct big *a, const struct big *b)
{
	if (a->n != b->n)
		return a->n < b->n ? -1 : 1;
	for (unsigned i = a->n; i-- > 0;)
		if (a->w[i] != b->w[i])
			return a->w[i] < b->w[i] ? -1 : 1;
	return 0;
}

static struct big big_of(uint64_t v)
{
	struct big b;

	b.w[0] = (uint32_t)v;
	b.w[1] = (uint32_t)(v >> 32);
	b.n = b.w[1] ? 2 : b.w[0] ? 1 : 0;
	return b;
}

/* digits × 10^exp10 against m × 2^exp2. */
static int compare(const struct big *digits, int exp10, uint64_t m, int exp2)
{
	struct big l = *digits, r = big_of(m);

	big_mul_pow10(exp10 > 0 ? &l : &r, (unsigned)(exp10 > 0 ? exp10 : -exp10));
	big_shift(exp2 > 0 ? &r : &l, (unsigned)(exp2 > 0 ? exp2 : -exp2));
	return big_compare(&l, &r);
}

static double from_bits(uint64_t bits)
{
	double d;

	memcpy(&d, &bits, sizeof(d));
	return d;
}

/* Against the middle between the finite double of these bits and the next larger one. */
static int compare_middle(const struct big *digits, int exp10, uint64_t bits)
{
	uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
	int exponent = (int)(bits >> 52);

	if (exponent)
		fraction |= UINT64_C(1) << 52;
	else
		exponent = 1;
	return compare(digits, exp10, fraction * 2 + 1, exponent - 1076);
}

static double near_guess(const struct big *digits, int exp10, double guess)
{
	const uint64_t infinite = UINT64_C(0x7ff) << 52;
	uint64_t bits;

	memcpy(&bits, &guess, sizeof(bits));
	if (bits >= infinite)
		bits = infinite - 1;
	for (; bits < infinite; bits++) {
		int c = compare_middle(digits, exp10, bits);

		if (c < 0 || (c == 0 && !(bits & 1)))
			break;
	}
	for (; bits > 0; bits--) {
		int c = compare_middle(digits, exp10, bits - 1);

		if (c > 0 || (c == 0 && !(bits & 1)))
			break;
	}
	return from_bits(bits);
}

static double guess_of(uint64_t mantissa, int exp10)
{
	double v = (double)mantissa;

	for (; exp10 > 22 && v < 1e300; exp10 -= 22)
		v *= 1e22;
	for (; exp10 < -22; exp10 += 22)
		v /= 1e22;
	return exp10 > 22 ? HUGE_VAL : exp10 < 0 ? v / powers[-exp10] : v * powers[exp10];
}

double decimal_scale(uint64_t mantissa, int exp10)
{
	static const uint64_t ten[] = { 1, 10, 100, 1000, 10000, 100000, 1000000, 10000000,
		100000000, 1000000000, 10000000000, 100000000000, 1000000000000, 10000000000000,
		100000000000000, 1000000000000000, 10000000000000000, 100000000000000000,
		1000000000000000000, 10000000000000000000u };

	if (mantissa == 0 || exp10 < EXP10_MIN)
		return 0;
	if (exp10 > EXP10_MAX)
		return HUGE_VAL;
	if (mantissa <= UINT64_C(1) << 53 && exp10 >= -22 && exp10 <= 22)
		return exp10 < 0 ? (double)mantissa / powers[-exp10]
				 : (double)mantissa * powers[exp10];
	if (exp10 >= 0 && exp10 < (int)ARRAY_LEN(ten))
		return (double)((wide)mantissa * ten[exp10]);
	if (exp10 < 0 && -exp10 < (int)ARRAY_LEN(ten)) {
		/* at least 63 bits of quotient, so that the last one may stand for the rest */
		int shift = __builtin_clzll(mantissa);
		wide n = (wide)(mantissa << shift) << 64, q = n / ten[-exp10];

		return ldexp((double)(q | (q * ten[-exp10] != n)), -64 - shift);
	}
	struct big digits = big_of(mantissa);

	return near_guess(&digits, exp10, guess_of(mantissa, exp10));
}

struct decimal {
	uint64_t head; /* the first 19 significant digits */
	struct big all;
	unsigned n; /* significant digits kept in `all` */
	int exp10;  /* the number is all × 10^exp10 */
	bool rest;  /* something but zeros behind the digits kept */
};

static void digit(struct decimal *d, unsigned v, bool fraction)
{
	if (fraction && d->exp10 > -100000)
		d->exp10--;
	if (d->n == 0 && v == 0)
		return;
	if (d->n < 19)
		d->head = d->head * 10 + v;
	if (d->n < DIGITS) {
		if (d->all.n == 0)
			d->all = big_of(v);
		else
			big_mul_add(&d->all, 10, v);
		d->n++;
		return;
	}
	d->rest |= v != 0;
	if (d->exp10 < 100000)
		d->exp10++;
}

static bool exponent(struct span s, size_t i, int *ret)
{
	bool minus = i < s.n && s.p[i] == '-';
	int v = 0;

	if (i < s.n && (s.p[i] == '-' || s.p[i] == '+'))
		i++;
	if (i == s.n)
		return false;
	for (; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		if (v < 100000)
			v = v * 10 + (s.p[i] - '0');
	}
	*ret = minus ? -v : v;
	return true;
}

/* Digits with at most one point; the number of bytes taken, 0 when there is no digit. */
static size_t take_digits(struct decimal *d, struct span s)
{
	bool dot = false, any = false;
	size_t i = 0;

	for (; i < s.n; i++) {
		uint8_t c = s.p[i];

		if (c == '.' && !dot) {
			dot = true;
		} else if (c >= '0' && c <= '9') {
			any = true;
			digit(d, c - (unsigned)'0', dot);
		} else {
			break;
		}
	}
	return any ? i : 0;
}

static double value_of(struct decimal *d, int e)
{
	unsigned more = d->n > 19 ? d->n - 19 : 0;

	e += d->exp10;
	if (d->n == 0 || e + (int)d->n < -330)
		return 0;
	if (e + (int)d->n > EXP10_MAX)
		return HUGE_VAL;
	if (!more)
		return decimal_scale(d->head, e);
	if (d->rest) {
		/* one more digit stands for the rest: on which side of a middle is all that counts
		 */
		big_mul_add(&d->all, 10, 1);
		e--;
		more++;
	}
	return near_guess(&d->all, e, guess_of(d->head, e + (int)more));
}

bool decimal_parse(struct span s, double *ret)
{
	size_t sign = s.n && (s.p[0] == '-' || s.p[0] == '+') ? 1 : 0;
	struct decimal d;
	int e = 0;

	d.head = d.n = d.all.n = 0;
	d.exp10 = 0;
	d.rest = false;

	size_t n = take_digits(&d, span_from(s, sign));

	if (n == 0)
		return false;
	n += sign;
	if (n < s.n && ((s.p[n] != 'e' && s.p[n] != 'E') || !exponent(s, n + 1, &e)))
		return false;

	double v = value_of(&d, e);

	*ret = s.p[0] == '-' ? -v : v;
	return true;
}
