/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Watermarks, reserves and the sizes of per-CPU lists.
 *
 * Each zone has three marks. Below `low`, allocations wake kswapd, which
 * stops at `high`; below `min`, only those that can't wait or that free
 * memory may go on.
 *
 *	free pages
 *	  high  ---------  kswapd goes to sleep
 *	  low   ---------  kswapd is woken; the fast path ends
 *	  min   ---------  callers that can sleep must reclaim
 *	  …  1/2 of min    __GFP_HIGH
 *	  …  3/8 of min    GFP_ATOMIC: __GFP_HIGH and unable to wait
 *	  0
 *
 * Rules (Linux 6.1, mm/page_alloc.c, mm/vmstat.c, mm/khugepaged.c):
 *
 * - min_free_kbytes is the square root of 16 times the kilobytes of low memory,
 *   between 128 and 262144 (calculate_min_free_kbytes()). With huge pages and
 *   512 MB of memory, khugepaged raises it to 11 pageblocks for each zone up to
 *   Normal, at most 5 % of low memory, so that pageblocks stay free
 *   (set_recommended_min_free_kbytes()). Low memory is what GFP_USER may use of
 *   the first node's zonelist above the zones' high marks
 *   (nr_free_zone_pages()); the marks are 0 when the first is computed, and
 *   those of the first when the second is.
 * - It is shared out by size among all zones but HighMem, which gets a
 *   1024th of itself, 32 to 128 pages (__setup_per_zone_wmarks()). So does
 *   Movable where it is made of HighMem (is_highmem_idx()).
 * - low and high lie above min by the larger of a quarter of the zone's share
 *   and watermark_scale_factor ten-thousandths of it.
 * - A zone keeps lowmem_reserve pages from requests that could have used the
 *   zones above: their pages divided by the zone's ratio
 *   (setup_per_zone_lowmem_reserve()).
 * - A per-CPU batch is a 4096th of the zone, at most a quarter of 1 MB, then
 *   rounded down to one less than a power of two after adding a half
 *   (zone_batchsize()). The lists hold as much as the low mark shared among
 *   the node's CPUs, or all CPUs for a node without, but four batches at
 *   least (zone_highsize()).
 * - A CPU's share of a counter is added when it exceeds twice the bits of the
 *   number of CPUs times one more than the bits of the zone's size in 128 MB,
 *   at most 125 (calculate_normal_threshold()).
 * - All of this is computed once, early in boot: what the kernel gives back
 *   later (its own init sections, the initial ramdisk) is not in the sizes
 *   that these formulas saw.
 * - The test takes from the free pages all but one of the request's own, and
 *   the high-order atomic reserve unless the caller may dip into reserves and
 *   what is free in contiguous memory areas unless it may use those
 *   (__zone_watermark_unusable_free()); for higher orders a block must be on a
 *   list that the caller may use. A GFP_ATOMIC single page ignores the boost at
 *   the min mark (zone_watermark_fast()).
 *
 * - While kswapd runs, a share goes no further than the distance from min to
 *   low shared among the CPUs (calculate_pressure_threshold()); that matters
 *   only to zones whose shares together could exceed it, which have a drift
 *   mark below which the exact count is read (refresh_zone_stat_thresholds(),
 *   zone_watermark_ok_safe()).
 * - From time to time a CPU that has nothing else to do adds its shares to the
 *   counters, which then lag no more (refresh_cpu_vm_stats(), mm/vmstat.c).
 *
 * Left out: hot-plugged memory; per-CPU lists of far nodes' zones, which are
 * emptied on that occasion.
 */

#include "models/page/watermark.h"

#include "models/address.h"
#include "models/gfp.h"
#include "models/page/mobility.h"

#define MIN_FREE_KBYTES_LEAST 128
#define MIN_FREE_KBYTES_MOST 262144
#define HIGHMEM_MIN_MOST 128
#define STAT_THRESHOLD_MOST 125
/* khugepaged is off on machines with less memory than this. */
#define HUGEPAGE_BYTES_LEAST (512ull << 20)
/* Pageblocks of a zone that khugepaged wants free: two, and nine more. */
#define HUGEPAGE_BLOCKS (2 + NR_PCP_MIGRATETYPES * NR_PCP_MIGRATETYPES)
#define SZ_1M (1ull << 20)

/* Orders that are on lists the request may take from. */
static uint32_t usable_orders(const struct zone *zone, unsigned int alloc_flags)
{
	uint32_t nonempty = 0;

	for (int type = 0; type < NR_PCP_MIGRATETYPES; type++)
		nonempty |= zone->area[type].nonempty;
	if (alloc_flags & (ALLOC_HIGHATOMIC | ALLOC_OOM))
		nonempty |= zone->area[MIGRATE_HIGHATOMIC].nonempty;
	if (alloc_flags & ALLOC_CMA)
		nonempty |= zone->area[MIGRATE_CMA].nonempty;
	return nonempty;
}

