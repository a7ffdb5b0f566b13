/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_PAGE_PLAIN_H
#define KMEMSIM_MODELS_PAGE_PLAIN_H

/*
 * The plainest way through the page allocator: a block from the CPU's list, or
 * back to it. What page_alloc() and page_free() would come to, for those who
 * remember what a request comes to and ask again and again.
 */

#include "models/page_alloc.h"

/* A request, and what depends on nothing but it and the machine. */
struct page_plain {
	struct zone *zone;	/* that is tried first; NULL: never plain */
	struct pcp *pcp;	/* the CPU's lists of it */
	struct pcp_list *list;	/* of these, for order and type */
	enum zone_type highest; /* that it may use */
	unsigned int alloc_flags;
	cpu_t cpu;
	order_t order;
};

/* Works that out. Are the pages of such a request zeroed? */
bool page_plain_init(struct page_plain *plain, struct memory *memory,
		     const struct page_request *request);

/*
 * Allocates, if page_alloc() would find a block on the CPU's list and nothing
 * else to do. Adds nothing to memory->work. PFN_NONE: nothing was done.
 */
pfn_t page_plain_take(struct memory *memory, const struct page_plain *plain);

/* What that does. Nothing of the zone but its type matters. */
struct work page_plain_take_work(const struct zone *zone, order_t order,
				 bool clears);

/*
 * Frees, if page_free() would put the block on the CPU's list and drain none.
 * Adds nothing to memory->work. false: nothing was done.
 */
bool page_plain_free(struct memory *memory, struct zone *zone, cpu_t cpu,
		     pfn_t pfn, order_t order);
struct work page_plain_free_work(const struct zone *zone, order_t order);

#endif
