/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page allocator's front door.
 *
 *	flags, order, node
 *	   |
 *	   v                                   no    +------------+
 *	zonelist: zone above its low mark? --------> | slow path  |
 *	   | yes                                     | wake kswapd|
 *	   v                                         | min mark   |
 *	per-CPU list (orders 0-3, huge pages)        | compact    |
 *	   | empty                                   | reclaim    |
 *	   v                                         | OOM        |
 *	free lists, other types' pageblocks          +------------+
 *
 * Rules (Linux 6.1, mm/page_alloc.c):
 *
 * - The flags say the highest zone, the node's zonelist the order in which
 *   zones are tried, best first; __GFP_THISNODE keeps to the node
 *   (prepare_alloc_pages(), get_page_from_freelist()).
 * - The first attempt keeps the low mark. On machines with a DMA32 zone below
 *   Normal, requests that prefer Normal first try not to mix types, in all
 *   zones of the node (ALLOC_NOFRAGMENT, alloc_flags_nofragment()).
 * - Then the slow path sets in: models/page/page_slow_path.c.
 * - A block comes from the CPU's lists if these hold its order; if they could
 *   not be refilled, or do not, straight from the free lists, for high-order
 *   atomic requests from their reserve first, for those unable to wait from it
 *   at last (rmqueue(), rmqueue_buddy()).
 * - A freed block goes to the CPU's lists if these hold its order, else to
 *   the free list of its pageblock's type (free_the_page()); so does any block
 *   of a pageblock that is being cleared (free_unref_page()).
 * - Contiguous memory areas serve movable requests only (ALLOC_CMA,
 *   gfp_to_alloc_flags_cma()), and neither the OOM killer's last look nor
 *   __GFP_NOFAIL's. Since a CPU's movable list may hold pages of an area, a
 *   movable request without ALLOC_CMA goes past it (rmqueue()).
 *
 * - Where zone_reclaim_mode says so, a zone below the mark gets its node
 *   reclaimed from before a farther one is tried (node_reclaim()).
 *
 * Left out: cpusets, memory policies, memory cgroups' charges, dirty limits
 * of __GFP_WRITE, fault injection.
 */

#include "models/page/page_alloc.h"

#include "models/page/buddy.h"
#include "models/contents.h"
#include "models/gfp.h"
#include "models/page/mobility.h"
#include "models/page/page_attempt.h"
#include "models/page/pcp.h"
#include "models/report.h"
#include "models/page/watermark.h"
#include "sim/base/bug.h"

static const struct node *node_of_request(const struct memory *memory,
					  const struct page_request *request)
{
	node_t id = request->node == NODE_ANY ? memory->cpu_node[request->cpu] :
						request->node;

	return &memory->node[memory->node_index[id]];
}

static inline bool attempt_init(struct attempt *attempt, struct memory *memory,
				const struct page_request *request)
{
	const struct node *node = node_of_request(memory, request);
	uint32_t first;

	*attempt = (struct attempt){
		.memory = memory,
		.gfp = request->gfp,
		.order = request->order,
		.cpu = request->cpu,
		.highest = (enum zone_type)memory->gfp_zone[request->gfp & 0xf],
		.type = gfp_migratetype(request->gfp & memory->mobility_flags),
		.zonelist = request->gfp & __GFP_THISNODE ? &node->thisnode :
							    &node->fallback,
	};
	if (memory->has_cma && attempt->type == MIGRATE_MOVABLE)
		attempt->cma = ALLOC_CMA;
	first = attempt->zonelist->first[attempt->highest];
	if (first == attempt->zonelist->nr)
		return false;
	attempt->preferred = attempt->zonelist->zone[first];
	return true;
}

/* May the first attempt keep from mixing types? alloc_flags_nofragment() */
static unsigned int nofragment_flag(const struct memory *memory,
				    const struct zone *preferred)
{
	if (!memory->may_avoid_fragmentation || preferred->type != ZONE_NORMAL)
		return 0;
	if (memory->nr_nodes > 1 &&
	    (preferred->index == 0 || preferred[-1].node != preferred->node ||
	     preferred[-1].type != ZONE_DMA32 || !preferred[-1].present_pages))
		return 0;
	return ALLOC_NOFRAGMENT;
}

