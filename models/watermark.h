/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_WATERMARK_H
#define KMEMSIM_MODELS_WATERMARK_H

/*
 * How much must stay free: the formulas that a booting kernel uses, and the
 * test that each allocation has to pass.
 */

#include "models/memory.h"

/* The zone's mark with its boost, in pages. Source: wmark_pages(). */
static inline int64_t watermark_pages(const struct zone *zone,
				      unsigned int mark)
{
	return zone->watermark[mark] + zone->watermark_boost;
}

/*
 * Would a request leave `mark` pages, and is there a block for it? `highest`
 * is the request's own zone type, which the zone keeps a reserve against.
 * Source: __zone_watermark_ok().
 */
bool watermark_ok(const struct zone *zone, order_t order, int64_t mark,
		  enum zone_type highest, unsigned int alloc_flags,
		  int64_t free_pages);

/*
 * The same for an allocation, from the zone's counter, with a short cut for
 * single pages. Source: zone_watermark_fast().
 */
bool watermark_ok_fast(const struct zone *zone, order_t order, int64_t mark,
		       enum zone_type highest, unsigned int alloc_flags,
		       gfp_t gfp);

/*
 * Sets what the machine's description leaves to the kernel, and what it
 * gives: watermarks, lowmem_reserve, the per-CPU lists' high, batch and
 * free_factor, and the counters' threshold, of all zones.
 */
void watermark_setup(struct memory *memory);

#endif
