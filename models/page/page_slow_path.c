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
 *   marks. Asking for kswapd is work by itself (wake_all_kswapds()), and more
 *   where wakeup_kswapd() looks for something that kcompactd could do.
 * - A caller that may wait compacts (costly orders and unmovable blocks before
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
 *   where that is not asked half of the min mark. It loops while reclaim frees
 *   pages. Where reclaim frees none, others have to, even if compaction has all
 *   that it needs. Without others it would loop for ever, and a caller that may
 *   not wait for them would at once; the simulation reports that.
 *
 * Reclaim, compaction and the OOM killer are behind struct pressure_ops.
 *
 * - Where reclaim got pages but no block came of it, compaction tries harder
 *   round by round, down to the priority that the order is worth
 *   (should_compact_retry()).
 * - A task that was killed may use half of the reserves (ALLOC_OOM), and gives
 *   up rather than ask the OOM killer again.
 * - A kernel's task that waits for others to free memory goes round and round
 *   with cond_resched(). Here it lets the others go on until one of them has
 *   done something; when nobody is left who could, it is stuck, and says so.
 *
 * - Where the request fails after all, the kernel says so in its log, unless
 *   __GFP_NOWARN forbids it (warn_alloc()).
 *
 * Left out: the per-task reserves of a task that frees memory (PF_MEMALLOC).
 */

#include "models/gfp.h"
#include "models/page/mobility.h"
#include "models/page/page_attempt.h"
#include "models/page/watermark.h"

/* Tries of compaction before giving up: MAX_COMPACT_RETRIES. */
#define COMPACT_RETRIES_MOST 16

unsigned int page_slow_path_flags(gfp_t gfp, order_t order)
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

/*
 * wake_all_kswapds(). A caller that can't wait has wakeup_kswapd() look for
 * work for kcompactd, where kswapd would be no use for a block.
 */
static void wake_kswapds(struct attempt *attempt)
{
	struct memory *memory = attempt->memory;
	bool for_block = attempt->order &&
			 !(attempt->gfp & __GFP_DIRECT_RECLAIM);
	node_t last = NODE_ANY;

	for (uint32_t i = 0; i < attempt->zonelist->nr; i++) {
		struct zone *zone = attempt->zonelist->zone[i];

		if (zone->type > attempt->highest || zone->node == last)
			continue;
		memory->work.count[WORK_KSWAPD_ASKED]++;
		memory->work.count[WORK_KCOMPACTD_ASKED] += for_block;
		memory->pressure->wake_kswapd(memory, memory->pressure_argument,
					      zone, attempt->gfp,
					      attempt->order, attempt->highest);
		last = zone->node;
	}
}

static bool is_costly(const struct attempt *attempt)
{
	return attempt->order > PAGE_ALLOC_COSTLY_ORDER;
}

static void elapse(struct attempt *attempt)
{
	struct memory *memory = attempt->memory;

	memory->tasks->elapse(memory, memory->tasks_argument);
}

/* __alloc_pages_direct_compact() */
static struct page_grant try_after_compaction(struct attempt *attempt,
					      unsigned int alloc_flags)
{
	struct memory *memory = attempt->memory;
	struct pressure_request request =
		page_attempt_request(attempt, alloc_flags);
	struct page_grant grant;
	pfn_t captured;

	if (!attempt->order)
		return page_refuse(REASON_WATERMARK);
	attempt->compacted = COMPACT_SKIPPED;
	if (gfp_compaction_allowed(attempt->gfp)) {
		attempt->compacted = memory->pressure->direct_compact(
			memory, memory->pressure_argument, &request,
			attempt->priority, &captured);
		attempt->efforts->compactions[attempt->compacted]++;
	}
	if (attempt->compacted == COMPACT_SKIPPED)
		return page_refuse(REASON_WATERMARK);
	memory->vm_event[VM_COMPACT_STALL]++;
	grant = captured != PFN_NONE ?
			page_hand_out(attempt, captured, alloc_flags) :
			page_try_zones(attempt, alloc_flags);
	if (grant.pfn == PFN_NONE) {
		memory->vm_event[VM_COMPACT_FAIL]++;
		elapse(attempt);
		return grant;
	}
	memory->pressure->compaction_worked(memory, memory->pressure_argument,
					    memory_zone_of(memory, grant.pfn),
					    attempt->order);
	memory->vm_event[VM_COMPACT_SUCCESS]++;
	grant.path = PATH_COMPACTION;
	return grant;
}

/* __perform_reclaim(): the pages reclaimed */
static uint64_t reclaim_for(struct attempt *attempt, unsigned int alloc_flags)
{
	struct memory *memory = attempt->memory;
	struct pressure_request request =
		page_attempt_request(attempt, alloc_flags);
	uint64_t reclaimed;

	request.again = attempt->efforts->reclaims;
	elapse(attempt);
	reclaimed = memory->pressure->direct_reclaim(
		memory, memory->pressure_argument, &request);
	elapse(attempt);
	return reclaimed;
}

/* __alloc_pages_direct_reclaim() */
static struct page_grant try_after_reclaim(struct attempt *attempt,
					   unsigned int alloc_flags)
{
	struct memory *memory = attempt->memory;
	struct page_grant grant = page_refuse(REASON_WATERMARK);
	uint64_t reclaimed = reclaim_for(attempt, alloc_flags);

	attempt->efforts->reclaims++;
	attempt->progress = reclaimed > 0;
	attempt->reclaimed = reclaimed && reclaimed != RECLAIM_RETRY;
	if (attempt->reclaimed)
		attempt->efforts->reclaimed += reclaimed;
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
static bool worth_reclaiming_again(struct attempt *attempt,
				   unsigned int alloc_flags)
{
	bool helps = false;

	if (attempt->progress && !is_costly(attempt))
		attempt->fruitless = 0;
	else
		attempt->fruitless++;
	if (attempt->fruitless <= RECLAIM_RETRIES_MOST) {
		helps = reclaim_could_help(attempt, alloc_flags);
		elapse(attempt);
	}
	return helps ||
	       mobility_unreserve_highatomic(attempt->memory, attempt->zonelist,
					     attempt->highest, attempt->type,
					     true);
}

/* Did compaction stop for a reason that need not last? */
static bool was_held_up(enum compact_result result)
{
	return result == COMPACT_DEFERRED || result == COMPACT_CONTENDED ||
	       result == COMPACT_PARTIAL_SKIPPED;
}

/* should_compact_retry() */
static bool worth_compacting_again(struct attempt *attempt,
				   unsigned int alloc_flags)
{
	struct memory *memory = attempt->memory;
	struct pressure_request request =
		page_attempt_request(attempt, alloc_flags);
	int most = COMPACT_RETRIES_MOST / (is_costly(attempt) ? 4 : 1);
	enum compact_priority highest = is_costly(attempt) ?
						COMPACT_PRIO_SYNC_LIGHT :
						COMPACT_PRIO_SYNC_FULL;

	if (!attempt->order || !attempt->progress ||
	    !gfp_compaction_allowed(attempt->gfp) || memory->dying)
		return false;
	if (attempt->compacted == COMPACT_SUCCESS)
		attempt->compactions++;
	if (attempt->compacted == COMPACT_SKIPPED)
		return memory->pressure->compaction_suitable(
			memory, memory->pressure_argument, &request);
	if (attempt->compacted != COMPACT_COMPLETE &&
	    !was_held_up(attempt->compacted) && attempt->compactions <= most)
		return true;
	if (attempt->priority <= highest)
		return false;
	attempt->priority--;
	attempt->compactions = 0;
	return true;
}

/* May the OOM killer be asked for the request's sake? */
static bool may_kill(const struct attempt *attempt)
{
	return !is_costly(attempt) &&
	       !(attempt->gfp & (__GFP_RETRY_MAYFAIL | __GFP_THISNODE)) &&
	       attempt->highest >= ZONE_NORMAL;
}

/*
 * The OOM killer. *again: it is worth to try again.
 * Source: __alloc_pages_may_oom().
 */
static struct page_grant try_oom(struct attempt *attempt, bool *again)
{
	struct memory *memory = attempt->memory;
	struct page_grant grant =
		page_try_zones(attempt, ALLOC_WMARK_HIGH | ALLOC_CPUSET);
	struct pressure_request request = page_attempt_request(attempt, 0);
	enum oom_result result;

	*again = false;
	if (grant.pfn != PFN_NONE || !may_kill(attempt))
		return grant;
	result = memory->pressure->out_of_memory(
		memory, memory->pressure_argument, &request);
	attempt->efforts->kills[result]++;
	if (result != OOM_NOBODY || attempt->gfp & __GFP_NOFAIL) {
		*again = true;
		if (attempt->gfp & __GFP_NOFAIL)
			grant = page_try_zones(attempt, ALLOC_NO_WATERMARKS);
	}
	/* A kernel would go round and round; here somebody has to move. */
	if (grant.pfn == PFN_NONE && *again && result != OOM_KILLED &&
	    !memory->tasks->let_others_run(memory, memory->tasks_argument)) {
		*again = false;
		grant.reason = REASON_STUCK;
	}
	return grant;
}

/* Is the caller one who never gets past the first round? */
static bool gives_up_early(const struct attempt *attempt)
{
	return attempt->gfp & __GFP_NORETRY ||
	       (is_costly(attempt) && !(gfp_compaction_allowed(attempt->gfp) &&
					attempt->gfp & __GFP_RETRY_MAYFAIL));
}

/* The task was killed, and is not to take more of the reserves. */
static bool dies_instead(const struct attempt *attempt,
			 unsigned int alloc_flags)
{
	return attempt->memory->dying &&
	       (alloc_flags & ALLOC_OOM || attempt->gfp & __GFP_NOMEMALLOC);
}

/* Marks that the caller may go below, whatever its flags: ALLOC_…, or 0. */
static unsigned int reserve_flags(const struct attempt *attempt)
{
	if (attempt->gfp & __GFP_NOMEMALLOC)
		return 0;
	if (attempt->gfp & __GFP_MEMALLOC)
		return ALLOC_NO_WATERMARKS;
	return attempt->memory->dying ? ALLOC_OOM : 0;
}

/* Is compaction to be tried before reclaim? */
static bool compacts_first(const struct attempt *attempt)
{
	return attempt->gfp & __GFP_DIRECT_RECLAIM &&
	       gfp_compaction_allowed(attempt->gfp) &&
	       !reserve_flags(attempt) &&
	       (is_costly(attempt) ||
		(attempt->order && attempt->type != MIGRATE_MOVABLE));
}

/* Has a request that does not insist heard enough from compaction? */
static bool fails_without_reclaim(const struct attempt *attempt)
{
	return is_costly(attempt) && attempt->gfp & __GFP_NORETRY &&
	       (attempt->compacted == COMPACT_SKIPPED ||
		attempt->compacted == COMPACT_DEFERRED ||
		attempt->gfp & __GFP_THISNODE);
}

/* One round of everything. *again: it is worth another one. */
static struct page_grant try_round(struct attempt *attempt,
				   unsigned int *alloc_flags, bool *again)
{
	struct page_grant grant;

	attempt->efforts->rounds++;
	*again = false;
	if (*alloc_flags & ALLOC_KSWAPD)
		wake_kswapds(attempt);
	if (reserve_flags(attempt))
		*alloc_flags = reserve_flags(attempt) | attempt->cma |
			       (*alloc_flags & ALLOC_KSWAPD);
	grant = page_try_zones(attempt, *alloc_flags);
	if (grant.pfn != PFN_NONE || !(attempt->gfp & __GFP_DIRECT_RECLAIM))
		return grant;
	grant = try_after_reclaim(attempt, *alloc_flags);
	if (grant.pfn == PFN_NONE)
		grant = try_after_compaction(attempt, *alloc_flags);
	if (grant.pfn != PFN_NONE || gives_up_early(attempt))
		return grant;
	*again = worth_reclaiming_again(attempt, *alloc_flags) ||
		 worth_compacting_again(attempt, *alloc_flags);
	if (*again)
		return grant;
	grant = try_oom(attempt, again);
	if (grant.pfn == PFN_NONE && dies_instead(attempt, *alloc_flags))
		*again = false;
	if (*again)
		attempt->fruitless = 0;
	return grant;
}

static struct page_grant insist(struct attempt *attempt,
				unsigned int alloc_flags)
{
	struct page_grant grant;
	bool again;

	do
		grant = try_round(attempt, &alloc_flags, &again);
	while (grant.pfn == PFN_NONE && again);
	return grant;
}

/*
 * __GFP_NOFAIL: a part of the reserves, and again while anybody is left who
 * could free something.
 */
static struct page_grant never_fail(struct attempt *attempt,
				    unsigned int alloc_flags)
{
	struct memory *memory = attempt->memory;
	struct page_grant grant;

	for (;;) {
		grant = page_try_zones(attempt, ALLOC_MIN_RESERVE);
		if (grant.pfn != PFN_NONE)
			return grant;
		if (!attempt->reclaimed &&
		    !memory->tasks->let_others_run(memory,
						   memory->tasks_argument))
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
		attempt->priority = COMPACT_PRIO_ASYNC;
		grant = try_after_compaction(attempt, alloc_flags);
		if (grant.pfn == PFN_NONE && fails_without_reclaim(attempt))
			return grant;
		if (!(is_costly(attempt) && attempt->gfp & __GFP_NORETRY))
			attempt->priority = COMPACT_PRIO_SYNC_LIGHT;
	}
	if (grant.pfn == PFN_NONE)
		grant = insist(attempt, alloc_flags);
	return grant;
}

/* Too few pages, or enough of them but no block of the order? */
static enum alloc_reason why_not(const struct attempt *attempt,
				 enum alloc_reason reason)
{
	unsigned int flags =
		page_slow_path_flags(attempt->gfp, attempt->order) |
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

/* The flags of the last looks at the zones. */
static unsigned int last_flags(const struct attempt *attempt,
			       unsigned int alloc_flags)
{
	unsigned int reserves = reserve_flags(attempt);

	return reserves ? reserves | attempt->cma : alloc_flags;
}

static struct page_grant try_hard(struct attempt *attempt,
				  struct page_efforts *efforts)
{
	struct page_grant grant;
	unsigned int alloc_flags;

	attempt->memory->work.count[WORK_SLOWPATHS]++;
	if ((attempt->gfp & (__GFP_ATOMIC | __GFP_DIRECT_RECLAIM)) ==
	    (__GFP_ATOMIC | __GFP_DIRECT_RECLAIM))
		attempt->gfp &= ~__GFP_ATOMIC;
	alloc_flags = page_slow_path_flags(attempt->gfp, attempt->order) |
		      attempt->cma;
	attempt->efforts = efforts;
	attempt->compacted = COMPACT_SKIPPED;
	attempt->priority = COMPACT_PRIO_SYNC_LIGHT;
	grant = slow_rounds(attempt, alloc_flags);
	if (grant.pfn == PFN_NONE && attempt->gfp & __GFP_NOFAIL &&
	    attempt->gfp & __GFP_DIRECT_RECLAIM)
		grant = never_fail(attempt, alloc_flags);
	if (grant.pfn == PFN_NONE) {
		grant.reason = why_not(attempt, grant.reason);
		page_report_failure(attempt, last_flags(attempt, alloc_flags),
				    grant.reason);
	} else if (grant.path < PATH_SLOW) {
		grant.path = PATH_SLOW;
	}
	return grant;
}

struct page_grant page_slow_path(struct attempt *attempt)
{
	struct page_efforts efforts = { .rounds = 0 };

	return try_hard(attempt, &efforts);
}
