/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The free scanner: where pages are moved to.
 *
 *	free lists, from the tail     a block high up in the zone?  fast
 *	pageblocks, downwards         all that is free in them      slow
 *	          |
 *	          v
 *	free blocks, isolated --> single pages --> a folio each
 *	                            highest first
 *
 * Rules (Linux 6.1, mm/compaction.c, mm/page_alloc.c):
 *
 * - Pages are asked for when a folio is to be moved and none are left: until
 *   there are as many as folios (compaction_alloc(), isolate_freepages()).
 * - First the free lists of movable pages are searched backwards, orders below
 *   the wanted one in turn, the one that served last first: for a block in the
 *   upper quarter of what lies between the scanners, or the highest seen in
 *   the upper half. 17 blocks of a list at most are looked at, half as many
 *   after each failure, for more than one list, and once one is found; half a
 *   pageblock's pages the first time. The list is turned, so that the next
 *   search begins with others. Then the rest of its pageblock is taken, too
 *   (fast_isolate_freepages(), fast_isolate_around()). Where nothing is found
 *   the first time, the scanner starts at the highest pageblock seen.
 * - Otherwise pageblocks are scanned downwards, to the migrate scanner's: of
 *   movable pages or contiguous areas, without a skip bit, and not free as a
 *   whole, since that is what all this is for (suitable_migration_target()).
 * - Asynchronous compaction looks at every 32nd page until it finds some
 *   (isolate_freepages()). Compound blocks in use are passed over as a whole,
 *   others page by page (isolate_freepages_block()).
 * - A free block is isolated as if allocated: it must leave the min mark and a
 *   block of its size; one of half a pageblock or more makes its pageblocks
 *   movable (__isolate_free_page()).
 * - Blocks become single pages; the last block's last page is used first
 *   (split_map_pages()). What was not needed is freed page by page.
 *
 * While they wait here pages are neither free nor a folio's: for the recount
 * (models/validate.c) they are allocated, blocks of their order first and
 * single pages then.
 *
 * Left out: contended locks.
 */

#include "models/compaction/compaction_internal.h"

#include "models/page/buddy.h"
#include "models/page/mobility.h"
#include "models/page/page_alloc.h"
#include "models/page/watermark.h"

/* Pageblocks between two points where others may run. */
#define BLOCKS_AT_ONCE COMPACT_CLUSTER_MAX

static pfn_t *next_in_chain(const struct memory *memory, pfn_t pfn)
{
	return &memory->compaction->next_target[pfn];
}

static void chain_push(struct memory *memory, struct page_chain *chain,
		       pfn_t pfn)
{
	*next_in_chain(memory, pfn) = chain->first;
	if (chain->first == PFN_NONE)
		chain->last = pfn;
	chain->first = pfn;
}

static void chain_append(struct memory *memory, struct page_chain *chain,
			 pfn_t pfn)
{
	*next_in_chain(memory, pfn) = PFN_NONE;
	if (chain->first == PFN_NONE)
		chain->first = pfn;
	else
		*next_in_chain(memory, chain->last) = pfn;
	chain->last = pfn;
}

static pfn_t chain_pop(const struct memory *memory, struct page_chain *chain)
{
	pfn_t pfn = chain->first;

	if (pfn == PFN_NONE)
		return PFN_NONE;
	chain->first = *next_in_chain(memory, pfn);
	if (chain->first == PFN_NONE)
		chain->last = PFN_NONE;
	return pfn;
}

static void count_scanned(struct compact_control *cc, uint32_t pages)
{
	cc->free_scanned += pages;
	cc->memory->work.count[WORK_FREE_SCANNED] += pages;
}

/* A block so large says what its pageblocks are for. */
static void make_movable(struct memory *memory, struct zone *zone, pfn_t pfn,
			 order_t order)
{
	pfn_t last = pfn + (1u << order) - 1;

	for (; pfn < last; pfn += pageblock_pages(memory)) {
		uint8_t *type = pageblock_type(memory, zone, pfn);

		if (migratetype_is_mergeable((enum migratetype) * type))
			*type = MIGRATE_MOVABLE;
	}
}

