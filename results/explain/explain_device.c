/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What memory a device could have had: as far as its addresses reach, and in
 * contiguous areas. What devices have not taken there may be in use by movable
 * pages, which are moved away when a device wants the place, if they can be.
 *
 *	|######....aa........|	# taken by devices: 6 of 20 pages
 *				a in use by others: 2
 *				. the longest run of free pages has 8
 */

#include "results/explain/explain_internal.h"

#include <string.h>

#include "models/bitmap.h"
#include "results/explain/explain_walk.h"

static const struct zone_desc *zone_desc_of(const struct memory *memory,
					    const struct zone *zone)
{
	uint32_t n = (uint32_t)memory->node_index[zone->node];

	return &memory->desc->nodes[n].zones[zone - memory->node[n].zones];
}

/* Pages of the zone below frame `end`, without its holes. */
static uint64_t pages_below(const struct memory *memory,
			    const struct zone *zone, uint64_t end)
{
	const struct zone_desc *desc = zone_desc_of(memory, zone);
	uint64_t pages = end - zone->start_pfn;

	if (end >= zone->end_pfn)
		return zone->present_pages;
	for (size_t i = 0; i < desc->nr_holes; i++) {
		const struct hole_desc *hole = &desc->holes[i];
		uint64_t hole_end = hole->start_pfn + hole->pages;

		if (hole->start_pfn < end)
			pages -= (hole_end < end ? hole_end : end) -
				 hole->start_pfn;
	}
	return pages;
}

/* How much memory the device of a call reaches, and where. */
static void look_at_reach(struct explanation *e, const struct memory *memory,
			  const struct call *call)
{
	unsigned int bits = call->mask_bits ? call->mask_bits :
					      DMA_DEFAULT_MASK_BITS;
	uint64_t end = bits == 64 ? UINT64_MAX : 1ull << bits;
	struct text where = TEXT_EMPTY;

	end >>= memory->page_shift;
	for (uint32_t i = 0; i < memory->nr_zones; i++) {
		const struct zone *zone = &memory->zone[i];
		bool all = zone->end_pfn <= end;

		if (zone->start_pfn >= end)
			continue;
		e->reachable_pages += pages_below(memory, zone, end);
		text_add(&where, "%s%s of node %d %s", where.s ? ", " : "",
			 all ? "all" : "a part", zone->node,
			 zone_type_names[zone->type]);
	}
	e->reachable = explain_keep(e, "%s", where.s ? where.s : "");
	e->no_memory |= where.failed;
	text_release(&where);
}

struct area_walk {
	const struct cma_area *area;
	struct explain_area *told;
	uint32_t run; /* of pages that are free, so far */
};

static void look_at_run(void *argument, const struct zone *zone,
			const struct frame_run *run)
{
	struct area_walk *walk = argument;
	const struct cma_area *area = walk->area;

	(void)zone;
	for (pfn_t pfn = run->pfn; pfn < run->pfn + run->pages; pfn++) {
		bool is_free = run->use == FRAME_FREE || run->use == FRAME_PCP;

		if (!cma_holds(area, pfn))
			continue;
		walk->run = is_free ? walk->run + 1 : 0;
		if (walk->run > walk->told->longest)
			walk->told->longest = walk->run;
		if (bitmap_test(area->map, pfn - area->desc->start_pfn))
			walk->told->taken++;
		else if (!is_free)
			walk->told->used++;
	}
}

static void look_at_area(struct explanation *e, const struct memory *memory,
			 const struct cma_area *area)
{
	struct explain_area *told = &e->area[e->nr_areas++];
	struct area_walk walk = { .area = area, .told = told };

	*told = (struct explain_area){ .pages = area->desc->pages };
	told->name = explain_keep(e, "%s", area->desc->name);
	frames_visit(memory, area->zone, look_at_run, &walk);
}

/* All, or the one that the device has for itself. */
static void look_at_areas(struct explanation *e, const struct kernel *kernel)
{
	size_t nr;
	const struct cma_area *area = dma_areas(kernel->dma, &nr);

	e->area = explain_alloc(e, (nr + 1) * sizeof *e->area);
	for (size_t i = 0; e->area && i < nr; i++)
		if (!*e->name || strcmp(e->name, area[i].desc->name) == 0)
			look_at_area(e, kernel->memory, &area[i]);
}

void explain_look_at_device(struct explanation *e, const struct kernel *kernel,
			    const struct call *call)
{
	e->has_device = true;
	look_at_reach(e, kernel->memory, call);
	look_at_areas(e, kernel);
}
