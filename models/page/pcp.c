/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Per-CPU lists.
 *
 * Each CPU has, for each zone, a list for every order from 0 to 3 and every
 * movable, unmovable and reclaimable type, and two for blocks of a
 * pageblock's size (huge pages): one for movable ones, one for the rest.
 *
 *	          hot                              cold
 *	free  -->  [ 7 ][ 3 ][ 9 ] … [ 12 ][ 5 ]  --> drain, to the free lists
 *	alloc <--
 *
 * Rules (Linux 6.1, mm/page_alloc.c):
 *
 * - A block freed goes to the hot end, a block allocated comes from it
 *   (free_unref_page_commit(), __rmqueue_pcplist()).
 * - An empty list is refilled with `batch` single pages, or batch >> order
 *   blocks but at least two, each at the cold end, so that they are handed
 *   out in the order in which the free lists gave them (rmqueue_bulk()). A
 *   batch of 1 is never scaled. The refill is counted once, as a whole.
 * - When the lists hold `high` pages or more after a free, at least a batch
 *   leaves them. Each such drain in a row doubles the next one, up to 32
 *   batches and to all but a batch of what the lists may hold; each
 *   allocation halves it (nr_pcp_free(), free_factor).
 * - Freeing a block of order 1 to 3 while a run of frees is on empties the
 *   lists at once, since such blocks, left lying about, fragment memory.
 * - Draining goes round the lists, starting with the one just freed to, and
 *   takes the coldest blocks of a list until enough pages have left or the
 *   list is empty (free_pcppages_bulk()). Lists at both ends of the round
 *   that turned out empty are not visited again.
 * - A freed block remembers the type of its pageblock at that moment, and
 *   goes to that type's free list when drained, whatever the pageblock has
 *   become; pages of reserved pageblocks and of contiguous memory areas travel
 *   on the movable list. A block from a refill remembers the list that it was
 *   taken from. While any pageblock of the zone is isolated, blocks go by the
 *   type that their pageblock has then.
 *
 * A list is a ring of frame numbers, sized once for the most that `high`
 * lets it hold. It is refilled with rows of blocks of just its order, as the
 * free list has them, or of what a larger one is split into, and one by one
 * where they are of another type, or may come from a contiguous area: that is
 * the same order of blocks.
 *
 * Left out: the trylock that fails when an interrupt comes in between (calls
 * sleep in page_alloc(), but never with a list in hand), and the pages of
 * hot-removed memory.
 */

#include "models/page/pcp.h"

#include "models/page/buddy.h"
#include "models/page/mobility.h"
#include "sim/base/bug.h"
#include "sim/base/numbers.h"

order_t pcp_list_order(const struct memory *memory, unsigned int list)
{
	return list >= NR_PCP_LISTS - 2 ? memory->pageblock_order :
					  list / NR_PCP_MIGRATETYPES;
}

uint32_t pcp_ring_slots(uint32_t high, uint32_t batch, order_t order)
{
	/* One block over `high` before a drain, and a refill of two or more. */
	uint32_t blocks = (high >> order) + (batch >> order) + 3;

	return 1u << (32 - __builtin_clz(blocks));
}

static void push_cold(struct pcp_list *list, pfn_t pfn)
{
	BUG_ON(list->count > list->mask);
	list->ring[(list->head + list->count) & list->mask] = pfn;
	list->count++;
}

/* A refill's block may come from a contiguous area: it is to return there. */
static void note_cma(struct memory *memory, struct zone *zone, cpu_t cpu,
		     pfn_t pfn, order_t order)
{
	if (*pageblock_type(memory, zone, pfn) != MIGRATE_CMA)
		return;
	memory->state[pfn] = PAGE_PCP | MIGRATE_CMA;
	zone_mod_free_cma_pages(zone, cpu, -(1 << order));
}

/*
 * Some of the blocks, up to `most`, that the zone would give one by one of its
 * own lists of the type. Returns how many; 0: it has none.
 */
static int32_t refill_from_list(struct memory *memory, struct zone *zone,
				struct pcp_list *list, order_t order,
				enum migratetype type, int32_t most)
{
	uint32_t end = (list->head + list->count) & list->mask;
	uint32_t room = list->mask + 1 - end; /* up to the ring's turn */
	uint32_t nr;

	nr = buddy_take_row(memory, zone, order, type, &list->ring[end],
			    room < (uint32_t)most ? room : (uint32_t)most);
	BUG_ON(list->count + nr > list->mask + 1);
	/* They lie apart from each other: all are fetched at the same time. */
	for (uint32_t i = 0; i < nr; i++)
		__builtin_prefetch(&memory->state[list->ring[end + i]], 1);
	for (uint32_t i = 0; i < nr; i++)
		memory->state[list->ring[end + i]] = PAGE_PCP | type;
	list->count += nr;
	return (int32_t)nr;
}

