/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_BASE_SCATTER_H
#define KMEMSIM_BASE_SCATTER_H

/*
 * Numbers that scatter others: for hash tables, and for random numbers.
 */

#include <stdint.h>

/*
 * 2^64 divided by the golden ratio, made odd. Multiples of it lie as far from
 * each other, modulo 2^64, as can be: so do numbers that count up, multiplied
 * by it. Of a product, the upper bits depend on all bits of the number.
 */
#define GOLDEN_RATIO UINT64_C(0x9e3779b97f4a7c15)

/* The scrambling of SplitMix64: a bijection on 64 bits. */
static inline uint64_t scramble(uint64_t z)
{
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

#endif
