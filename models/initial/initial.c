/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of memory before the first call.
 *
 * - Just booted: all that a zone manages is free in the largest aligned blocks
 *   that fit, lowest addresses at the head of the lists, and all pageblocks are
 *   movable, or unmovable if the kernel does not group. What the kernel took at
 *   boot lies at the zone's start. (memblock_free_all(), memmap_init_range();
 *   mm/page_alloc.c and mm/memblock.c, Linux 6.1.)
 * - Contiguous memory areas are set aside before any of that, and their
 *   pageblocks freed one by one when all else is, lowest first, as
 *   MIGRATE_CMA: so the highest of them stand at the heads of the lists
 *   (cma_activate_area(), init_cma_reserved_pageblock()).
 * - Exact: the free blocks as given, list by list, head first; whatever is
 *   neither free nor a hole is in use since before the run.
 * - From counts: initial_counts.h draws places for them, and the rest is as
 *   above.
 * - Of what is in use, as much is on LRU lists as the zone says, at places that
 *   initial_lru.h draws; the rest can be neither reclaimed nor moved.
 * - A boost of the marks that was there is there, and passes when kswapd runs.
 *
 * A run of pageblocks is read as /proc/pagetypeinfo makes it: walking a zone
 * from its first frame in steps of a pageblock, each step asking for the type
 * of the block that it lands in. So where a zone begins within a block, its
 * n-th block has the type of the run that holds start_pfn plus n blocks.
 *
 * The first part of a block that begins before its zone is never made movable
 * at boot, since only whole blocks are: it stays unmovable.
 */

#include "models/initial/initial.h"

#include <stdlib.h>
#include <string.h>

#include "models/page/buddy.h"
#include "models/initial/initial_counts.h"
#include "models/initial/initial_lru.h"

/* All present pages of the zone are in use; holes are nothing. */
static void occupy(struct memory *memory, const struct zone *zone,
		   const struct zone_desc *desc)
{
	memset(memory->state + zone->start_pfn, PAGE_BOOT,
	       zone->end_pfn - zone->start_pfn);
	for (size_t i = 0; i < desc->nr_holes; i++)
		memset(memory->state + desc->holes[i].start_pfn, PAGE_TAIL,
		       desc->holes[i].pages);
}

static bool all_hole(const struct zone_desc *desc, uint64_t start, uint64_t end)
{
	for (size_t i = 0; i < desc->nr_holes; i++)
		if (desc->holes[i].start_pfn <= start &&
		    desc->holes[i].start_pfn + desc->holes[i].pages >= end)
			return true;
	return false;
}

/* Types as they are at boot, and which blocks are holes. */
static void type_blocks(struct memory *memory, const struct zone *zone,
			const struct zone_desc *desc)
{
	uint64_t step = 1ull << memory->pageblock_order;
	uint64_t pfn = zone->start_pfn;

	while (pfn < zone->end_pfn) {
		uint64_t next = (pfn & ~(step - 1)) + step;
		uint64_t end = next < zone->end_pfn ? next : zone->end_pfn;
		bool whole = !(pfn & (step - 1));
		uint8_t type = whole && memory->mobility_flags ?
				       MIGRATE_MOVABLE :
				       MIGRATE_UNMOVABLE;

		if (all_hole(desc, pfn, end))
			type = PAGEBLOCK_HOLE;
		*pageblock_type(memory, zone, pfn) = type;
		pfn = next;
	}
}

/* Puts a block that was in use on a free list's tail. */
static void make_free(struct memory *memory, struct zone *zone, pfn_t pfn,
		      order_t order, enum migratetype type)
{
	memset(memory->state + pfn, PAGE_TAIL, 1u << order);
	buddy_add_tail(memory, zone, pfn, order, type);
}