/* All but the orders, which few requests come to need. */
static inline struct watermark_terms count_terms(const struct zone *zone,
						 order_t order, int64_t mark,
						 enum zone_type highest,
						 unsigned int alloc_flags,
						 int64_t free_pages)
{
	struct watermark_terms terms = {
		.free_pages = free_pages,
		.mark = mark,
		.reserve = zone->lowmem_reserve[highest],
	};

	watermark_count_unusable(zone, order, alloc_flags, &terms);
	if (alloc_flags & ALLOC_MIN_RESERVE) {
		terms.half = mark / 2;
		if (alloc_flags & ALLOC_NON_BLOCK)
			terms.quarter = (mark - terms.half) / 4;
	}
	if (alloc_flags & ALLOC_OOM)
		terms.oom = (mark - terms.half - terms.quarter) / 2;
	return terms;
}

struct watermark_terms watermark_terms(const struct zone *zone, order_t order,
				       int64_t mark, enum zone_type highest,
				       unsigned int alloc_flags,
				       int64_t free_pages)
{
	struct watermark_terms terms = count_terms(zone, order, mark, highest,
						   alloc_flags, free_pages);

	terms.orders = usable_orders(zone, alloc_flags);
	return terms;
}

bool watermark_ok(const struct zone *zone, order_t order, int64_t mark,
		  enum zone_type highest, unsigned int alloc_flags,
		  int64_t free_pages)
{
	const struct watermark_terms terms = count_terms(
		zone, order, mark, highest, alloc_flags, free_pages);

	if (watermark_usable(&terms) <= watermark_needed(&terms))
		return false;
	return !order || usable_orders(zone, alloc_flags) >> order;
}

unsigned int watermark_orders_barred(const struct zone *zone, order_t order,
				     int64_t mark, enum zone_type highest,
				     unsigned int alloc_flags)
{
	const struct watermark_terms terms =
		count_terms(zone, order, mark, highest, alloc_flags,
			    zone_counted_free_pages(zone));
	uint32_t nonempty = 0;

	if (!order || watermark_usable(&terms) <= watermark_needed(&terms))
		return 0;
	for (int type = 0; type < NR_MIGRATETYPES; type++)
		nonempty |= zone->area[type].nonempty;
	nonempty &= ~usable_orders(zone, alloc_flags);
	return (unsigned int)__builtin_popcount(nonempty >> order);
}

bool watermark_ok_fast(const struct zone *zone, order_t order, int64_t mark,
		       enum zone_type highest, unsigned int alloc_flags,
		       gfp_t gfp)
{
	int64_t free_pages = zone_counted_free_pages(zone);

	if (!order && watermark_ok_single(zone, mark, highest, alloc_flags))
		return true;
	if (watermark_ok(zone, order, mark, highest, alloc_flags, free_pages))
		return true;
	return !order && gfp & __GFP_ATOMIC && zone->watermark_boost &&
	       (alloc_flags & ALLOC_WMARK_MASK) == ALLOC_WMARK_MIN &&
	       watermark_ok(zone, order, zone->watermark[WMARK_MIN], highest,
			    alloc_flags, free_pages);
}

bool watermark_ok_safe(const struct memory *memory, const struct zone *zone,
		       order_t order, int64_t mark, enum zone_type highest)
{
	int64_t free_pages = zone_counted_free_pages(zone);

	if (free_pages < zone->drift_mark)
		free_pages = zone_exact_free_pages(memory, zone);
	return watermark_ok(zone, order, mark, highest, 0, free_pages);
}

uint64_t integer_sqrt(uint64_t x)
{
	uint64_t root = 0;

	for (uint64_t bit = 1ull << 31; bit; bit >>= 1)
		if ((root + bit) * (root + bit) <= x)
			root += bit;
	return root;
}

static unsigned int bits(uint64_t x)
{
	return x ? 64 - __builtin_clzll(x) : 0;
}

/* Pages that GFP_USER may use above the high marks: nr_free_buffer_pages(). */
static uint64_t low_memory_pages(const struct memory *memory)
{
	uint64_t pages = 0;

	for (uint32_t i = 0; i < memory->nr_zones; i++) {
		const struct zone *zone = &memory->zone[i];
		uint64_t high = zone->watermark[WMARK_HIGH];

		if (zone->type <= ZONE_NORMAL && zone->boot_pages > high)
			pages += zone->boot_pages - high;
	}
	return pages;
}

