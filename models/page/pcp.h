/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_PAGE_PCP_H
#define KMEMSIM_MODELS_PAGE_PCP_H

/*
 * Per-CPU lists: each CPU keeps some free blocks of each zone to itself, so
 * that most calls take no lock and find warm pages.
 */

#include "models/memory.h"
#include "sim/base/bug.h"

/*
 * True for orders that the lists hold; before Linux 5.13 that was 0 alone.
 * Source: pcp_allowed_order().
 */
static inline bool pcp_holds_order(const struct memory *memory, order_t order)
{
	return memory->pcp_orders >> order & 1;
}

/* Where the blocks of an order and a type are among a CPU's lists. */
static inline unsigned int pcp_list_number(order_t order, enum migratetype type)
{
	if (order > PAGE_ALLOC_COSTLY_ORDER)
		return NR_PCP_LISTS - 2 + (type == MIGRATE_MOVABLE);
	return NR_PCP_MIGRATETYPES * order + type;
}

static inline int32_t pcp_min(int32_t a, int32_t b)
{
	return a < b ? a : b;
}

/* How many blocks refill an empty list. */
static inline int32_t pcp_refill_blocks(const struct pcp *pcp, order_t order)
{
	int32_t blocks = pcp->batch >> order;

	if (pcp->batch <= 1)
		return pcp->batch;
	return blocks > 2 ? blocks : 2;
}

/*
 * Moves blocks from the free lists to the CPU's list, which is empty. false:
 * there was none. Source: rmqueue_bulk().
 */
bool pcp_refill(struct memory *memory, struct zone *zone, cpu_t cpu,
		order_t order, enum migratetype type, unsigned int alloc_flags);

/* Takes the hottest block, of `pages` pages, off a list that is not empty. */
static inline pfn_t pcp_pop(struct pcp *pcp, struct pcp_list *list,
			    int32_t pages)
{
	pfn_t pfn = list->ring[list->head];

	pcp->count -= pages;
	list->head = (list->head + 1) & list->mask;
	list->count--;
	return pfn;
}

/* A block of `pages` pages becomes the hottest one of a list. */
static inline void pcp_push(struct pcp *pcp, struct pcp_list *list, pfn_t pfn,
			    int32_t pages)
{
	BUG_ON(list->count > list->mask);
	list->head = (list->head - 1) & list->mask;
	list->ring[list->head] = pfn;
	list->count++;
	pcp->count += pages;
}

/*
 * As pcp_take(), within a bulk allocation: it does not slow down freeing.
 * Source: __rmqueue_pcplist().
 */
static inline pfn_t pcp_take_bulk(struct memory *memory, struct zone *zone,
				  cpu_t cpu, order_t order,
				  enum migratetype type,
				  unsigned int alloc_flags, bool *refilled)
{
	struct pcp *pcp = &zone->pcp[cpu];
	struct pcp_list *list = &pcp->list[pcp_list_number(order, type)];

	*refilled = list->count == 0;
	if (*refilled &&
	    !pcp_refill(memory, zone, cpu, order, type, alloc_flags))
		return PFN_NONE;
	memory->work.count[WORK_PCP_HITS]++;
	return pcp_pop(pcp, list, 1 << order);
}

/*
 * Takes a block from the CPU's list, refilled first if it is empty;
 * *refilled says whether it was. PFN_NONE: there was nothing to refill it
 * with. The block's state is the caller's to set.
 * Source: rmqueue_pcplist().
 */
static inline pfn_t pcp_take(struct memory *memory, struct zone *zone,
			     cpu_t cpu, order_t order, enum migratetype type,
			     unsigned int alloc_flags, bool *refilled)
{
	zone->pcp[cpu].free_factor >>= 1;
	return pcp_take_bulk(memory, zone, cpu, order, type, alloc_flags,
			     refilled);
}

/* How many pages the lists may hold now; `none`: they are to be emptied. */
static inline int32_t pcp_allowed(const struct zone *zone,
				  const struct pcp *pcp, bool none)
{
	if (!pcp->high || none)
		return 0;
	if (!zone->reclaim_active)
		return pcp->high;
	return pcp_min(pcp->batch << 2, pcp->high);
}

/*
 * Drains lists that hold `high` or more: a batch, more in a run of frees, or
 * all, beginning with the list `first`. Source: nr_pcp_free().
 */
void pcp_drain_some(struct memory *memory, struct zone *zone, cpu_t cpu,
		    int32_t high, bool all, unsigned int first);

/* The list for blocks of a pageblock of that type. */
static inline unsigned int pcp_list_of(order_t order,
				       enum migratetype block_type)
{
	return pcp_list_number(order, block_type < NR_PCP_MIGRATETYPES ?
					      block_type :
					      MIGRATE_MOVABLE);
}

/* May the lists hold none of the next blocks? In a run of frees of an order. */
static inline bool pcp_frees_all(const struct pcp *pcp, order_t order)
{
	return pcp->free_factor && order && order <= PAGE_ALLOC_COSTLY_ORDER;
}

/*
 * Puts a freed block on the CPU's list; some may move on to the free lists.
 * `block_type` is its pageblock's. Source: free_unref_page(),
 * free_unref_page_commit().
 */
static inline void pcp_put(struct memory *memory, struct zone *zone, cpu_t cpu,
			   pfn_t pfn, order_t order,
			   enum migratetype block_type)
{
	unsigned int number = pcp_list_of(order, block_type);
	struct pcp *pcp = &zone->pcp[cpu];
	bool all = pcp_frees_all(pcp, order);
	int32_t high = pcp_allowed(zone, pcp, all);

	memory->state[pfn] = PAGE_PCP | block_type;
	pcp_push(pcp, &pcp->list[number], pfn, 1 << order);
	memory->work.count[WORK_PCP_FREES]++;
	if (pcp->count >= high)
		pcp_drain_some(memory, zone, cpu, high, all, number);
}

/*
 * Empties the lists that `owner` has of the zone into its free lists; `cpu`
 * does the work and keeps the count. Source: drain_pages_zone().
 */
void pcp_drain(struct memory *memory, struct zone *zone, cpu_t owner,
	       cpu_t cpu);

/* Slots that a list needs for blocks of an order: a power of two. */
uint32_t pcp_ring_slots(uint32_t high, uint32_t batch, order_t order);

/* The order and migrate type of a list by its number. */
order_t pcp_list_order(const struct memory *memory, unsigned int list);

#endif