/* Frees [pfn, end) in the largest aligned blocks, lowest first. */
static void free_range(struct memory *memory, struct zone *zone, uint64_t pfn,
		       uint64_t end)
{
	while (pfn < end) {
		unsigned int order = memory->nr_orders - 1;

		while (pfn & ((1ull << order) - 1) ||
		       pfn + (1ull << order) > end)
			order--;
		buddy_add_tail(memory, zone, pfn, order,
			       (enum migratetype) *
				       pageblock_type(memory, zone, pfn));
		pfn += 1ull << order;
	}
}

/* A range that the boot passes over, if it is the next from `pfn` on. */
static void meet_range(uint64_t pfn, uint64_t start, uint64_t pages,
		       uint64_t *end, uint64_t *after)
{
	if (start < pfn || start >= *end)
		return;
	*end = start;
	*after = start + pages;
}

static void boot_zone(struct memory *memory, struct zone *zone,
		      const struct zone_desc *desc)
{
	const struct machine_desc *machine = memory->desc;
	uint64_t taken = zone->present_pages - zone->managed_pages;
	uint64_t pfn = zone->start_pfn;

	/* Between holes and areas, lowest first; `taken` pages are skipped. */
	while (pfn < zone->end_pfn) {
		uint64_t end = zone->end_pfn;
		uint64_t after = end;
		uint64_t skip;

		for (size_t i = 0; i < desc->nr_holes; i++)
			meet_range(pfn, desc->holes[i].start_pfn,
				   desc->holes[i].pages, &end, &after);
		for (size_t i = 0; i < machine->nr_cma; i++)
			meet_range(pfn, machine->cma[i].start_pfn,
				   machine->cma[i].pages, &end, &after);
		skip = taken < end - pfn ? taken : end - pfn;
		taken -= skip;
		memset(memory->state + pfn, PAGE_BOOT, skip);
		free_range(memory, zone, pfn + skip, end);
		pfn = after;
	}
}

/* cma_activate_area() */
static void boot_cma(struct memory *memory, const struct cma_desc *area)
{
	struct zone *zone = memory_zone_of(memory, area->start_pfn);
	uint32_t step = 1u << memory->pageblock_order;

	for (uint32_t page = 0; page < area->pages; page += step) {
		pfn_t pfn = area->start_pfn + page;

		memset(memory->state + pfn, PAGE_TAIL, step);
		*pageblock_type(memory, zone, pfn) = MIGRATE_CMA;
		buddy_free(memory, zone, pfn, memory->pageblock_order,
			   MIGRATE_CMA);
	}
}

static void apply_runs(struct memory *memory,
		       const struct pageblock_run_desc *runs, size_t nr)
{
	uint64_t step = 1ull << memory->pageblock_order;

	for (size_t i = 0; i < nr; i++) {
		const struct pageblock_run_desc *run = &runs[i];
		struct zone *zone =
			memory_find_zone(memory, run->node, run->zone);
		uint64_t end = zone->end_pfn;
		uint64_t into = run->start_pfn - zone->start_pfn;
		uint64_t pfn =
			zone->start_pfn + (into + step - 1) / step * step;

		if (i + 1 < nr && runs[i + 1].node == run->node &&
		    runs[i + 1].zone == run->zone)
			end = runs[i + 1].start_pfn;
		for (; pfn < end; pfn += step)
			*pageblock_type(memory, zone, pfn) =
				run->hole ? PAGEBLOCK_HOLE : run->migratetype;
		/* A zone may reach into one block more than it has steps. */
		if (end == zone->end_pfn)
			*pageblock_type(memory, zone, end - 1) =
				run->hole ? PAGEBLOCK_HOLE : run->migratetype;
	}
}

static void apply_blocks(struct memory *memory,
			 const struct free_block_desc *blocks, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		const struct free_block_desc *block = &blocks[i];

		make_free(memory,
			  memory_find_zone(memory, block->node, block->zone),
			  block->pfn, block->order, block->migratetype);
	}
}

