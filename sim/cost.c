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

uint64_t cost_of_work(const struct cost_desc *costs, const struct work *work)
{
	uint64_t units = 0;

	for (int kind = 0; kind < WORK_SLOTS; kind++)
		units += (uint64_t)costs->work[kind] * work->count[kind];
	return units / COST_UNITS_PER_NS * costs->multiplier /
	       COST_MULTIPLIER_ONE;
}