/* rmqueue_buddy() */
static pfn_t take_from_free_lists(const struct attempt *attempt,
				  struct zone *zone, unsigned int alloc_flags)
{
	struct memory *memory = attempt->memory;
	order_t order = attempt->order;
	pfn_t pfn = PFN_NONE;

	if (alloc_flags & ALLOC_HIGHATOMIC)
		pfn = buddy_take(memory, zone, order, MIGRATE_HIGHATOMIC);
	if (pfn == PFN_NONE)
		pfn = mobility_take(memory, zone, order, attempt->type,
				    alloc_flags);
	if (pfn == PFN_NONE && alloc_flags & (ALLOC_OOM | ALLOC_NON_BLOCK))
		pfn = buddy_take(memory, zone, order, MIGRATE_HIGHATOMIC);
	if (pfn == PFN_NONE)
		return PFN_NONE;
	zone_mod_free_pages(zone, attempt->cpu, -(1 << order));
	if (memory->has_cma &&
	    *pageblock_type(memory, zone, pfn) == MIGRATE_CMA)
		zone_mod_free_cma_pages(zone, attempt->cpu, -(1 << order));
	memory->work.count[WORK_BUDDY_ALLOCS]++;
	memory->work.count[WORK_PAGES_TAKEN] += 1u << order;
	zone_lock(memory, zone);
	return pfn;
}

static bool must_skip_pcp(const struct attempt *attempt,
			  unsigned int alloc_flags)
{
	return attempt->cma && !(alloc_flags & ALLOC_CMA);
}

/* rmqueue() */
static pfn_t take_from_zone(struct attempt *attempt, struct zone *zone,
			    unsigned int alloc_flags)
{
	struct memory *memory = attempt->memory;
	pfn_t pfn = PFN_NONE;
	bool refilled;

	if (pcp_holds_order(memory, attempt->order) &&
	    !must_skip_pcp(attempt, alloc_flags)) {
		pfn = pcp_take(memory, zone, attempt->cpu, attempt->order,
			       attempt->type, alloc_flags, &refilled);
		attempt->path = refilled ? PATH_PCP_REFILL : PATH_PCP;
	}
	if (pfn == PFN_NONE) {
		pfn = take_from_free_lists(attempt, zone, alloc_flags);
		attempt->path = PATH_BUDDY;
	}
	if (zone->boosted) {
		zone->boosted = false;
		memory->pressure->wake_kswapd(memory, memory->pressure_argument,
					      zone, 0, 0, zone->type);
	}
	return pfn;
}

/* Apart, so that runs without contents do not pay for the call. */
static __attribute__((noinline)) void note_contents(struct attempt *attempt,
						    pfn_t pfn)
{
	contents_pages_given(attempt->memory->contents, pfn, attempt->order,
			     page_wants_clearing(attempt->memory,
						 attempt->gfp));
}

static void hand_out(struct attempt *attempt, struct zone *zone, pfn_t pfn,
		     unsigned int alloc_flags)
{
	struct memory *memory = attempt->memory;
	uint32_t pages = 1u << attempt->order;

	memory->state[pfn] = page_state_allocated(attempt->order, attempt->gfp);
	if (page_wants_clearing(memory, attempt->gfp))
		page_count_cleared(&memory->work, zone, pages);
	page_count_grant(memory, attempt->preferred, zone, attempt->cpu, pages);
	if (alloc_flags & ALLOC_HIGHATOMIC)
		mobility_reserve_highatomic(memory, zone, pfn);
	if (memory->contents)
		note_contents(attempt, pfn);
}

pfn_t page_take_from_zone(struct attempt *attempt, struct zone *zone,
			  unsigned int alloc_flags)
{
	pfn_t pfn = take_from_zone(attempt, zone, alloc_flags);

	if (pfn != PFN_NONE)
		hand_out(attempt, zone, pfn, alloc_flags);
	return pfn;
}

