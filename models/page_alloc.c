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
 * - Then the slow path (__alloc_pages_slowpath()): kswapd is woken, the min
 *   mark counts, and callers that can't wait or carry __GFP_HIGH go below it
 *   (gfp_to_alloc_flags()); __GFP_MEMALLOC ignores all marks. Who may wait
 *   compacts memory (costly orders and unmovable blocks before reclaim),
 *   reclaims, compacts again, and comes back as long as that leads
 *   somewhere: __GFP_NORETRY once, costly orders not at all without
 *   __GFP_RETRY_MAYFAIL, others until 16 fruitless rounds or until even all
 *   reclaimable pages would not do. Before giving up, high-order atomic
 *   reserves are returned; then the OOM killer is asked, unless the request
 *   is costly, keeps to a node, may fail, or is for a low zone.
 * - Compaction needs __GFP_IO (gfp_compaction_allowed()); a costly request with
 *   __GFP_NORETRY does not even reclaim where it was not tried, or where the
 *   request keeps to a node.
 * - __GFP_NOFAIL never fails: after the OOM killer it may take the last page,
 *   where that is not asked half of the min mark. It loops while reclaim makes
 *   progress; where nothing helps it would loop for ever, and the simulation
 *   reports that.
 * - A block comes from the CPU's lists if these hold its order; if they could not
 *   be refilled, or do not, straight from the free lists, for high-order
 *   atomic requests from their reserve first, for those unable to wait from
 *   it at last (rmqueue(), rmqueue_buddy()).
 * - A freed block goes to the CPU's lists if these hold its order, else to
 *   the free list of its pageblock's type (free_the_page()).
 * - Contiguous memory areas serve movable requests only (ALLOC_CMA,
 *   gfp_to_alloc_flags_cma()), and neither the OOM killer's last look nor
 *   __GFP_NOFAIL's. Since a CPU's movable list may hold pages of an area, a
 *   movable request without ALLOC_CMA goes past it (rmqueue()).
 *
 * Who reclaims, compacts and kills is behind struct pressure_ops.
 *
 * Left out: cpusets, memory policies, memory cgroups' charges, dirty limits
 * of __GFP_WRITE, node reclaim, fault injection, and further rounds for the
 * sake of compaction alone (should_compact_retry()).
 */

#include "models/page_alloc.h"

#include "models/buddy.h"
#include "models/contents.h"
#include "models/gfp.h"
#include "models/mobility.h"
#include "models/pcp.h"
#include "models/watermark.h"
#include "sim/base/bug.h"

/* Fruitless rounds of reclaim before giving up: MAX_RECLAIM_RETRIES. */
#define RECLAIM_RETRIES_MOST 16

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
	bool compacted;	      /* compaction was tried when asked for last */
	bool progress;	      /* reclaim freed pages when asked for last */
	unsigned int cma; /* ALLOC_CMA, or 0 */
};

static struct page_grant refuse(enum alloc_reason reason)
{
	return (struct page_grant){
		.pfn = PFN_NONE,
		.path = PATH_NONE,
		.reason = reason,
	};
}

static const struct node *node_of_request(const struct memory *memory,
					  const struct page_request *request)
{
	node_t id = request->node == NODE_ANY ? memory->cpu_node[request->cpu]
					      : request->node;

	return &memory->node[memory->node_index[id]];
}

static struct zone *first_zone(const struct zonelist *zonelist,
			       enum zone_type highest)
{
	for (uint32_t i = 0; i < zonelist->nr; i++)
		if (zonelist->zone[i]->type <= highest)
			return zonelist->zone[i];
	return NULL;
}

static bool attempt_init(struct attempt *attempt, struct memory *memory,
			 const struct page_request *request)
{
	const struct node *node = node_of_request(memory, request);

	*attempt = (struct attempt){
		.memory = memory,
		.gfp = request->gfp,
		.order = request->order,
		.cpu = request->cpu,
		.highest = (enum zone_type)memory->gfp_zone[request->gfp & 0xf],
		.type = gfp_migratetype(request->gfp & memory->mobility_flags),
		.zonelist = request->gfp & __GFP_THISNODE ? &node->thisnode
							   : &node->fallback,
	};
	if (memory->has_cma && attempt->type == MIGRATE_MOVABLE)
		attempt->cma = ALLOC_CMA;
	attempt->preferred = first_zone(attempt->zonelist, attempt->highest);
	return attempt->preferred;
}

