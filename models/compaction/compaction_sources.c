/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The migrate scanner: which pages are to be moved.
 *
 *	           migrate scanner -->                    <-- free scanner
 *	pageblock  |f.f##.f.|f...##ff|........| … |.#f..f..|
 *	            ^ ^   ^
 *	            isolated, up to 32 at a time; highest first to be moved
 *
 * Rules (Linux 6.1, mm/compaction.c):
 *
 * - Only single pages on an LRU list can be moved. Free blocks and compound
 *   ones in use are passed over as a whole; a block that was asked for without
 *   __GFP_COMP is looked at page by page (isolate_migratepages_block()).
 * - Callers that must not enter a filesystem leave page cache alone. All but
 *   full synchronous compaction leave pages under writeback alone. Pages that
 *   are locked in memory are moved like others.
 * - The scan of a pageblock stops at 32 pages, and goes on from there next
 *   time; where it comes to the same pageblock again, it takes all of it.
 * - Asynchronous compaction for an allocation wants blocks of its order: what
 *   it has isolated in one it puts back at the first page that can't be moved,
 *   and goes on with the next block. It looks at pageblocks of the
 *   allocation's own type only (suitable_migration_source()).
 * - The first page isolated at a pageblock's very start sets the pageblock's
 *   skip bit; so does a scan in which nothing was
 *   (models/compaction/compaction_skip.c).
 * - While more than half as many pages are isolated as are on the node's LRU
 *   lists, who compacts for an allocation waits for 20 ms at a time, and
 *   asynchronous compaction is given up (too_many_isolated()).
 * - For costly orders a pageblock that has a large free block already is
 *   preferred: the free lists from the next lower order down are looked
 *   through for one in the first half of what lies between the scanners, or
 *   an eighth once the scanner has moved (fast_find_migrateblock()). In Linux
 *   6.1 that comes to little: it sets the pageblock's skip bit, for which the
 *   scan then passes it over. Where nothing is found, the scanner goes on from
 *   the lowest block that was.
 *
 * Left out: movable pages that are on no LRU list, pinned pages, contended
 * locks.
 */

#include "models/compaction/compaction_internal.h"

#include "models/page/buddy.h"
#include "models/gfp.h"

/* A sleep because of too many isolated pages: HZ / 50. */
#define ISOLATED_SLEEP_NS 20000000u
/* Pageblocks between two points where others may run. */
#define BLOCKS_AT_ONCE COMPACT_CLUSTER_MAX

/* The scan of one pageblock. */
struct block_scan {
	struct compact_control *cc;
	pfn_t pfn;
	pfn_t end;
	uint32_t isolated; /* pages */
	bool noted;	   /* begun at its start: valid_page of the kernel */
	bool marked;	   /* its skip bit has been seen to: skip_updated */
	/* Blocks of the order wanted: all of one, or nothing. */
	bool whole_blocks;
	pfn_t block_end;
};

/* What the scanner came upon. */
enum found {
	FOUND_FREE,
	FOUND_FIXED, /* it can't be moved */
	FOUND_ISOLATED,
	FOUND_SKIP_BIT, /* somebody else has been here just now */
};

static bool too_many_isolated(const struct compact_control *cc)
{
	struct memory *memory = cc->memory;
	uint32_t node = memory->node_index[cc->zone->node];
	const uint64_t *stat = memory->node[node].stat;
	uint64_t listed = stat[NR_INACTIVE_FILE] + stat[NR_INACTIVE_ANON] +
			  stat[NR_ACTIVE_FILE] + stat[NR_ACTIVE_ANON];
	uint64_t isolated = stat[NR_ISOLATED_FILE] + stat[NR_ISOLATED_ANON];

	if (isolated > listed / 2)
		return true;
	if (memory->tasks->is_asleep(memory, memory->tasks_argument,
				     SLEEP_ISOLATED, node))
		memory->tasks->wake(memory, memory->tasks_argument,
				    SLEEP_ISOLATED, node);
	return false;
}

