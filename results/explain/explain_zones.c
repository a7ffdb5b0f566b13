/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The walk over the zones of a request, in the numbers that it went by.
 *
 *	free pages				what the zone's counter says
 *	- the request's own pages but one
 *	- reserved for high-order atomic requests, unless it may go there
 *	- free in contiguous areas, unless it may use those
 *	= what counts
 *	must be more than
 *	min mark with its boost
 *	- a half for __GFP_HIGH; of the rest a quarter if the caller can't wait
 *	- half of that rest for a task that is being killed
 *	+ lowmem_reserve against the request's own zone
 *	and, above order 0, a block must be on a list that it may use.
 *
 * The terms are those of models/page/watermark.h, which decides by them:
 * __zone_watermark_ok(). The zones are those that get_page_from_freelist()
 * looks at, in its order, the mark is that of the last look: the min mark
 * (gfp_to_alloc_flags()), for a GFP_ATOMIC single page without the boost
 * (zone_watermark_fast()). What is on LRU lists is what reclaim could still
 * free: page cache, and anonymous memory while there is swap space
 * (zone_reclaimable_pages(), which should_reclaim_retry() adds).
 */

#include "results/explain/explain_internal.h"

#include <stdlib.h>
#include <string.h>

#include "models/address.h"
#include "models/reclaim/folio.h"
#include "models/gfp.h"
#include "models/page/mobility.h"

bool explain_may_use(const struct page_failure *failure, enum migratetype type)
{
	if (type < NR_PCP_MIGRATETYPES)
		return true;
	if (type == MIGRATE_HIGHATOMIC)
		return failure->alloc_flags & (ALLOC_HIGHATOMIC | ALLOC_OOM);
	return type == MIGRATE_CMA && failure->alloc_flags & ALLOC_CMA;
}

static void count_blocks(struct explain_zone *look, const struct zone *zone,
			 const struct page_failure *failure)
{
	for (int type = 0; type < NR_MIGRATETYPES; type++) {
		memcpy(look->nr_free[type], zone->area[type].nr_free,
		       sizeof look->nr_free[type]);
		for (int order = 0; order < MAX_ORDERS; order++)
			look->listed += (uint64_t)look->nr_free[type][order]
					<< order;
		if (explain_may_use(failure, (enum migratetype)type))
			look->usable_types |= 1u << type;
	}
}

static void look_at_marks(struct explain_zone *look, const struct zone *zone,
			  const struct page_failure *failure)
{
	bool boost_forgotten = !failure->order && failure->gfp & __GFP_ATOMIC &&
			       zone->watermark_boost;
	int64_t mark = boost_forgotten ? zone->watermark[WMARK_MIN] :
					 watermark_pages(zone, WMARK_MIN);

	look->boost = zone->watermark_boost;
	look->boost_forgotten = boost_forgotten;
	look->min = zone->watermark[WMARK_MIN];
	look->ignores_marks = failure->alloc_flags & ALLOC_NO_WATERMARKS;
	look->terms = watermark_terms(zone, failure->order, mark,
				      failure->highest, failure->alloc_flags,
				      (int64_t)zone_counted_free_pages(zone));
	look->enough = look->ignores_marks ||
		       watermark_usable(&look->terms) >
			       watermark_needed(&look->terms);
	look->has_block = look->terms.orders >> failure->order;
}

static void look_at_zone(struct explain_zone *look, const struct kernel *kernel,
			 const struct zone *zone,
			 const struct page_failure *failure)
{
	const struct memory *memory = kernel->memory;
	const struct lruvec *lruvec =
		folio_lruvec(memory, (uint32_t)memory->node_index[zone->node]);
	const uint64_t *lru = lruvec->zone_pages[zone->type];

	*look = (struct explain_zone){
		.node = zone->node,
		.type = zone->type,
		.managed = zone->managed_pages,
		.pcp_pages = zone_pcp_pages(memory, zone),
		.lru_file = lru[LRU_INACTIVE_FILE] + lru[LRU_ACTIVE_FILE],
		.lru_anon = lru[LRU_INACTIVE_ANON] + lru[LRU_ACTIVE_ANON],
	};
	look_at_marks(look, zone, failure);
	count_blocks(look, zone, failure);
}

/* Frames above the zone that no other zone has. */
static uint64_t room_above(const struct memory *memory, const struct zone *zone)
{
	uint64_t room = UINT64_MAX;

	for (uint32_t i = 0; i < memory->nr_zones; i++) {
		const struct zone *other = &memory->zone[i];

		if (other->start_pfn >= zone->end_pfn &&
		    other->start_pfn - zone->end_pfn < room)
			room = other->start_pfn - zone->end_pfn;
	}
	return room;
}

