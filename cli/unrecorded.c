/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that a recording does not show.
 *
 *	node 0   CPU      ?             page tables, slabs that find no room
 *	node 1   no CPU   recorded      what the calls ask for
 *
 * A recording's calls ask for one node, or for some, which nobody else uses.
 * The CPU that makes them is on another node, which has no zones in the config.
 * Elsewhere that means a node without memory; here the machine had some there,
 * but a kernel can't record the memory that it runs from. Some requests within
 * a call go to that node all the same:
 *
 * - page tables of vmalloc's space come from the CPU's node
 *   (pte_alloc_one_kernel(), Linux 6.1);
 * - a slab's pages, where the recorded nodes are full: of a caller's flags
 *   __GFP_THISNODE does not reach the objects that vmalloc needs for itself
 *   (__vmalloc_area_node()).
 *
 * So such a node is given a zone here, above all other memory, of the type that
 * every kernel request may use: the lowest that was recorded. How much there
 * was is not known; 1 GiB, all free, is enough for what goes there. None of it
 * is held against the recording, which has no rows for it.
 *
 * Left out: what else the machine did with that memory. All that a call sees of
 * it is that it was served.
 */

#include "cli/unrecorded.h"

#include <stdlib.h>

#include "models/machine.h"
#include "sim/base/error.h"
#include "sim/base/host.h"

#define UNRECORDED_BYTES (1ull << 30)

static int no_memory(struct errors *errors)
{
	return error_host(errors, "no memory for a recording");
}

/* The lowest type of zone that there is, and one past the highest frame. */
static enum zone_type survey(const struct machine_desc *machine,
			     uint64_t *end_pfn)
{
	enum zone_type lowest = NR_ZONE_TYPES;

	*end_pfn = 0;
	for (size_t n = 0; n < machine->nr_nodes; n++) {
		const struct node_desc *node = &machine->nodes[n];

		for (size_t z = 0; z < node->nr_zones; z++) {
			const struct zone_desc *zone = &node->zones[z];
			uint64_t end = zone->start_pfn + zone->spanned_pages;

			if (zone->type < lowest)
				lowest = zone->type;
			if (end > *end_pfn)
				*end_pfn = end;
		}
	}
	return lowest;
}

/* All of it free, where the starting state says what is. */
static int add_blocks(struct machine_desc *machine, node_t node,
		      const struct zone_desc *zone, struct errors *errors)
{
	struct initial_state_desc *initial = &machine->initial;
	order_t order = machine->nr_orders - 1;
	size_t nr = initial->nr_free_blocks;
	size_t capacity = nr;
	struct free_block_desc *blocks;
	uint64_t pfn;

	blocks = host_grow(initial->free_blocks, &capacity,
			   nr + (zone->spanned_pages >> order),
			   sizeof(*blocks));
	if (!blocks)
		return no_memory(errors);
	initial->free_blocks = blocks;
	for (pfn = zone->start_pfn; pfn < zone->start_pfn + zone->spanned_pages;
	     pfn += (uint64_t)1 << order)
		blocks[nr++] = (struct free_block_desc){
			.node = node,
			.zone = zone->type,
			.migratetype = MIGRATE_MOVABLE,
			.order = order,
			.pfn = (pfn_t)pfn,
		};
	initial->nr_free_blocks = nr;
	return 0;
}

static int add_pageblocks(struct machine_desc *machine, node_t node,
			  const struct zone_desc *zone, struct errors *errors)
{
	struct initial_state_desc *initial = &machine->initial;
	size_t capacity = initial->nr_pageblocks;
	struct pageblock_run_desc *runs;

	runs = host_grow(initial->pageblocks, &capacity,
			 initial->nr_pageblocks + 1, sizeof(*runs));
	if (!runs)
		return no_memory(errors);
	initial->pageblocks = runs;
	runs[initial->nr_pageblocks++] = (struct pageblock_run_desc){
		.node = node,
		.zone = zone->type,
		.start_pfn = (pfn_t)zone->start_pfn,
		.migratetype = MIGRATE_MOVABLE,
	};
	return 0;
}

static int add_zone(struct machine_desc *machine, struct node_desc *node,
		    struct errors *errors)
{
	uint64_t block = (uint64_t)1 << (machine->nr_orders - 1);
	uint64_t pages = UNRECORDED_BYTES >> machine->page_shift;
	struct zone_desc *zone;
	enum zone_type type;
	uint64_t end_pfn;

	type = survey(machine, &end_pfn);
	if (type == NR_ZONE_TYPES)
		return 0;
	zone = host_alloc(1, sizeof(*zone));
	if (!zone)
		return no_memory(errors);
	*zone = (struct zone_desc){
		.type = type,
		.start_pfn = (end_pfn + block - 1) / block * block,
		.spanned_pages = pages,
		.present_pages = pages,
		.managed_pages = pages,
	};
	free(node->zones);
	node->zones = zone;
	node->nr_zones = 1;
	if (!machine->initial.exact)
		return 0;
	return add_pageblocks(machine, node->id, zone, errors) ||
			       add_blocks(machine, node->id, zone, errors) ?
		       -1 :
		       0;
}

int add_unrecorded_memory(struct machine_desc *machine, struct errors *errors)
{
	for (size_t n = 0; n < machine->nr_nodes; n++) {
		struct node_desc *node = &machine->nodes[n];

		if (node->nr_cpus && !node->nr_zones &&
		    add_zone(machine, node, errors))
			return -1;
	}
	return 0;
}
