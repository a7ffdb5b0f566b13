/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_PAGE_PAGE_FAST_H
#define KMEMSIM_MODELS_PAGE_PAGE_FAST_H

/*
 * The fast path of the page allocator: a block from the CPU's list, or back to
 * it. The result is that of page_alloc() and page_free(), for callers that make
 * the same request again and again and remember what is fixed about it.
 */

#include "models/page/page_alloc.h"
#include "models/page/pcp.h"
#include "models/page/watermark.h"

/* A zone that a request may be served from. */
struct page_fast_place {
	struct zone *zone;
	struct pcp *pcp;	 /* the CPU's lists of it */
	struct pcp_list *list;	 /* for order and type; NULL: none holds it */
	uint64_t *pages_granted; /* what such requests count there */
};

/* At most this many zones are tried, all of one node. */
#define PAGE_FAST_PLACES 3

/* A request, and what depends on nothing but it and the machine. */
struct page_fast {
	uint32_t nr_places;	/* 0: never fast */
	enum zone_type highest; /* that it may use */
	unsigned int alloc_flags;
	unsigned int mark;	    /* enum wmark: the one to be kept */
	enum numa_event numa_place; /* is it the CPU's own node? */
	enum migratetype type;
	gfp_t gfp;
	cpu_t cpu;
	order_t order;
	uint8_t state;					/* of its blocks */
	int32_t pages;					/* of that order */
	struct page_fast_place place[PAGE_FAST_PLACES]; /* best first */
};

/* Works that out. Are the pages of such a request zeroed? */
bool page_fast_init(struct page_fast *fast, struct memory *memory,
		    const struct page_request *request);

/* The first place above its mark; nr_places: none is. */
static inline uint32_t page_fast_choose(const struct page_fast *fast)
{
	uint32_t at = 0;

	while (at < fast->nr_places &&
	       !watermark_ok_no_reserves(fast->place[at].zone, fast->order,
					 fast->mark, fast->highest,
					 fast->alloc_flags & ALLOC_CMA))
		at++;
	return at;
}

/*
 * May page_fast_take() serve the request at that place, as long as blocks are
 * on its list? It may if page_alloc() would do nothing else.
 */
static inline bool page_fast_may_take(const struct memory *memory,
				      const struct page_fast_place *place)
{
	return place->list && !place->zone->boosted && !memory->contents;
}

/*
 * Allocates from a chosen place that may be taken from, and whose list is not
 * empty. Adds nothing to memory->work. This and page_fast_free() are here,
 * because most calls ask them.
 */
static inline pfn_t page_fast_take(struct memory *memory,
				   const struct page_fast *fast,
				   const struct page_fast_place *place)
{
	struct zone *zone = place->zone;
	pfn_t pfn;

	place->pcp->free_factor >>= 1;
	pfn = pcp_pop(place->pcp, place->list, fast->pages);
	memory->state[pfn] = fast->state;
	*place->pages_granted += (uint32_t)fast->pages;
	zone->numa_event[NUMA_HIT]++;
	zone->numa_event[fast->numa_place]++;
	return pfn;
}

/*
 * The work of that at a place, with that of trying the places before it. Of the
 * zone, only its type matters.
 */
struct work page_fast_take_work(const struct zone *zone, uint32_t at,
				order_t order, bool clears);

/*
 * Frees, if page_free() would put the block on the CPU's list and drain none.
 * Adds nothing to memory->work. false: nothing was done.
 */
static inline bool page_fast_free(struct memory *memory, struct zone *zone,
				  cpu_t cpu, pfn_t pfn, order_t order)
{
	enum migratetype type =
		(enum migratetype) * pageblock_type(memory, zone, pfn);
	struct pcp *pcp = &zone->pcp[cpu];
	int32_t pages = 1 << order;

	if (!pcp_holds_order(memory, order) || type == MIGRATE_ISOLATE ||
	    pcp_frees_all(pcp, order) ||
	    pcp->count + pages >= pcp_allowed(zone, pcp, false))
		return false;
	BUG_ON(!page_state_is_allocated_of(memory->state[pfn], order));
	memory->vm_event[VM_PGFREE] += (uint32_t)pages;
	memory->state[pfn] = PAGE_PCP | type;
	pcp_push(pcp, &pcp->list[pcp_list_of(order, type)], pfn, pages);
	return true;
}
struct work page_fast_free_work(const struct zone *zone, order_t order,
				bool compound);

/*
 * Allocates from the chosen place, if page_fast_take() may not, and
 * page_alloc() would find all that is asked for on the zone's own lists of the
 * type: to refill the CPU's list with, or a single block that no CPU's list
 * holds. What was done is memory->work, the zone's lock is in it. PFN_NONE:
 * nothing was done.
 */
pfn_t page_fast_take_locked(struct memory *memory, const struct page_fast *fast,
			    uint32_t at, enum alloc_path *path);

/*
 * Frees, if page_fast_free() would not: the CPU's lists are drained, or the
 * block goes straight to the zone's. As above. false: nothing was done.
 */
bool page_fast_free_locked(struct memory *memory, cpu_t cpu, pfn_t pfn,
			   order_t order);

#endif