/* reclaim_throttle(): kernel threads don't sleep there, they go round. */
static bool wait_for_isolated(const struct compact_control *cc)
{
	struct memory *memory = cc->memory;

	if ((!cc->direct && !cc->contig) ||
	    memory->desc->scheduler.kernel_threads)
		return memory->tasks->let_others_run(memory,
						     memory->tasks_argument);
	memory->tasks->sleep(memory, memory->tasks_argument, SLEEP_ISOLATED,
			     memory->node_index[cc->zone->node],
			     ISOLATED_SLEEP_NS);
	return !memory->dying;
}

static void count_scanned(struct compact_control *cc, uint32_t pages)
{
	cc->migrate_scanned += pages;
	cc->memory->work.count[WORK_MIGRATE_SCANNED] += pages;
}

static bool may_be_moved(const struct compact_control *cc,
			 const struct folio *folio)
{
	bool has_mapping = folio_is_file(folio) || folio->flags & FOLIO_SWAPPED;

	if (has_mapping && !(cc->gfp & __GFP_FS))
		return false;
	return cc->mode == MIGRATE_SYNC || !(folio->flags & FOLIO_WRITEBACK);
}

static void isolate(struct block_scan *scan, folio_t folio)
{
	struct compact_control *cc = scan->cc;
	uint32_t pages = 1u << folio_get(cc->memory, folio)->order;

	folio_isolate(cc->memory, folio);
	folio_chain_push(cc->memory, &cc->folios, folio);
	cc->nr_folio_pages += pages;
	scan->isolated += pages;
	scan->pfn += pages - 1;
	count_scanned(cc, pages - 1);
}

/* Looks at the block that begins here; scan->pfn is then its last page. */
static enum found look(struct block_scan *scan)
{
	struct compact_control *cc = scan->cc;
	const struct memory *memory = cc->memory;
	uint8_t state = memory->state[scan->pfn];
	folio_t folio;

	if (page_state_is_free(state)) {
		scan->pfn += (1u << page_state_order(state)) - 1;
		return FOUND_FREE;
	}
	if (!page_state_is_allocated(state))
		return FOUND_FIXED;
	if (page_state_is_compound(state) && !cc->contig) {
		scan->pfn += (1u << page_state_order(state)) - 1;
		return FOUND_FIXED;
	}
	folio = folio_listed_at(memory, scan->pfn);
	if (folio == FOLIO_NONE || !may_be_moved(cc, folio_get(memory, folio)))
		return FOUND_FIXED;
	if (!scan->marked) {
		scan->marked = true;
		if (test_and_set_skip(cc, scan->pfn))
			return FOUND_SKIP_BIT;
	}
	isolate(scan, folio);
	return FOUND_ISOLATED;
}

static pfn_t wanted_block_end(const struct compact_control *cc, pfn_t pfn)
{
	pfn_t pages = 1u << cc->order;

	return (pfn & ~(pages - 1)) + pages;
}

/* The block of the order wanted won't come free: on to the next one. */
static void give_up_block(struct block_scan *scan)
{
	struct compact_control *cc = scan->cc;

	if (scan->isolated) {
		folio_chain_putback(cc->memory, &cc->folios);
		cc->nr_folio_pages = 0;
		scan->isolated = 0;
	}
	if (scan->pfn < scan->block_end) {
		scan->pfn = scan->block_end - 1;
		scan->block_end += 1u << cc->order;
	}
}

/* Is the pageblock, at its very start, to be passed over? */
static bool is_to_be_skipped(struct block_scan *scan)
{
	if (scan->noted || !is_pageblock_start(scan->cc->memory, scan->pfn))
		return false;
	scan->noted = pageblock_may_be_scanned(scan->cc, scan->pfn);
	return !scan->noted;
}

/* All of a block of the order wanted is isolated? Else to the next one. */
static bool has_whole_block(struct block_scan *scan)
{
	if (!scan->whole_blocks || scan->pfn < scan->block_end)
		return false;
	if (scan->isolated)
		return true;
	scan->block_end = wanted_block_end(scan->cc, scan->pfn);
	return false;
}