/* May the first attempt keep from mixing types? alloc_flags_nofragment() */
static unsigned int nofragment_flag(const struct memory *memory,
				    const struct zone *preferred)
{
	if (!memory->may_avoid_fragmentation || preferred->type != ZONE_NORMAL)
		return 0;
	if (memory->nr_nodes > 1 &&
	    (preferred->index == 0 ||
	     preferred[-1].node != preferred->node ||
	     preferred[-1].type != ZONE_DMA32))
		return 0;
	return ALLOC_NOFRAGMENT;
}

/* gfp_to_alloc_flags() */
static unsigned int slow_path_flags(gfp_t gfp, order_t order)
{
	unsigned int flags = ALLOC_WMARK_MIN | ALLOC_CPUSET;

	if (gfp & __GFP_HIGH)
		flags |= ALLOC_MIN_RESERVE;
	if (gfp & __GFP_KSWAPD_RECLAIM)
		flags |= ALLOC_KSWAPD;
	if (gfp & __GFP_DIRECT_RECLAIM)
		return flags;
	if (!(gfp & __GFP_NOMEMALLOC)) {
		flags |= ALLOC_NON_BLOCK;
		if (order && flags & ALLOC_MIN_RESERVE)
			flags |= ALLOC_HIGHATOMIC;
	}
	if (flags & ALLOC_MIN_RESERVE)
		flags &= ~ALLOC_CPUSET;
	return flags;
}

static const enum vm_event pgalloc_event[NR_ZONE_TYPES] = {
	[ZONE_DMA] = VM_PGALLOC_DMA,
	[ZONE_DMA32] = VM_PGALLOC_DMA32,
	[ZONE_NORMAL] = VM_PGALLOC_NORMAL,
	[ZONE_HIGHMEM] = VM_PGALLOC_HIGH,
	[ZONE_MOVABLE] = VM_PGALLOC_MOVABLE,
};

static const enum vm_event allocstall_event[NR_ZONE_TYPES] = {
	[ZONE_DMA] = VM_ALLOCSTALL_DMA,
	[ZONE_DMA32] = VM_ALLOCSTALL_DMA32,
	[ZONE_NORMAL] = VM_ALLOCSTALL_NORMAL,
	[ZONE_HIGHMEM] = VM_ALLOCSTALL_HIGH,
	[ZONE_MOVABLE] = VM_ALLOCSTALL_MOVABLE,
};

/* zone_statistics() */
static void count_grant(struct memory *memory, struct zone *preferred,
			struct zone *zone, cpu_t cpu, uint32_t pages)
{
	bool local = zone->node == memory->cpu_node[cpu];

	memory->vm_event[pgalloc_event[zone->type]] += pages;
	if (zone->node == preferred->node) {
		zone->numa_event[NUMA_HIT]++;
	} else {
		zone->numa_event[NUMA_MISS]++;
		preferred->numa_event[NUMA_FOREIGN]++;
	}
	zone->numa_event[local ? NUMA_LOCAL : NUMA_OTHER]++;
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
					      zone, 0);
	}
	return pfn;
}

static void hand_out(struct attempt *attempt, struct zone *zone, pfn_t pfn,
		     unsigned int alloc_flags)
{
	struct memory *memory = attempt->memory;
	uint32_t pages = 1u << attempt->order;
	bool cleared = memory->init_on_alloc || attempt->gfp & __GFP_ZERO;

	memory->state[pfn] = PAGE_ALLOCATED | attempt->order;
	if (cleared)
		memory->work.count[WORK_PAGES_CLEARED] += pages;
	if (memory->contents)
		contents_pages_given(memory->contents, pfn, attempt->order,
				     cleared);
	count_grant(memory, attempt->preferred, zone, attempt->cpu, pages);
	if (alloc_flags & ALLOC_HIGHATOMIC)
		mobility_reserve_highatomic(memory, zone, pfn);
}

