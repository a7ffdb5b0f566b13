/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions of real numbers in whole ones.
 *
 * A run's digest must not depend on whose libm it was linked with, nor on what
 * a compiler makes of a * b + c. So series are summed here in 60 bits behind
 * the point, with nothing but 64-bit products (and their upper halves):
 *
 *	ln m = 2 atanh z = 2 (z + z^3/3 + z^5/5 + …)    z = (m - 1) / (m + 1)
 *	e^g = 1 + g + g^2/2! + g^3/3! + …               0 <= g < ln 2
 *
 * where x = m * 2^k with m in [1/sqrt 2, sqrt 2), so that z^2 < 0.03 and a few
 * terms do. Normal numbers are G. Marsaglia's polar method (G. Marsaglia,
 * T. Bray, "A convenient method for generating normal variables", SIAM Review
 * 6(3), 1964): it needs no sine.
 */
#include "workloads/generators/fixed.h"

#define BITS 60
#define ONE ((int64_t)1 << BITS)
/* round(ln 2 * 2^60), round(log2 e * 2^60), round(sqrt 2 * 2^60) */
#define LN_2 799144290325165979ll
#define LOG2_E 1663314137230540311ll
#define ROOT_2 1630477228166597777ll

static inline int64_t product(int64_t a, int64_t b)
{
	return (int64_t)((__int128)a * b >> BITS);
}

int64_t fixed_ln(uint64_t x)
{
	int k = 63 - __builtin_clzll(x);
	/* In [1, 2). */
	int64_t m = (int64_t)(x << (63 - k) >> (63 - BITS));
	int64_t z, square, sum;
	int above;

	/* By no branch: nobody can predict it. */
	above = m > ROOT_2;
	m >>= above;
	k += above;
	/* Below 0.42 * 2^60 in 62 bits over 2.42 in 30: 32 behind the point. */
	z = (m - ONE) * 4 / ((m + ONE) >> 30) * (1 << (BITS - 32));
	square = product(z, z);
	sum = ONE / 13;
	sum = ONE / 11 + product(square, sum);
	sum = ONE / 9 + product(square, sum);
	sum = ONE / 7 + product(square, sum);
	sum = ONE / 5 + product(square, sum);
	sum = ONE / 3 + product(square, sum);
	sum = ONE + product(square, sum);
	return (int64_t)(((__int128)k * LN_2 + 2 * product(z, sum)) >>
			 (BITS - 32));
}

/* a + b * x */
static inline int64_t line(int64_t a, int64_t b, int64_t x)
{
	return a + product(b, x);
}

/*
 * e^g for 0 <= g < ln 2, in BITS. Terms are summed in pairs, which need not
 * wait for each other (G. Estrin's way, 1960).
 */
static int64_t exp_of_part(int64_t g)
{
	int64_t g_2 = product(g, g), g_4 = product(g_2, g_2);
	int64_t first = line(line(ONE, ONE, g), line(ONE / 2, ONE / 6, g), g_2);
	int64_t second = line(line(ONE / 24, ONE / 120, g),
			      line(ONE / 720, ONE / 5040, g), g_2);
	int64_t third = line(line(ONE / 40320, ONE / 362880, g),
			     line(ONE / 3628800, ONE / 39916800, g), g_2);
	int64_t last = ONE / 479001600; /* 12! */

	return line(first, line(second, line(third, last, g_4), g_4), g_4);
}

uint64_t fixed_scale_exp(uint64_t value, int64_t y)
{
	/* y / ln 2 = k + part, in 60 */
	__int128 halvings = (__int128)y * LOG2_E >> 32;
	int64_t k = (int64_t)(halvings >> BITS);
	int64_t part = (int64_t)(halvings & (ONE - 1));
	unsigned __int128 scaled = (unsigned __int128)value *
				   (uint64_t)exp_of_part(product(part, LN_2));
	int64_t down = BITS - k;

	if (!value || down > 126)
		return 0;
	if (down <= 0)
		return UINT64_MAX;
	scaled = (scaled + ((unsigned __int128)1 << (down - 1))) >> down;
	return scaled > UINT64_MAX ? UINT64_MAX : (uint64_t)scaled;
}

uint64_t fixed_scale(uint64_t value, uint64_t factor)
{
	unsigned __int128 scaled =
		((unsigned __int128)value * factor + FIXED_ONE / 2) >> 32;

	return scaled > UINT64_MAX ? UINT64_MAX : (uint64_t)scaled;
}

uint64_t fixed_root(uint64_t x)
{
	uint64_t root, next;
	int up;

	if (x < 2)
		return x;
	/*
	 * Newton's steps come down from above and end at the root; the first,
	 * from the nearest power of two, needs no division.
	 */
	up = (64 - __builtin_clzll(x)) / 2;
	next = (((uint64_t)1 << up) + (x >> up)) / 2;
	do {
		root = next;
		next = (root + x / root) / 2;
	} while (next < root);
	return root;
}

uint64_t fixed_exponential(struct random *random)
{
	/* Odd numbers of 2^-64: neither end of the unit is drawn. */
	int64_t ln = fixed_ln(random_next(random) | 1);
	int64_t most = (int64_t)((__int128)64 * LN_2 >> (BITS - 32));

	return ln < most ? (uint64_t)(most - ln) : 0;
}

int64_t fixed_normal(struct random *random)
{
	uint64_t bits, distance, part, ln, size;
	int64_t u, v;
	int up;

	/* A point of the unit disk; in 31, its distance squared in 62. */
	do {
		bits = random_next(random);
		u = (int32_t)(bits >> 32);
		v = (int32_t)bits;
		distance = (uint64_t)(u * u) + (uint64_t)(v * v);
	} while (distance >= (uint64_t)1 << 62 || !distance);
	ln = (uint64_t)(((__int128)62 * LN_2 >> (BITS - 32)) -
			fixed_ln(distance));
	/* u^2 / distance in 31; both go up as far as they can. */
	up = __builtin_clzll(distance);
	part = ((uint64_t)(u * u) << up) / ((distance << up) >> 31);
	/* Its square in 32, below 90, with 24 bits more for the root. */
	size = (uint64_t)((unsigned __int128)(2 * ln) * part >> 31);
	size = fixed_root(size << 24) << 4;
	return u < 0 ? -(int64_t)size : (int64_t)size;
}

bool parse_fixed(const char *s, size_t length, uint64_t *value)
{
	const uint64_t billion = 1000000000;
	uint64_t whole = 0, part = 0, unit = billion;
	size_t i = 0;

	for (; i < length && s[i] >= '0' && s[i] <= '9'; i++)
		if (i < 10)
			whole = whole * 10 + (uint64_t)(s[i] - '0');
	if (i == 0 || i > 10 || whole > UINT32_MAX / 2)
		return false;
	if (i < length && s[i] == '.') {
		size_t digits = length - ++i;

		if (digits == 0 || digits > 9)
			return false;
		for (; i < length && s[i] >= '0' && s[i] <= '9'; i++) {
			unit /= 10;
			part += unit * (uint64_t)(s[i] - '0');
		}
	}
	*value = (whole << 32) + ((part << 32) + billion / 2) / billion;
	return i == length;
}
