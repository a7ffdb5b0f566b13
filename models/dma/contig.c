/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking a range of page frames out of the page allocator.
 *
 *	pageblocks   |       CMA       |       CMA       |
 *	wanted       .      <==================>         .
 *	1. isolate   |ISOLATE          |ISOLATE          |  no one else
 *	2. drain     per-CPU lists of the zone, into the blocks' own lists
 *	3. clear      f  ->  elsewhere   f  ->  evicted      folios in it
 *	4. take      [ a block ][ one ][     a third      ]  what is over it
 *	5. give back [  ]                              [  ]  head, tail
 *	6. undo      |CMA              |CMA              |
 *
 * Rules (Linux 6.1, mm/page_alloc.c, mm/page_isolation.c, mm/compaction.c):
 *
 * - The first and the last pageblock are isolated first, then those between.
 *   Isolating moves a block's free pages to the lists of MIGRATE_ISOLATE,
 *   where they are not counted as free. A free block that reaches over the
 *   isolated range's ends is cut there (start_isolate_page_range(),
 *   isolate_single_pageblock(), split_free_page()).
 * - All CPUs' lists of the zone are drained; while any pageblock of the zone is
 *   isolated, what is drained or freed goes by the type that its pageblock
 *   has now (free_pcppages_bulk()).
 * - Folios in the range are isolated, a cluster at a time, those under
 *   writeback and large ones as well. Clean page cache is evicted, used or not
 *   (reclaim_clean_pages_from_list()); the others are moved to pages allocated
 *   for that, which waits for locks and writeback. What can't be moved is tried
 *   in five turns of ten rounds; then the range is busy
 *   (__alloc_contig_migrate_range(), alloc_migration_target()). A page freed in
 *   an isolated pageblock goes past the CPU's lists (free_unref_page()).
 * - If every page from the block that holds the range's first one to its end
 *   is free now, these blocks are taken whole and become single pages
 *   (test_pages_isolated(), isolate_freepages_range(), split_map_pages());
 *   what lies before and behind the range is freed again, page by page.
 * - At last the pageblocks get their type back, lowest first, and their free
 *   blocks go to the tails of its lists; a whole free pageblock whose buddy is
 *   free joins it (unset_migratetype_isolate()).
 * - Pages given back are freed one by one, by way of the CPU's lists
 *   (free_contig_range()).
 *
 * All of that happens also where the range turns out to be in use: after a try
 * in vain, the free blocks of its pageblocks stand at the tails of their lists.
 *
 * Left out: giving up before step 2 for pages that nobody could move
 * (has_unmovable_pages()); pages of other nodes to move to.
 */

#include "models/dma/contig.h"

#include "models/page/buddy.h"
#include "models/compaction/compaction_internal.h"
#include "models/gfp.h"
#include "models/page/mobility.h"
#include "models/page/page_alloc.h"
#include "sim/base/bug.h"

struct range {
	struct memory *memory;
	struct zone *zone;
	cpu_t cpu;
	enum migratetype type;
	pfn_t start; /* what is wanted */
	pfn_t end;
	pfn_t first; /* the pageblocks around it */
	pfn_t last;  /* one past them */
};

static uint8_t *type_of(const struct range *range, pfn_t pfn)
{
	return pageblock_type(range->memory, range->zone, pfn);
}

static bool is_free(const struct range *range, pfn_t pfn)
{
	return page_state_is_free(range->memory->state[pfn]);
}

static uint32_t free_size(const struct range *range, pfn_t pfn)
{
	return 1u << page_state_order(range->memory->state[pfn]);
}

/* set_migratetype_isolate() */
static void isolate(struct range *range, pfn_t block)
{
	uint8_t *type = type_of(range, block);
	enum migratetype old = (enum migratetype) * type;
	uint32_t moved;

	BUG_ON(old != range->type);
	*type = MIGRATE_ISOLATE;
	range->zone->nr_isolated++;
	moved = mobility_move_pageblock(range->memory, range->zone, block,
					MIGRATE_ISOLATE);
	zone_mod_free_of_type(range->zone, range->cpu, -(int32_t)moved, old);
}

