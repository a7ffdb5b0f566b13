/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_TESTS_OTHERS_HELPER_H
#define KMEMSIM_TESTS_OTHERS_HELPER_H

/*
 * Others who come in while a call sleeps in the middle, without an engine:
 *
 *	call --> page_alloc() --> direct reclaim
 *	                            |  what the test has others do
 *	                            |  memory is there again
 *	call <-- page <-------------+
 *
 * A dry machine has its marks above all of its memory: whoever may reclaim,
 * reclaims, and whoever may not gets nothing. Reclaim ends that. Include it
 * after the header of a machine.
 */

#include "models/memory.h"

struct others {
	void (*come_in)(void *argument); /* NULL: nobody does */
	void *argument;
	int times; /* that somebody slept */
	struct pressure_ops ops;
};

static inline void marks_add(struct memory *memory, int64_t pages)
{
	for (uint32_t i = 0; i < memory->nr_zones; i++)
		for (int mark = 0; mark < NR_WMARK; mark++)
			memory->zone[i].watermark[mark] += pages;
}

static const int64_t all_memory = 1ll << 40;

static inline bool is_dry(const struct memory *memory)
{
	return memory->zone[0].watermark[WMARK_MIN] >= all_memory;
}

static inline void run_dry(struct memory *memory)
{
	if (!is_dry(memory))
		marks_add(memory, all_memory);
}

static inline void end_dryness(struct memory *memory)
{
	if (is_dry(memory))
		marks_add(memory, -all_memory);
}

/*
 * As ops.wake_kswapd: dry once a page was taken from a zone whose `boosted` is
 * set. So the second allocation of a call sleeps, and not the first.
 */
static inline void run_dry_again(struct memory *memory, void *argument,
				 struct zone *zone, gfp_t gfp, order_t order,
				 enum zone_type highest)
{
	(void)argument;
	(void)zone;
	(void)gfp;
	(void)order;
	(void)highest;
	run_dry(memory);
}

/* What the engine does when the call goes on: see sim/engine/engine_tasks.c. */
static inline void go_on(struct memory *memory, uint32_t task, cpu_t cpu)
{
	memory->task = task;
	memory->cpu = cpu;
	memory->work = (struct work){ .zones = 0 };
	memory->switches++;
}

static inline uint64_t sleep_in_reclaim(struct memory *memory, void *argument,
					const struct pressure_request *request)
{
	struct others *others = argument;
	uint32_t task = memory->task;

	others->times++;
	end_dryness(memory);
	if (others->come_in)
		others->come_in(others->argument);
	end_dryness(memory);
	go_on(memory, task, request->cpu);
	return 1;
}

static inline void others_may_come_in(struct others *others,
				      struct memory *memory,
				      void (*come_in)(void *argument),
				      void *argument)
{
	*others = (struct others){
		.come_in = come_in,
		.argument = argument,
		.ops = no_pressure_ops,
	};
	others->ops.direct_reclaim = sleep_in_reclaim;
	memory->pressure = &others->ops;
	memory->pressure_argument = others;
}

#endif