/* One walk over the zonelist. */
static struct page_grant walk_zones(struct attempt *attempt,
				    unsigned int alloc_flags)
{
	struct memory *memory = attempt->memory;
	struct zone *preferred = attempt->preferred;
	bool keep_node = alloc_flags & ALLOC_NOFRAGMENT && memory->nr_nodes > 1;

	for (uint32_t i = 0; i < attempt->zonelist->nr; i++) {
		struct zone *zone = attempt->zonelist->zone[i];
		int64_t mark;
		pfn_t pfn;

		if (zone->type > attempt->highest)
			continue;
		if (keep_node && zone->node != preferred->node)
			break;
		memory->work.count[WORK_ZONES_TRIED]++;
		mark = watermark_pages(zone, alloc_flags & ALLOC_WMARK_MASK);
		if (!watermark_ok_fast(zone, attempt->order, mark,
				       attempt->highest, alloc_flags,
				       attempt->gfp) &&
		    !(alloc_flags & ALLOC_NO_WATERMARKS))
			continue;
		pfn = take_from_zone(attempt, zone, alloc_flags);
		if (pfn == PFN_NONE)
			continue;
		hand_out(attempt, zone, pfn, alloc_flags);
		return (struct page_grant){
			.pfn = pfn,
			.zone = zone,
			.path = attempt->path,
			.no_watermarks = alloc_flags & ALLOC_NO_WATERMARKS,
		};
	}
	return refuse(REASON_WATERMARK);
}

/* get_page_from_freelist() */
static struct page_grant try_zones(struct attempt *attempt,
				   unsigned int alloc_flags)
{
	struct page_grant grant = walk_zones(attempt, alloc_flags);

	/* Staying on the node comes before not mixing types. */
	if (grant.pfn == PFN_NONE && alloc_flags & ALLOC_NOFRAGMENT)
		grant = walk_zones(attempt, alloc_flags & ~ALLOC_NOFRAGMENT);
	return grant;
}

/* wake_all_kswapds() */
static void wake_kswapds(struct attempt *attempt)
{
	struct memory *memory = attempt->memory;
	node_t last = NODE_ANY;

	for (uint32_t i = 0; i < attempt->zonelist->nr; i++) {
		struct zone *zone = attempt->zonelist->zone[i];

		if (zone->type > attempt->highest || zone->node == last)
			continue;
		memory->pressure->wake_kswapd(memory, memory->pressure_argument,
					      zone, attempt->order);
		last = zone->node;
	}
}

/* Compaction may have to wait for I/O: gfp_compaction_allowed() */
static bool may_compact(const struct attempt *attempt)
{
	return attempt->gfp & __GFP_IO;
}

/* __alloc_pages_direct_compact() */
static struct page_grant try_after_compaction(struct attempt *attempt,
					      unsigned int alloc_flags)
{
	struct memory *memory = attempt->memory;
	struct page_grant grant = refuse(REASON_WATERMARK);

	attempt->compacted =
		attempt->order && may_compact(attempt) &&
		memory->pressure->direct_compact(
			memory, memory->pressure_argument, attempt->gfp,
			attempt->order, attempt->zonelist);
	if (attempt->compacted)
		grant = try_zones(attempt, alloc_flags);
	if (grant.pfn != PFN_NONE)
		grant.path = PATH_COMPACTION;
	return grant;
}

/* __alloc_pages_direct_reclaim() */
static struct page_grant try_after_reclaim(struct attempt *attempt,
					   unsigned int alloc_flags)
{
	struct memory *memory = attempt->memory;
	struct page_grant grant = refuse(REASON_WATERMARK);

	memory->vm_event[allocstall_event[attempt->highest]]++;
	attempt->progress = memory->pressure->direct_reclaim(
				    memory, memory->pressure_argument,
				    attempt->gfp, attempt->order,
				    attempt->zonelist) > 0;
	if (!attempt->progress)
		return grant;
	grant = try_zones(attempt, alloc_flags);
	if (grant.pfn == PFN_NONE) {
		mobility_unreserve_highatomic(memory, attempt->zonelist,
					      attempt->highest, attempt->type,
					      false);
		page_drain_all(memory, attempt->cpu);
		grant = try_zones(attempt, alloc_flags);
	}
	if (grant.pfn != PFN_NONE)
		grant.path = PATH_RECLAIM;
	return grant;
}

