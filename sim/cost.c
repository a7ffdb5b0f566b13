/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cost of a call is a sum: for each kind of work, as many times a unit's
 * cost as it was done. That is enough: counted in instructions of a real
 * kernel, nearly all calls land within a few per cent (docs/costs.md).
 *
 * In integers throughout, so that a run is the same on every host.
 *
 * Left out: what depends on the past of a processor (caches, TLBs, branches).
 */

#include "sim/cost.h"

#include "sim/base/wider.h"

/* In units, of the kinds from `first` to before `end`. */
static inline uint64_t sum(const struct cost_desc *costs,
			   const struct work *work, int first, int end)
{
	uint64_t units = 0;

	for (int kind = first; kind < end; kind++)
		units += (uint64_t)costs->work[kind] * work->count[kind];
	return units;
}

static inline bool is_any_rare(const struct work *work)
{
	uint32_t any = 0;

	for (int kind = WORK_FIRST_RARE; kind < WORK_SLOTS; kind++)
		any |= work->count[kind];
	return any;
}

WIDER_WHERE_IT_CAN
uint64_t cost_units(const struct cost_desc *costs, const struct work *work)
{
	uint64_t units = sum(costs, work, 0, WORK_FIRST_RARE);

	if (is_any_rare(work))
		units += sum(costs, work, WORK_FIRST_RARE, WORK_SLOTS);
	return units;
}
