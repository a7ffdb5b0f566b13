/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When compaction is worth it.
 *
 *	a block is there, above the mark?        yes --> nothing to do
 *	enough single pages to move to?          no  --> skipped: reclaim first
 *	costly order: short of memory, or        memory --> skipped
 *	  is it in pieces (index)?               in pieces --> compact
 *	failed lately?                           yes --> deferred
 *
 * Rules (Linux 6.1, mm/compaction.c):
 *
 * - Compaction itself takes pages: the min mark, or the low one for costly
 *   orders, must be kept by twice a block's pages more (compact_gap()). Pages
 *   of contiguous areas count (compaction_suitable()).
 * - For costly orders the fragmentation index must exceed extfrag_threshold
 *   (models/page/fragmentation.h).
 * - For who asks whether reclaim would help, what could be reclaimed counts as
 *   free, but divided by the order (compaction_zonelist_suitable()).
 * - Each failure for an order doubles how often the zone is passed over for
 *   this order and above: 1, 3, … 63 times (defer_compaction(),
 *   compaction_deferred()). An order that came of it is not put off any more,
 *   nor those below; the count itself starts over only when an allocation had
 *   its block (compaction_defer_reset()). The compaction after the 63rd time
 *   forgets what is known of pageblocks (compaction_restarting()).
 * - A zone's score is the per cent of its free memory that is in blocks below
 *   a huge page. A node's is the sum of its zones', weighted by their present
 *   pages (fragmentation_score_node()). Proactive compaction begins above a
 *   mark of 110 less compaction_proactiveness, and ends at 10 below it
 *   (fragmentation_score_wmark()).
 *
 * A huge page is taken to be a pageblock, as it is wherever there are huge
 * pages.
 *
 * Left out: nothing.
 */

#include "models/compaction/compaction_internal.h"

#include "models/page/fragmentation.h"
#include "models/page/mobility.h"
#include "models/page/watermark.h"

/* Proactive compaction: the lowest low mark, and how far the high is above. */
#define SCORE_LEAST 5
#define SCORE_STEP 10

/* __compaction_suitable() */
static enum compact_result has_pages(const struct zone *zone, order_t order,
				     unsigned int alloc_flags,
				     enum zone_type highest, int64_t available)
{
	int64_t mark = watermark_pages(zone, alloc_flags & ALLOC_WMARK_MASK);
	int64_t gap = 2ll << order;

	if (watermark_ok(zone, order, mark, highest, alloc_flags,
			 zone_counted_free_pages(zone)))
		return COMPACT_SUCCESS;
	mark = watermark_pages(
		zone, order > PAGE_ALLOC_COSTLY_ORDER ? WMARK_LOW : WMARK_MIN);
	return watermark_ok(zone, 0, mark + gap, highest, ALLOC_CMA,
			    available) ?
		       COMPACT_CONTINUE :
		       COMPACT_SKIPPED;
}

static void count_free(const struct memory *memory, const struct zone *zone,
		       uint64_t nr_free[MAX_ORDERS])
{
	for (order_t order = 0; order < memory->nr_orders; order++)
		nr_free[order] = zone_nr_free(zone, order);
}

enum compact_result compaction_suitable(struct memory *memory,
					struct zone *zone, order_t order,
					unsigned int alloc_flags,
					enum zone_type highest)
{
	enum compact_result result = has_pages(zone, order, alloc_flags,
					       highest,
					       zone_counted_free_pages(zone));
	uint64_t nr_free[MAX_ORDERS];
	int index;

	if (result != COMPACT_CONTINUE || order <= PAGE_ALLOC_COSTLY_ORDER)
		return result;
	count_free(memory, zone, nr_free);
	index = fragmentation_index(nr_free, memory->nr_orders, order);
	if (index >= 0 && index <= (int)memory->desc->sysctl.extfrag_threshold)
		return COMPACT_SKIPPED;
	return result;
}

bool compaction_zonelist_suitable(struct memory *memory,
				  const struct pressure_request *request)
{
	for (uint32_t i = 0; i < request->zonelist->nr; i++) {
		const struct zone *zone = request->zonelist->zone[i];
		uint64_t available;

		if (zone->type > request->highest)
			continue;
		available = memory->pressure->reclaimable_pages(
				    memory, memory->pressure_argument, zone) /
				    request->order +
			    zone_exact_free_pages(memory, zone);
		if (has_pages(zone, request->order, request->alloc_flags,
			      request->highest,
			      (int64_t)available) == COMPACT_CONTINUE)
			return true;
	}
	return false;
}

void defer_compaction(struct memory *memory, const struct zone *zone,
		      order_t order)
{
	struct zone_compaction *state = zone_compaction(memory, zone);

	state->considered = 0;
	if (state->defer_shift < COMPACT_MAX_DEFER_SHIFT)
		state->defer_shift++;
	if (order < state->order_failed)
		state->order_failed = order;
}

bool compaction_is_deferred(struct memory *memory, struct zone *zone,
			    order_t order)
{
	struct zone_compaction *state = zone_compaction(memory, zone);
	uint32_t limit = 1u << state->defer_shift;

	if (order < state->order_failed)
		return false;
	if (++state->considered < limit)
		return true;
	state->considered = limit;
	return false;
}

void compaction_defer_reset(struct memory *memory, struct zone *zone,
			    order_t order, bool allocated)
{
	struct zone_compaction *state = zone_compaction(memory, zone);

	if (allocated) {
		state->considered = 0;
		state->defer_shift = 0;
	}
	if (order >= state->order_failed)
		state->order_failed = order + 1;
}

bool compaction_is_restarting(const struct memory *memory,
			      const struct zone *zone, int order)
{
	const struct zone_compaction *state = zone_compaction(memory, zone);

	return order >= state->order_failed &&
	       state->defer_shift == COMPACT_MAX_DEFER_SHIFT &&
	       state->considered >= 1u << state->defer_shift;
}

bool kswapd_is_running(struct memory *memory, const struct node *node)
{
	return !memory->tasks->is_asleep(memory, memory->tasks_argument,
					 SLEEP_KSWAPD, node - memory->node);
}

uint32_t zone_score(const struct memory *memory, const struct zone *zone)
{
	uint64_t nr_free[MAX_ORDERS];

	if (!zone_free_pages(zone))
		return 0;
	count_free(memory, zone, nr_free);
	return unusable_free_index(nr_free, memory->nr_orders,
				   memory->pageblock_order) /
	       10;
}

uint32_t node_score(const struct memory *memory, const struct node *node)
{
	uint64_t present = 0;
	uint32_t score = 0;

	for (uint32_t z = 0; z < node->nr_zones; z++)
		present += node->zones[z].present_pages;
	for (uint32_t z = 0; z < node->nr_zones; z++) {
		const struct zone *zone = &node->zones[z];

		score += zone->present_pages * zone_score(memory, zone) /
			 (present + 1);
	}
	return score;
}

uint32_t score_mark(const struct memory *memory, bool low)
{
	uint32_t proactiveness = memory->desc->sysctl.compaction_proactiveness;
	uint32_t mark = 100 - proactiveness;

	if (mark < SCORE_LEAST)
		mark = SCORE_LEAST;
	if (low)
		return mark;
	return mark + SCORE_STEP < 100 ? mark + SCORE_STEP : 100;
}
