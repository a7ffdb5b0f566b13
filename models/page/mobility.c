/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Grouping pages by mobility.
 *
 * Memory is divided into pageblocks (512 pages on x86-64), each with a type:
 * what was allocated in it, as far as it could be had. Free blocks hang on
 * lists by type, so that what can't be moved stays together and whole
 * pageblocks come free again.
 *
 * Rules (Linux 6.1, mm/page_alloc.c):
 *
 * - A type that has run out takes from the others in the order of
 *   fallback_types[] below, the largest block there is first: it roughly
 *   stands for the pageblock with most free pages (__rmqueue_fallback()).
 *   Movable requests, which do no lasting harm, take the smallest that fits
 *   when the largest one is below half a pageblock's order.
 * - ALLOC_NOFRAGMENT asks for whole pageblocks only.
 * - A block of a pageblock's size or more changes its pageblocks' type. From
 *   a smaller one, unmovable and reclaimable requests, and any request when
 *   the block is at least of half a pageblock's order, move all free blocks
 *   of the pageblock to their own lists; if then at least half of it is free
 *   or of their own kind, the pageblock changes its type
 *   (can_steal_fallback(), steal_suitable_fallback()). Otherwise that one
 *   block is moved.
 * - A moved block goes to the tail of its new list, and moving runs through
 *   the pageblock from low frames to high ones (move_freepages()). A
 *   pageblock that ends beyond its zone is not moved; of one that begins
 *   before it, only from the block found on (move_freepages_block()).
 * - "Of their own kind": for movable requests, pages known to be movable,
 *   which are those on LRU lists (move_freepages()); for others that take from
 *   a movable pageblock, whatever is in use and not known to be movable; else
 *   nothing.
 * - Taking a block smaller than a pageblock is a fragmentation event: with
 *   watermark_boost_factor the zone's watermarks rise by a pageblock's pages
 *   each time, up to that share of the high one, in zones of four pageblocks
 *   or more (boost_watermark()).
 * - A kernel that does not group (before 2.6.24) has pageblocks of one type,
 *   and its requests ask for that: whatever is said above never comes up.
 * - After a high-order atomic request its pageblock is set aside, up to one
 *   pageblock more than 1 % of the zone; under pressure pageblocks are given
 *   back (reserve_highatomic_pageblock(), unreserve_highatomic_pageblock()).
 *
 * - Pageblocks of contiguous memory areas (MIGRATE_CMA) never change their
 *   type by allocation, and only requests with ALLOC_CMA, movable ones, take
 *   from them: first, where more than half of the zone's free pages lie there
 *   (by the counters, which lag), so that both kinds are used up alike; else
 *   when their own lists have run out, before they take from another type
 *   (__rmqueue(), __rmqueue_cma_fallback()).
 */

#include "models/page/mobility.h"

#include "models/page/buddy.h"
#include "models/reclaim/folio.h"

#define NR_FALLBACKS 2

/* Whom a type takes from when it has run out, best first. */
static const enum migratetype
	fallback_types[NR_PCP_MIGRATETYPES][NR_FALLBACKS] = {
		[MIGRATE_UNMOVABLE] = { MIGRATE_RECLAIMABLE, MIGRATE_MOVABLE },
		[MIGRATE_MOVABLE] = { MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE },
		[MIGRATE_RECLAIMABLE] = { MIGRATE_UNMOVABLE, MIGRATE_MOVABLE },
	};

/* May more than the one block be taken from its pageblock? */
static bool may_take_pageblock(const struct memory *memory, order_t order,
			       enum migratetype type)
{
	return order >= memory->pageblock_order / 2 ||
	       type == MIGRATE_RECLAIMABLE || type == MIGRATE_UNMOVABLE;
}

static void boost_watermark(struct memory *memory, struct zone *zone,
			    unsigned int alloc_flags)
{
	int64_t pageblock_pages = 1ll << memory->pageblock_order;
	int64_t most;

	if (!memory->boost_factor ||
	    (uint64_t)pageblock_pages * 4 > zone->managed_pages)
		return;
	most = zone->watermark[WMARK_HIGH] * (int64_t)memory->boost_factor /
	       10000;
	if (!most)
		return;
	if (most < pageblock_pages)
		most = pageblock_pages;
	zone->watermark_boost += pageblock_pages;
	if (zone->watermark_boost > most)
		zone->watermark_boost = most;
	if (alloc_flags & ALLOC_KSWAPD)
		zone->boosted = true;
}

