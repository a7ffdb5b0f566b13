/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Building the simulated machine's memory from its description, and reading
 * its counts.
 *
 * Tables with an entry per page frame are indexed by the frame's number as it
 * is, gaps included: what is never touched costs the host nothing. A page
 * takes 3 bytes: a state of 1, and 2 for its place on a free list
 * (models/page/free_list.c).
 */

#include "models/memory.h"

#include <stdlib.h>

#include "models/compaction/compaction.h"
#include "models/reclaim/folio.h"
#include "models/page/free_list.h"
#include "models/gfp.h"
#include "models/initial/initial.h"
#include "models/reclaim/oom.h"
#include "models/page/pcp.h"
#include "models/reclaim/reclaim.h"
#include "models/page/watermark.h"
#include "models/page/zonelist.h"
#include "sim/base/bug.h"
#include "sim/base/host.h"

static void take_constants(struct memory *memory,
			   const struct machine_desc *desc)
{
	memory->desc = desc;
	memory->page_shift = desc->page_shift;
	memory->nr_orders = desc->nr_orders;
	memory->pageblock_order = desc->pageblock_order;
	memory->zone_types = desc->zone_types;
	memory->init_on_alloc = desc->init_on_alloc;
	memory->boost_factor = desc->sysctl.watermark_boost_factor;
	memory->may_avoid_fragmentation = desc->zone_types & 1u << ZONE_DMA32;
	memory->pcp_max_order = desc->pcp_orders ? desc->pcp_orders - 1 :
						   PAGE_ALLOC_COSTLY_ORDER;
	memory->nr_pcp_lists =
		desc->transparent_hugepage ?
			NR_PCP_LISTS :
			NR_PCP_MIGRATETYPES * (memory->pcp_max_order + 1);
	memory->pcp_orders = (2u << memory->pcp_max_order) - 1;
	if (memory->nr_pcp_lists == NR_PCP_LISTS)
		memory->pcp_orders |= 1u << memory->pageblock_order;
	if (!desc->no_mobility_grouping)
		memory->mobility_flags = __GFP_MOVABLE | __GFP_RECLAIMABLE;
	memory->pressure = &no_pressure_ops;
	memory->tasks = &no_task_ops;
	memory->nr_nodes = desc->nr_nodes;
}

static void set_gfp_zones(struct memory *memory,
			  const struct machine_desc *desc)
{
	for (gfp_t flags = 0; flags < 16; flags++) {
		enum zone_type type;

		memory->gfp_zone[flags] =
			gfp_zone(flags, desc->zone_types, &type) ? (int)type :
								   -1;
	}
}

/* How much there is of everything. A machine has CPU 0 if it has no other. */
static void count_parts(struct memory *memory, const struct machine_desc *desc)
{
	for (size_t n = 0; n < desc->nr_nodes; n++) {
		const struct node_desc *node = &desc->nodes[n];

		memory->nr_zones += node->nr_zones;
		memory->nr_online_cpus += (uint32_t)node->nr_cpus;
		for (size_t c = 0; c < node->nr_cpus; c++)
			if (node->cpus[c] >= memory->nr_cpus)
				memory->nr_cpus = node->cpus[c] + 1;
		for (size_t z = 0; z < node->nr_zones; z++) {
			uint64_t end = node->zones[z].start_pfn +
				       node->zones[z].spanned_pages;

			if (end > memory->max_pfn)
				memory->max_pfn = end;
			memory->managed_pages += node->zones[z].managed_pages;
		}
	}
	if (!memory->nr_cpus)
		memory->nr_cpus = memory->nr_online_cpus = 1;
}

size_t zone_nr_pageblocks(const struct memory *memory, const struct zone *zone)
{
	if (zone->end_pfn == zone->start_pfn)
		return 0;
	return ((zone->end_pfn - 1) >> memory->pageblock_order) -
	       (zone->start_pfn >> memory->pageblock_order) + 1;
}

static void set_zone(struct zone *zone, const struct zone_desc *desc,
		     node_t node, uint16_t index)
{
	zone->type = desc->type;
	zone->node = node;
	zone->index = index;
	zone->start_pfn = desc->start_pfn;
	zone->end_pfn = desc->start_pfn + desc->spanned_pages;
	zone->spanned_pages = desc->spanned_pages;
	zone->present_pages = desc->present_pages;
	zone->managed_pages = desc->managed_pages;
	zone->boot_pages = desc->managed_pages - desc->freed_after_boot_pages;
}

