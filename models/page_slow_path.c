/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The slow path of the page allocator: what is tried when no zone is above
 * its low mark.
 *
 *	wake kswapd --> min mark --> compact (costly, unmovable)
 *	                                |
 *	      +-------------------------+
 *	      v
 *	  reclaim --> compact --> worth another round? --yes--> wake kswapd,
 *	      ^                         | no                    try zones
 *	      |                         v                          |
 *	      +------- progress --- OOM killer                     |
 *	      +----------------------------------------------------+
 *
 * Rules (Linux 6.1, mm/page_alloc.c):
 *
 * - kswapd is woken, the min mark counts, and callers that can't wait or carry
 *   __GFP_HIGH go below it (gfp_to_alloc_flags()); __GFP_MEMALLOC ignores all
 *   marks.
 * - Who may wait compacts memory (costly orders and unmovable blocks before
 *   reclaim), reclaims, compacts again, and comes back as long as that leads
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
 *
 * Who reclaims, compacts and kills is behind struct pressure_ops.
 *
 * Left out: further rounds for the sake of compaction alone
 * (should_compact_retry()), and the per-task reserves of a task that frees
 * memory (PF_MEMALLOC) or is being killed.
 */

#include "models/gfp.h"
#include "models/mobility.h"
#include "models/page_attempt.h"
#include "models/watermark.h"

/* Fruitless rounds of reclaim before giving up: MAX_RECLAIM_RETRIES. */
#define RECLAIM_RETRIES_MOST 16

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

static const enum vm_event allocstall_event[NR_ZONE_TYPES] = {
	[ZONE_DMA] = VM_ALLOCSTALL_DMA,
	[ZONE_DMA32] = VM_ALLOCSTALL_DMA32,
	[ZONE_NORMAL] = VM_ALLOCSTALL_NORMAL,
	[ZONE_HIGHMEM] = VM_ALLOCSTALL_HIGH,
	[ZONE_MOVABLE] = VM_ALLOCSTALL_MOVABLE,
};

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
	struct page_grant grant = page_refuse(REASON_WATERMARK);

	attempt->compacted = attempt->order && may_compact(attempt) &&
			     memory->pressure->direct_compact(
				     memory, memory->pressure_argument,
				     attempt->gfp, attempt->order,
				     attempt->zonelist);
	if (attempt->compacted)
		grant = page_try_zones(attempt, alloc_flags);
	if (grant.pfn != PFN_NONE)
		grant.path = PATH_COMPACTION;
	return grant;
}

/* __alloc_pages_direct_reclaim() */
static struct page_grant try_after_reclaim(struct attempt *attempt,
					   unsigned int alloc_flags)
{
	struct memory *memory = attempt->memory;
	struct page_grant grant = page_refuse(REASON_WATERMARK);

	memory->vm_event[allocstall_event[attempt->highest]]++;
	attempt->progress = memory->pressure->direct_reclaim(
				    memory, memory->pressure_argument,
				    attempt->gfp, attempt->order,
				    attempt->zonelist) > 0;
	if (!attempt->progress)
		return grant;
	grant = page_try_zones(attempt, alloc_flags);
	if (grant.pfn == PFN_NONE) {
		mobility_unreserve_highatomic(memory, attempt->zonelist,
					      attempt->highest, attempt->type,
					      false);
		page_drain_all(memory, attempt->cpu);
		grant = page_try_zones(attempt, alloc_flags);
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
	return mobility_unreserve_highatomic(attempt->memory, attempt->zonelist,
					     attempt->highest, attempt->type,
					     true);
}

/* __alloc_pages_may_oom() */
static struct page_grant try_oom(struct attempt *attempt, bool *killed)
{
	struct memory *memory = attempt->memory;
	struct page_grant grant =
		page_try_zones(attempt, ALLOC_WMARK_HIGH | ALLOC_CPUSET);

	*killed = false;
	if (grant.pfn != PFN_NONE || attempt->order > PAGE_ALLOC_COSTLY_ORDER ||
	    attempt->gfp & (__GFP_RETRY_MAYFAIL | __GFP_THISNODE) ||
	    attempt->highest < ZONE_NORMAL)
		return grant;
	*killed = memory->pressure->out_of_memory(memory,
						  memory->pressure_argument,
						  attempt->gfp, attempt->order);
	if (attempt->gfp & __GFP_NOFAIL)
		grant = page_try_zones(attempt, ALLOC_NO_WATERMARKS);
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
		grant = page_try_zones(attempt, alloc_flags);
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
	grant = page_try_zones(attempt, alloc_flags);
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
		grant = page_try_zones(attempt, ALLOC_MIN_RESERVE);
		if (grant.pfn != PFN_NONE)
			return grant;
		if (!attempt->progress)
			return page_refuse(REASON_NOFAIL_LOOP);
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
	grant = page_try_zones(attempt, alloc_flags);
	if (grant.pfn == PFN_NONE && compacts_first(attempt)) {
		grant = try_after_compaction(attempt, alloc_flags);
		if (grant.pfn == PFN_NONE && fails_without_reclaim(attempt))
			return grant;
	}
	if (grant.pfn == PFN_NONE)
		grant = insist(attempt, alloc_flags);
	return grant;
}

/* Too few pages, or enough of them but no block of the order? */
static enum alloc_reason why_not(const struct attempt *attempt,
				 enum alloc_reason reason)
{
	unsigned int flags = slow_path_flags(attempt->gfp, attempt->order) |
			     attempt->cma;

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

struct page_grant page_slow_path(struct attempt *attempt)
{
	struct page_grant grant;
	unsigned int alloc_flags;

	attempt->memory->work.count[WORK_SLOWPATHS]++;
	if ((attempt->gfp & (__GFP_ATOMIC | __GFP_DIRECT_RECLAIM)) ==
	    (__GFP_ATOMIC | __GFP_DIRECT_RECLAIM))
		attempt->gfp &= ~__GFP_ATOMIC;
	alloc_flags = slow_path_flags(attempt->gfp, attempt->order) |
		      attempt->cma;
	grant = slow_rounds(attempt, alloc_flags);
	if (grant.pfn == PFN_NONE && attempt->gfp & __GFP_NOFAIL &&
	    attempt->gfp & __GFP_DIRECT_RECLAIM)
		grant = never_fail(attempt, alloc_flags);
	if (grant.pfn == PFN_NONE)
		grant.reason = why_not(attempt, grant.reason);
	else if (grant.path < PATH_SLOW)
		grant.path = PATH_SLOW;
	return grant;
}
