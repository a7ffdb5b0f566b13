/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_PAGE_BUDDY_H
#define KMEMSIM_MODELS_PAGE_BUDDY_H

/*
 * The buddy system of one zone: free lists by migrate type and order, halving
 * and joining blocks. Who may take from which list is not decided here
 * (mobility.h), nor whether there is enough left (watermark.h).
 */

#include "models/memory.h"

/* The first block of a list, or PFN_NONE. */
pfn_t buddy_first(const struct zone *zone, enum migratetype type,
		  order_t order);

/* The block after a free one of the zone on its list; PFN_NONE: the last is. */
pfn_t buddy_next(const struct memory *memory, const struct zone *zone,
		 pfn_t pfn);

/* The same from the list's other end. */
pfn_t buddy_last(const struct zone *zone, enum migratetype type, order_t order);
pfn_t buddy_previous(const struct memory *memory, const struct zone *zone,
		     pfn_t pfn);

/*
 * Turns the list that a free block is on until the block is its first or its
 * last. Source: move_freelist_head(), move_freelist_tail().
 */
void buddy_make_first(struct memory *memory, struct zone *zone, pfn_t pfn);
void buddy_make_last(struct memory *memory, struct zone *zone, pfn_t pfn);

/* Puts a block, as it is, at the tail of a list: for initial states. */
void buddy_add_tail(struct memory *memory, struct zone *zone, pfn_t pfn,
		    order_t order, enum migratetype type);

/*
 * Takes the first block of the smallest order ≥ `order` that the type has
 * and gives back its lower end, the upper halves going on the lists. The
 * block's state is the caller's to set. PFN_NONE: the type has none.
 * Source: __rmqueue_smallest(), expand().
 */
pfn_t buddy_take(struct memory *memory, struct zone *zone, order_t order,
		 enum migratetype type);

/*
 * The same for up to `most` blocks at once, one or more, as long as there are
 * some of just this order, or else of one that is halved: to pfn[]. Returns how
 * many; less than `most` says nothing, 0 that the type has none.
 */
uint32_t buddy_take_row(struct memory *memory, struct zone *zone, order_t order,
			enum migratetype type, pfn_t *pfn, uint32_t most);

/*
 * Frees a block to the list of a type, joined with its buddies as far as it
 * goes. Source: __free_one_page().
 */
void buddy_free(struct memory *memory, struct zone *zone, pfn_t pfn,
		order_t order, enum migratetype type);

/*
 * Takes the `nr` coldest blocks, of that order, off a CPU's list and frees them
 * one by one, each to the list of the type that its state names; while a
 * pageblock of the zone is isolated, of the pageblock's. The zone's counters
 * know of them as of other free pages, the CPU's own count does not.
 */
void buddy_free_coldest(struct memory *memory, struct zone *zone, cpu_t cpu,
			struct pcp_list *list, order_t order, uint32_t nr);

/*
 * A task waits for what it frees to make up a block: that one does not go on a
 * list, but to the task. It must not be of movable memory, unless it is a
 * pageblock or more, nor of a contiguous area.
 * Source: struct capture_control, compaction_capture().
 */
struct block_capture {
	struct block_capture *next; /* memory->captures */
	const struct zone *zone;
	uint32_t task;
	cpu_t cpu;
	order_t order;
	pfn_t pfn; /* PFN_NONE: none yet; else in PAGE_ALLOCATED */
};

/* Begins to wait, for memory->task, and ends it. */
void buddy_begin_capture(struct memory *memory, struct block_capture *capture);
void buddy_end_capture(struct memory *memory, struct block_capture *capture);

/*
 * As buddy_free(), but to the tail of the list in any case.
 * Source: __putback_isolated_page().
 */
void buddy_free_tail(struct memory *memory, struct zone *zone, pfn_t pfn,
		     order_t order, enum migratetype type);

/* Takes that free block off its list; what it is now is the caller's to say. */
void buddy_remove(struct memory *memory, struct zone *zone, pfn_t pfn);

/* Moves a free block to the tail of another type's list. */
void buddy_move_tail(struct memory *memory, struct zone *zone, pfn_t pfn,
		     enum migratetype type);

/* True for types whose blocks may join across pageblocks. */
static inline bool migratetype_is_mergeable(enum migratetype type)
{
	return type < NR_PCP_MIGRATETYPES;
}

/*
 * Adds to the zone's counter of free pages, by way of the CPU's share.
 * Source: __mod_zone_page_state(), mm/vmstat.c.
 */
static inline void zone_mod_free_pages(struct zone *zone, cpu_t cpu,
				       int32_t pages)
{
	int64_t share = zone->free_diff[cpu] + pages;

	if (share > zone->stat_threshold || -share > zone->stat_threshold) {
		zone->nr_free_pages += share;
		share = 0;
	}
	zone->free_diff[cpu] = share;
}

/* The same for NR_FREE_CMA_PAGES. */
static inline void zone_mod_free_cma_pages(struct zone *zone, cpu_t cpu,
					   int32_t pages)
{
	int64_t share = zone->free_cma_diff[cpu] + pages;

	if (share > zone->stat_threshold || -share > zone->stat_threshold) {
		zone->nr_free_cma_pages += share;
		share = 0;
	}
	zone->free_cma_diff[cpu] = share;
}

/*
 * Both, for pages that go on (or leave) the lists of a type: what is isolated
 * is not free to anybody. Source: __mod_zone_freepage_state().
 */
static inline void zone_mod_free_of_type(struct zone *zone, cpu_t cpu,
					 int32_t pages, enum migratetype type)
{
	if (__builtin_expect(type >= MIGRATE_CMA, 0)) {
		if (type == MIGRATE_ISOLATE)
			return;
		zone_mod_free_cma_pages(zone, cpu, pages);
	}
	zone_mod_free_pages(zone, cpu, pages);
}

#endif