/* Takes a free block off its list; false: too little would be left. */
static bool isolate_free_block(struct compact_control *cc, pfn_t pfn)
{
	struct memory *memory = cc->memory;
	struct zone *zone = cc->zone;
	order_t order = page_state_order(memory->state[pfn]);
	enum migratetype type =
		(enum migratetype) * pageblock_type(memory, zone, pfn);
	int64_t mark = zone->watermark[WMARK_MIN] + (1 << order);

	if (type != MIGRATE_ISOLATE) {
		if (!watermark_ok(zone, 0, mark, ZONE_DMA, ALLOC_CMA,
				  zone_counted_free_pages(zone)))
			return false;
		zone_mod_free_of_type(zone, cc->cpu, -(1 << order), type);
	}
	buddy_remove(memory, zone, pfn);
	memory->state[pfn] = PAGE_ALLOCATED | order;
	if (order + 1u >= memory->pageblock_order)
		make_movable(memory, zone, pfn, order);
	chain_append(memory, &cc->pages, pfn);
	cc->nr_pages += 1u << order;
	memory->vm_event[VM_COMPACT_ISOLATED] += 1u << order;
	memory->work.count[WORK_PAGES_ISOLATED] += 1u << order;
	return true;
}

/*
 * Isolates what is free in [*pfn, end) of a pageblock, until it is enough;
 * *pfn is then how far that got. Returns the pages isolated.
 * Source: isolate_freepages_block().
 */
static uint32_t isolate_targets_of_block(struct compact_control *cc, pfn_t *pfn,
					 pfn_t end, uint32_t stride)
{
	const struct memory *memory = cc->memory;
	uint32_t before = cc->nr_pages;
	pfn_t at;

	for (at = *pfn; at < end; at += stride) {
		uint8_t state;

		if (at % COMPACT_CLUSTER_MAX == 0) {
			if (memory->dying) {
				cc->contended = true;
				break;
			}
			compact_elapse(cc);
		}
		count_scanned(cc, 1);
		state = memory->state[at];
		if (page_state_is_free(state)) {
			uint32_t size = 1u << page_state_order(state);

			if (!isolate_free_block(cc, at))
				break;
			count_scanned(cc, size - 1);
			at += size - 1;
			if (cc->nr_folio_pages <= cc->nr_pages) {
				at++;
				break;
			}
		} else if (page_state_is_compound(state)) {
			at += (1u << page_state_order(state)) - 1;
		}
	}
	*pfn = at < end ? at : end;
	return cc->nr_pages - before;
}

/* The rest of a pageblock that was found fast: fast_isolate_around() */
static void isolate_around(struct compact_control *cc, pfn_t pfn)
{
	struct zone *zone = cc->zone;
	pfn_t start = pageblock_start(cc->memory, pfn);
	pfn_t end = pageblock_end(cc->memory, pfn);
	pfn_t at;

	if (cc->nr_pages >= cc->nr_folio_pages ||
	    (cc->direct && cc->mode == MIGRATE_ASYNC))
		return;
	if (start < zone->start_pfn)
		start = zone->start_pfn;
	if (end > zone->end_pfn)
		end = zone->end_pfn;
	at = start;
	isolate_targets_of_block(cc, &at, end, 1);
	if (cc->nr_pages < cc->nr_folio_pages)
		set_pageblock_skip(cc->memory, zone, start);
}

/* The next order to search; -1: all have been. next_search_order() */
static int next_order(struct compact_control *cc, int order)
{
	if (--order < 0)
		order = cc->order - 1;
	if (order != cc->search_order)
		return order;
	if (--cc->search_order < 0)
		cc->search_order = cc->order - 1;
	return -1;
}

/* A search of the free lists for a block high up. */
struct fast_search {
	pfn_t low;	/* at or above: take it */
	pfn_t min;	/* at or above: take it if there is nothing better */
	pfn_t highest;	/* pageblock seen; 0: none */
	uint32_t limit; /* blocks of a list */
	uint32_t scanned;
};