struct page_grant page_hand_out(struct attempt *attempt, pfn_t pfn,
				unsigned int alloc_flags)
{
	struct zone *zone = memory_zone_of(attempt->memory, pfn);

	hand_out(attempt, zone, pfn, alloc_flags);
	return (struct page_grant){
		.pfn = pfn,
		.zone = zone,
		.no_watermarks = alloc_flags & ALLOC_NO_WATERMARKS,
	};
}

/*
 * Nodes up to this distance are reclaimed from, where zone_reclaim_mode asks
 * for it, before a farther one is used: RECLAIM_DISTANCE.
 */
#define RECLAIM_DISTANCE 30

/* Did reclaim from its own node bring the zone above the mark? */
static __attribute__((noinline)) bool
node_reclaim_helps(struct attempt *attempt, struct zone *zone, int64_t mark,
		   unsigned int alloc_flags)
{
	struct memory *memory = attempt->memory;
	int own = memory->node_index[attempt->preferred->node];
	struct pressure_request request =
		page_attempt_request(attempt, alloc_flags);

	return memory->node[own].distance[zone->node] <= RECLAIM_DISTANCE &&
	       memory->pressure->node_reclaim(memory, memory->pressure_argument,
					      zone, &request) &&
	       watermark_ok(zone, attempt->order, mark, attempt->highest,
			    alloc_flags, zone_counted_free_pages(zone));
}

/* May the block be taken from the zone? zone_watermark_fast() and after. */
static bool may_take_from(struct attempt *attempt, struct zone *zone,
			  unsigned int alloc_flags)
{
	struct memory *memory = attempt->memory;
	int64_t mark = watermark_pages(zone, alloc_flags & ALLOC_WMARK_MASK);

	if (watermark_ok_fast(zone, attempt->order, mark, attempt->highest,
			      alloc_flags, attempt->gfp) ||
	    alloc_flags & ALLOC_NO_WATERMARKS)
		return true;
	memory->work.count[WORK_ORDERS_BARRED] += watermark_orders_barred(
		zone, attempt->order, mark, attempt->highest, alloc_flags);
	return memory->desc->sysctl.zone_reclaim_mode &&
	       node_reclaim_helps(attempt, zone, mark, alloc_flags);
}

/* One walk over the zonelist. */
static inline struct page_grant walk_zones(struct attempt *attempt,
					   unsigned int alloc_flags)
{
	struct memory *memory = attempt->memory;
	const struct zonelist *zonelist = attempt->zonelist;
	struct zone *preferred = attempt->preferred;
	bool keep_node = alloc_flags & ALLOC_NOFRAGMENT && memory->nr_nodes > 1;

	for (uint32_t i = zonelist->first[attempt->highest]; i < zonelist->nr;
	     i++) {
		struct zone *zone = zonelist->zone[i];
		pfn_t pfn;

		if (zone->type > attempt->highest)
			continue;
		if (keep_node && zone->node != preferred->node)
			break;
		memory->work.count[WORK_ZONES_TRIED]++;
		if (!may_take_from(attempt, zone, alloc_flags))
			continue;
		pfn = page_take_from_zone(attempt, zone, alloc_flags);
		if (pfn == PFN_NONE)
			continue;
		return (struct page_grant){
			.pfn = pfn,
			.zone = zone,
			.path = attempt->path,
			.no_watermarks = alloc_flags & ALLOC_NO_WATERMARKS,
		};
	}
	return page_refuse(REASON_WATERMARK);
}

struct page_grant page_try_zones(struct attempt *attempt,
				 unsigned int alloc_flags)
{
	for (;;) {
		struct page_grant grant = walk_zones(attempt, alloc_flags);

		if (grant.pfn != PFN_NONE || !(alloc_flags & ALLOC_NOFRAGMENT))
			return grant;
		/* Staying on the node comes before not mixing types. */
		alloc_flags &= ~ALLOC_NOFRAGMENT;
	}
}

void page_report_failure(const struct attempt *attempt,
			 unsigned int alloc_flags, enum alloc_reason reason)
{
	report_page_failure(attempt->memory,
			    &(struct page_failure){
				    .zonelist = attempt->zonelist,
				    .highest = attempt->highest,
				    .type = attempt->type,
				    .alloc_flags = alloc_flags,
				    .gfp = attempt->gfp,
				    .order = attempt->order,
				    .cpu = attempt->cpu,
				    .reason = reason,
				    .efforts = attempt->efforts,
			    });
}

