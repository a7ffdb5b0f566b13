/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table that ties the page allocator to those who make room for it, so
 * that neither has to know the other, and a test can stand in for one.
 */

#include "models/pressure.h"

#include "models/compaction/compaction.h"
#include "models/reclaim/oom.h"
#include "models/reclaim/reclaim.h"

static void wake_kswapd(struct memory *memory, void *argument,
			struct zone *zone, gfp_t gfp, order_t order,
			enum zone_type highest)
{
	(void)argument;
	reclaim_wake_kswapd(memory, zone, gfp, order, highest);
}

static uint64_t direct_reclaim(struct memory *memory, void *argument,
			       const struct pressure_request *request)
{
	(void)argument;
	return reclaim_direct(memory, request);
}

static enum compact_result
direct_compact(struct memory *memory, void *argument,
	       const struct pressure_request *request,
	       enum compact_priority priority, pfn_t *captured)
{
	(void)argument;
	return compaction_direct(memory, request, priority, captured);
}

static bool is_suitable(struct memory *memory, void *argument,
			const struct pressure_request *request)
{
	(void)argument;
	return compaction_zonelist_suitable(memory, request);
}

static void compaction_worked(struct memory *memory, void *argument,
			      struct zone *zone, order_t order)
{
	(void)argument;
	compaction_defer_reset(memory, zone, order, true);
}

static enum oom_result out_of_memory(struct memory *memory, void *argument,
				     const struct pressure_request *request)
{
	(void)argument;
	return oom_out_of_memory(memory, request);
}

static uint64_t reclaimable_pages(struct memory *memory, void *argument,
				  const struct zone *zone)
{
	(void)argument;
	return reclaim_reclaimable_pages(memory, zone);
}

static bool node_reclaim(struct memory *memory, void *argument,
			 struct zone *zone,
			 const struct pressure_request *request)
{
	(void)argument;
	return reclaim_node(memory, zone, request);
}

const struct pressure_ops kernel_pressure_ops = {
	.name = "kernel",
	.wake_kswapd = wake_kswapd,
	.direct_reclaim = direct_reclaim,
	.direct_compact = direct_compact,
	.compaction_suitable = is_suitable,
	.compaction_worked = compaction_worked,
	.out_of_memory = out_of_memory,
	.reclaimable_pages = reclaimable_pages,
	.node_reclaim = node_reclaim,
};