static bool has_enough(const struct compact_control *cc)
{
	return cc->nr_folio_pages >= COMPACT_CLUSTER_MAX && !cc->rescan &&
	       !cc->contended;
}

/* Walks through the pageblock; false: the task is dying. */
static bool scan_block(struct block_scan *scan)
{
	struct compact_control *cc = scan->cc;

	for (; scan->pfn < scan->end; scan->pfn++) {
		if (has_whole_block(scan))
			return true;
		if (scan->pfn % COMPACT_CLUSTER_MAX == 0) {
			if (cc->memory->dying) {
				cc->contended = true;
				return false;
			}
			compact_elapse(cc);
		}
		count_scanned(cc, 1);
		if (is_to_be_skipped(scan)) {
			scan->pfn = scan->end;
			return true;
		}
		switch (look(scan)) {
		case FOUND_FREE:
			break;
		case FOUND_FIXED:
			if (scan->whole_blocks)
				give_up_block(scan);
			break;
		case FOUND_ISOLATED:
			if (!has_enough(cc))
				break;
			scan->pfn++;
			return true;
		case FOUND_SKIP_BIT:
			return true;
		}
	}
	return true;
}

/* A block at its end may have reached over the scan's. */
static void finish_scan(struct block_scan *scan)
{
	struct compact_control *cc = scan->cc;

	if (scan->pfn > scan->end)
		scan->pfn = scan->end;
	if (scan->pfn == scan->end && (!scan->isolated || cc->rescan)) {
		if (scan->noted && !scan->marked)
			set_pageblock_skip(cc->memory, cc->zone, scan->end - 1);
		update_cached_migrate(cc, scan->end);
	}
}

bool isolate_sources_of_block(struct compact_control *cc, pfn_t pfn, pfn_t end)
{
	struct block_scan scan = { .cc = cc, .pfn = pfn, .end = end };
	bool alive;

	cc->migrate_pfn = pfn;
	while (too_many_isolated(cc))
		if (cc->nr_folio_pages || cc->mode == MIGRATE_ASYNC ||
		    !wait_for_isolated(cc))
			return false;
	compact_elapse(cc);
	if (cc->direct && cc->mode == MIGRATE_ASYNC) {
		scan.whole_blocks = true;
		scan.block_end = wanted_block_end(cc, pfn);
	}
	alive = scan_block(&scan);
	if (alive)
		finish_scan(&scan);
	cc->memory->vm_event[VM_COMPACT_ISOLATED] += scan.isolated;
	cc->memory->work.count[WORK_PAGES_ISOLATED] += scan.isolated;
	cc->migrate_pfn = scan.pfn;
	return alive;
}

uint32_t fast_scan_limit(const struct compact_control *cc)
{
	uint32_t shift = cc->fast_search_fail < 31 ? cc->fast_search_fail : 31;

	return (COMPACT_CLUSTER_MAX >> shift) + 1;
}

/* Is a fast search of any use for this compaction, here? */
static bool may_search_fast(const struct compact_control *cc)
{
	pfn_t pfn = cc->migrate_pfn;

	return !cc->ignore_skip &&
	       (pfn == cc->zone->start_pfn ||
		is_pageblock_start(cc->memory, pfn)) &&
	       cc->order > PAGE_ALLOC_COSTLY_ORDER &&
	       !(cc->direct && cc->type != MIGRATE_MOVABLE);
}

static void note_fast_start(struct compact_control *cc, pfn_t pfn)
{
	if (cc->fast_start == PFN_NONE)
		return;
	if (!cc->fast_start || pfn < cc->fast_start)
		cc->fast_start = pfn;
}

/* reinit_migrate_pfn() */
static pfn_t start_after_fast_search(struct compact_control *cc)
{
	if (cc->fast_start && cc->fast_start != PFN_NONE) {
		cc->migrate_pfn = cc->fast_start;
		cc->fast_start = PFN_NONE;
	}
	return cc->migrate_pfn;
}

/*
 * Looks through one free list for a block below `most` whose pageblock need
 * not be skipped; those looked at go behind the others.
 */
