/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_PCP_H
#define KMEMSIM_MODELS_PCP_H

/*
 * Per-CPU lists: each CPU keeps some free blocks of each zone to itself, so
 * that most calls take no lock and find warm pages.
 */

#include "models/memory.h"

/*
 * True for orders that the lists hold; before Linux 5.13 that was 0 alone.
 * Source: pcp_allowed_order().
 */
static inline bool pcp_holds_order(const struct memory *memory, order_t order)
{
	return order <= memory->pcp_max_order ||
	       (order == memory->pageblock_order &&
		memory->nr_pcp_lists == NR_PCP_LISTS);
}

/*
 * Takes a block from the CPU's list, refilled first if it is empty;
 * *refilled says whether it was. PFN_NONE: there was nothing to refill it
 * with. The block's state is the caller's to set.
 * Source: rmqueue_pcplist(), __rmqueue_pcplist(), rmqueue_bulk().
 */
pfn_t pcp_take(struct memory *memory, struct zone *zone, cpu_t cpu,
	       order_t order, enum migratetype type, unsigned int alloc_flags,
	       bool *refilled);

/* As pcp_take(), within a bulk allocation: it does not slow down freeing. */
pfn_t pcp_take_bulk(struct memory *memory, struct zone *zone, cpu_t cpu,
		    enum migratetype type, unsigned int alloc_flags);

/*
 * Puts a freed block on the CPU's list; some may move on to the free lists.
 * Source: free_unref_page(), free_unref_page_commit().
 */
void pcp_put(struct memory *memory, struct zone *zone, cpu_t cpu, pfn_t pfn,
	     order_t order);

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