static void set_node(struct memory *memory, uint32_t n, uint32_t *nr_zones)
{
	const struct node_desc *desc = &memory->desc->nodes[n];
	struct node *node = &memory->node[n];

	node->id = desc->id;
	node->zones = &memory->zone[*nr_zones];
	node->nr_zones = desc->nr_zones;
	memory->node_index[desc->id] = n;
	for (size_t c = 0; c < desc->nr_cpus; c++)
		memory->cpu_node[desc->cpus[c]] = desc->id;
	for (int other = 0; other < MAX_NODES; other++) {
		uint32_t distance = desc->distance[other];

		if (!distance)
			distance = other == desc->id ? 10 : 20;
		node->distance[other] = distance;
	}
	for (size_t z = 0; z < desc->nr_zones; z++, ++*nr_zones)
		set_zone(&memory->zone[*nr_zones], &desc->zones[z], desc->id,
			 *nr_zones);
}

/* Which zone each pageblock belongs to, and where what is said of it stands. */
static void map_blocks(struct memory *memory)
{
	size_t parts = 0;

	for (size_t b = 0; b < memory->nr_blocks_mapped; b++)
		memory->pageblock_zone[b] = ZONE_NONE;
	for (uint32_t i = 0; i < memory->nr_zones; i++) {
		struct zone *zone = &memory->zone[i];
		size_t first = zone->start_pfn >> memory->pageblock_order;
		size_t nr = zone_nr_pageblocks(memory, zone);

		zone->block_bias = (int64_t)parts - (int64_t)first;
		parts += nr;
		for (size_t b = first; b < first + nr; b++) {
			uint16_t *owner = &memory->pageblock_zone[b];

			*owner = *owner == ZONE_NONE ? i : ZONE_MIXED;
		}
	}
}

/* Where two zones meet within a pageblock, each has a part of it. */
static size_t count_parts_of_blocks(const struct memory *memory)
{
	size_t parts = 0;

	for (uint32_t i = 0; i < memory->nr_zones; i++)
		parts += zone_nr_pageblocks(memory, &memory->zone[i]);
	return parts;
}

static int alloc_tables(struct memory *memory)
{
	memory->zone = host_alloc(memory->nr_zones + 1, sizeof *memory->zone);
	memory->node = host_alloc(memory->nr_nodes + 1, sizeof *memory->node);
	memory->cpu_node =
		host_alloc(memory->nr_cpus, sizeof *memory->cpu_node);
	return memory->zone && memory->node && memory->cpu_node ? 0 : -1;
}

static int map_tables(struct memory *memory)
{
	free_lists_count_places(memory);
	memory->nr_blocks_mapped =
		((size_t)memory->max_pfn >> memory->pageblock_order) + 1;
	memory->nr_parts_mapped = count_parts_of_blocks(memory) + 1;
	memory->place = host_map(memory->nr_places * sizeof *memory->place);
	memory->state = host_map(memory->max_pfn + 1);
	memory->pageblock_type = host_map(memory->nr_parts_mapped);
	memory->pageblock_free = host_map(memory->nr_parts_mapped *
					  sizeof *memory->pageblock_free);
	memory->pageblock_zone = host_map(memory->nr_blocks_mapped *
					  sizeof *memory->pageblock_zone);
	return memory->place && memory->state && memory->pageblock_type &&
			       memory->pageblock_free &&
			       memory->pageblock_zone ?
		       free_lists_map(memory) :
		       -1;
}

/* Slots of all of a zone's rings on one CPU. */
static size_t zone_ring_slots(const struct memory *memory,
			      const struct zone *zone)
{
	size_t slots = 0;

	for (unsigned int i = 0; i < memory->nr_pcp_lists; i++)
		slots += pcp_ring_slots(zone->pcp_high, zone->pcp_batch,
					pcp_list_order(memory, i));
	return slots;
}

static size_t pcp_bytes(const struct memory *memory)
{
	size_t bytes = 0;

	for (uint32_t i = 0; i < memory->nr_zones; i++)
		bytes += memory->nr_cpus *
			 (sizeof(struct pcp) + 2 * sizeof(int64_t) +
			  zone_ring_slots(memory, &memory->zone[i]) *
				  sizeof(pfn_t));
	return bytes + 64;
}