/* Would reclaiming everything that can be make the request succeed? */
static bool reclaim_could_help(const struct attempt *attempt,
			       unsigned int alloc_flags)
{
	struct memory *memory = attempt->memory;

	for (uint32_t i = 0; i < attempt->zonelist->nr; i++) {
		const struct zone *zone = attempt->zonelist->zone[i];
		int64_t pages;

		if (zone->type > attempt->highest)
			continue;
		pages = memory->pressure->reclaimable_pages(
				memory, memory->pressure_argument, zone) +
			zone_exact_free_pages(memory, zone);
		if (watermark_ok(zone, attempt->order,
				 watermark_pages(zone, WMARK_MIN),
				 attempt->highest, alloc_flags, pages))
			return true;
	}
	return false;
}

/* should_reclaim_retry() */
static bool should_retry(struct attempt *attempt, unsigned int alloc_flags,
			 int *fruitless)
{
	if (attempt->progress && attempt->order <= PAGE_ALLOC_COSTLY_ORDER)
		*fruitless = 0;
	else
		(*fruitless)++;
	if (*fruitless <= RECLAIM_RETRIES_MOST &&
	    reclaim_could_help(attempt, alloc_flags))
		return true;
	return mobility_unreserve_highatomic(attempt->memory,
					     attempt->zonelist,
					     attempt->highest, attempt->type,
					     true);
}

/* __alloc_pages_may_oom() */
static struct page_grant try_oom(struct attempt *attempt, bool *killed)
{
	struct memory *memory = attempt->memory;
	struct page_grant grant =
		try_zones(attempt, ALLOC_WMARK_HIGH | ALLOC_CPUSET);

	*killed = false;
	if (grant.pfn != PFN_NONE ||
	    attempt->order > PAGE_ALLOC_COSTLY_ORDER ||
	    attempt->gfp & (__GFP_RETRY_MAYFAIL | __GFP_THISNODE) ||
	    attempt->highest < ZONE_NORMAL)
		return grant;
	*killed = memory->pressure->out_of_memory(memory,
						  memory->pressure_argument,
						  attempt->gfp, attempt->order);
	if (attempt->gfp & __GFP_NOFAIL)
		grant = try_zones(attempt, ALLOC_NO_WATERMARKS);
	return grant;
}

/* Is the caller one who never gets past the first round? */
static bool gives_up_early(const struct attempt *attempt)
{
	return attempt->gfp & __GFP_NORETRY ||
	       (attempt->order > PAGE_ALLOC_COSTLY_ORDER &&
		!(may_compact(attempt) && attempt->gfp & __GFP_RETRY_MAYFAIL));
}

/* Rounds of compaction, reclaim and killing, until one serves or none can. */
static struct page_grant reclaim_rounds(struct attempt *attempt,
					unsigned int alloc_flags)
{
	struct page_grant grant;
	int fruitless = 0;
	bool killed;

	for (;;) {
		grant = try_after_reclaim(attempt, alloc_flags);
		if (grant.pfn == PFN_NONE)
			grant = try_after_compaction(attempt, alloc_flags);
		if (grant.pfn != PFN_NONE || gives_up_early(attempt))
			return grant;
		if (!should_retry(attempt, alloc_flags, &fruitless)) {
			grant = try_oom(attempt, &killed);
			if (grant.pfn != PFN_NONE || !killed)
				return grant;
			fruitless = 0;
		}
		if (alloc_flags & ALLOC_KSWAPD)
			wake_kswapds(attempt);
		grant = try_zones(attempt, alloc_flags);
		if (grant.pfn != PFN_NONE)
			return grant;
	}
}