/* The flags of the first walk over the zonelist. */
static inline unsigned int first_flags(const struct attempt *attempt)
{
	unsigned int alloc_flags = ALLOC_WMARK_LOW | attempt->cma;

	if (attempt->gfp & __GFP_KSWAPD_RECLAIM)
		alloc_flags |= ALLOC_KSWAPD;
	return alloc_flags |
	       nofragment_flag(attempt->memory, attempt->preferred);
}

bool page_first_attempt(struct attempt *attempt, struct memory *memory,
			const struct page_request *request,
			unsigned int *alloc_flags)
{
	if (request->order >= memory->nr_orders ||
	    memory->gfp_zone[request->gfp & 0xf] < 0 ||
	    !attempt_init(attempt, memory, request))
		return false;
	*alloc_flags = first_flags(attempt);
	return true;
}

struct page_grant page_alloc(struct memory *memory,
			     const struct page_request *request)
{
	struct attempt attempt;
	struct page_grant grant;

	if (request->order >= memory->nr_orders)
		return page_refuse(REASON_ORDER);
	if (memory->gfp_zone[request->gfp & 0xf] < 0)
		return page_refuse(REASON_BAD_FLAGS);
	memory->work.count[WORK_PAGE_REQUESTS]++;
	if (!attempt_init(&attempt, memory, request)) {
		memory->work.count[WORK_PAGE_REFUSALS]++;
		page_report_failure(&attempt, ALLOC_WMARK_LOW, REASON_NO_ZONE);
		return page_refuse(REASON_NO_ZONE);
	}
	memory->work.count[WORK_HIGH_REQUESTS] += request->order > 0;
	grant = page_try_zones(&attempt, first_flags(&attempt));
	if (grant.pfn == PFN_NONE)
		grant = page_slow_path(&attempt);
	if (grant.pfn == PFN_NONE)
		memory->work.count[WORK_PAGE_REFUSALS]++;
	return grant;
}

/* The zone that can give `nr` pages at once, or NULL. */
static struct zone *bulk_zone(const struct attempt *attempt, uint32_t nr)
{
	for (uint32_t i = 0; i < attempt->zonelist->nr; i++) {
		struct zone *zone = attempt->zonelist->zone[i];

		if (zone->type > attempt->highest)
			continue;
		if (zone->node != attempt->preferred->node)
			return NULL;
		attempt->memory->work.count[WORK_ZONES_TRIED]++;
		if (watermark_ok_fast(
			    zone, 0, watermark_pages(zone, WMARK_LOW) + nr,
			    attempt->preferred->type,
			    ALLOC_WMARK_LOW | attempt->cma, attempt->gfp))
			return zone;
	}
	return NULL;
}

static uint32_t alloc_one(struct memory *memory,
			  const struct page_request *request, pfn_t *page)
{
	struct page_grant grant = page_alloc(memory, request);

	*page = grant.pfn;
	return grant.pfn != PFN_NONE;
}

uint32_t page_alloc_bulk(struct memory *memory,
			 const struct page_request *request, uint32_t nr,
			 pfn_t *pages)
{
	struct attempt attempt;
	struct zone *zone;
	uint32_t got = 0;

	BUG_ON(request->order);
	if (!nr)
		return 0;
	if (nr == 1 || memory->gfp_zone[request->gfp & 0xf] < 0 ||
	    !attempt_init(&attempt, memory, request))
		return alloc_one(memory, request, pages);
	memory->work.count[WORK_PAGE_REQUESTS]++;
	zone = bulk_zone(&attempt, nr);
	if (!zone)
		return alloc_one(memory, request, pages);
	while (got < nr) {
		bool refilled;
		pfn_t pfn = pcp_take_bulk(memory, zone, request->cpu, 0,
					  attempt.type,
					  ALLOC_WMARK_LOW | attempt.cma,
					  &refilled);

		if (pfn == PFN_NONE)
			break;
		hand_out(&attempt, zone, pfn, 0);
		pages[got++] = pfn;
	}
	return got ? got : alloc_one(memory, request, pages);
}