/* Where the zone stands in the config: its node's list is by address. */
static struct explain_place find_place(const struct memory *memory,
				       const struct zone *zone)
{
	const struct machine_desc *machine = memory->desc;
	struct explain_place place = {
		.node = (size_t)memory->node_index[zone->node],
		.node_id = zone->node,
		.type = zone->type,
		.start = zone->start_pfn,
		.spanned = zone->spanned_pages,
		.present = zone->present_pages,
		.managed = zone->managed_pages,
		.room = room_above(memory, zone),
		.limit = machine->zone_limit[zone->type] >> memory->page_shift,
	};
	const struct node_desc *node = &machine->nodes[place.node];

	for (int mark = 0; mark < NR_WMARK; mark++)
		place.watermark[mark] = (uint64_t)zone->watermark[mark];
	for (size_t i = 0; i < node->nr_zones; i++)
		if (node->zones[i].start_pfn == zone->start_pfn)
			place.zone = i;
	return place;
}

static bool marks_are_given(const struct memory *memory,
			    const struct explain_place *place)
{
	const struct node_desc *node = &memory->desc->nodes[place->node];

	return node->zones[place->zone].has_watermarks;
}

static bool use_is_unknown(const struct explanation *e,
			   const struct memory *memory,
			   const struct explain_place *place)
{
	const struct node_desc *node = &memory->desc->nodes[place->node];

	return e->start_given && !node->zones[place->zone].has_lru;
}

/* All zones, for what changes the marks of all. */
static void find_marked(struct explanation *e, const struct memory *memory)
{
	e->nr_marked = 0;
	e->marked = explain_alloc(e, memory->nr_zones * sizeof *e->marked);
	for (uint32_t i = 0; e->marked && i < memory->nr_zones; i++) {
		struct explain_place place =
			find_place(memory, &memory->zone[i]);

		if (marks_are_given(memory, &place))
			e->marked[e->nr_marked++] = place;
	}
}

static int by_address(const void *a, const void *b)
{
	const struct explain_place *one = a, *other = b;

	return (one->start > other->start) - (one->start < other->start);
}

static void find_layout(struct explanation *e, const struct memory *memory)
{
	e->nr_layout = 0;
	e->layout = explain_alloc(e, memory->nr_zones * sizeof *e->layout);
	if (!e->layout)
		return;
	for (uint32_t i = 0; i < memory->nr_zones; i++)
		e->layout[i] = find_place(memory, &memory->zone[i]);
	e->nr_layout = memory->nr_zones;
	qsort(e->layout, e->nr_layout, sizeof *e->layout, by_address);
}

/* What the marks of all zones come from, or would have come from. */
static uint64_t min_free_kbytes(const struct memory *memory, bool marks_given)
{
	uint64_t pages = 0;

	if (memory->desc->sysctl.has_min_free_kbytes && !marks_given)
		return memory->desc->sysctl.min_free_kbytes;
	for (uint32_t i = 0; i < memory->nr_zones; i++)
		if (!zone_is_highmem(memory, &memory->zone[i]))
			pages += (uint64_t)memory->zone[i].watermark[WMARK_MIN];
	return pages << (memory->page_shift - 10);
}

void explain_zones(struct explanation *e, const struct kernel *kernel,
		   const struct page_failure *failure)
{
	const struct zonelist *list = failure->zonelist;
	const struct memory *memory = kernel->memory;

	e->nr_zones = 0;
	e->marks_given = true;
	e->use_unknown = false;
	e->free_swap = folios_free_swap(memory);
	e->zone = explain_alloc(e, list->nr * sizeof *e->zone);
	e->place = explain_alloc(e, list->nr * sizeof *e->place);
	if (!e->zone || !e->place)
		return;
	for (uint32_t i = 0; i < list->nr; i++) {
		const struct zone *zone = list->zone[i];

		if (zone->type > failure->highest)
			continue;
		look_at_zone(&e->zone[e->nr_zones], kernel, zone, failure);
		e->place[e->nr_zones] = find_place(memory, zone);
		e->marks_given &=
			marks_are_given(memory, &e->place[e->nr_zones]);
		e->use_unknown |=
			use_is_unknown(e, memory, &e->place[e->nr_zones]);
		e->nr_zones++;
	}
	e->min_free_kbytes = min_free_kbytes(memory, e->marks_given);
	find_marked(e, memory);
	find_layout(e, memory);
}
