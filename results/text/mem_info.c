/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mem-Info: the machine, each node and each zone in a few lines
 * (__show_mem(), lib/show_mem.c; __show_free_areas(), mm/page_alloc.c;
 * hugetlb_show_meminfo_node(), mm/hugetlb.c; show_swap_cache_info(),
 * mm/swap_state.c; Linux 6.1).
 *
 *	Mem-Info:
 *	active_anon:… …			the machine, in pages
 *	Node 0 active_anon:… …		each node, in kB
 *	Node 0 DMA32 free:… …		each zone, in kB
 *	lowmem_reserve[]: 0 0 0
 *	Node 0 DMA32: 4*4kB (UME) … = 12345kB	its free blocks
 *	… total pagecache pages		the machine again
 *
 * - Zones above the request's highest are left out, and nodes that have none
 *   below; the machine's own numbers are of all.
 * - Free pages are the counter's, which lags; those of the blocks are exact.
 *   min, low and high contain the boost.
 * - Letters tell the migrate types that have a free block of the order.
 * - Only a kernel that knows NUMA says which node a zone is of.
 * - The lines are those of a distribution's kernel: of huge pages where it has
 *   any (their default size), of contiguous areas where the machine has any.
 *
 * What no model keeps is 0, as in zoneinfo (docs/show.md).
 */

#include "results/text/mem_info.h"

#include <inttypes.h>

#include "models/reclaim/folio.h"
#include "models/reclaim/reclaim.h"
#include "models/page/watermark.h"

static uint64_t to_kb(const struct memory *memory, uint64_t pages)
{
	return pages << (memory->page_shift - 10);
}

static bool is_shown(const struct zone *zone, enum zone_type highest)
{
	return zone->present_pages && zone->type <= highest;
}

uint64_t mem_info_total(const struct memory *memory, enum node_stat stat)
{
	uint64_t pages = 0;

	for (uint32_t n = 0; n < memory->nr_nodes; n++)
		pages += memory->node[n].stat[stat];
	return pages;
}

/* ---- the machine --------------------------------------------------------- */

static void add_machine(const struct memory *memory, enum zone_type highest,
			struct text *out)
{
	uint64_t free = 0, free_pcp = 0, free_cma = 0;

	for (uint32_t i = 0; i < memory->nr_zones; i++) {
		const struct zone *zone = &memory->zone[i];

		free += zone_counted_free_pages(zone);
		free_cma += zone_counted_free_cma_pages(zone);
		if (is_shown(zone, highest))
			free_pcp += zone_pcp_pages(memory, zone);
	}
#define TOTAL(which) mem_info_total(memory, which)
	text_add(out,
		 "active_anon:%" PRIu64 " inactive_anon:%" PRIu64
		 " isolated_anon:%" PRIu64 "\n",
		 TOTAL(NR_ACTIVE_ANON), TOTAL(NR_INACTIVE_ANON),
		 TOTAL(NR_ISOLATED_ANON));
	text_add(out,
		 " active_file:%" PRIu64 " inactive_file:%" PRIu64
		 " isolated_file:%" PRIu64 "\n",
		 TOTAL(NR_ACTIVE_FILE), TOTAL(NR_INACTIVE_FILE),
		 TOTAL(NR_ISOLATED_FILE));
	text_add(out,
		 " unevictable:%" PRIu64 " dirty:%" PRIu64 " writeback:%" PRIu64
		 "\n",
		 TOTAL(NR_UNEVICTABLE), TOTAL(NR_FILE_DIRTY),
		 TOTAL(NR_WRITEBACK));
	text_add(out,
		 " slab_reclaimable:%" PRIu64 " slab_unreclaimable:%" PRIu64
		 "\n",
		 TOTAL(NR_SLAB_RECLAIMABLE), TOTAL(NR_SLAB_UNRECLAIMABLE));
#undef TOTAL
	text_add(out, " mapped:0 shmem:0 pagetables:0\n"
		      " sec_pagetables:0 bounce:0\n"
		      " kernel_misc_reclaimable:0\n");
	text_add(out,
		 " free:%" PRIu64 " free_pcp:%" PRIu64 " free_cma:%" PRIu64
		 "\n",
		 free, free_pcp, free_cma);
}

/* ---- nodes --------------------------------------------------------------- */

/* Has the node a zone that the request may use? node_has_managed_zones() */
static bool has_zones(const struct node *node, enum zone_type highest)
{
	for (uint32_t z = 0; z < node->nr_zones; z++)
		if (node->zones[z].managed_pages &&
		    node->zones[z].type <= highest)
			return true;
	return false;
}