/* The counter of free pages, and what CPU 0 has beyond it. */
static void set_counter(struct zone *zone, const struct zone_desc *desc)
{
	int64_t pages = zone_free_pages(zone);

	zone->nr_free_pages = desc->has_nr_free_pages ? desc->nr_free_pages :
							pages;
	zone->free_diff[0] = pages - zone->nr_free_pages;
	zone->nr_free_cma_pages = 0;
	for (order_t order = 0; order < MAX_ORDERS; order++)
		zone->nr_free_cma_pages +=
			(int64_t)zone->area[MIGRATE_CMA].nr_free[order]
			<< order;
}

static bool zone_has_cma(const struct memory *memory, const struct zone *zone)
{
	uint64_t count[NR_MIGRATETYPES];

	zone_count_pageblocks(memory, zone, count);
	return count[MIGRATE_CMA];
}

typedef void zone_builder(struct memory *, struct zone *,
			  const struct zone_desc *);

static void for_each_zone(struct memory *memory, zone_builder *build)
{
	struct zone *zone = memory->zone;

	for (size_t n = 0; n < memory->desc->nr_nodes; n++) {
		const struct node_desc *node = &memory->desc->nodes[n];

		for (size_t z = 0; z < node->nr_zones; z++)
			build(memory, zone++, &node->zones[z]);
	}
}

static void prepare_zone(struct memory *memory, struct zone *zone,
			 const struct zone_desc *desc)
{
	/* At boot most frames are free: only the others are marked then. */
	if (memory->desc->initial.exact || memory->desc->initial.nr_free_counts)
		occupy(memory, zone, desc);
	type_blocks(memory, zone, desc);
}

static void count_zone(struct memory *memory, struct zone *zone,
		       const struct zone_desc *desc)
{
	zone->nr_reserved_highatomic = zone_highatomic_pages(memory, zone);
	zone->watermark_boost = (int64_t)desc->watermark_boost;
	set_counter(zone, desc);
}

static int place_lru(struct memory *memory, uint64_t seed,
		     struct errors *errors)
{
	struct zone *zone = memory->zone;

	for (size_t n = 0; n < memory->desc->nr_nodes; n++) {
		const struct node_desc *node = &memory->desc->nodes[n];

		for (size_t z = 0; z < node->nr_zones; z++, zone++)
			if (initial_place_lru(memory, zone, &node->zones[z],
					      seed, errors) < 0)
				return -1;
	}
	return 0;
}

static int place_counts(struct memory *memory, uint64_t seed,
			struct errors *errors)
{
	struct free_block_desc *blocks;
	struct pageblock_run_desc *runs;
	size_t nr_blocks;
	size_t nr_runs;

	if (initial_place_counts(memory->desc, seed, &blocks, &nr_blocks, &runs,
				 &nr_runs, errors) < 0)
		return -1;
	apply_runs(memory, runs, nr_runs);
	apply_blocks(memory, blocks, nr_blocks);
	free(blocks);
	free(runs);
	return 0;
}

int initial_build(struct memory *memory, uint64_t seed, struct errors *errors)
{
	const struct initial_state_desc *initial = &memory->desc->initial;

	for_each_zone(memory, prepare_zone);
	if (initial->exact) {
		apply_runs(memory, initial->pageblocks, initial->nr_pageblocks);
		apply_blocks(memory, initial->free_blocks,
			     initial->nr_free_blocks);
	} else if (initial->nr_free_counts) {
		if (place_counts(memory, seed, errors) < 0)
			return -1;
	} else {
		for_each_zone(memory, boot_zone);
		for (size_t i = 0; i < memory->desc->nr_cma; i++)
			boot_cma(memory, &memory->desc->cma[i]);
	}
	for_each_zone(memory, count_zone);
	for (uint32_t i = 0; i < memory->nr_zones; i++)
		memory->has_cma |= zone_has_cma(memory, &memory->zone[i]);
	return place_lru(memory, seed, errors);
}