/* Of the block in use that begins there. */
static uint32_t movable_pages(const struct memory *memory, pfn_t pfn)
{
	folio_t folio = folio_listed_at(memory, pfn);

	return folio == FOLIO_NONE ? 0 : folio_pages(folio_get(memory, folio));
}

/*
 * Moves a pageblock's free blocks to the lists of `type`. Returns the pages
 * moved; *movable is how many pages in use are known to be movable: those on
 * LRU lists. NULL: nobody asks, which is less work.
 */
static uint32_t move_pageblock(struct memory *memory, struct zone *zone,
			       pfn_t block, enum migratetype type,
			       uint32_t *movable)
{
	uint32_t pages = 1u << memory->pageblock_order;
	pfn_t pfn = block & ~(pages - 1);
	pfn_t end = pfn + pages;
	uint32_t moved = 0;

	if (movable)
		*movable = 0;
	if (pfn < zone->start_pfn)
		pfn = block;
	if (end > zone->end_pfn)
		return 0;
	while (pfn < end) {
		uint8_t state = memory->state[pfn];
		uint32_t size;

		memory->work.count[WORK_BLOCK_SCANS]++;
		if (!page_state_is_free(state)) {
			if (movable) {
				*movable += movable_pages(memory, pfn);
				memory->work.count[WORK_MOVABLE_ASKED]++;
			}
			pfn++;
			continue;
		}
		size = 1u << page_state_order(state);
		buddy_move_tail(memory, zone, pfn, type);
		pfn += size;
		moved += size;
	}
	return moved;
}

static void set_pageblock_types(struct memory *memory, struct zone *zone,
				pfn_t pfn, order_t order, enum migratetype type)
{
	uint32_t step = 1u << memory->pageblock_order;

	for (pfn_t end = pfn + (1u << order); pfn < end; pfn += step)
		*pageblock_type(memory, zone, pfn) = type;
}

/* Tries to claim the whole pageblock; false: take the one block alone. */
static bool take_pageblock(struct memory *memory, struct zone *zone, pfn_t pfn,
			   enum migratetype type)
{
	uint32_t pages = 1u << memory->pageblock_order;
	uint8_t *block_type = pageblock_type(memory, zone, pfn);
	uint32_t movable;
	uint32_t moved = move_pageblock(memory, zone, pfn, type, &movable);
	uint32_t alike = 0;

	if (!moved)
		return false;
	if (type == MIGRATE_MOVABLE)
		alike = movable;
	else if (*block_type == MIGRATE_MOVABLE)
		alike = pages - (moved + movable);
	if (moved + alike >= pages / 2)
		*block_type = type;
	return true;
}

/* Makes the block, and maybe its pageblock, the type's own. */
static void steal(struct memory *memory, struct zone *zone, pfn_t pfn,
		  enum migratetype type, unsigned int alloc_flags,
		  bool whole_block)
{
	order_t order = page_state_order(memory->state[pfn]);

	memory->work.count[WORK_FALLBACKS]++;
	if (*pageblock_type(memory, zone, pfn) != MIGRATE_HIGHATOMIC) {
		if (order >= memory->pageblock_order) {
			set_pageblock_types(memory, zone, pfn, order, type);
		} else {
			boost_watermark(memory, zone, alloc_flags);
			if (whole_block &&
			    take_pageblock(memory, zone, pfn, type))
				return;
		}
	}
	buddy_move_tail(memory, zone, pfn, type);
}

bool mobility_may_take_pageblock(const struct memory *memory,
				 const struct zone *zone, order_t order,
				 enum migratetype type)
{
	uint32_t nonempty = 0;

	if (!may_take_pageblock(memory, order, type))
		return false;
	for (int i = 0; i < NR_FALLBACKS; i++)
		nonempty |= zone->area[fallback_types[type][i]].nonempty;
	return nonempty & 1u << order;
}

/* The best other type with a block of the order; false: none has. */
static bool find_fallback(struct memory *memory, const struct zone *zone,
			  order_t order, enum migratetype type,
			  enum migratetype *found)
{
	memory->work.count[WORK_FALLBACK_SCANS]++;
	for (int i = 0; i < NR_FALLBACKS; i++) {
		*found = fallback_types[type][i];
		if (zone->area[*found].nonempty & 1u << order)
			return true;
	}
	return false;
}

