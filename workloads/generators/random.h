/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_GENERATORS_RANDOM_H
#define KMEMSIM_WORKLOADS_GENERATORS_RANDOM_H

/*
 * Random numbers: xoshiro256** (D. Blackman, S. Vigna, "Scrambled linear
 * pseudorandom number generators", ACM TOMS 47(4), 2021), its state filled by
 * SplitMix64 (G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom
 * number generators", OOPSLA 2014), as its authors advise. Only integers: a
 * seed means the same numbers on every machine.
 *
 * A stream is named by the run's seed, by whose it is and by what it is for,
 * so that nobody's numbers change when somebody else draws more or fewer.
 */

#include <stdint.h>

#include "sim/base/scatter.h"

struct random {
	uint64_t s[4];
};

static inline void random_start(struct random *random, uint64_t run_seed,
				uint64_t whose, uint64_t purpose)
{
	uint64_t at = scramble(run_seed + GOLDEN_RATIO);

	at = scramble((at ^ whose) + GOLDEN_RATIO);
	at = scramble((at ^ purpose) + GOLDEN_RATIO);
	for (int i = 0; i < 4; i++) {
		at += GOLDEN_RATIO;
		random->s[i] = scramble(at);
	}
}

static inline uint64_t random_rotated(uint64_t x, unsigned int by)
{
	return x << by | x >> (64 - by);
}

/* 64 random bits. */
static inline uint64_t random_next(struct random *random)
{
	uint64_t *s = random->s;
	uint64_t result = random_rotated(s[1] * 5, 7) * 9;
	uint64_t shifted = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= shifted;
	s[3] = random_rotated(s[3], 45);
	return result;
}

/*
 * One of 0 … nr - 1, each as likely as the other; nr 0 stands for 2^64.
 * D. Lemire, "Fast random integer generation in an interval", ACM TOMACS
 * 29(1), 2019.
 */
static inline uint64_t random_below(struct random *random, uint64_t nr)
{
	unsigned __int128 product;
	uint64_t refused;

	if (!nr)
		return random_next(random);
	product = (unsigned __int128)random_next(random) * nr;
	if ((uint64_t)product < nr) {
		refused = (0 - nr) % nr;
		while ((uint64_t)product < refused)
			product = (unsigned __int128)random_next(random) * nr;
	}
	return (uint64_t)(product >> 64);
}

#endif
