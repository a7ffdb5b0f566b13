/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Most requests for pages take the same few steps: the first zone is above its
 * low mark, and the CPU's list has a block. Most frees put one on that list.
 *
 *	page_alloc()  flags, node --> zones --> mark? --> list? --> handed out
 *	                      ^                  yes       yes
 *	here          remembered by struct page_plain
 *
 * Which zone is first, which list of the CPU's it is, and what is counted as
 * work are alike for all requests of the same flags, order, node and CPU, as
 * long as the machine runs: so they are worked out once. What may change is
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
#include "models/pcp.h"
#include "models/watermark.h"
#include "sim/base/bug.h"

bool page_plain_init(struct page_plain *plain, struct memory *memory,
		     const struct page_request *request)
{
	struct attempt attempt;
	unsigned int alloc_flags;

	*plain = (struct page_plain){ .cpu = request->cpu,
				      .order = request->order };
	if (!page_first_attempt(&attempt, memory, request, &alloc_flags) ||
	    !pcp_holds_order(memory, request->order))
		return false;
	plain->zone = attempt.preferred;
	plain->pcp = &plain->zone->pcp[request->cpu];
	plain->list =
		&plain->pcp
			 ->list[pcp_list_number(request->order, attempt.type)];
	plain->highest = attempt.highest;
	plain->alloc_flags = alloc_flags;
	return page_wants_clearing(memory, request->gfp);
}

struct work page_plain_take_work(const struct zone *zone, order_t order,
				 bool clears)
{
	struct work work = { .zones = 0 };

	work.count[WORK_ZONES_TRIED] = 1;
	work.count[WORK_HIGH_ORDER_TRIES] = order > 0;
	work.count[WORK_PCP_HITS] = 1;
	if (clears)
		page_count_cleared(&work, zone, 1u << order);
	return work;
}

/* The first questions of watermark_ok_fast(). */
static inline bool is_above_mark(const struct page_plain *plain)
{
	const struct zone *zone = plain->zone;
	int64_t mark =
		watermark_pages(zone, plain->alloc_flags & ALLOC_WMARK_MASK);

	if (!plain->order)
		return watermark_ok_single(zone, mark, plain->highest,
					   plain->alloc_flags);
	return watermark_ok(zone, plain->order, mark, plain->highest,
			    plain->alloc_flags, zone_counted_free_pages(zone));
}

pfn_t page_plain_take(struct memory *memory, const struct page_plain *plain)
{
	struct zone *zone = plain->zone;
	pfn_t pfn;

	if (!zone || !plain->list->count || zone->boosted || memory->contents ||
	    !is_above_mark(plain))
		return PFN_NONE;
	plain->pcp->free_factor >>= 1;
	pfn = pcp_pop(plain->pcp, plain->list, plain->order);
	memory->state[pfn] = PAGE_ALLOCATED | plain->order;
	page_count_grant(memory, zone, zone, plain->cpu, 1u << plain->order);
	return pfn;
}

bool page_plain_free(struct memory *memory, struct zone *zone, cpu_t cpu,
		     pfn_t pfn, order_t order)
{
	enum migratetype type =
		(enum migratetype) * pageblock_type(memory, zone, pfn);
	struct pcp *pcp = &zone->pcp[cpu];

	BUG_ON(memory->state[pfn] != (PAGE_ALLOCATED | order));
	if (!pcp_holds_order(memory, order) || type == MIGRATE_ISOLATE ||
	    pcp_frees_all(pcp, order) ||
	    pcp->count + (1 << order) >= pcp_allowed(zone, pcp, false))
		return false;
	memory->vm_event[VM_PGFREE] += 1u << order;
	memory->state[pfn] = PAGE_PCP | type;
	pcp_push(pcp, &pcp->list[pcp_list_of(order, type)], pfn, order);
	return true;
}

struct work page_plain_free_work(const struct zone *zone, order_t order)
{
	struct work work = { .zones = 0 };

	page_count_freed(&work, zone, order);
	work.count[WORK_PCP_FREES] = 1;
	return work;
}