/* Looks through one list; returns a block to take, or PFN_NONE. */
static pfn_t search_list(struct compact_control *cc, struct fast_search *search,
			 order_t order)
{
	struct memory *memory = cc->memory;
	struct zone *zone = cc->zone;
	pfn_t pfn = buddy_last(zone, MIGRATE_MOVABLE, order);
	pfn_t best = PFN_NONE;
	uint32_t scanned = 0;

	for (; pfn != PFN_NONE; pfn = buddy_previous(memory, zone, pfn)) {
		pfn_t block = pageblock_start(memory, pfn);

		scanned++;
		if (pfn >= search->highest)
			search->highest = block > zone->start_pfn ?
						  block :
						  zone->start_pfn;
		if (pfn >= search->low) {
			cc->fast_search_fail = 0;
			cc->search_order = order;
			best = pfn;
			break;
		}
		if (pfn >= search->min && (best == PFN_NONE || pfn > best)) {
			best = pfn;
			search->limit >>= 1;
		}
		if (scanned >= search->limit)
			break;
	}
	if (best != PFN_NONE)
		pfn = best;
	if (pfn != PFN_NONE)
		buddy_make_first(memory, zone, pfn);
	search->scanned += scanned;
	if (scanned >= search->limit)
		search->limit = search->limit > 1 ? search->limit >> 1 : 1;
	return best;
}

/* Searches order by order; returns the block that was isolated. */
static pfn_t search_orders(struct compact_control *cc,
			   struct fast_search *search)
{
	pfn_t found = PFN_NONE;

	if (cc->search_order > cc->order - 1)
		cc->search_order = cc->order - 1;
	for (int order = cc->search_order; found == PFN_NONE && order >= 0;
	     order = next_order(cc, order)) {
		if (!zone_nr_free(cc->zone, order))
			continue;
		found = search_list(cc, search, order);
		if (found == PFN_NONE)
			continue;
		if (isolate_free_block(cc, found)) {
			search->scanned += (1u << order) - 1;
		} else {
			/* Too little is free: that ends the search. */
			order = cc->search_order + 1;
			found = PFN_NONE;
		}
	}
	return found;
}

/* Nothing was found at the scanner's very start: where is it to begin? */
static pfn_t start_lower(struct compact_control *cc,
			 const struct fast_search *search)
{
	struct zone *zone = cc->zone;
	pfn_t end = pageblock_end(cc->memory, search->min);

	if (search->highest >= search->min) {
		cc->free_pfn = search->highest;
		return search->highest;
	}
	if (!cc->direct || search->min >= zone->end_pfn)
		return PFN_NONE;
	cc->free_pfn = search->min;
	if (end > zone->end_pfn)
		end = zone->end_pfn;
	return pageblock_is_of_zone(cc->memory, zone, search->min, end) ?
		       search->min :
		       PFN_NONE;
}

/* fast_isolate_freepages() */
static void isolate_fast(struct compact_control *cc)
{
	struct memory *memory = cc->memory;
	struct zone_compaction *state = zone_compaction(memory, cc->zone);
	pfn_t distance = cc->free_pfn - cc->migrate_pfn;
	struct fast_search search = { .limit = fast_scan_limit(cc) >> 1 };
	bool is_start = cc->free_pfn >= state->init_free;
	pfn_t found;

	if (cc->order <= 0)
		return;
	if (!search.limit)
		search.limit = 1;
	if (is_start)
		search.limit = pageblock_pages(memory) >> 1;
	search.low = pageblock_start(memory, cc->free_pfn - (distance >> 2));
	search.min = pageblock_start(memory, cc->free_pfn - (distance >> 1));
	found = search_orders(cc, &search);
	if (found == PFN_NONE) {
		cc->fast_search_fail++;
		if (is_start)
			found = start_lower(cc, &search);
	}
	if (search.highest && search.highest >= state->cached_free)
		state->cached_free = search.highest - pageblock_pages(memory);
	count_scanned(cc, search.scanned);
	if (found != PFN_NONE)
		isolate_around(cc, found);
}