static bool ignores_watermarks(const struct attempt *attempt)
{
	return attempt->gfp & __GFP_MEMALLOC &&
	       !(attempt->gfp & __GFP_NOMEMALLOC);
}

/* Is compaction to be tried before reclaim? */
static bool compacts_first(const struct attempt *attempt)
{
	return attempt->gfp & __GFP_DIRECT_RECLAIM && may_compact(attempt) &&
	       !ignores_watermarks(attempt) &&
	       (attempt->order > PAGE_ALLOC_COSTLY_ORDER ||
		(attempt->order && attempt->type != MIGRATE_MOVABLE));
}

/* Has a request that does not insist heard enough from compaction? */
static bool fails_without_reclaim(const struct attempt *attempt)
{
	return attempt->order > PAGE_ALLOC_COSTLY_ORDER &&
	       attempt->gfp & __GFP_NORETRY &&
	       (!attempt->compacted || attempt->gfp & __GFP_THISNODE);
}

static struct page_grant insist(struct attempt *attempt,
				unsigned int alloc_flags)
{
	struct page_grant grant;

	if (alloc_flags & ALLOC_KSWAPD)
		wake_kswapds(attempt);
	if (ignores_watermarks(attempt))
		alloc_flags = ALLOC_NO_WATERMARKS | attempt->cma |
			      (alloc_flags & ALLOC_KSWAPD);
	grant = try_zones(attempt, alloc_flags);
	if (grant.pfn != PFN_NONE || !(attempt->gfp & __GFP_DIRECT_RECLAIM))
		return grant;
	return reclaim_rounds(attempt, alloc_flags);
}

/* __GFP_NOFAIL: a part of the reserves, and again while there is progress. */
static struct page_grant never_fail(struct attempt *attempt,
				    unsigned int alloc_flags)
{
	struct page_grant grant;

	for (;;) {
		grant = try_zones(attempt, ALLOC_MIN_RESERVE);
		if (grant.pfn != PFN_NONE)
			return grant;
		if (!attempt->progress)
			return refuse(REASON_NOFAIL_LOOP);
		grant = insist(attempt, alloc_flags);
		if (grant.pfn != PFN_NONE)
			return grant;
	}
}

static struct page_grant slow_rounds(struct attempt *attempt,
				     unsigned int alloc_flags)
{
	struct page_grant grant;

	if (alloc_flags & ALLOC_KSWAPD)
		wake_kswapds(attempt);
	grant = try_zones(attempt, alloc_flags);
	if (grant.pfn == PFN_NONE && compacts_first(attempt)) {
		grant = try_after_compaction(attempt, alloc_flags);
		if (grant.pfn == PFN_NONE && fails_without_reclaim(attempt))
			return grant;
	}
	if (grant.pfn == PFN_NONE)
		grant = insist(attempt, alloc_flags);
	return grant;
}

/* __alloc_pages_slowpath() */
static struct page_grant slow_path(struct attempt *attempt)
{
	struct page_grant grant;
	unsigned int alloc_flags;

	attempt->memory->work.count[WORK_SLOWPATHS]++;
	if ((attempt->gfp & (__GFP_ATOMIC | __GFP_DIRECT_RECLAIM)) ==
	    (__GFP_ATOMIC | __GFP_DIRECT_RECLAIM))
		attempt->gfp &= ~__GFP_ATOMIC;
	alloc_flags =
		slow_path_flags(attempt->gfp, attempt->order) | attempt->cma;
	grant = slow_rounds(attempt, alloc_flags);
	if (grant.pfn == PFN_NONE && attempt->gfp & __GFP_NOFAIL &&
	    attempt->gfp & __GFP_DIRECT_RECLAIM)
		grant = never_fail(attempt, alloc_flags);
	if (grant.path < PATH_SLOW && grant.path != PATH_NONE)
		grant.path = PATH_SLOW;
	return grant;
}