static void set_pcp(struct memory *memory, struct zone *zone, struct pcp *pcp,
		    const struct zone_desc *desc, pfn_t **ring)
{
	pcp->high = zone->pcp_high;
	pcp->batch = zone->pcp_batch;
	pcp->free_factor = desc->has_pcp ? desc->pcp_free_factor : 0;
	for (unsigned int i = 0; i < memory->nr_pcp_lists; i++) {
		uint32_t slots = pcp_ring_slots(zone->pcp_high, zone->pcp_batch,
						pcp_list_order(memory, i));

		pcp->list[i].ring = *ring;
		pcp->list[i].mask = slots - 1;
		*ring += slots;
	}
}

/* One map: for each zone its CPUs' lists, its counters' shares, the rings. */
static int build_pcp(struct memory *memory)
{
	char *at;
	struct zone *zone = memory->zone;

	memory->pcp_map_bytes = pcp_bytes(memory);
	at = memory->pcp_map = host_map(memory->pcp_map_bytes);
	if (!at)
		return -1;
	for (size_t n = 0; n < memory->nr_nodes; n++) {
		const struct node_desc *node = &memory->desc->nodes[n];

		for (size_t z = 0; z < node->nr_zones; z++, zone++) {
			pfn_t *ring;

			zone->pcp = (struct pcp *)at;
			at += memory->nr_cpus * sizeof *zone->pcp;
			zone->free_diff = (int64_t *)at;
			zone->free_cma_diff = zone->free_diff + memory->nr_cpus;
			at += memory->nr_cpus * 2 * sizeof(int64_t);
			ring = (pfn_t *)at;
			for (uint32_t cpu = 0; cpu < memory->nr_cpus; cpu++)
				set_pcp(memory, zone, &zone->pcp[cpu],
					&node->zones[z], &ring);
			at += memory->nr_cpus * zone_ring_slots(memory, zone) *
			      sizeof(pfn_t);
		}
	}
	return 0;
}

static int build(struct memory *memory, const struct machine_desc *desc)
{
	uint32_t nr_zones = 0;

	take_constants(memory, desc);
	set_gfp_zones(memory, desc);
	count_parts(memory, desc);
	if (alloc_tables(memory) < 0)
		return -1;
	for (int id = 0; id < MAX_NODES; id++)
		memory->node_index[id] = -1;
	for (uint32_t cpu = 0; cpu < memory->nr_cpus; cpu++)
		memory->cpu_node[cpu] = NODE_ANY;
	for (uint32_t n = 0; n < memory->nr_nodes; n++)
		set_node(memory, n, &nr_zones);
	if (memory->nr_cpus == 1 && memory->cpu_node[0] == NODE_ANY)
		memory->cpu_node[0] = memory->node[0].id;
	if (zonelist_build(memory) < 0 || map_tables(memory) < 0)
		return -1;
	map_blocks(memory);
	watermark_setup(memory);
	memory->folios = folios_new(memory);
	memory->oom = oom_new();
	memory->reclaim = reclaim_new(memory);
	memory->compaction = compaction_new(memory);
	if (!memory->folios || !memory->oom || !memory->compaction ||
	    !memory->reclaim)
		return -1;
	return build_pcp(memory);
}

struct memory *memory_new(const struct machine_desc *desc, uint64_t seed,
			  struct errors *errors)
{
	struct memory *memory = host_alloc(1, sizeof *memory);

	if (!memory || build(memory, desc) < 0) {
		error_host(errors, "no memory for the simulated machine");
		memory_free(memory);
		return NULL;
	}
	if (initial_build(memory, seed, errors) < 0) {
		memory_free(memory);
		return NULL;
	}
	return memory;
}

static void unmap(void *map, size_t bytes)
{
	if (map)
		host_unmap(map, bytes);
}

