/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What compaction remembers: pageblocks to skip, and where to go on.
 *
 *	pageblocks  |  s  |  s  |     |     |     |  s  |
 *	                        ^                 ^
 *	           cached migrate positions       cached free position
 *
 * Rules (Linux 6.1, mm/compaction.c):
 *
 * - A pageblock gets its skip bit when a scan isolated nothing in it, or when
 *   it was scanned again in vain; when the free scanner has been through all
 *   of it; and when a fast search chose it.
 * - The migrate scanner's position is kept once for async compaction and once
 *   for all other, which also moves the async one (update_cached_migrate()).
 * - When the scanners have met, the next compaction starts from the zone's
 *   ends again (reset_cached_positions()), and if it was an allocation that
 *   compacted, the skip bits are out of date: kswapd clears them when it goes
 *   to sleep, or the first compaction after the longest deferral.
 * - Then two walks from the zone's ends towards each other look at every
 *   eighth page of each pageblock: one with a page on an LRU list may be moved
 *   from, one with a free page may be moved to. The outermost of these are
 *   where scanners start from now on (__reset_isolation_suitable()).
 * - Before the first such reset the kernel's positions are all 0. In a zone
 *   that begins at frame 0 the first compaction therefore ends at once: both
 *   scanners are in the same pageblock.
 *
 * Left out: nothing.
 */

#include "models/compaction/compaction_internal.h"

/* Every eighth page of a pageblock is looked at. */
#define SAMPLE_PAGES (1u << PAGE_ALLOC_COSTLY_ORDER)

static uint8_t *skip_of(const struct memory *memory, const struct zone *zone,
			pfn_t pfn)
{
	return &memory->compaction->skip[pageblock_type(memory, zone, pfn) -
					 memory->pageblock_type];
}

bool pageblock_skip(const struct memory *memory, const struct zone *zone,
		    pfn_t pfn)
{
	return *skip_of(memory, zone, pfn);
}

void set_pageblock_skip(struct memory *memory, const struct zone *zone,
			pfn_t pfn)
{
	*skip_of(memory, zone, pfn) = true;
}

bool pageblock_may_be_scanned(const struct compact_control *cc, pfn_t pfn)
{
	return cc->ignore_skip || !pageblock_skip(cc->memory, cc->zone, pfn);
}

bool test_and_set_skip(struct compact_control *cc, pfn_t pfn)
{
	bool skip;

	if (cc->ignore_skip || !is_pageblock_start(cc->memory, pfn))
		return false;
	skip = pageblock_skip(cc->memory, cc->zone, pfn);
	if (!cc->no_set_skip)
		set_pageblock_skip(cc->memory, cc->zone, pfn);
	return skip;
}

bool pageblock_is_one_block(const struct memory *memory, pfn_t pfn)
{
	for (order_t order = memory->pageblock_order; order < memory->nr_orders;
	     order++) {
		pfn_t first = pfn & ~0u << order;

		if (memory->state[first] ==
		    (PAGE_ALLOCATED | PAGE_COMPOUND | order))
			return true;
	}
	return false;
}

/* Does the zone have memory there? pfn_to_online_page(), page_zone() */
static bool is_of_zone(const struct memory *memory, const struct zone *zone,
		       pfn_t pfn)
{
	return pfn >= zone->start_pfn && pfn < zone->end_pfn &&
	       *pageblock_type(memory, zone, pfn) != PAGEBLOCK_HOLE;
}

bool pageblock_is_of_zone(const struct memory *memory, const struct zone *zone,
			  pfn_t start, pfn_t end)
{
	return is_of_zone(memory, zone, start) &&
	       is_of_zone(memory, zone, end - 1);
}

