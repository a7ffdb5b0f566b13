/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_PAGE_MOBILITY_H
#define KMEMSIM_MODELS_PAGE_MOBILITY_H

/*
 * Grouping by mobility: which pageblock serves which kind of request, what
 * happens when a kind has run out, and the reserve for high-order atomic
 * requests.
 */

#include "models/memory.h"

/* What an attempt may do; ALLOC_* of mm/internal.h, Linux 6.1. */
enum alloc_flags {
	ALLOC_WMARK_MIN = 0x00, /* below bit 2: which watermark to keep */
	ALLOC_WMARK_LOW = 0x01,
	ALLOC_WMARK_HIGH = 0x02,
	ALLOC_NO_WATERMARKS = 0x04, /* keep none */
	ALLOC_OOM = 0x08,	    /* the caller is being killed */
	ALLOC_NON_BLOCK = 0x10,	    /* the caller can't reclaim */
	ALLOC_MIN_RESERVE = 0x20,   /* __GFP_HIGH */
	ALLOC_CPUSET = 0x40,
	ALLOC_CMA = 0x80,	  /* contiguous memory areas, too: movable */
	ALLOC_NOFRAGMENT = 0x100, /* don't mix types while zones are left */
	ALLOC_HIGHATOMIC = 0x200, /* may use the high-order atomic reserve */
	ALLOC_KSWAPD = 0x800,	  /* __GFP_KSWAPD_RECLAIM: may wake kswapd */
};
#define ALLOC_WMARK_MASK 0x03
/* May go below the min watermark. */
#define ALLOC_RESERVES                                                         \
	(ALLOC_NON_BLOCK | ALLOC_MIN_RESERVE | ALLOC_HIGHATOMIC | ALLOC_OOM)

/*
 * Takes a block of the type, from other types' blocks if its own are used
 * up. PFN_NONE: the zone has none that the flags allow.
 * Source: __rmqueue().
 */
pfn_t mobility_take(struct memory *memory, struct zone *zone, order_t order,
		    enum migratetype type, unsigned int alloc_flags);

/*
 * Has another type a block of just this order that a request of `type` would
 * take, and its whole pageblock with it? Source: find_suitable_fallback().
 */
bool mobility_may_take_pageblock(const struct memory *memory,
				 const struct zone *zone, order_t order,
				 enum migratetype type);

/*
 * Moves the free blocks of the pageblock that holds a frame to the tails of
 * the lists of `type`, lowest first. Returns the pages moved.
 * Source: move_freepages_block().
 */
uint32_t mobility_move_pageblock(struct memory *memory, struct zone *zone,
				 pfn_t pfn, enum migratetype type);

/*
 * Reserves the pageblock of a block just allocated for later high-order
 * atomic requests, unless enough are. Source: reserve_highatomic_pageblock().
 */
void mobility_reserve_highatomic(struct memory *memory, struct zone *zone,
				 pfn_t pfn);

/*
 * Gives one reserved pageblock of the zones up to `highest` back, to the
 * type. The last one only by force. True if it freed anything.
 * Source: unreserve_highatomic_pageblock().
 */
bool mobility_unreserve_highatomic(struct memory *memory,
				   const struct zonelist *zonelist,
				   enum zone_type highest,
				   enum migratetype type, bool force);

#endif
