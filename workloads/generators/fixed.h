/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_GENERATORS_FIXED_H
#define KMEMSIM_WORKLOADS_GENERATORS_FIXED_H

/*
 * Logarithms, exponentials and normal numbers in integers: fixed point, the
 * same bits on every machine, compiler and optimisation level. A number "in
 * 32" has 32 bits behind the point. Errors are below 2^-28.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/generators/random.h"

#define FIXED_ONE (1ull << 32)

/* ln(x) in 32, for x from 1 on. */
int64_t fixed_ln(uint64_t x);

/*
 * value * e^y, to the nearest whole; 2^64 - 1 where it is more, and where e^y
 * is 2^60 or above. y in 32.
 */
uint64_t fixed_scale_exp(uint64_t value, int64_t y);

/* value * factor, which is in 32; 2^64 - 1 where it is more. */
uint64_t fixed_scale(uint64_t value, uint64_t factor);

/* The root of x, rounded down. */
uint64_t fixed_root(uint64_t x);

/* -ln(U) in 32 for U uniform in (0, 1): exponential with mean 1. */
uint64_t fixed_exponential(struct random *random);

/* A normal number in 32, with mean 0 and deviation 1. */
int64_t fixed_normal(struct random *random);

/*
 * "12", "0.75": at most ten digits before the point and nine behind it, the
 * whole of s[0…length), to the nearest in 32. false if it is none.
 */
bool parse_fixed(const char *s, size_t length, uint64_t *value);

#endif