void memory_free(struct memory *memory)
{
	if (!memory)
		return;
	reclaim_free(memory->reclaim);
	folios_free(memory->folios);
	oom_free(memory->oom);
	compaction_free(memory, memory->compaction);
	zonelist_release(memory);
	free_lists_unmap(memory);
	unmap(memory->place, memory->nr_places * sizeof *memory->place);
	unmap(memory->state, (size_t)memory->max_pfn + 1);
	unmap(memory->pageblock_type, memory->nr_parts_mapped);
	unmap(memory->pageblock_free,
	      memory->nr_parts_mapped * sizeof *memory->pageblock_free);
	unmap(memory->pageblock_zone,
	      memory->nr_blocks_mapped * sizeof *memory->pageblock_zone);
	unmap(memory->pcp_map, memory->pcp_map_bytes);
	free(memory->zone);
	free(memory->node);
	free(memory->cpu_node);
	free(memory);
}

struct zone *memory_find_zone(const struct memory *memory, node_t node,
			      enum zone_type type)
{
	for (uint32_t i = 0; i < memory->nr_zones; i++)
		if (memory->zone[i].node == node &&
		    memory->zone[i].type == type)
			return &memory->zone[i];
	return NULL;
}

struct zone *memory_zone_in_mixed(const struct memory *memory, pfn_t pfn)
{
	uint16_t owner = memory->pageblock_zone[pfn >> memory->pageblock_order];

	for (uint32_t i = 0; owner == ZONE_MIXED && i < memory->nr_zones; i++) {
		struct zone *zone = &memory->zone[i];

		if (pfn >= zone->start_pfn && pfn < zone->end_pfn)
			return zone;
	}
	return NULL;
}

uint32_t memory_other_cpus(const struct memory *memory)
{
	uint32_t cpus = 0;

	for (uint32_t cpu = 0; cpu < memory->nr_cpus; cpu++)
		cpus += memory->cpu_node[cpu] != NODE_ANY;
	return cpus - 1;
}

uint64_t zone_nr_free(const struct zone *zone, unsigned int order)
{
	uint64_t nr = 0;

	for (int type = 0; type < NR_MIGRATETYPES; type++)
		nr += zone->area[type].nr_free[order];
	return nr;
}

uint64_t zone_free_pages(const struct zone *zone)
{
	uint64_t pages = 0;

	for (unsigned int order = 0; order < MAX_ORDERS; order++)
		pages += zone_nr_free(zone, order) << order;
	return pages;
}

uint64_t zone_pcp_pages(const struct memory *memory, const struct zone *zone)
{
	uint64_t pages = 0;

	for (uint32_t cpu = 0; cpu < memory->nr_cpus; cpu++)
		pages += zone->pcp[cpu].count;
	return pages;
}

uint64_t zone_exact_free_pages(const struct memory *memory,
			       const struct zone *zone)
{
	int64_t pages = zone->nr_free_pages;

	for (uint32_t cpu = 0; cpu < memory->nr_cpus; cpu++)
		pages += zone->free_diff[cpu];
	return pages > 0 ? pages : 0;
}

uint64_t zone_exact_free_cma_pages(const struct memory *memory,
				   const struct zone *zone)
{
	int64_t pages = zone->nr_free_cma_pages;

	for (uint32_t cpu = 0; cpu < memory->nr_cpus; cpu++)
		pages += zone->free_cma_diff[cpu];
	return pages > 0 ? pages : 0;
}

/* Run by run: those of a type mostly lie side by side. */
void zone_count_pageblocks(const struct memory *memory, const struct zone *zone,
			   uint64_t count[NR_MIGRATETYPES])
{
	uint64_t step = 1ull << memory->pageblock_order;
	uint64_t pages = (uint64_t)zone->end_pfn - zone->start_pfn;
	const uint8_t *type = pageblock_type(memory, zone, zone->start_pfn);
	const uint8_t *end = type + (pages + step - 1) / step;

	for (int i = 0; i < NR_MIGRATETYPES; i++)
		count[i] = 0;
	while (type < end) {
		const uint8_t *first = type;

		while (type < end && *type == *first)
			type++;
		if (*first != PAGEBLOCK_HOLE)
			count[*first] += (uint64_t)(type - first);
	}
}

uint64_t zone_highatomic_pages(const struct memory *memory,
			       const struct zone *zone)
{
	uint64_t step = 1ull << memory->pageblock_order;
	uint64_t pages = 0;

	for (uint64_t pfn = zone->start_pfn & ~(step - 1); pfn < zone->end_pfn;
	     pfn += step)
		if (*pageblock_type(memory, zone, pfn) == MIGRATE_HIGHATOMIC)
			pages += step;
	return pages;
}