/* split_free_page() */
static void split_at(struct range *range, pfn_t pfn, pfn_t boundary)
{
	struct memory *memory = range->memory;
	uint32_t size = free_size(range, pfn);
	uint32_t left = boundary - pfn;
	pfn_t end = pfn + size;

	zone_mod_free_of_type(range->zone, range->cpu, -(int32_t)size,
			      (enum migratetype) * type_of(range, pfn));
	buddy_remove(memory, range->zone, pfn);
	while (pfn < end) {
		enum migratetype type =
			(enum migratetype) * type_of(range, pfn);
		order_t order = 31 - __builtin_clz(left);

		if (pfn && __builtin_ctz(pfn) < order)
			order = __builtin_ctz(pfn);
		zone_mod_free_of_type(range->zone, range->cpu, 1 << order,
				      type);
		buddy_free(memory, range->zone, pfn, order, type);
		pfn += 1u << order;
		left -= 1u << order;
		if (!left)
			left = end - pfn;
	}
}

/* Cuts a free block that reaches over an end of the isolated pageblocks. */
static void cut_at(struct range *range, pfn_t block, pfn_t boundary)
{
	uint32_t most = 1u << (range->memory->nr_orders - 1);
	pfn_t pfn = block & ~(most - 1);

	if (pfn < range->zone->start_pfn)
		pfn = range->zone->start_pfn;
	while (pfn < boundary) {
		if (!is_free(range, pfn)) {
			pfn++;
			continue;
		}
		if (pfn + free_size(range, pfn) > boundary)
			split_at(range, pfn, boundary);
		pfn += free_size(range, pfn);
	}
}

/* start_isolate_page_range() */
static void isolate_all(struct range *range)
{
	uint32_t step = pageblock_pages(range->memory);
	pfn_t last = range->last - step;

	isolate(range, range->first);
	cut_at(range, range->first, range->first);
	if (last != range->first)
		isolate(range, last);
	cut_at(range, last, range->last);
	for (pfn_t block = range->first + step; block < last; block += step)
		isolate(range, block);
}

/* drain_all_pages() of the zone */
static void drain_lists(struct range *range)
{
	const struct memory *memory = range->memory;

	page_drain_zone(range->memory, range->zone, range->cpu);
	/* A block of those lists' largest order may reach beyond the range. */
	if (memory->pageblock_order < PAGE_ALLOC_COSTLY_ORDER) {
		cut_at(range, range->first, range->first);
		cut_at(range, range->last - pageblock_pages(memory),
		       range->last);
	}
}

/* Turns that a cluster of folios gets, of ten rounds each. */
#define TURNS_MOST 5

/* alloc_migration_target() */
static pfn_t take_page_elsewhere(void *argument, folio_t id)
{
	const struct range *range = argument;
	const struct folio *folio = folio_get(range->memory, id);
	struct page_request request = {
		.gfp = GFP_USER | __GFP_MOVABLE | __GFP_RETRY_MAYFAIL |
		       __GFP_THISNODE,
		.order = folio->order,
		.cpu = range->cpu,
		.node = range->zone->node,
	};

	if (folio->order)
		request.gfp = (request.gfp & ~__GFP_RECLAIM) | GFP_TRANSHUGE |
			      __GFP_THISNODE;
	if (range->zone->type >= ZONE_HIGHMEM)
		request.gfp |= __GFP_HIGHMEM;
	return page_alloc(range->memory, &request).pfn;
}

static void return_page(void *argument, pfn_t pfn, order_t order)
{
	const struct range *range = argument;

	page_free(range->memory, range->cpu, pfn, order);
}

static void evict(const struct range *range, folio_t id)
{
	struct memory *memory = range->memory;
	const struct folio *folio = folio_get(memory, id);
	pfn_t pfn = folio->pfn;
	order_t order = folio->order;

	folio_evict(memory, id);
	page_free(memory, range->cpu, pfn, order);
}

