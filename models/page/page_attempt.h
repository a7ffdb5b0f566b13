/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_PAGE_PAGE_ATTEMPT_H
#define KMEMSIM_MODELS_PAGE_PAGE_ATTEMPT_H

/*
 * A request for pages on its way through the allocator: what its fast path
 * (page_alloc.c) and its slow path (page_slow_path.c) share. Nobody else
 * includes this.
 */

#include "models/gfp.h"
#include "models/page/page_alloc.h"

/* One request on its way: struct alloc_context of the kernel. */
struct attempt {
	struct memory *memory;
	const struct zonelist *zonelist;
	struct zone *preferred;
	gfp_t gfp;
	order_t order;
	cpu_t cpu;
	enum zone_type highest;
	enum migratetype type;
	enum alloc_path path; /* of the attempt that is under way */
	bool progress;	/* reclaim, asked for last, makes it worth a retry */
	bool reclaimed; /* it freed pages */
	enum compact_result compacted;	/* how compaction went last */
	enum compact_priority priority; /* how hard it tries next */
	int compactions;	      /* that got somewhere, at this priority */
	int fruitless;		      /* rounds of reclaim without progress */
	unsigned int cma;	      /* ALLOC_CMA, or 0 */
	struct page_efforts *efforts; /* NULL before the slow path */
};

/* The kernel's log hears that there was no block: warn_alloc(). */
void page_report_failure(const struct attempt *attempt,
			 unsigned int alloc_flags, enum alloc_reason reason);

/* What those who help when memory is short are told of it. */
static inline struct pressure_request
page_attempt_request(const struct attempt *attempt, unsigned int alloc_flags)
{
	return (struct pressure_request){
		.gfp = attempt->gfp,
		.order = attempt->order,
		.cpu = attempt->cpu,
		.highest = attempt->highest,
		.type = attempt->type,
		.alloc_flags = alloc_flags,
		.zonelist = attempt->zonelist,
	};
}

static inline struct page_grant page_refuse(enum alloc_reason reason)
{
	return (struct page_grant){
		.pfn = PFN_NONE,
		.path = PATH_NONE,
		.reason = reason,
	};
}

/* want_init_on_alloc() */
static inline bool page_wants_clearing(const struct memory *memory, gfp_t gfp)
{
	return memory->init_on_alloc || gfp & __GFP_ZERO;
}

/* Where pages are counted that a zone of the type hands out. */
static inline enum vm_event page_alloc_event(enum zone_type type)
{
	static const enum vm_event pgalloc_event[NR_ZONE_TYPES] = {
		[ZONE_DMA] = VM_PGALLOC_DMA,
		[ZONE_DMA32] = VM_PGALLOC_DMA32,
		[ZONE_NORMAL] = VM_PGALLOC_NORMAL,
		[ZONE_HIGHMEM] = VM_PGALLOC_HIGH,
		[ZONE_MOVABLE] = VM_PGALLOC_MOVABLE,
	};

	return pgalloc_event[type];
}

/* Is it the CPU's own node? */
static inline enum numa_event
page_numa_place(const struct memory *memory, const struct zone *zone, cpu_t cpu)
{
	return zone->node == memory->cpu_node[cpu] ? NUMA_LOCAL : NUMA_OTHER;
}

/* zone_statistics() */
static inline void page_count_grant(struct memory *memory,
				    struct zone *preferred, struct zone *zone,
				    cpu_t cpu, uint32_t pages)
{
	memory->vm_event[page_alloc_event(zone->type)] += pages;
	if (zone->node == preferred->node) {
		zone->numa_event[NUMA_HIT]++;
	} else {
		zone->numa_event[NUMA_MISS]++;
		preferred->numa_event[NUMA_FOREIGN]++;
	}
	zone->numa_event[page_numa_place(memory, zone, cpu)]++;
}

static inline void page_count_cleared(struct work *work,
				      const struct zone *zone, uint32_t pages)
{
	work->count[WORK_PAGES_CLEARED] += pages;
	if (zone->type == ZONE_HIGHMEM)
		work->count[WORK_HIGHMEM_CLEARED] += pages;
}

/* Of a block that a request with such flags is given: prep_new_page(). */
static inline uint8_t page_state_allocated(order_t order, gfp_t gfp)
{
	if (order && gfp & __GFP_COMP)
		return PAGE_ALLOCATED | PAGE_COMPOUND | order;
	return PAGE_ALLOCATED | order;
}

/* What each free does, wherever the block goes. */
static inline void page_count_freed(struct work *work, const struct zone *zone,
				    order_t order, bool compound)
{
	work->count[WORK_LOWMEM_FREES] += zone->type != ZONE_HIGHMEM;
	if (order)
		work->count[WORK_PAGES_CHECKED] += 1u << order;
	if (compound)
		work->count[WORK_COMPOUND_CHECKED] += 1u << order;
}

/*
 * What page_alloc() tries first, and with which flags of enum alloc_flags.
 * false: it would refuse the request at once. It depends on nothing but the
 * request and the machine.
 */
bool page_first_attempt(struct attempt *attempt, struct memory *memory,
			const struct page_request *request,
			unsigned int *alloc_flags);

/*
 * The flags, of enum alloc_flags, of attempts at the min mark, but for
 * attempt->cma. Source: gfp_to_alloc_flags().
 */
unsigned int page_slow_path_flags(gfp_t gfp, order_t order);

/*
 * Goes through the zonelist once, or twice where that avoids mixing types.
 * `alloc_flags` is of enum alloc_flags. Source: get_page_from_freelist().
 */
struct page_grant page_try_zones(struct attempt *attempt,
				 unsigned int alloc_flags);

/*
 * Takes a block from a zone that is above its mark, and hands it out; the path
 * is attempt->path then. PFN_NONE: it has none. Source: rmqueue(),
 * prep_new_page().
 */
pfn_t page_take_from_zone(struct attempt *attempt, struct zone *zone,
			  unsigned int alloc_flags);

/*
 * A block that compaction has set aside for the request is handed out.
 * Source: prep_new_page().
 */
struct page_grant page_hand_out(struct attempt *attempt, pfn_t pfn,
				unsigned int alloc_flags);

/*
 * All that is tried when no zone is above its low mark. A refusal has its
 * reason. Source: __alloc_pages_slowpath().
 */
struct page_grant page_slow_path(struct attempt *attempt);

#endif