/* calculate_min_free_kbytes() */
static uint64_t first_min_free_kbytes(const struct memory *memory)
{
	uint64_t kbytes = low_memory_pages(memory) << (memory->page_shift - 10);
	uint64_t min_free = integer_sqrt(kbytes * 16);

	if (min_free < MIN_FREE_KBYTES_LEAST)
		return MIN_FREE_KBYTES_LEAST;
	if (min_free > MIN_FREE_KBYTES_MOST)
		return MIN_FREE_KBYTES_MOST;
	return min_free;
}

/* set_recommended_min_free_kbytes() */
static uint64_t hugepage_min_free_kbytes(const struct memory *memory)
{
	uint64_t pages = 0;
	uint64_t most = low_memory_pages(memory) / 20;

	for (uint32_t i = 0; i < memory->nr_zones; i++)
		if (memory->zone[i].type <= ZONE_NORMAL &&
		    memory->zone[i].present_pages)
			pages += (uint64_t)HUGEPAGE_BLOCKS
				 << memory->pageblock_order;
	return (pages < most ? pages : most) << (memory->page_shift - 10);
}

/* __setup_per_zone_wmarks() */
static void set_watermarks(struct memory *memory, uint64_t min_free_kbytes)
{
	uint64_t pages_min = min_free_kbytes >> (memory->page_shift - 10);
	uint64_t lowmem = 0;

	for (uint32_t i = 0; i < memory->nr_zones; i++)
		if (!zone_is_highmem(memory, &memory->zone[i]))
			lowmem += memory->zone[i].boot_pages;
	for (uint32_t i = 0; i < memory->nr_zones; i++) {
		struct zone *zone = &memory->zone[i];
		uint64_t pages = zone->boot_pages;
		uint64_t share = lowmem ? pages_min * pages / lowmem : 0;
		uint64_t min = share;
		uint64_t step = pages *
				memory->desc->sysctl.watermark_scale_factor /
				10000;

		if (zone_is_highmem(memory, zone)) {
			min = pages / 1024;
			if (min < SWAP_CLUSTER_MAX)
				min = SWAP_CLUSTER_MAX;
			if (min > HIGHMEM_MIN_MOST)
				min = HIGHMEM_MIN_MOST;
		}
		if (step < share / 4)
			step = share / 4;
		zone->watermark[WMARK_MIN] = min;
		zone->watermark[WMARK_LOW] = min + step;
		zone->watermark[WMARK_HIGH] = min + 2 * step;
	}
}

static void compute_watermarks(struct memory *memory)
{
	const struct machine_desc *desc = memory->desc;
	uint64_t total = 0;
	uint64_t min_free;
	uint64_t wanted;

	if (desc->sysctl.has_min_free_kbytes) {
		set_watermarks(memory, desc->sysctl.min_free_kbytes);
		return;
	}
	min_free = first_min_free_kbytes(memory);
	set_watermarks(memory, min_free);
	for (uint32_t i = 0; i < memory->nr_zones; i++)
		total += memory->zone[i].boot_pages;
	if (!desc->transparent_hugepage ||
	    total << memory->page_shift < HUGEPAGE_BYTES_LEAST)
		return;
	wanted = hugepage_min_free_kbytes(memory);
	set_watermarks(memory, wanted > min_free ? wanted : min_free);
}

/* setup_per_zone_lowmem_reserve() */
static void compute_lowmem_reserve(struct memory *memory, struct zone *zone)
{
	uint32_t ratio = memory->desc->sysctl.lowmem_reserve_ratio[zone->type];
	uint64_t above = 0;

	for (int type = zone->type + 1; type < NR_ZONE_TYPES; type++) {
		for (uint32_t i = 0; i < memory->nr_zones; i++) {
			const struct zone *other = &memory->zone[i];

			if (other->node == zone->node &&
			    (int)other->type == type)
				above += other->boot_pages;
		}
		zone->lowmem_reserve[type] =
			ratio && zone->boot_pages ? above / ratio : 0;
	}
}

/* zone_batchsize() */
static uint32_t compute_batch(const struct memory *memory,
			      const struct zone *zone)
{
	uint64_t batch = zone->boot_pages >> 10;
	uint64_t most = SZ_1M >> memory->page_shift;

	if (batch > most)
		batch = most;
	batch /= 4;
	if (batch < 1)
		batch = 1;
	batch = (1ull << (bits(batch + batch / 2) - 1)) - 1;
	return batch ? batch : 1;
}

