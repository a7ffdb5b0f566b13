/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_COST_H
#define KMEMSIM_SIM_COST_H

/*
 * What a call costs: from the work that the models counted to nanoseconds.
 * There is no fixed part by operation: every call does work that is counted,
 * and calls within calls (vmalloc's pages, kmalloc's slabs) cost what they do
 * by themselves.
 */

#include "models/machine.h"
#include "models/work.h"

/* The time that `units` of cost take, in ns, rounded down. */
static inline uint64_t cost_in_ns(uint64_t units, uint32_t multiplier)
{
	return units / COST_UNITS_PER_NS * multiplier / COST_MULTIPLIER_ONE;
}

/* The sum of what this work costs, in units. */
uint64_t cost_units(const struct cost_desc *costs, const struct work *work);

/*
 * The same of a list of kinds alone, LIST(X) of X(kind) as WORK_KINDS(X) is,
 * for those who know that nothing else was done: of `work` by `costs`, as they
 * are called where it is used. One by one: eight at once would wait until all
 * that was just counted is in the cache.
 */
#define COST_UNITS_OF(LIST) (0 LIST(COST_UNITS_OF_KIND))
#define COST_UNITS_OF_KIND(kind)                                               \
	+(uint64_t)costs->work[WORK_##kind] * work->count[WORK_##kind]

/* The cost of a call that did this work, in ns, rounded down. */
static inline uint64_t cost_of_work(const struct cost_desc *costs,
				    const struct work *work)
{
	return cost_in_ns(cost_units(costs, work), costs->multiplier);
}

#endif