/*
 * One block, perhaps of another type or of a contiguous area. Returns how many
 * that is; 0: there is none.
 */
static int32_t refill_by_one(struct memory *memory, struct zone *zone,
			     cpu_t cpu, struct pcp_list *list, order_t order,
			     enum migratetype type, unsigned int alloc_flags)
{
	pfn_t pfn = mobility_take(memory, zone, order, type, alloc_flags);

	if (pfn == PFN_NONE)
		return 0;
	memory->state[pfn] = PAGE_PCP | type;
	if (alloc_flags & ALLOC_CMA)
		note_cma(memory, zone, cpu, pfn, order);
	push_cold(list, pfn);
	return 1;
}

bool pcp_refill(struct memory *memory, struct zone *zone, cpu_t cpu,
		order_t order, enum migratetype type, unsigned int alloc_flags)
{
	struct pcp *pcp = &zone->pcp[cpu];
	struct pcp_list *list = &pcp->list[pcp_list_number(order, type)];
	int32_t blocks = pcp_refill_blocks(pcp, order);
	int32_t got = 0;

	while (got < blocks) {
		int32_t more = 0;

		if (!(alloc_flags & ALLOC_CMA))
			more = refill_from_list(memory, zone, list, order, type,
						blocks - got);
		if (!more)
			more = refill_by_one(memory, zone, cpu, list, order,
					     type, alloc_flags);
		if (!more)
			break;
		got += more;
	}
	zone_mod_free_pages(zone, cpu, -(got << order));
	pcp->count += got << order;
	memory->work.count[WORK_PCP_REFILLS]++;
	zone_lock(memory, zone);
	memory->work.count[WORK_PCP_REFILLED] += got;
	memory->work.count[WORK_PAGES_TAKEN] += (uint32_t)got << order;
	return got;
}

/*
 * Moves at least `pages` pages to the free lists, round by round, starting
 * with the list `first`.
 */
static void drain(struct memory *memory, struct zone *zone, cpu_t cpu,
		  struct pcp *pcp, int32_t pages, unsigned int first)
{
	int lowest = 0;
	int highest = memory->nr_pcp_lists - 1;
	int number = (int)first - 1;

	pages = pcp_min(pages, pcp->count);
	memory->work.count[WORK_PCP_DRAINS]++;
	zone_lock(memory, zone);
	while (pages > 0) {
		struct pcp_list *list;
		order_t order;
		int32_t nr;

		for (;;) {
			if (++number > highest)
				number = lowest;
			list = &pcp->list[number];
			memory->work.count[WORK_PCP_LISTS]++;
			if (list->count)
				break;
			if (number == highest)
				highest--;
			if (number == lowest)
				lowest++;
		}
		order = pcp_list_order(memory, number);
		nr = (pages + (1 << order) - 1) >> order;
		if (nr > (int32_t)list->count)
			nr = (int32_t)list->count;
		buddy_free_coldest(memory, zone, cpu, list, order,
				   (uint32_t)nr);
		memory->work.count[WORK_PCP_DRAINED] += (uint32_t)nr;
		pcp->count -= nr << order;
		pages -= nr << order;
	}
}

/* How many pages leave lists that hold `high` or more. */
static int32_t pages_to_drain(struct pcp *pcp, int32_t high, bool all)
{
	int32_t batch = pcp->batch;
	int32_t most = high - batch;
	int32_t pages = batch << pcp->free_factor;

	if (all)
		return pcp->count;
	if (high < batch)
		return 1;
	if (pages < most && pcp->free_factor < PCP_BATCH_SCALE_MAX)
		pcp->free_factor++;
	/* Lists of less than two batches: the lower bound gives way. */
	pages = pcp_min(larger(batch, pages), most);
	return larger(1, pages);
}

void pcp_drain_some(struct memory *memory, struct zone *zone, cpu_t cpu,
		    int32_t high, bool all, unsigned int first)
{
	struct pcp *pcp = &zone->pcp[cpu];

	drain(memory, zone, cpu, pcp, pages_to_drain(pcp, high, all), first);
}

void pcp_drain(struct memory *memory, struct zone *zone, cpu_t owner, cpu_t cpu)
{
	struct pcp *pcp = &zone->pcp[owner];

	while (pcp->count)
		drain(memory, zone, cpu, pcp,
		      pcp_min(pcp->count, pcp->batch << PCP_BATCH_SCALE_MAX),
		      0);
}