static uint32_t cpus_of_node(const struct memory *memory, node_t node)
{
	const struct node_desc *nodes = memory->desc->nodes;
	uint32_t nr = nodes[memory->node_index[node]].nr_cpus;

	return nr ? nr : memory->nr_online_cpus;
}

/* zone_highsize() */
static uint32_t compute_high(const struct memory *memory,
			     const struct zone *zone, uint32_t batch)
{
	uint32_t fraction = memory->desc->sysctl.percpu_pagelist_high_fraction;
	uint64_t pages = fraction ? zone->boot_pages / fraction :
				    (uint64_t)zone->watermark[WMARK_LOW];
	uint64_t high = pages / cpus_of_node(memory, zone->node);

	return high > 4ull * batch ? high : 4 * batch;
}

int32_t watermark_normal_threshold(const struct memory *memory,
				   const struct zone *zone)
{
	uint64_t size = zone->boot_pages >> (27 - memory->page_shift);
	uint32_t threshold =
		2 * bits(memory->nr_online_cpus) * (1 + bits(size));

	return threshold < STAT_THRESHOLD_MOST ? threshold :
						 STAT_THRESHOLD_MOST;
}

int32_t watermark_pressure_threshold(const struct memory *memory,
				     const struct zone *zone)
{
	int64_t distance =
		zone->watermark[WMARK_LOW] - zone->watermark[WMARK_MIN];
	int64_t threshold = distance / memory->nr_online_cpus;

	if (threshold < 1)
		return 1;
	return threshold < STAT_THRESHOLD_MOST ? threshold :
						 STAT_THRESHOLD_MOST;
}

/* Where shares could hide that the min mark is not met, below which count. */
static int64_t compute_drift_mark(const struct memory *memory,
				  const struct zone *zone)
{
	int64_t drift = (int64_t)memory->nr_online_cpus * zone->stat_threshold;

	if (drift <= zone->watermark[WMARK_LOW] - zone->watermark[WMARK_MIN])
		return 0;
	return zone->watermark[WMARK_HIGH] + drift;
}

static uint64_t reserved_pages(const struct zone *zone)
{
	int64_t most = 0;

	for (int type = zone->type; type < NR_ZONE_TYPES; type++)
		if (zone->lowmem_reserve[type] > most)
			most = zone->lowmem_reserve[type];
	most += zone->watermark[WMARK_HIGH];
	return (uint64_t)most < zone->managed_pages ? (uint64_t)most :
						      zone->managed_pages;
}

uint64_t watermark_reserved_pages(const struct memory *memory)
{
	uint64_t pages = 0;

	for (uint32_t i = 0; i < memory->nr_zones; i++)
		pages += reserved_pages(&memory->zone[i]);
	return pages;
}

/* What the description gives wins over what was computed. */
static void apply_desc(struct memory *memory, struct zone *zone,
		       const struct zone_desc *desc)
{
	uint32_t batch = compute_batch(memory, zone);
	uint32_t high;

	if (desc->has_watermarks)
		for (int mark = 0; mark < NR_WMARK; mark++)
			zone->watermark[mark] = desc->watermark[mark];
	compute_lowmem_reserve(memory, zone);
	if (desc->has_lowmem_reserve)
		for (int type = 0; type < NR_ZONE_TYPES; type++)
			zone->lowmem_reserve[type] = desc->lowmem_reserve[type];
	if (desc->has_pcp && !desc->pcp_batch_auto)
		batch = desc->pcp_batch;
	high = compute_high(memory, zone, batch);
	if (desc->has_pcp && !desc->pcp_high_auto)
		high = desc->pcp_high;
	zone->pcp_high = high;
	zone->pcp_batch = batch;
	zone->stat_threshold = watermark_normal_threshold(memory, zone);
	zone->drift_mark = compute_drift_mark(memory, zone);
}

void watermark_setup(struct memory *memory)
{
	const struct machine_desc *desc = memory->desc;
	struct zone *zone = memory->zone;

	compute_watermarks(memory);
	for (size_t n = 0; n < desc->nr_nodes; n++)
		for (size_t z = 0; z < desc->nodes[n].nr_zones; z++)
			apply_desc(memory, zone++, &desc->nodes[n].zones[z]);
}

void watermark_fold_counters(struct memory *memory, cpu_t cpu)
{
	for (uint32_t i = 0; i < memory->nr_zones; i++) {
		struct zone *zone = &memory->zone[i];

		zone->nr_free_pages += zone->free_diff[cpu];
		zone->nr_free_cma_pages += zone->free_cma_diff[cpu];
		zone->free_diff[cpu] = 0;
		zone->free_cma_diff[cpu] = 0;
	}
}