/* suitable_migration_target() */
static bool is_suitable_target(const struct compact_control *cc, pfn_t pfn)
{
	const struct memory *memory = cc->memory;
	uint8_t state = memory->state[pfn];

	if (page_state_is_free(state) &&
	    page_state_order(state) >= memory->pageblock_order)
		return false;
	return cc->ignore_suitable ||
	       is_for_movable((enum migratetype) *
			      pageblock_type(memory, cc->zone, pfn));
}

static bool is_target(const struct compact_control *cc, pfn_t start, pfn_t end)
{
	return pageblock_is_of_zone(cc->memory, cc->zone, start, end) &&
	       is_suitable_target(cc, start) &&
	       pageblock_may_be_scanned(cc, start);
}

/*
 * Isolates from one pageblock, [*at, end). true: that was enough, or no more
 * can be had; *at is then where to go on next time.
 */
static bool isolate_pageblock(struct compact_control *cc, pfn_t *at,
			      pfn_t start, pfn_t end, uint32_t *stride)
{
	uint32_t isolated = isolate_targets_of_block(cc, at, end, *stride);

	if (*at == end)
		update_cached_free(cc, start);
	if (cc->nr_pages >= cc->nr_folio_pages) {
		if (*at >= end)
			*at = start - pageblock_pages(cc->memory);
		return true;
	}
	if (*at < end)
		return true;
	if (isolated)
		*stride = 1;
	else if (*stride < COMPACT_CLUSTER_MAX)
		*stride <<= 1;
	return false;
}

/* Pageblock by pageblock downwards. */
static void isolate_slowly(struct compact_control *cc)
{
	uint32_t step = pageblock_pages(cc->memory);
	uint32_t stride = cc->mode == MIGRATE_ASYNC ? COMPACT_CLUSTER_MAX : 1;
	pfn_t at = cc->free_pfn;
	pfn_t start = pageblock_start(cc->memory, at);
	pfn_t end = start + step;
	pfn_t lowest = pageblock_end(cc->memory, cc->migrate_pfn);

	if (end > cc->zone->end_pfn)
		end = cc->zone->end_pfn;
	while (start >= lowest) {
		if (start % (BLOCKS_AT_ONCE * step) == 0)
			compact_elapse(cc);
		if (is_target(cc, start, end) &&
		    isolate_pageblock(cc, &at, start, end, &stride))
			break;
		end = start;
		start -= step;
		at = start;
	}
	cc->free_pfn = at;
}

/* split_map_pages() */
static void split_targets(struct compact_control *cc)
{
	struct memory *memory = cc->memory;
	struct page_chain pages = NO_PAGES;
	pfn_t pfn;

	while ((pfn = chain_pop(memory, &cc->pages)) != PFN_NONE) {
		order_t order = page_state_order(memory->state[pfn]);

		if (memory->init_on_alloc)
			memory->work.count[WORK_PAGES_CLEARED] += 1u << order;
		page_split(memory, pfn, order);
		for (uint32_t i = 0; i < 1u << order; i++)
			chain_push(memory, &pages, pfn + i);
	}
	cc->pages = pages;
}

pfn_t take_target(void *argument, folio_t folio)
{
	struct compact_control *cc = argument;
	pfn_t pfn;

	(void)folio;
	if (cc->pages.first == PFN_NONE) {
		isolate_fast(cc);
		if (!cc->nr_pages)
			isolate_slowly(cc);
		split_targets(cc);
	}
	pfn = chain_pop(cc->memory, &cc->pages);
	if (pfn != PFN_NONE)
		cc->nr_pages--;
	return pfn;
}

void return_target(void *argument, pfn_t pfn, order_t order)
{
	struct compact_control *cc = argument;

	(void)order;
	chain_push(cc->memory, &cc->pages, pfn);
	cc->nr_pages++;
}

pfn_t release_targets(struct compact_control *cc)
{
	pfn_t highest = 0;
	pfn_t pfn;

	while ((pfn = chain_pop(cc->memory, &cc->pages)) != PFN_NONE) {
		page_free(cc->memory, cc->cpu, pfn, 0);
		if (pfn > highest)
			highest = pfn;
	}
	cc->nr_pages = 0;
	return highest;
}