/* Moves a block of another type to the type's lists; false: there is none. */
static bool fall_back(struct memory *memory, struct zone *zone, order_t order,
		      enum migratetype type, unsigned int alloc_flags)
{
	int lowest = order;
	int from = memory->nr_orders - 1;
	enum migratetype other;
	bool whole_block;

	if (order < memory->pageblock_order && alloc_flags & ALLOC_NOFRAGMENT)
		lowest = memory->pageblock_order;
	while (from >= lowest &&
	       !find_fallback(memory, zone, from, type, &other))
		from--;
	if (from < lowest)
		return false;
	whole_block = may_take_pageblock(memory, from, type);
	if (!whole_block && from > order) {
		from = order;
		while (!find_fallback(memory, zone, from, type, &other))
			from++;
		whole_block = may_take_pageblock(memory, from, type);
	}
	steal(memory, zone, buddy_first(zone, other, from), type, alloc_flags,
	      whole_block);
	return true;
}

/* For those who may use contiguous areas, on machines that have some. */
static pfn_t take_with_cma(struct memory *memory, struct zone *zone,
			   order_t order, enum migratetype type,
			   unsigned int alloc_flags)
{
	pfn_t pfn = PFN_NONE;

	if (zone_counted_free_cma_pages(zone) >
	    zone_counted_free_pages(zone) / 2)
		pfn = buddy_take(memory, zone, order, MIGRATE_CMA);
	while (pfn == PFN_NONE) {
		pfn = buddy_take(memory, zone, order, type);
		if (pfn == PFN_NONE)
			pfn = buddy_take(memory, zone, order, MIGRATE_CMA);
		if (pfn == PFN_NONE &&
		    !fall_back(memory, zone, order, type, alloc_flags))
			break;
	}
	return pfn;
}

pfn_t mobility_take(struct memory *memory, struct zone *zone, order_t order,
		    enum migratetype type, unsigned int alloc_flags)
{
	pfn_t pfn;

	if (alloc_flags & ALLOC_CMA)
		return take_with_cma(memory, zone, order, type, alloc_flags);
	pfn = buddy_take(memory, zone, order, type);
	while (pfn == PFN_NONE &&
	       fall_back(memory, zone, order, type, alloc_flags))
		pfn = buddy_take(memory, zone, order, type);
	return pfn;
}

uint32_t mobility_move_pageblock(struct memory *memory, struct zone *zone,
				 pfn_t pfn, enum migratetype type)
{
	return move_pageblock(memory, zone, pfn, type, NULL);
}

void mobility_reserve_highatomic(struct memory *memory, struct zone *zone,
				 pfn_t pfn)
{
	uint64_t pageblock_pages = 1u << memory->pageblock_order;
	uint64_t most = zone->managed_pages / 100 + pageblock_pages;
	uint8_t *type = pageblock_type(memory, zone, pfn);

	if (!memory->mobility_flags || zone->nr_reserved_highatomic >= most ||
	    !migratetype_is_mergeable(*type))
		return;
	zone->nr_reserved_highatomic += pageblock_pages;
	*type = MIGRATE_HIGHATOMIC;
	move_pageblock(memory, zone, pfn, MIGRATE_HIGHATOMIC, NULL);
}

static bool unreserve_in_zone(struct memory *memory, struct zone *zone,
			      enum migratetype type)
{
	uint64_t pageblock_pages = 1u << memory->pageblock_order;

	for (order_t order = 0; order < memory->nr_orders; order++) {
		pfn_t pfn = buddy_first(zone, MIGRATE_HIGHATOMIC, order);
		uint8_t *block_type;

		if (pfn == PFN_NONE)
			continue;
		block_type = pageblock_type(memory, zone, pfn);
		if (*block_type == MIGRATE_HIGHATOMIC)
			zone->nr_reserved_highatomic -=
				zone->nr_reserved_highatomic < pageblock_pages ?
					zone->nr_reserved_highatomic :
					pageblock_pages;
		*block_type = type;
		if (move_pageblock(memory, zone, pfn, type, NULL))
			return true;
	}
	return false;
}

bool mobility_unreserve_highatomic(struct memory *memory,
				   const struct zonelist *zonelist,
				   enum zone_type highest,
				   enum migratetype type, bool force)
{
	for (uint32_t i = 0; i < zonelist->nr; i++) {
		struct zone *zone = zonelist->zone[i];

		if (zone->type > highest ||
		    (!force && zone->nr_reserved_highatomic <=
				       1u << memory->pageblock_order))
			continue;
		if (unreserve_in_zone(memory, zone, type))
			return true;
	}
	return false;
}