/* Too few pages, or enough of them but no block of the order? */
static enum alloc_reason why_not(const struct attempt *attempt,
				 enum alloc_reason reason)
{
	unsigned int flags =
		slow_path_flags(attempt->gfp, attempt->order) | attempt->cma;

	if (reason != REASON_WATERMARK || !attempt->order)
		return reason;
	for (uint32_t i = 0; i < attempt->zonelist->nr; i++) {
		const struct zone *zone = attempt->zonelist->zone[i];

		if (zone->type > attempt->highest)
			continue;
		if (watermark_ok(zone, 0, watermark_pages(zone, WMARK_MIN),
				 attempt->highest, flags,
				 (int64_t)zone_counted_free_pages(zone) -
					 ((1 << attempt->order) - 1)))
			return REASON_FRAGMENTED;
	}
	return reason;
}

struct page_grant page_alloc(struct memory *memory,
			     const struct page_request *request)
{
	struct attempt attempt;
	struct page_grant grant;
	unsigned int alloc_flags = ALLOC_WMARK_LOW;

	if (request->order >= memory->nr_orders)
		return refuse(REASON_ORDER);
	if (memory->gfp_zone[request->gfp & 0xf] < 0)
		return refuse(REASON_BAD_FLAGS);
	if (!attempt_init(&attempt, memory, request))
		return refuse(REASON_NO_ZONE);
	if (request->gfp & __GFP_KSWAPD_RECLAIM)
		alloc_flags |= ALLOC_KSWAPD;
	alloc_flags |= nofragment_flag(memory, attempt.preferred) | attempt.cma;
	grant = try_zones(&attempt, alloc_flags);
	if (grant.pfn == PFN_NONE) {
		grant = slow_path(&attempt);
		if (grant.pfn == PFN_NONE)
			grant.reason = why_not(&attempt, grant.reason);
	}
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
		if (watermark_ok_fast(zone, 0,
				      watermark_pages(zone, WMARK_LOW) + nr,
				      attempt->preferred->type,
				      ALLOC_WMARK_LOW | attempt->cma,
				      attempt->gfp))
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
	if (nr == 1 || request->gfp & __GFP_ACCOUNT ||
	    memory->gfp_zone[request->gfp & 0xf] < 0 ||
	    !attempt_init(&attempt, memory, request))
		return alloc_one(memory, request, pages);
	zone = bulk_zone(&attempt, nr);
	if (!zone)
		return alloc_one(memory, request, pages);
	while (got < nr) {
		pfn_t pfn = pcp_take_bulk(memory, zone, request->cpu,
					  attempt.type,
					  ALLOC_WMARK_LOW | attempt.cma);

		if (pfn == PFN_NONE)
			break;
		hand_out(&attempt, zone, pfn, 0);
		pages[got++] = pfn;
	}
	return got ? got : alloc_one(memory, request, pages);
}

static void free_block(struct memory *memory, cpu_t cpu, pfn_t pfn,
		       order_t order)
{
	struct zone *zone = memory_zone_of(memory, pfn);
	enum migratetype type;

	memory->vm_event[VM_PGFREE] += 1u << order;
	if (pcp_holds_order(memory, order)) {
		pcp_put(memory, zone, cpu, pfn, order);
		return;
	}
	type = (enum migratetype)*pageblock_type(memory, zone, pfn);
	zone_mod_free_of_type(zone, cpu, 1 << order, type);
	buddy_free(memory, zone, pfn, order, type);
	memory->work.count[WORK_BUDDY_FREES]++;
}

void page_free(struct memory *memory, cpu_t cpu, pfn_t pfn, order_t order)
{
	BUG_ON(memory->state[pfn] != (PAGE_ALLOCATED | order));
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

void page_split(struct memory *memory, pfn_t pfn, order_t order)
{
	BUG_ON(memory->state[pfn] != (PAGE_ALLOCATED | order));
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

void page_drain_all(struct memory *memory, cpu_t cpu)
{
	for (uint32_t owner = 0; owner < memory->nr_cpus; owner++)
		for (uint32_t i = 0; i < memory->nr_zones; i++)
			pcp_drain(memory, &memory->zone[i], owner, cpu);
}
