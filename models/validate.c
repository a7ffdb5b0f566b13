/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recounting the page allocator from first principles.
 *
 * Two walks that know nothing of each other: one along every list, marking
 * the pages of each block it meets; one over every frame of every zone,
 * reading states. What both agree on is true:
 *
 * - a frame is marked by one list at most, and its state says the same list,
 *   type and order;
 * - every frame whose state says free or per-CPU was marked, and every one
 *   that is a tail belongs to a block, but for the zone's holes;
 * - each pageblock has as many pages on free lists as is kept of it;
 * - the lists' counts, and which of them are empty, are as counted;
 * - a free block is aligned, and its buddy of the same order is not free; from
 *   the pageblock's order on they may be, since a pageblock that is no longer
 *   reserved is not joined with its free buddy before one of them is freed
 *   again;
 * - the counter of free pages with all CPUs' shares is what the free lists
 *   hold but for pageblocks being cleared, and so are those of contiguous
 *   memory areas and of reserved pageblocks;
 * - a free block is on the list of such areas if and only if it lies in one;
 * - an allocated block's tails belong to nothing else.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "models/page/buddy.h"
#include "models/reclaim/folio.h"
#include "models/memory.h"
#include "models/page/pcp.h"
#include "models/reclaim/reclaim.h"
#include "sim/base/host.h"

struct recount {
	const struct memory *memory;
	const struct zone *zone;
	uint8_t *marked; /* a bit per frame */
	uint32_t *free;	 /* as memory->pageblock_free[]: pages met on lists */
	char *why;
	size_t size;
};

__attribute__((format(printf, 2, 3))) static bool
wrong(const struct recount *recount, const char *format, ...)
{
	va_list arguments;
	int used = 0;

	if (recount->zone)
		used = snprintf(recount->why, recount->size,
				"node %d, zone %s: ", recount->zone->node,
				zone_type_names[recount->zone->type]);
	va_start(arguments, format);
	if (used >= 0 && (size_t)used < recount->size)
		vsnprintf(recount->why + used, recount->size - used, format,
			  arguments);
	va_end(arguments);
	return false;
}

/* Marks a block's frames; false: one of them is somewhere else already. */
static bool mark(struct recount *recount, pfn_t pfn, order_t order)
{
	const struct zone *zone = recount->zone;
	uint64_t end = (uint64_t)pfn + (1ull << order);

	if (pfn < zone->start_pfn || end > zone->end_pfn)
		return wrong(recount, "block %u of order %u leaves the zone",
			     pfn, order);
	if (pfn & ((1u << order) - 1))
		return wrong(recount, "block %u of order %u is not aligned",
			     pfn, order);
	for (uint64_t p = pfn; p < end; p++) {
		if (recount->marked[p / 8] & 1 << p % 8)
			return wrong(recount, "frame %lu is in two places",
				     (unsigned long)p);
		recount->marked[p / 8] |= 1 << p % 8;
		if (p > pfn && recount->memory->state[p] != PAGE_TAIL)
			return wrong(recount,
				     "frame %lu within block %u has state %#x",
				     (unsigned long)p, pfn,
				     recount->memory->state[p]);
	}
	return true;
}

/* Adds a free block's pages to the pageblocks that it lies in. */
static void count_free(struct recount *recount, pfn_t pfn, order_t order)
{
	const struct memory *memory = recount->memory;
	const uint16_t *kept = pageblock_free(memory, recount->zone, pfn);
	uint32_t *free = &recount->free[kept - memory->pageblock_free];

	for (uint64_t page = 0; page < 1ull << order; page++)
		free[page >> memory->pageblock_order]++;
}