/* reclaim_clean_pages_from_list() */
static void evict_clean(const struct range *range, struct folio_chain *folios)
{
	struct folio_chain rest = NO_FOLIOS;
	folio_t id;

	while ((id = folio_chain_pop(range->memory, folios)) != FOLIO_NONE)
		if (folio_get(range->memory, id)->flags &
		    (FOLIO_ANON | FOLIO_DIRTY | FOLIO_UNEVICTABLE |
		     FOLIO_WRITEBACK | FOLIO_LOCKED))
			folio_chain_append(range->memory, &rest, id);
		else
			evict(range, id);
	*folios = rest;
}

/*
 * Isolates a cluster of folios from `pfn` on; false: the task is to give up.
 * Source: isolate_migratepages_range().
 */
static bool isolate_folios(const struct range *range,
			   struct compact_control *cc, pfn_t pfn)
{
	cc->nr_folio_pages = 0;
	while (pfn < range->end && cc->nr_folio_pages < COMPACT_CLUSTER_MAX) {
		pfn_t end = pageblock_end(range->memory, pfn);

		if (end > range->end)
			end = range->end;
		/* Too many are isolated: first these are moved. */
		if (!isolate_sources_of_block(cc, pfn, end))
			return !range->memory->dying;
		pfn = end;
	}
	return true;
}

/* Moves what is isolated, in a number of turns. */
static enum contig_result move_folios(struct range *range,
				      struct folio_chain *folios)
{
	struct migration migration = {
		.memory = range->memory,
		.cpu = range->cpu,
		.mode = MIGRATE_SYNC,
		.take_page = take_page_elsewhere,
		.return_page = return_page,
		.argument = range,
	};

	for (int turn = 0; turn < TURNS_MOST; turn++) {
		evict_clean(range, folios);
		if (migrate_folios(&migration, folios) < 0)
			return CONTIG_GIVEN_UP;
		if (folio_chain_is_empty(folios))
			return CONTIG_TAKEN;
	}
	return CONTIG_BUSY;
}

/* __alloc_contig_migrate_range() */
static enum contig_result clear_range(struct range *range)
{
	struct compact_control cc = {
		.memory = range->memory,
		.zone = range->zone,
		.cpu = range->cpu,
		.order = ORDER_ALL,
		.mode = MIGRATE_SYNC,
		.gfp = GFP_KERNEL,
		.contig = true,
		.ignore_skip = true,
		.no_set_skip = true,
		.folios = NO_FOLIOS,
		.pages = NO_PAGES,
	};
	enum contig_result result = CONTIG_TAKEN;
	pfn_t pfn = range->start;

	while (pfn < range->end && result == CONTIG_TAKEN) {
		if (isolate_folios(range, &cc, pfn))
			result = move_folios(range, &cc.folios);
		else
			result = CONTIG_GIVEN_UP;
		pfn = cc.migrate_pfn;
	}
	folio_chain_putback(range->memory, &cc.folios);
	return result;
}

/* A whole free pageblock that would join a free neighbour. */
static bool would_join(const struct range *range, pfn_t block)
{
	const struct memory *memory = range->memory;
	const struct zone *zone = range->zone;
	order_t order;
	pfn_t buddy;

	if (!is_free(range, block))
		return false;
	order = page_state_order(memory->state[block]);
	if (order < memory->pageblock_order || order + 1u >= memory->nr_orders)
		return false;
	buddy = block ^ (1u << order);
	return buddy >= zone->start_pfn && buddy < zone->end_pfn &&
	       is_free(range, buddy) &&
	       page_state_order(memory->state[buddy]) == order &&
	       *type_of(range, buddy) != MIGRATE_ISOLATE;
}