static inline void free_block(struct memory *memory, cpu_t cpu, pfn_t pfn,
			      order_t order)
{
	struct zone *zone = memory_zone_of(memory, pfn);
	enum migratetype type;

	memory->vm_event[VM_PGFREE] += 1u << order;
	page_count_freed(&memory->work, zone, order,
			 page_state_is_compound(memory->state[pfn]));
	type = (enum migratetype) * pageblock_type(memory, zone, pfn);
	if (pcp_holds_order(memory, order) && type != MIGRATE_ISOLATE) {
		pcp_put(memory, zone, cpu, pfn, order, type);
		return;
	}
	zone_mod_free_of_type(zone, cpu, 1 << order, type);
	buddy_free(memory, zone, pfn, order, type);
	memory->work.count[WORK_BUDDY_FREES]++;
	zone_lock(memory, zone);
}

void page_free(struct memory *memory, cpu_t cpu, pfn_t pfn, order_t order)
{
	BUG_ON(!page_state_is_allocated_of(memory->state[pfn], order));
	free_block(memory, cpu, pfn, order);
}

bool page_is_boot(const struct memory *memory, pfn_t pfn, order_t order)
{
	uint64_t end = (uint64_t)pfn + (1ull << order);

	if (end > memory->max_pfn || pfn & ((1u << order) - 1))
		return false;
	for (; pfn < end; pfn++)
		if (memory->state[pfn] != PAGE_BOOT)
			return false;
	return true;
}

void page_free_boot(struct memory *memory, cpu_t cpu, pfn_t pfn, order_t order)
{
	BUG_ON(!page_is_boot(memory, pfn, order));
	for (uint32_t i = 1; i < 1u << order; i++)
		memory->state[pfn + i] = PAGE_TAIL;
	free_block(memory, cpu, pfn, order);
}

void page_adopt_boot(struct memory *memory, pfn_t pfn, order_t order, gfp_t gfp)
{
	BUG_ON(!page_is_boot(memory, pfn, order));
	memory->state[pfn] = page_state_allocated(order, gfp);
	for (uint32_t i = 1; i < 1u << order; i++)
		memory->state[pfn + i] = PAGE_TAIL;
}

void page_split(struct memory *memory, pfn_t pfn, order_t order)
{
	BUG_ON(!page_state_is_allocated_of(memory->state[pfn], order));
	for (uint32_t i = 0; i < 1u << order; i++)
		memory->state[pfn + i] = PAGE_ALLOCATED;
}

void page_free_part(struct memory *memory, cpu_t cpu, pfn_t pfn, order_t order)
{
	for (uint32_t i = 0; i < 1u << order; i++) {
		BUG_ON(memory->state[pfn + i] != PAGE_ALLOCATED);
		memory->state[pfn + i] = PAGE_TAIL;
	}
	free_block(memory, cpu, pfn, order);
}

void page_drain_zone(struct memory *memory, struct zone *zone, cpu_t cpu)
{
	for (uint32_t owner = 0; owner < memory->nr_cpus; owner++)
		pcp_drain(memory, zone, owner, cpu);
}

/*
 * Are CPUs interrupted to drain their lists? Newer kernels take the lists'
 * locks from afar: drain_pages(), __drain_all_pages(). Those whose lists hold
 * single pages only, as up to 5.12, are told by that: on_each_cpu() in their
 * drain_all_pages().
 */
static bool drains_by_interrupts(const struct memory *memory)
{
	return memory->desc->pcp_orders == 1;
}

void page_drain_all(struct memory *memory, cpu_t cpu)
{
	if (drains_by_interrupts(memory))
		memory->work.count[WORK_IPIS] += memory_other_cpus(memory);
	for (uint32_t owner = 0; owner < memory->nr_cpus; owner++)
		for (uint32_t i = 0; i < memory->nr_zones; i++)
			pcp_drain(memory, &memory->zone[i], owner, cpu);
}