/* Two free buddies that nothing keeps apart? */
static bool should_have_merged(const struct recount *recount, pfn_t pfn,
			       order_t order)
{
	const struct memory *memory = recount->memory;
	const struct zone *zone = recount->zone;
	pfn_t buddy = pfn ^ (1u << order);

	return order < memory->pageblock_order && buddy >= zone->start_pfn &&
	       buddy < zone->end_pfn &&
	       page_state_is_free(memory->state[buddy]) &&
	       page_state_order(memory->state[buddy]) == order;
}

static bool check_free_list(struct recount *recount, enum migratetype type,
			    order_t order)
{
	const struct memory *memory = recount->memory;
	const struct free_area *area = &recount->zone->area[type];
	uint64_t nr = 0;

	for (pfn_t pfn = buddy_first(recount->zone, type, order);
	     pfn != PFN_NONE; pfn = buddy_next(memory, recount->zone, pfn)) {
		nr++;
		if (memory->state[pfn] != page_state_free(type, order))
			return wrong(recount,
				     "block %u, order %u of %s has state %#x",
				     pfn, order, migratetype_names[type],
				     memory->state[pfn]);
		if ((*pageblock_type(memory, recount->zone, pfn) ==
		     MIGRATE_CMA) != (type == MIGRATE_CMA))
			return wrong(recount,
				     "block %u, order %u, on the list of %s: "
				     "its pageblock is %s",
				     pfn, order, migratetype_names[type],
				     type == MIGRATE_CMA ? "not" : "cma");
		if (should_have_merged(recount, pfn, order))
			return wrong(
				recount,
				"block %u, order %u: its buddy is free, too",
				pfn, order);
		if (!mark(recount, pfn, order))
			return false;
		count_free(recount, pfn, order);
	}
	if (nr != area->nr_free[order] ||
	    (nr != 0) != (area->nonempty >> order & 1))
		return wrong(recount,
			     "list of %s, order %u: %lu blocks, count %u",
			     migratetype_names[type], order, (unsigned long)nr,
			     area->nr_free[order]);
	return true;
}

static bool check_pcp(struct recount *recount, const struct pcp *pcp)
{
	const struct memory *memory = recount->memory;
	int64_t pages = 0;

	for (unsigned int i = 0; i < memory->nr_pcp_lists; i++) {
		const struct pcp_list *list = &pcp->list[i];
		order_t order = pcp_list_order(memory, i);

		pages += (int64_t)list->count << order;
		for (uint32_t slot = 0; slot < list->count; slot++) {
			pfn_t pfn =
				list->ring[(list->head + slot) & list->mask];

			if (!page_state_is_pcp(memory->state[pfn]))
				return wrong(
					recount,
					"frame %u of a CPU's list: state %#x",
					pfn, memory->state[pfn]);
			if (!mark(recount, pfn, order))
				return false;
		}
	}
	if (pages != pcp->count)
		return wrong(recount, "per-CPU lists hold %ld pages, count %d",
			     (long)pages, pcp->count);
	return true;
}

/* One frame that no list has; *missing counts those that nobody has. */
static bool check_unlisted(struct recount *recount, pfn_t pfn,
			   uint64_t *missing)
{
	uint8_t state = recount->memory->state[pfn];

	if (page_state_is_allocated(state))
		return mark(recount, pfn, page_state_order(state));
	if (page_state_is_free(state) || page_state_is_pcp(state))
		return wrong(recount, "frame %u, state %#x, is on no list", pfn,
			     state);
	if (state != PAGE_TAIL && state != PAGE_BOOT)
		return wrong(recount, "frame %u has state %#x, which is none",
			     pfn, state);
	*missing += state == PAGE_TAIL;
	return true;
}

/* Every frame that says it is on a list was met on one. */
static bool check_frames(struct recount *recount)
{
	const struct zone *zone = recount->zone;
	uint64_t missing = 0;

	for (uint64_t pfn = zone->start_pfn; pfn < zone->end_pfn; pfn++)
		if (!(recount->marked[pfn / 8] & 1 << pfn % 8) &&
		    !check_unlisted(recount, pfn, &missing))
			return false;
	if (missing != zone->spanned_pages - zone->present_pages)
		return wrong(recount, "%lu frames are nowhere, %lu are holes",
			     (unsigned long)missing,
			     (unsigned long)(zone->spanned_pages -
					     zone->present_pages));
	return true;
}

