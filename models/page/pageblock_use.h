/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_PAGE_PAGEBLOCK_USE_H
#define KMEMSIM_MODELS_PAGE_PAGEBLOCK_USE_H

/*
 * How full each pageblock of a zone is: what maps of memory are drawn from.
 */

#include "models/memory.h"

/*
 * Pageblocks that the zone has a part of, holes included; the first begins at
 * zone_first_block_pfn(), which may lie below the zone's start.
 */
size_t zone_nr_pageblocks(const struct memory *memory, const struct zone *zone);
pfn_t zone_first_block_pfn(const struct memory *memory,
			   const struct zone *zone);

/*
 * free[n]: pages of the zone's n-th pageblock that are on free lists, n below
 * zone_nr_pageblocks(). Pages on per-CPU lists are not among them.
 */
void zone_free_by_pageblock(const struct memory *memory,
			    const struct zone *zone, uint32_t *free);

#endif
