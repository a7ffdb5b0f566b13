/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_TESTS_EVENTS_H
#define KMEMSIM_TESTS_EVENTS_H

/*
 * The hold model: a number of events are pending; the next one is taken and
 * comes back later, exponentially distributed with a mean of a millisecond.
 * Each taken event is handed to one of four handlers by its kind.
 */

#include <math.h>

#include "tests/bench/bench.h"

#define NR_HOLD_DELAYS 65536
#define NR_HOLD_KINDS 4

static uint64_t hold_delay[NR_HOLD_DELAYS];
static uint64_t hold_sum;

static void hold_init(void)
{
	uint64_t random = RANDOM_SEED;

	for (int i = 0; i < NR_HOLD_DELAYS; i++) {
		double draw = ((next_random(&random) >> 11) + 1) * 0x1p-53;

		hold_delay[i] = 1 + (uint64_t)(-log(draw) * 1e6);
	}
}

typedef void hold_handler(uint64_t t_ns, uint32_t argument);

static void hold_add(uint64_t t_ns, uint32_t argument)
{
	hold_sum += t_ns + argument;
}

static void hold_mix(uint64_t t_ns, uint32_t argument)
{
	hold_sum ^= t_ns * argument;
}

static void hold_turn(uint64_t t_ns, uint32_t argument)
{
	hold_sum = (hold_sum << 1 | hold_sum >> 63) + t_ns + argument;
}

static void hold_shift(uint64_t t_ns, uint32_t argument)
{
	hold_sum += (t_ns >> 3) ^ argument;
}

static hold_handler *const hold_handlers[NR_HOLD_KINDS] = { hold_add, hold_mix,
							    hold_turn,
							    hold_shift };

/* How many holds go by before the clock starts, for all buckets to be there. */
static inline uint64_t hold_warm(uint64_t pending)
{
	return pending < 50000 ? 200000 : 4 * pending;
}

#endif