/* The zone's own counts against what its lists and pageblocks add up to. */
static bool check_counters(const struct recount *recount)
{
	const struct memory *memory = recount->memory;
	const struct zone *zone = recount->zone;
	uint64_t counted = zone_exact_free_pages(memory, zone);
	uint64_t counted_cma = zone_exact_free_cma_pages(memory, zone);
	uint64_t reserved = zone_highatomic_pages(memory, zone);
	uint64_t usable = zone_free_pages(zone);
	uint64_t cma = 0;

	for (unsigned int order = 0; order < MAX_ORDERS; order++) {
		cma += (uint64_t)zone->area[MIGRATE_CMA].nr_free[order]
		       << order;
		usable -= (uint64_t)zone->area[MIGRATE_ISOLATE].nr_free[order]
			  << order;
	}
	if (counted != usable)
		return wrong(recount, "%lu free pages, counter says %lu",
			     (unsigned long)usable, (unsigned long)counted);
	if (counted_cma != cma)
		return wrong(recount,
			     "%lu free pages in contiguous areas, counter says "
			     "%lu",
			     (unsigned long)cma, (unsigned long)counted_cma);
	if (reserved != zone->nr_reserved_highatomic)
		return wrong(recount,
			     "%lu pages are reserved, counter says %lu",
			     (unsigned long)reserved,
			     (unsigned long)zone->nr_reserved_highatomic);
	return true;
}

/* What is kept of each pageblock, behind all free lists. */
static bool check_pageblocks(const struct recount *recount)
{
	const struct memory *memory = recount->memory;
	pfn_t pfn = zone_first_block_pfn(memory, recount->zone);
	const uint16_t *kept = pageblock_free(memory, recount->zone, pfn);
	const uint32_t *free = &recount->free[kept - memory->pageblock_free];
	size_t nr = zone_nr_pageblocks(memory, recount->zone);

	for (size_t n = 0; n < nr; n++)
		if (kept[n] != free[n])
			return wrong(recount,
				     "pageblock %zu of the zone has %u free "
				     "pages, %u are kept",
				     n, free[n], kept[n]);
	return true;
}

static bool check_zone(struct recount *recount)
{
	const struct memory *memory = recount->memory;
	const struct zone *zone = recount->zone;

	for (int type = 0; type < NR_MIGRATETYPES; type++)
		for (order_t o = 0; o < memory->nr_orders; o++)
			if (!check_free_list(recount, (enum migratetype)type,
					     o))
				return false;
	for (uint32_t cpu = 0; cpu < memory->nr_cpus; cpu++)
		if (!check_pcp(recount, &zone->pcp[cpu]))
			return false;
	return check_counters(recount) && check_pageblocks(recount) &&
	       check_frames(recount);
}

bool memory_validate(const struct memory *memory, char *why, size_t size)
{
	size_t bytes = (size_t)memory->max_pfn / 8 + 1;
	struct recount recount = {
		.memory = memory,
		.marked = host_map(bytes),
		.free = host_alloc(memory->nr_parts_mapped,
				   sizeof *recount.free),
		.why = why,
		.size = size,
	};
	bool right = true;

	if (!recount.marked || !recount.free) {
		host_unmap(recount.marked, bytes);
		free(recount.free);
		return wrong(&recount, "the host has no memory to check with");
	}
	for (uint32_t i = 0; right && i < memory->nr_zones; i++) {
		recount.zone = &memory->zone[i];
		right = check_zone(&recount);
	}
	host_unmap(recount.marked, bytes);
	free(recount.free);
	return right && folios_validate(memory, why, size) &&
	       reclaim_validate(memory, why, size);
}
