/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_BASE_EITHER_H
#define KMEMSIM_BASE_EITHER_H

/*
 * One of two values, where nobody can foresee which. A processor that guesses
 * wrong at a branch loses some twenty cycles, more than it takes to work out
 * both: the compiler is told that there is nothing to guess, and takes a move
 * that depends on the condition. Both values are read in any case.
 */

#include <stdbool.h>
#include <stdint.h>

static inline __attribute__((always_inline)) uint64_t
either(bool first, uint64_t a, uint64_t b)
{
	return __builtin_expect_with_probability(first, 1, 0.5) ? a : b;
}

#endif