void update_cached_migrate(struct compact_control *cc, pfn_t pfn)
{
	struct zone_compaction *state = zone_compaction(cc->memory, cc->zone);

	/* The kernel rounds up what is the next pageblock's start already. */
	pfn = pageblock_end(cc->memory, pfn);
	if (cc->no_set_skip)
		return;
	if (pfn > state->cached_migrate[false])
		state->cached_migrate[false] = pfn;
	if (cc->mode != MIGRATE_ASYNC && pfn > state->cached_migrate[true])
		state->cached_migrate[true] = pfn;
}

void update_cached_free(struct compact_control *cc, pfn_t pfn)
{
	struct zone_compaction *state = zone_compaction(cc->memory, cc->zone);

	if (cc->no_set_skip)
		return;
	set_pageblock_skip(cc->memory, cc->zone, pfn);
	if (pfn < state->cached_free)
		state->cached_free = pfn;
}

void reset_cached_positions(struct memory *memory, struct zone *zone)
{
	struct zone_compaction *state = zone_compaction(memory, zone);

	state->cached_migrate[false] = zone->start_pfn;
	state->cached_migrate[true] = zone->start_pfn;
	state->cached_free = pageblock_start(memory, zone->end_pfn - 1);
}

/*
 * Is the pageblock worth it as a source or as a target? If so, its skip bit is
 * cleared. Source: __reset_isolation_pfn().
 */
static bool reset_skip(struct memory *memory, const struct zone *zone,
		       pfn_t pfn, bool as_source, bool as_target)
{
	pfn_t end = pageblock_end(memory, pfn);

	if (!is_of_zone(memory, zone, pfn) ||
	    pageblock_is_one_block(memory, pfn))
		return false;
	if (as_source && as_target && !pageblock_skip(memory, zone, pfn))
		return true;
	if (!as_source && as_target &&
	    *pageblock_type(memory, zone, pfn) != MIGRATE_MOVABLE)
		return false;
	pfn = pageblock_start(memory, pfn);
	if (pfn < zone->start_pfn)
		pfn = zone->start_pfn;
	if (end > zone->end_pfn)
		end = zone->end_pfn;
	for (; pfn < end; pfn += SAMPLE_PAGES) {
		memory->work.count[WORK_SKIPS_SAMPLED]++;
		if ((as_source && folio_listed_at(memory, pfn) != FOLIO_NONE) ||
		    (as_target && page_state_is_free(memory->state[pfn]))) {
			*skip_of(memory, zone, pfn) = false;
			return true;
		}
	}
	return false;
}

void reset_skips(struct memory *memory, struct zone *zone)
{
	struct zone_compaction *state = zone_compaction(memory, zone);
	int64_t step = pageblock_pages(memory);
	int64_t low = zone->start_pfn;
	int64_t high = (int64_t)zone->end_pfn - 1;
	int64_t lowest = high;
	int64_t highest = low;
	bool has_source = false;
	bool has_target = false;

	if (!state->flush)
		return;
	state->flush = false;
	for (; low < high; low += step, high -= step) {
		memory->tasks->elapse(memory, memory->tasks_argument);
		if (reset_skip(memory, zone, low, true, has_source) &&
		    low < lowest) {
			has_source = true;
			lowest = low;
			state->init_migrate = low;
			state->cached_migrate[false] = low;
			state->cached_migrate[true] = low;
		}
		if (reset_skip(memory, zone, high, has_target, true) &&
		    high > highest) {
			has_target = true;
			highest = high;
			state->init_free = high;
			state->cached_free = high;
		}
	}
	/* Nothing was worth it: the next one is to end soon. */
	if (lowest >= highest) {
		state->cached_migrate[false] = low;
		state->cached_migrate[true] = low;
		state->cached_free = high > 0 ? high : 0;
	}
}

void compaction_reset_skips(struct memory *memory, uint32_t node_index)
{
	struct node *node = &memory->node[node_index];

	for (uint32_t z = 0; z < node->nr_zones; z++)
		if (node->zones[z].present_pages)
			reset_skips(memory, &node->zones[z]);
}
