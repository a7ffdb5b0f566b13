/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_PAGE_WATERMARK_H
#define KMEMSIM_MODELS_PAGE_WATERMARK_H

/*
 * How much must stay free: the formulas that a booting kernel uses, and the
 * test that each allocation has to pass.
 */

#include "models/page/mobility.h"

/* The zone's mark with its boost, in pages. Source: wmark_pages(). */
static inline int64_t watermark_pages(const struct zone *zone,
				      unsigned int mark)
{
	return zone->watermark[mark] + zone->watermark_boost;
}

/*
 * The test, step by step: what counts as free against what has to stay. All
 * in pages. Source: __zone_watermark_ok(), __zone_watermark_unusable_free().
 */
struct watermark_terms {
	int64_t free_pages; /* as they were counted */
	int64_t own;	    /* pages of the request itself, but for one */
	int64_t highatomic; /* reserved for others */
	int64_t cma;	    /* free in contiguous areas, for others */
	int64_t mark;	    /* as it was asked for */
	int64_t half;	    /* taken off it for ALLOC_MIN_RESERVE */
	int64_t quarter;    /* off the rest for ALLOC_NON_BLOCK besides */
	int64_t oom;	    /* half of that rest for ALLOC_OOM */
	int64_t reserve;    /* lowmem_reserve against the request's zone */
	/* Bit o: a block of order o is on a list that the request may use. */
	uint32_t orders;
};

/* What the request may count on, and what has to be less than that. */
static inline int64_t watermark_usable(const struct watermark_terms *terms)
{
	return terms->free_pages - terms->own - terms->highatomic - terms->cma;
}

static inline int64_t watermark_needed(const struct watermark_terms *terms)
{
	return terms->mark - terms->half - terms->quarter - terms->oom +
	       terms->reserve;
}

/* The terms that watermark_ok() decides by, with the same arguments. */
struct watermark_terms watermark_terms(const struct zone *zone, order_t order,
				       int64_t mark, enum zone_type highest,
				       unsigned int alloc_flags,
				       int64_t free_pages);

/*
 * Would a request leave `mark` pages, and is there a block for it? `highest`
 * is the request's own zone type, which the zone keeps a reserve against.
 * Source: __zone_watermark_ok().
 */
bool watermark_ok(const struct zone *zone, order_t order, int64_t mark,
		  enum zone_type highest, unsigned int alloc_flags,
		  int64_t free_pages);

/* Fills what is free, but not for the request. */
static inline void watermark_count_unusable(const struct zone *zone,
					    order_t order,
					    unsigned int alloc_flags,
					    struct watermark_terms *terms)
{
	terms->own = (1ll << order) - 1;
	if (!(alloc_flags & ALLOC_RESERVES))
		terms->highatomic = zone->nr_reserved_highatomic;
	if (!(alloc_flags & ALLOC_CMA))
		terms->cma = zone_counted_free_cma_pages(zone);
}

/* The short cut for single pages: true is an answer, false is none. */
static inline bool watermark_ok_single(const struct zone *zone, int64_t mark,
				       enum zone_type highest,
				       unsigned int alloc_flags)
{
	struct watermark_terms terms = {
		.free_pages = (int64_t)zone_counted_free_pages(zone),
	};
	int64_t usable;

	watermark_count_unusable(zone, 0, alloc_flags, &terms);
	usable = watermark_usable(&terms);
	if (usable < 0)
		usable = 0;
	return usable > mark + zone->lowmem_reserve[highest];
}

/*
 * watermark_ok(), by the zone's counter, for a request that may not use
 * reserves: its flags have none of ALLOC_RESERVES. Negative numbers, which
 * count as 0 there, make no difference for such a request.
 */
static inline bool watermark_ok_no_reserves(const struct zone *zone,
					    order_t order, unsigned int mark,
					    enum zone_type highest,
					    bool uses_cma)
{
	int64_t needed = watermark_pages(zone, mark) +
			 zone->lowmem_reserve[highest] + (1ll << order) - 1 +
			 (int64_t)zone->nr_reserved_highatomic;
	uint32_t orders = zone->area[MIGRATE_UNMOVABLE].nonempty |
			  zone->area[MIGRATE_MOVABLE].nonempty |
			  zone->area[MIGRATE_RECLAIMABLE].nonempty;

	if (uses_cma)
		orders |= zone->area[MIGRATE_CMA].nonempty;
	else
		needed += (int64_t)zone_counted_free_cma_pages(zone);
	return zone->nr_free_pages > needed && (!order || orders >> order);
}

/*
 * Of a test for a higher order that failed for want of a block: how many orders
 * it came to that have blocks, but only on lists that the request may not use.
 * 0 if too little was free, so that it looked at none. It is to be asked right
 * after the test. Source: __zone_watermark_ok().
 */
unsigned int watermark_orders_barred(const struct zone *zone, order_t order,
				     int64_t mark, enum zone_type highest,
				     unsigned int alloc_flags);

/*
 * The same for an allocation, from the zone's counter, with a short cut for
 * single pages. Source: zone_watermark_fast().
 */
bool watermark_ok_fast(const struct zone *zone, order_t order, int64_t mark,
		       enum zone_type highest, unsigned int alloc_flags,
		       gfp_t gfp);

/*
 * The same where it matters that the mark is met: as long as so little is free
 * that the CPUs' shares could hide a zone below its min mark, they are added.
 * Source: zone_watermark_ok_safe().
 */
bool watermark_ok_safe(const struct memory *memory, const struct zone *zone,
		       order_t order, int64_t mark, enum zone_type highest);

/*
 * How far a CPU's share of the zone's counters may go while memory is short:
 * all of them together not below the min mark unseen.
 * Source: calculate_pressure_threshold().
 */
int32_t watermark_pressure_threshold(const struct memory *memory,
				     const struct zone *zone);
/* The same at other times. Source: calculate_normal_threshold(). */
int32_t watermark_normal_threshold(const struct memory *memory,
				   const struct zone *zone);

/* The square root, rounded down. Source: int_sqrt(). */
uint64_t integer_sqrt(uint64_t x);

/*
 * Pages that no request may count on: each zone's largest reserve above its
 * high mark. Source: calculate_totalreserve_pages().
 */
uint64_t watermark_reserved_pages(const struct memory *memory);

/*
 * Sets what the machine's description leaves to the kernel, and what it
 * gives: watermarks, lowmem_reserve, the per-CPU lists' high, batch and
 * free_factor, and the counters' threshold, of all zones.
 */
void watermark_setup(struct memory *memory);

/*
 * A CPU's shares in the zones' counters of free pages, which marks are checked
 * against, are added to them. Source: refresh_cpu_vm_stats().
 */
void watermark_fold_counters(struct memory *memory, cpu_t cpu);

#endif
