/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contiguous memory areas.
 *
 *	pages   |..mm.m..|########|........|....m...|
 *	map     |........|########|........|........|
 *
 *	`.` free, `m` movable pages that the page allocator handed out, `#`
 *	taken as one piece. The map knows only the latter.
 *
 * Rules (Linux 6.1, mm/cma.c):
 *
 * - The map's first run of clear bits that is long enough and aligned is
 *   tried. If its pages can't be had, the next try begins one alignment
 *   further on, and so forth to the area's end (cma_alloc()).
 * - Freed pages go back to the page allocator one by one, then their bits are
 *   cleared (cma_release()).
 * - A bit stands for one page (order_per_bit 0, as DMA areas have it).
 *
 * Where an area lies is the config's to say (configs/dma.c); how it looks at
 * boot, the initial state's (models/initial/); who may use it in the meantime,
 * the page allocator's (models/page/).
 *
 * - Folios in the range are moved out of the way (models/dma/contig.c). A range
 *   with pages that can't be moved is busy: WORK_CMA_BUSY says how often. Where
 *   there are no pages to move others to, no further range is tried.
 *
 * Left out: the map has a range only when it is taken. The kernel marks it
 * before, so that others look elsewhere while it is cleared; here they wait for
 * one another first (cma_mutex) and look then.
 */

#include "models/dma/cma.h"

#include <stdio.h>
#include <stdlib.h>

#include "models/bitmap.h"
#include "models/dma/contig.h"
#include "sim/base/bug.h"
#include "sim/base/host.h"

int cma_init(struct cma_area *area, struct memory *memory,
	     const struct cma_desc *desc, struct errors *errors)
{
	area->desc = desc;
	area->zone = memory_zone_of(memory, desc->start_pfn);
	area->map = host_alloc(bitmap_words(desc->pages), sizeof *area->map);
	if (area->map)
		return 0;
	return error_host(errors, "no memory for the area %s", desc->name);
}

void cma_release_area(struct cma_area *area)
{
	free(area->map);
	area->map = NULL;
}

/* The first range that can be had, or PFN_NONE. */
static pfn_t take_range(struct memory *memory, struct cma_area *area, cpu_t cpu,
			uint32_t pages, order_t align_order)
{
	const struct cma_desc *desc = area->desc;
	uint32_t mask = (1u << align_order) - 1;
	uint32_t start = 0;

	while (pages <= desc->pages && start < desc->pages) {
		uint32_t page = bitmap_find_room(area->map, desc->pages, start,
						 pages, mask,
						 desc->start_pfn & mask);
		pfn_t pfn = desc->start_pfn + page;

		if (page == BITMAP_FULL)
			break;
		switch (contig_alloc(memory, area->zone, cpu, pfn, pfn + pages,
				     MIGRATE_CMA)) {
		case CONTIG_TAKEN:
			bitmap_set(area->map, page, pages);
			return pfn;
		case CONTIG_BUSY:
			memory->work.count[WORK_CMA_BUSY]++;
			start = page + mask + 1;
			break;
		case CONTIG_GIVEN_UP:
			return PFN_NONE;
		}
	}
	return PFN_NONE;
}

pfn_t cma_alloc(struct memory *memory, struct cma_area *area, cpu_t cpu,
		uint32_t pages, order_t align_order)
{
	pfn_t pfn = PFN_NONE;

	if (contig_begin(memory)) {
		pfn = take_range(memory, area, cpu, pages, align_order);
		contig_end(memory);
	}
	memory->vm_event[pfn != PFN_NONE ? VM_CMA_ALLOC_SUCCESS :
					   VM_CMA_ALLOC_FAIL]++;
	return pfn;
}

void cma_free(struct memory *memory, struct cma_area *area, cpu_t cpu,
	      pfn_t pfn, uint32_t pages)
{
	BUG_ON(!cma_holds(area, pfn));
	contig_free(memory, cpu, pfn, pages);
	bitmap_clear(area->map, pfn - area->desc->start_pfn, pages);
}

bool cma_validate(const struct memory *memory, const struct cma_area *area,
		  char *why, size_t size)
{
	const struct cma_desc *desc = area->desc;

	for (uint32_t page = 0; page < desc->pages; page++) {
		pfn_t pfn = desc->start_pfn + page;
		uint8_t type = *pageblock_type(memory, area->zone, pfn);

		if (type != MIGRATE_CMA &&
		    !(type == MIGRATE_ISOLATE && contig_is_under_way(memory))) {
			snprintf(why, size,
				 "area %s: frame %u is in a pageblock that is "
				 "not its own",
				 desc->name, pfn);
			return false;
		}
		if (bitmap_test(area->map, page) &&
		    memory->state[pfn] != PAGE_ALLOCATED) {
			snprintf(why, size,
				 "area %s: frame %u is taken, and its state is "
				 "%#x",
				 desc->name, pfn, memory->state[pfn]);
			return false;
		}
	}
	return true;
}