static void add_node(const struct memory *memory, uint32_t n, struct text *out)
{
	const struct node *node = &memory->node[n];

#define KB(which) to_kb(memory, node->stat[which])
	text_add(out,
		 "Node %d active_anon:%" PRIu64 "kB inactive_anon:%" PRIu64
		 "kB active_file:%" PRIu64 "kB inactive_file:%" PRIu64
		 "kB unevictable:%" PRIu64 "kB",
		 node->id, KB(NR_ACTIVE_ANON), KB(NR_INACTIVE_ANON),
		 KB(NR_ACTIVE_FILE), KB(NR_INACTIVE_FILE), KB(NR_UNEVICTABLE));
	text_add(out,
		 " isolated(anon):%" PRIu64 "kB isolated(file):%" PRIu64
		 "kB mapped:0kB dirty:%" PRIu64 "kB writeback:%" PRIu64
		 "kB shmem:0kB",
		 KB(NR_ISOLATED_ANON), KB(NR_ISOLATED_FILE), KB(NR_FILE_DIRTY),
		 KB(NR_WRITEBACK));
#undef KB
	if (memory->desc->transparent_hugepage)
		text_add(out, " shmem_thp: 0kB shmem_pmdmapped: 0kB"
			      " anon_thp: 0kB");
	text_add(out,
		 " writeback_tmp:0kB kernel_stack:0kB pagetables:0kB"
		 " sec_pagetables:0kB all_unreclaimable? %s\n",
		 reclaim_has_given_up(memory, n) ? "yes" : "no");
}

/* ---- zones --------------------------------------------------------------- */

/* show_node() */
static void add_zone_name(const struct memory *memory, const struct zone *zone,
			  struct text *out)
{
	if (memory->desc->numa)
		text_add(out, "Node %d ", zone->node);
	text_add(out, "%s", zone_type_names[zone->type]);
}

/* By the request's zone; devices' memory counts as the one below. */
static void add_reserve(const struct memory *memory, const struct zone *zone,
			struct text *out)
{
	int64_t reserve = 0;

	text_add(out, "lowmem_reserve[]:");
	for (int type = 0; type < NR_ZONE_TYPES; type++) {
		if (!(memory->zone_types & 1u << type))
			continue;
		reserve = zone->lowmem_reserve[type];
		text_add(out, " %" PRId64, reserve);
	}
	if (memory->desc->zone_device)
		text_add(out, " %" PRId64, reserve);
	text_add(out, "\n");
}

static void add_zone(const struct memory *memory, const struct zone *zone,
		     struct text *out)
{
	const struct lruvec *lruvec =
		folio_lruvec(memory, memory->node_index[zone->node]);
	const uint64_t *lru = lruvec->zone_pages[zone->type];

#define KB(pages) to_kb(memory, (uint64_t)(pages))
	add_zone_name(memory, zone, out);
	text_add(out,
		 " free:%" PRIu64 "kB boost:%" PRIu64 "kB min:%" PRIu64
		 "kB low:%" PRIu64 "kB high:%" PRIu64
		 "kB reserved_highatomic:%" PRIu64 "KB",
		 KB(zone_counted_free_pages(zone)), KB(zone->watermark_boost),
		 KB(watermark_pages(zone, WMARK_MIN)),
		 KB(watermark_pages(zone, WMARK_LOW)),
		 KB(watermark_pages(zone, WMARK_HIGH)),
		 KB(zone->nr_reserved_highatomic));
	text_add(out,
		 " active_anon:%" PRIu64 "kB inactive_anon:%" PRIu64
		 "kB active_file:%" PRIu64 "kB inactive_file:%" PRIu64
		 "kB unevictable:%" PRIu64 "kB writepending:0kB",
		 KB(lru[LRU_ACTIVE_ANON]), KB(lru[LRU_INACTIVE_ANON]),
		 KB(lru[LRU_ACTIVE_FILE]), KB(lru[LRU_INACTIVE_FILE]),
		 KB(lru[LRU_UNEVICTABLE]));
	text_add(out,
		 " present:%" PRIu64 "kB managed:%" PRIu64
		 "kB mlocked:0kB bounce:0kB free_pcp:%" PRIu64
		 "kB local_pcp:%" PRIu64 "kB free_cma:%" PRIu64 "kB\n",
		 KB(zone->present_pages), KB(zone->managed_pages),
		 KB(zone_pcp_pages(memory, zone)),
		 KB(zone->pcp[memory->cpu].count),
		 KB(zone_counted_free_cma_pages(zone)));
#undef KB
	add_reserve(memory, zone, out);
}

