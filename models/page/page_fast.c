/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fast path of the page allocator. Most requests take the same few steps:
 * the first zone that is above its low mark has a block on the CPU's list. Most
 * frees put one on that list.
 *
 *	page_alloc()  flags, node --> zones --> mark? --> list? --> handed out
 *	                      ^                  yes       yes
 *	here          remembered by struct page_fast
 *
 * In which order the node's zones are tried, which of the CPU's lists is meant
 * in each, and what is counted as work is the same for all requests with the
 * same flags, order, node and CPU, as long as the machine runs. So that is
 * worked out once. What may change is asked before anything is done. Each time:
 * is the list empty or full, is a pageblock being cleared? Whenever something
 * may have changed them: the marks, a boost that kswapd is to hear of, contents
 * that are followed. If any answer is not the usual one, nothing has been done,
 * and the caller goes to page_alloc() or page_free().
 *
 * Where the CPU's list is empty or full, or none holds blocks of the order, the
 * zone's lock is needed, and what is done differs from call to call. That is
 * left to the allocator's own code, once it is certain that the zone's lists of
 * the type have enough: then no other type's blocks are taken, and nobody is
 * woken.
 *
 * Left out: all other paths, and contiguous memory areas.
 */

#include "models/page/page_fast.h"

#include "models/page/page_attempt.h"

static void add_place(struct page_fast *fast, const struct attempt *attempt,
		      struct zone *zone)
{
	struct pcp *pcp = &zone->pcp[attempt->cpu];
	struct pcp_list *list =
		&pcp->list[pcp_list_number(attempt->order, attempt->type)];

	fast->place[fast->nr_places++] = (struct page_fast_place){
		.zone = zone,
		.pcp = pcp,
		.list = pcp_holds_order(attempt->memory, attempt->order) ?
				list :
				NULL,
		.pages_granted =
			&attempt->memory
				 ->vm_event[page_alloc_event(zone->type)],
	};
}

/*
 * The zones in the order of the zonelist, up to the first of another node.
 * Where a node is reclaimed from before the next zone is tried, only the first.
 */
static void find_places(struct page_fast *fast, const struct attempt *attempt)
{
	const struct zonelist *zonelist = attempt->zonelist;
	uint32_t most = attempt->memory->desc->sysctl.zone_reclaim_mode ?
				1 :
				PAGE_FAST_PLACES;

	for (uint32_t i = zonelist->first[attempt->highest];
	     i < zonelist->nr && fast->nr_places < most; i++) {
		struct zone *zone = zonelist->zone[i];

		if (zone->node != attempt->preferred->node)
			break;
		if (zone->type <= attempt->highest)
			add_place(fast, attempt, zone);
	}
}

bool page_fast_init(struct page_fast *fast, struct memory *memory,
		    const struct page_request *request)
{
	struct attempt attempt;
	unsigned int alloc_flags;

	*fast = (struct page_fast){ .order = request->order };
	if (!page_first_attempt(&attempt, memory, request, &alloc_flags))
		return false;
	fast->pages = 1 << request->order;
	fast->state = page_state_allocated(request->order, request->gfp);
	fast->type = attempt.type;
	fast->gfp = request->gfp;
	fast->cpu = request->cpu;
	fast->highest = attempt.highest;
	BUG_ON(alloc_flags & ALLOC_RESERVES);
	fast->alloc_flags = alloc_flags;
	fast->mark = alloc_flags & ALLOC_WMARK_MASK;
	fast->numa_place =
		page_numa_place(memory, attempt.preferred, request->cpu);
	find_places(fast, &attempt);
	return page_wants_clearing(memory, request->gfp);
}

/* All zones up to that place were looked at. */
static void count_tries(struct work *work, uint32_t at, order_t order)
{
	work->count[WORK_PAGE_REQUESTS] = 1;
	work->count[WORK_HIGH_REQUESTS] = order > 0;
	work->count[WORK_ZONES_TRIED] = at + 1;
}

struct work page_fast_take_work(const struct zone *zone, uint32_t at,
				order_t order, bool clears)
{
	struct work work = { .zones = 0 };

	count_tries(&work, at, order);
	work.count[WORK_PCP_HITS] = 1;
	if (clears)
		page_count_cleared(&work, zone, 1u << order);
	return work;
}

struct work page_fast_free_work(const struct zone *zone, order_t order,
				bool compound)
{
	struct work work = { .zones = 0 };

	page_count_freed(&work, zone, order, compound);
	work.count[WORK_PCP_FREES] = 1;
	return work;
}

/*
 * Are there so many blocks of an order on the zone's own lists of the type?
 * Those of the largest order that it has are counted alone: a "no" takes a
 * closer look.
 */
static bool has_blocks(const struct zone *zone, enum migratetype type,
		       order_t order, int32_t blocks)
{
	const struct free_area *area = &zone->area[type];
	order_t largest;

	if (!(area->nonempty >> order))
		return false;
	largest = 31 - __builtin_clz(area->nonempty);
	return (uint64_t)area->nr_free[largest] << (largest - order) >=
	       (uint64_t)blocks;
}

/* True if nothing besides the zone's lists has to know what leaves them. */
static bool needs_no_notice(const struct memory *memory)
{
	return !memory->contents && !memory->has_cma && !memory->captures;
}

pfn_t page_fast_take_locked(struct memory *memory, const struct page_fast *fast,
			    uint32_t at, enum alloc_path *path)
{
	const struct page_fast_place *place = &fast->place[at];
	struct attempt attempt = {
		.memory = memory,
		.preferred = fast->place[0].zone,
		.gfp = fast->gfp,
		.order = fast->order,
		.cpu = fast->cpu,
		.type = fast->type,
	};
	pfn_t pfn;

	if (at == fast->nr_places || !needs_no_notice(memory) ||
	    place->zone->boosted || (place->list && place->list->count) ||
	    !has_blocks(place->zone, fast->type, fast->order,
			place->list ?
				pcp_refill_blocks(place->pcp, fast->order) :
				1))
		return PFN_NONE;
	memory->work = (struct work){ .zones = 0 };
	count_tries(&memory->work, at, fast->order);
	pfn = page_take_from_zone(&attempt, place->zone, fast->alloc_flags);
	BUG_ON(pfn == PFN_NONE);
	*path = attempt.path;
	return pfn;
}

bool page_fast_free_locked(struct memory *memory, cpu_t cpu, pfn_t pfn,
			   order_t order)
{
	if (memory->captures)
		return false;
	memory->work = (struct work){ .zones = 0 };
	page_free(memory, cpu, pfn, order);
	return true;
}
