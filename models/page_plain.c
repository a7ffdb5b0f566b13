/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Most requests for pages take the same few steps: the first zone that is above
 * its low mark has a block on the CPU's list. Most frees put one on that list.
 *
 *	page_alloc()  flags, node --> zones --> mark? --> list? --> handed out
 *	                      ^                  yes       yes
 *	here          remembered by struct page_plain
 *
 * Which zones of the node come one after another, which list of the CPU's it is
 * in each, and what is counted as work are alike for all requests of the same
 * flags, order, node and CPU, as long as the machine runs: so they are worked
 * out once. What may change is
 * asked each time, and only then is anything done: a mark, a boost that kswapd
 * is to hear of, contents that are followed, an empty list, a full one, a
 * pageblock that is being cleared. If any answer is not the plain one, nothing
 * has been done, and page_alloc() or page_free() has to be asked.
 *
 * The steps themselves are theirs: pcp_pop(), page_count_grant() and so on.
 *
 * Left out: all other ways, and blocks of the orders that no CPU keeps.
 */

#include "models/page_plain.h"

#include "models/page_attempt.h"

static void add_place(struct page_plain *plain, const struct attempt *attempt,
		      struct zone *zone)
{
	struct pcp *pcp = &zone->pcp[attempt->cpu];

	plain->place[plain->nr_places++] = (struct page_plain_place){
		.zone = zone,
		.pcp = pcp,
		.list = &pcp->list[pcp_list_number(attempt->order,
						   attempt->type)],
		.pages_granted =
			&attempt->memory
				 ->vm_event[page_alloc_event(zone->type)],
	};
}

/*
 * The zones in the order of the zonelist, up to the first of another node.
 * Where a node is reclaimed from before the next zone is tried, only the first.
 */
static void find_places(struct page_plain *plain, const struct attempt *attempt)
{
	const struct zonelist *zonelist = attempt->zonelist;
	uint32_t most = attempt->memory->desc->sysctl.zone_reclaim_mode ?
				1 :
				PAGE_PLAIN_PLACES;

	for (uint32_t i = zonelist->first[attempt->highest];
	     i < zonelist->nr && plain->nr_places < most; i++) {
		struct zone *zone = zonelist->zone[i];

		if (zone->node != attempt->preferred->node)
			break;
		if (zone->type <= attempt->highest)
			add_place(plain, attempt, zone);
	}
}

bool page_plain_init(struct page_plain *plain, struct memory *memory,
		     const struct page_request *request)
{
	struct attempt attempt;
	unsigned int alloc_flags;

	*plain = (struct page_plain){ .order = request->order };
	if (!page_first_attempt(&attempt, memory, request, &alloc_flags) ||
	    !pcp_holds_order(memory, request->order))
		return false;
	plain->highest = attempt.highest;
	plain->alloc_flags = alloc_flags;
	plain->numa_place =
		page_numa_place(memory, attempt.preferred, request->cpu);
	find_places(plain, &attempt);
	return page_wants_clearing(memory, request->gfp);
}

struct work page_plain_take_work(const struct zone *zone, uint32_t at,
				 order_t order, bool clears)
{
	struct work work = { .zones = 0 };

	work.count[WORK_ZONES_TRIED] = at + 1;
	work.count[WORK_HIGH_ORDER_TRIES] = order ? at + 1 : 0;
	work.count[WORK_PCP_HITS] = 1;
	if (clears)
		page_count_cleared(&work, zone, 1u << order);
	return work;
}

struct work page_plain_free_work(const struct zone *zone, order_t order)
{
	struct work work = { .zones = 0 };

	page_count_freed(&work, zone, order);
	work.count[WORK_PCP_FREES] = 1;
	return work;
}
