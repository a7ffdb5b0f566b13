/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counts free pages, pageblock by pageblock: by the zone's free lists, whose
 * blocks stand side by side (models/page/free_list.c).
 *
 *	lists of order 0   [64] [12] [90] …     +1 where each lies
 *	         order 3   [40] [8] …           +8
 *
 * So it takes as long as there are free blocks, not pages: those of a large
 * machine of which much is free are few. To look at each page's state instead
 * takes a millisecond for each 32 GiB.
 *
 * Blocks are aligned to their size: only one of the largest orders reaches
 * beyond its pageblock, and then it fills all that it reaches.
 */

#include "models/page/pageblock_use.h"

#include <string.h>

#include "models/page/free_list.h"

pfn_t zone_first_block_pfn(const struct memory *memory, const struct zone *zone)
{
	return zone->start_pfn & ~((1u << memory->pageblock_order) - 1);
}

size_t zone_nr_pageblocks(const struct memory *memory, const struct zone *zone)
{
	uint64_t pages =
		(uint64_t)zone->end_pfn - zone_first_block_pfn(memory, zone);

	return (size_t)((pages + (1ull << memory->pageblock_order) - 1) >>
			memory->pageblock_order);
}

/* Adds all blocks of a list: `each` pages in each pageblock that they reach. */
static void count_list(const struct memory *memory, const struct zone *zone,
		       const struct free_list *list, order_t order,
		       uint32_t *free)
{
	pfn_t first_pfn = zone_first_block_pfn(memory, zone);
	order_t shift = memory->pageblock_order;
	uint32_t reached = order > shift ? 1u << (order - shift) : 1;
	uint32_t each = 1u << (order < shift ? order : shift);

	for (uint32_t place = list->first; place != list->end; place++) {
		pfn_t pfn = *free_list_at(list, place);
		uint32_t first = (pfn - first_pfn) >> shift;

		if (pfn == PFN_NONE)
			continue;
		for (uint32_t n = 0; n < reached; n++)
			free[first + n] += each;
	}
}

void zone_free_by_pageblock(const struct memory *memory,
			    const struct zone *zone, uint32_t *free)
{
	memset(free, 0, zone_nr_pageblocks(memory, zone) * sizeof(*free));
	for (int type = 0; type < NR_MIGRATETYPES; type++)
		for (order_t order = 0; order < memory->nr_orders; order++)
			count_list(memory, zone, &zone->area[type].list[order],
				   order, free);
}