/* unset_migratetype_isolate() */
static void give_type_back(struct range *range, pfn_t block)
{
	struct memory *memory = range->memory;
	struct zone *zone = range->zone;

	if (would_join(range, block)) {
		order_t order = page_state_order(memory->state[block]);

		buddy_remove(memory, zone, block);
		*type_of(range, block) = range->type;
		zone_mod_free_of_type(zone, range->cpu, 1 << order,
				      range->type);
		buddy_free_tail(memory, zone, block, order, range->type);
	} else {
		uint32_t moved = mobility_move_pageblock(memory, zone, block,
							 range->type);

		zone_mod_free_of_type(zone, range->cpu, (int32_t)moved,
				      range->type);
		*type_of(range, block) = range->type;
	}
	zone->nr_isolated--;
}

/* The free block that holds the range's first page, or that page itself. */
static pfn_t outer_start(const struct range *range)
{
	pfn_t pfn = range->start;
	order_t order = 0;

	while (!is_free(range, pfn)) {
		if (++order >= range->memory->nr_orders)
			return range->start;
		pfn &= ~0u << order;
	}
	return pfn + free_size(range, pfn) > range->start ? pfn : range->start;
}

static bool all_free(const struct range *range, pfn_t pfn)
{
	while (pfn < range->end) {
		if (!is_free(range, pfn))
			return false;
		pfn += free_size(range, pfn);
	}
	return true;
}

/* isolate_freepages_range(): returns one past the last page taken. */
static pfn_t take_blocks(struct range *range, pfn_t pfn)
{
	struct memory *memory = range->memory;

	while (pfn < range->end) {
		uint32_t size = free_size(range, pfn);

		buddy_remove(memory, range->zone, pfn);
		if (memory->init_on_alloc)
			memory->work.count[WORK_PAGES_CLEARED] += size;
		for (uint32_t i = 0; i < size; i++)
			memory->state[pfn + i] = PAGE_ALLOCATED;
		pfn += size;
	}
	return pfn;
}

/* Pages of isolated pageblocks: not by way of a CPU's lists. */
static void free_isolated(struct range *range, pfn_t pfn, pfn_t end)
{
	for (; pfn < end; pfn++)
		buddy_free(range->memory, range->zone, pfn, 0, MIGRATE_ISOLATE);
}

bool contig_begin(struct memory *memory)
{
	struct compaction *compaction = memory->compaction;

	while (compaction->takes_range)
		if (!memory->tasks->let_others_run(memory,
						   memory->tasks_argument))
			return false;
	compaction->takes_range = true;
	return true;
}

bool contig_is_under_way(const struct memory *memory)
{
	return memory->compaction->takes_range;
}

void contig_end(struct memory *memory)
{
	memory->compaction->takes_range = false;
}

/* Takes what is free now. */
static enum contig_result take_range(struct range *range)
{
	pfn_t outer = outer_start(range);
	pfn_t outer_end;

	if (!all_free(range, outer))
		return CONTIG_BUSY;
	outer_end = take_blocks(range, outer);
	free_isolated(range, outer, range->start);
	free_isolated(range, range->end, outer_end);
	return CONTIG_TAKEN;
}

enum contig_result contig_alloc(struct memory *memory, struct zone *zone,
				cpu_t cpu, pfn_t start, pfn_t end,
				enum migratetype type)
{
	uint32_t step = 1u << memory->pageblock_order;
	struct range range = {
		.memory = memory,
		.zone = zone,
		.cpu = cpu,
		.type = type,
		.start = start,
		.end = end,
		.first = start & ~(step - 1),
		.last = (end + step - 1) & ~(step - 1),
	};
	enum contig_result result;

	isolate_all(&range);
	drain_lists(&range);
	result = clear_range(&range);
	if (result != CONTIG_GIVEN_UP)
		result = take_range(&range);
	for (pfn_t block = range.first; block < range.last; block += step)
		give_type_back(&range, block);
	return result;
}

void contig_free(struct memory *memory, cpu_t cpu, pfn_t start, uint32_t pages)
{
	for (uint32_t i = 0; i < pages; i++)
		page_free(memory, cpu, start + i, 0);
}