/* show_migration_types() */
static void add_types(const struct zone *zone, unsigned int order,
		      struct text *out)
{
	static const char letters[NR_MIGRATETYPES] = {
		[MIGRATE_UNMOVABLE] = 'U',   [MIGRATE_MOVABLE] = 'M',
		[MIGRATE_RECLAIMABLE] = 'E', [MIGRATE_HIGHATOMIC] = 'H',
		[MIGRATE_CMA] = 'C',	     [MIGRATE_ISOLATE] = 'I',
	};

	text_add(out, "(");
	for (int type = 0; type < NR_MIGRATETYPES; type++)
		if (zone->area[type].nr_free[order])
			text_add(out, "%c", letters[type]);
	text_add(out, ") ");
}

static void add_blocks(const struct memory *memory, const struct zone *zone,
		       struct text *out)
{
	add_zone_name(memory, zone, out);
	text_add(out, ": ");
	for (unsigned int order = 0; order < memory->nr_orders; order++) {
		uint64_t nr = zone_nr_free(zone, order);

		text_add(out, "%" PRIu64 "*%" PRIu64 "kB ", nr,
			 to_kb(memory, 1) << order);
		if (nr)
			add_types(zone, order, out);
	}
	text_add(out, "= %" PRIu64 "kB\n",
		 to_kb(memory, zone_free_pages(zone)));
}

static void each_zone(const struct memory *memory, enum zone_type highest,
		      void (*add)(const struct memory *memory,
				  const struct zone *zone, struct text *out),
		      struct text *out)
{
	for (uint32_t i = 0; i < memory->nr_zones; i++)
		if (is_shown(&memory->zone[i], highest))
			add(memory, &memory->zone[i], out);
}

/* ---- what else there is -------------------------------------------------- */

static void add_huge_pages(const struct memory *memory, struct text *out)
{
	if (!memory->desc->transparent_hugepage)
		return;
	for (uint32_t n = 0; n < memory->nr_nodes; n++)
		text_add(out,
			 "Node %d hugepages_total=0 hugepages_free=0"
			 " hugepages_surp=0 hugepages_size=%" PRIu64 "kB\n",
			 memory->node[n].id,
			 to_kb(memory, 1) << memory->pageblock_order);
}

static void add_swap(const struct memory *memory, struct text *out)
{
	text_add(out, "%" PRIu64 " total pagecache pages\n",
		 mem_info_total(memory, NR_FILE_PAGES));
	text_add(out, "%" PRIu64 " pages in swap cache\n",
		 mem_info_total(memory, NR_SWAPCACHE));
	text_add(out, "Free swap  = %" PRIu64 "kB\n",
		 to_kb(memory, folios_free_swap(memory)));
	text_add(out, "Total swap = %" PRIu64 "kB\n",
		 to_kb(memory, memory->desc->swap_bytes >> memory->page_shift));
}

static void add_sizes(const struct memory *memory, struct text *out)
{
	uint64_t present = 0, highmem = 0, reserved = 0, cma = 0;

	for (uint32_t i = 0; i < memory->nr_zones; i++) {
		const struct zone *zone = &memory->zone[i];

		present += zone->present_pages;
		reserved += zone->present_pages - zone->managed_pages;
		if (zone->type == ZONE_HIGHMEM)
			highmem += zone->present_pages;
	}
	for (size_t i = 0; i < memory->desc->nr_cma; i++)
		cma += memory->desc->cma[i].pages;
	text_add(out, "%" PRIu64 " pages RAM\n", present);
	text_add(out, "%" PRIu64 " pages HighMem/MovableOnly\n", highmem);
	text_add(out, "%" PRIu64 " pages reserved\n", reserved);
	if (memory->desc->nr_cma)
		text_add(out, "%" PRIu64 " pages cma reserved\n", cma);
	text_add(out, "0 pages hwpoisoned\n");
}

void mem_info_add(const struct memory *memory, enum zone_type highest,
		  struct text *out)
{
	text_add(out, "Mem-Info:\n");
	add_machine(memory, highest, out);
	for (uint32_t n = 0; n < memory->nr_nodes; n++)
		if (has_zones(&memory->node[n], highest))
			add_node(memory, n, out);
	each_zone(memory, highest, add_zone, out);
	each_zone(memory, highest, add_blocks, out);
	add_huge_pages(memory, out);
	add_swap(memory, out);
	add_sizes(memory, out);
}