static pfn_t search_list(struct compact_control *cc, order_t order, pfn_t most,
			 uint32_t *scanned, uint32_t limit)
{
	struct memory *memory = cc->memory;
	struct zone *zone = cc->zone;
	pfn_t pfn = buddy_first(zone, MIGRATE_MOVABLE, order);

	for (; pfn != PFN_NONE; pfn = buddy_next(memory, zone, pfn)) {
		bool enough = (*scanned)++ >= limit;

		if (!enough &&
		    (pfn >= most || pageblock_skip(memory, zone, pfn)))
			continue;
		buddy_make_last(memory, zone, pfn);
		return enough ? PFN_NONE : pfn;
	}
	return PFN_NONE;
}

/* fast_find_migrateblock() */
static pfn_t find_source_block(struct compact_control *cc)
{
	struct zone *zone = cc->zone;
	uint32_t limit = fast_scan_limit(cc);
	uint32_t scanned = 0;
	pfn_t found = PFN_NONE;
	pfn_t distance;
	pfn_t most;

	if (!may_search_fast(cc))
		return cc->migrate_pfn;
	distance = (cc->free_pfn - cc->migrate_pfn) >> 1;
	if (cc->migrate_pfn != zone->start_pfn)
		distance >>= 2;
	most = pageblock_start(cc->memory, cc->migrate_pfn + distance);
	for (int order = cc->order - 1; order >= PAGE_ALLOC_COSTLY_ORDER &&
					found == PFN_NONE && scanned < limit;
	     order--)
		found = search_list(cc, order, most, &scanned, limit);
	count_scanned(cc, scanned);
	if (found == PFN_NONE) {
		cc->fast_search_fail++;
		return start_after_fast_search(cc);
	}
	cc->fast_search_fail = 0;
	note_fast_start(cc, found);
	set_pageblock_skip(cc->memory, zone, found);
	found = pageblock_start(cc->memory, found);
	return found > zone->start_pfn ? found : zone->start_pfn;
}

/* suitable_migration_source() */
static bool is_suitable_source(const struct compact_control *cc, pfn_t pfn)
{
	enum migratetype type;

	if (pageblock_is_one_block(cc->memory, pfn))
		return false;
	if (cc->mode != MIGRATE_ASYNC || !cc->direct)
		return true;
	type = (enum migratetype) * pageblock_type(cc->memory, cc->zone, pfn);
	return cc->type == MIGRATE_MOVABLE ? is_for_movable(type) :
					     type == cc->type;
}

/* Is the pageblock from `pfn` on to be scanned? */
static bool is_source(struct compact_control *cc, pfn_t pfn, pfn_t start,
		      pfn_t end, bool found_fast)
{
	if (!pageblock_is_of_zone(cc->memory, cc->zone, start, end))
		return false;
	if (is_pageblock_start(cc->memory, pfn) && !found_fast &&
	    !pageblock_may_be_scanned(cc, start))
		return false;
	if (is_suitable_source(cc, start))
		return true;
	update_cached_migrate(cc, end);
	return false;
}

enum isolate_result isolate_sources(struct compact_control *cc)
{
	uint32_t step = pageblock_pages(cc->memory);
	pfn_t pfn = find_source_block(cc);
	bool found_fast = pfn != cc->migrate_pfn && !cc->fast_search_fail;
	pfn_t start = pageblock_start(cc->memory, pfn);
	pfn_t end = pageblock_end(cc->memory, pfn);

	if (start < cc->zone->start_pfn)
		start = cc->zone->start_pfn;
	for (; end <= cc->free_pfn; start = end, end += step) {
		if (pfn % (BLOCKS_AT_ONCE * step) == 0)
			compact_elapse(cc);
		cc->memory->work.count[WORK_PAGEBLOCKS_PASSED]++;
		if (is_source(cc, pfn, start, end, found_fast)) {
			if (!isolate_sources_of_block(cc, pfn, end))
				return ISOLATE_ABORT;
			break;
		}
		found_fast = false;
		cc->migrate_pfn = pfn = end;
	}
	return cc->nr_folio_pages ? ISOLATE_SUCCESS : ISOLATE_NONE;
}
