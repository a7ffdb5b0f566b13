/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kswapd: each node's own task, which reclaims before callers have to.
 *
 *	     woken below low                    no zone is above high
 *	asleep ---------> balance the node: priority 12, 11, … 1 ---+
 *	  ^                    ^                    |               |
 *	  |                    | woken              | a zone is     |
 *	  |  still balanced    |                    v above high    |
 *	  +--------------- nap of HZ/10 <-----------+               |
 *	                       |                                    |
 *	                       +--- not balanced any more ----------+
 *
 * Rules (Linux 6.1, mm/vmscan.c):
 *
 * - A caller that finds no zone above its low mark notes the order and the
 *   highest zone that it wants, and wakes kswapd, unless the node is balanced
 *   already without a boost, or has been given up; then kcompactd may do, where
 *   the caller can't compact by itself (wakeup_kswapd()).
 * - A node is balanced when one zone that the request may use has a block of
 *   its order above the high mark (pgdat_balanced()).
 * - A run ends when it is, or after priority 1. It asks for the high marks of
 *   all those zones; the priority rises unless so much was scanned and
 *   something came of it. Once twice the order was reclaimed, single pages do
 *   (kswapd_shrink_node(), balance_pgdat()).
 * - Where zones are boosted and the node is balanced, as much as the boosts is
 *   reclaimed, at priority 10 at most, without writing or swapping, until
 *   nothing comes of it. Afterwards the boosts found at the start are taken
 *   back, and kcompactd gets to work on pageblocks.
 * - While a run lasts, per-CPU lists of these zones are kept short
 *   (ZONE_RECLAIM_ACTIVE).
 * - 16 runs in a row that reclaim nothing, and the node is given up until
 *   somebody else gets a page out of it.
 * - Before it sleeps for good it naps: if it is woken then, or finds the node
 *   out of balance, it goes on (kswapd_try_to_sleep()). It goes to its nap with
 *   kcompactd woken for the order that was asked for.
 * - While it is awake the zones' counters are exact to what the marks need
 *   (set_pgdat_percpu_threshold()).
 *
 * A nap's rest is counted in ns here, in ticks by the kernel. Left out:
 * freezing, stopping, memory tiering, soft limits of memory cgroups.
 */

#include <string.h>

#include "models/reclaim/reclaim_internal.h"

#include "models/compaction/compaction.h"
#include "models/gfp.h"
#include "models/page/watermark.h"

#define NAP_NS (TICKS_PER_S / 10 * TICK_NS)

/* One run of kswapd. */
struct kswapd_run {
	struct scan_control sc;
	uint32_t node_index;
	enum zone_type highest;
	uint64_t boost; /* of all its zones, that is still to be reclaimed */
};

/* Is it one of those that a request up to `highest` is about? */
static bool is_concerned(const struct zone *zone, enum zone_type highest)
{
	return zone->type <= highest && zone_is_managed(zone);
}

/* pgdat_balanced() */
static bool is_balanced(const struct memory *memory, uint32_t node_index,
			order_t order, enum zone_type highest)
{
	const struct node *node = &memory->node[node_index];
	bool concerned = false;

	for (uint32_t z = 0; z < node->nr_zones; z++) {
		const struct zone *zone = &node->zones[z];

		if (!is_concerned(zone, highest))
			continue;
		concerned = true;
		if (watermark_ok_safe(memory, zone, order,
				      watermark_pages(zone, WMARK_HIGH),
				      highest))
			return true;
	}
	return !concerned;
}

/* What boosts there are, in pages: pgdat_watermark_boosted(). */
static uint64_t boost_of(const struct memory *memory, uint32_t node_index,
			 enum zone_type highest)
{
	const struct node *node = &memory->node[node_index];
	uint64_t boost = 0;

	for (uint32_t z = 0; z < node->nr_zones; z++)
		if (is_concerned(&node->zones[z], highest))
			boost += node->zones[z].watermark_boost;
	return boost;
}

static bool is_hopeless(const struct reclaim_node *state)
{
	return state->kswapd_failures >= MAX_RECLAIM_RETRIES;
}

bool reclaim_has_given_up(const struct memory *memory, uint32_t node_index)
{
	return is_hopeless(reclaim_node_of(memory, node_index));
}

void reclaim_wake_kswapd(struct memory *memory, struct zone *zone, gfp_t gfp,
			 order_t order, enum zone_type highest)
{
	uint32_t node_index = memory->node_index[zone->node];
	struct reclaim_node *state = reclaim_node_of(memory, node_index);

	if (!zone_is_managed(zone) || state->is_recorded)
		return;
	if (state->kswapd_highest == NO_ZONE_TYPE ||
	    state->kswapd_highest < highest)
		state->kswapd_highest = highest;
	if (state->kswapd_order < order)
		state->kswapd_order = order;
	if (!reclaim_is_asleep(memory, SLEEP_KSWAPD, node_index))
		return;
	if (!is_hopeless(state) &&
	    (!is_balanced(memory, node_index, order, highest) ||
	     boost_of(memory, node_index, highest))) {
		memory->work.count[WORK_TASKS_WOKEN]++;
		reclaim_wake(memory, SLEEP_KSWAPD, node_index);
	} else if (!(gfp & __GFP_DIRECT_RECLAIM)) {
		compaction_wake_kcompactd(memory, node_index, order, highest);
	}
}

/* update_reclaim_active() */
static void keep_lists_short(struct memory *memory, uint32_t node_index,
			     enum zone_type highest, bool shorter)
{
	const struct node *node = &memory->node[node_index];

	for (uint32_t z = 0; z < node->nr_zones; z++)
		if (is_concerned(&node->zones[z], highest))
			node->zones[z].reclaim_active = shorter;
}

/* kswapd_shrink_node(): true: so much was scanned that it should do. */
static bool shrink_node(struct memory *memory, struct kswapd_run *run)
{
	const struct node *node = &memory->node[run->node_index];
	struct scan_control *sc = &run->sc;

	sc->nr_to_reclaim = 0;
	for (uint32_t z = 0; z < node->nr_zones; z++) {
		const struct zone *zone = &node->zones[z];
		uint64_t high = watermark_pages(zone, WMARK_HIGH);

		if (is_concerned(zone, sc->highest))
			sc->nr_to_reclaim += high < SWAP_CLUSTER_MAX ?
						     SWAP_CLUSTER_MAX :
						     high;
	}
	reclaim_shrink_node(memory, run->node_index, sc);
	if (sc->order && sc->nr_reclaimed >= compaction_gap(sc->order))
		sc->order = 0;
	return sc->nr_scanned >= sc->nr_to_reclaim;
}

/* Callers that waited for the reserves may go on: they are filled enough. */
static void release_waiting(struct memory *memory, uint32_t node_index)
{
	if (reclaim_is_asleep(memory, SLEEP_PFMEMALLOC, node_index) &&
	    reclaim_is_allowed(memory, node_index))
		reclaim_wake(memory, SLEEP_PFMEMALLOC, node_index);
}

/* One priority's round. false: the run is over. */
static bool run_once(struct memory *memory, struct kswapd_run *run)
{
	struct scan_control *sc = &run->sc;
	uint64_t before = sc->nr_reclaimed;
	bool harder = !run->boost || sc->priority != DEF_PRIORITY - 2;
	uint64_t reclaimed;

	sc->may_writepage = !run->boost || sc->priority < DEF_PRIORITY - 2;
	sc->may_swap = !run->boost;
	reclaim_age_anon(memory, run->node_index, sc);
	sc->nr_scanned = 0;
	if (shrink_node(memory, run))
		harder = false;
	release_waiting(memory, run->node_index);
	reclaim_elapse(memory); /* try_to_freeze() may sleep */
	reclaimed = sc->nr_reclaimed - before;
	run->boost -= run->boost < reclaimed ? run->boost : reclaimed;
	if (run->boost && !reclaimed)
		return false;
	if (harder || !reclaimed)
		sc->priority--;
	return sc->priority >= 1;
}

/* Reclaims until the node is balanced, or all priorities are through. */
static void run_priorities(struct memory *memory, struct kswapd_run *run)
{
	struct scan_control *sc = &run->sc;
	bool goes_on = true;

	sc->priority = DEF_PRIORITY;
	while (goes_on) {
		bool balanced = is_balanced(memory, run->node_index, sc->order,
					    run->highest);

		if (!balanced && run->boost) {
			run->boost = 0;
			sc->priority = DEF_PRIORITY;
			continue;
		}
		if (balanced && !run->boost)
			return;
		goes_on = run_once(memory, run);
	}
	if (!sc->nr_reclaimed)
		reclaim_node_of(memory, run->node_index)->kswapd_failures++;
}

static void note_boosts(const struct memory *memory, uint32_t node_index,
			int64_t boost[NR_ZONE_TYPES])
{
	const struct node *node = &memory->node[node_index];

	for (uint32_t z = 0; z < node->nr_zones; z++)
		boost[node->zones[z].type] = node->zones[z].watermark_boost;
}

/* Boosts that were there when the run began have been dealt with. */
static void take_back_boosts(struct memory *memory, uint32_t node_index,
			     enum zone_type highest,
			     const int64_t boost[NR_ZONE_TYPES])
{
	const struct node *node = &memory->node[node_index];

	for (uint32_t z = 0; z < node->nr_zones; z++) {
		struct zone *zone = &node->zones[z];
		int64_t had = boost[zone->type];

		if (is_concerned(zone, highest))
			zone->watermark_boost -= had < zone->watermark_boost ?
							 had :
							 zone->watermark_boost;
	}
}

/* balance_pgdat(): the order that it ended with. */
static order_t balance(struct memory *memory, uint32_t node_index,
		       order_t order, enum zone_type highest)
{
	int64_t boost[NR_ZONE_TYPES] = { 0 };
	struct kswapd_run run = {
		.sc = { .gfp = GFP_KERNEL,
			.order = order,
			.highest = highest,
			.is_kswapd = true,
			.may_unmap = true },
		.node_index = node_index,
		.highest = highest,
		.boost = boost_of(memory, node_index, highest),
	};
	bool boosted = run.boost;

	memory->vm_event[VM_PAGEOUTRUN]++;
	note_boosts(memory, node_index, boost);
	keep_lists_short(memory, node_index, highest, true);
	run_priorities(memory, &run);
	keep_lists_short(memory, node_index, highest, false);
	if (boosted) {
		take_back_boosts(memory, node_index, highest, boost);
		compaction_wake_kcompactd(memory, node_index,
					  memory->pageblock_order, highest);
	}
	reclaim_snapshot_refaults(memory, node_index);
	return run.sc.order;
}

bool reclaim_is_recorded(const struct memory *memory,
			 const struct zonelist *zonelist)
{
	node_t node = zonelist->zone[0]->node;

	return reclaim_node_of(memory, memory->node_index[node])->is_recorded;
}

void reclaim_begin_recorded(struct memory *memory, uint32_t node_index)
{
	struct reclaim_node *state = reclaim_node_of(memory, node_index);

	state->is_recorded = true;
	note_boosts(memory, node_index, state->recorded_boost);
	keep_lists_short(memory, node_index, NR_ZONE_TYPES - 1, true);
}

void reclaim_end_recorded(struct memory *memory, uint32_t node_index)
{
	struct reclaim_node *state = reclaim_node_of(memory, node_index);

	state->is_recorded = true;
	keep_lists_short(memory, node_index, NR_ZONE_TYPES - 1, false);
	take_back_boosts(memory, node_index, NR_ZONE_TYPES - 1,
			 state->recorded_boost);
	memset(state->recorded_boost, 0, sizeof(state->recorded_boost));
}

/* prepare_kswapd_sleep(): may it sleep? */
static bool may_sleep(struct memory *memory, uint32_t node_index, order_t order,
		      enum zone_type highest)
{
	struct lruvec *lruvec = folio_lruvec(memory, node_index);

	if (reclaim_is_asleep(memory, SLEEP_PFMEMALLOC, node_index))
		reclaim_wake(memory, SLEEP_PFMEMALLOC, node_index);
	if (is_hopeless(reclaim_node_of(memory, node_index)))
		return true;
	if (!is_balanced(memory, node_index, order, highest))
		return false;
	lruvec->congested = false;
	lruvec->dirty = false;
	lruvec->force_scan_writeback = false;
	return true;
}

static uint64_t sleep_on(struct memory *memory, uint32_t node_index,
			 uint64_t timeout_ns)
{
	return memory->tasks->sleep(memory, memory->tasks_argument,
				    SLEEP_KSWAPD, node_index, timeout_ns);
}

/* set_pgdat_percpu_threshold() */
static void set_thresholds(struct memory *memory, uint32_t node_index,
			   int32_t (*threshold)(const struct memory *memory,
						const struct zone *zone))
{
	const struct node *node = &memory->node[node_index];

	for (uint32_t z = 0; z < node->nr_zones; z++)
		if (node->zones[z].drift_mark)
			node->zones[z].stat_threshold =
				threshold(memory, &node->zones[z]);
}

/* What kswapd knows of what it was asked for, and of what it has done. */
struct kswapd {
	uint32_t node_index;
	order_t alloc_order;   /* asked for */
	order_t reclaim_order; /* that the last run ended with */
	enum zone_type highest;
};

/* The highest zone asked for since; or else the one before. */
static enum zone_type highest_asked(const struct memory *memory,
				    const struct kswapd *kswapd)
{
	enum zone_type asked =
		reclaim_node_of(memory, kswapd->node_index)->kswapd_highest;

	return asked == NO_ZONE_TYPE ? kswapd->highest : asked;
}

/* The short sleep; returns true if somebody ended it. */
static bool nap(struct memory *memory, const struct kswapd *kswapd)
{
	struct reclaim_node *state =
		reclaim_node_of(memory, kswapd->node_index);

	compaction_reset_skips(memory, kswapd->node_index);
	compaction_wake_kcompactd(memory, kswapd->node_index,
				  kswapd->alloc_order, kswapd->highest);
	if (!sleep_on(memory, kswapd->node_index, NAP_NS))
		return false;
	state->kswapd_highest = highest_asked(memory, kswapd);
	if (state->kswapd_order < kswapd->reclaim_order)
		state->kswapd_order = kswapd->reclaim_order;
	return true;
}

/* False: the run is over. */
static bool sleep_until_woken(struct memory *memory, uint32_t node_index)
{
	set_thresholds(memory, node_index, watermark_normal_threshold);
	sleep_on(memory, node_index, 0);
	set_thresholds(memory, node_index, watermark_pressure_threshold);
	return reclaim_node_of(memory, node_index)->kswapd_highest !=
	       NO_ZONE_TYPE;
}

/*
 * kswapd_try_to_sleep(). false: it slept for good, and nobody wanted anything
 * when that was over.
 */
static bool try_to_sleep(struct memory *memory, const struct kswapd *kswapd)
{
	uint32_t node_index = kswapd->node_index;
	bool woken = false;

	if (may_sleep(memory, node_index, kswapd->reclaim_order,
		      kswapd->highest))
		woken = nap(memory, kswapd);
	if (woken) {
		memory->vm_event[VM_KSWAPD_LOW_WMARK_HIT_QUICKLY]++;
		return true;
	}
	if (!may_sleep(memory, node_index, kswapd->reclaim_order,
		       kswapd->highest)) {
		memory->vm_event[VM_KSWAPD_HIGH_WMARK_HIT_QUICKLY]++;
		return true;
	}
	return sleep_until_woken(memory, node_index);
}

/* What was asked for is taken on, and no longer asked for. */
static void take_request(struct memory *memory, struct kswapd *kswapd)
{
	struct reclaim_node *state =
		reclaim_node_of(memory, kswapd->node_index);

	kswapd->alloc_order = state->kswapd_order;
	kswapd->highest = highest_asked(memory, kswapd);
	state->kswapd_order = 0;
	state->kswapd_highest = NO_ZONE_TYPE;
}

/*
 * A booting kernel has enough. A starting state may have less: then it sleeps
 * until somebody asks for more, unless somebody has.
 */
static bool begin(struct memory *memory, const struct kswapd *kswapd)
{
	uint32_t node_index = kswapd->node_index;
	bool asked = reclaim_node_of(memory, node_index)->kswapd_highest !=
		     NO_ZONE_TYPE;

	if (asked || may_sleep(memory, node_index, 0, kswapd->highest))
		return try_to_sleep(memory, kswapd);
	return sleep_until_woken(memory, node_index);
}

void reclaim_kswapd(struct memory *memory, uint32_t node_index)
{
	const struct reclaim_node *state = reclaim_node_of(memory, node_index);
	struct kswapd kswapd = {
		.node_index = node_index,
		.highest = NR_ZONE_TYPES - 1,
	};

	bool awake = begin(memory, &kswapd);

	for (; awake; awake = try_to_sleep(memory, &kswapd)) {
		take_request(memory, &kswapd);
		kswapd.reclaim_order = balance(
			memory, node_index, kswapd.alloc_order, kswapd.highest);
		if (kswapd.reclaim_order < kswapd.alloc_order)
			continue;
		kswapd.alloc_order = state->kswapd_order;
		kswapd.reclaim_order = state->kswapd_order;
		kswapd.highest = highest_asked(memory, &kswapd);
	}
}
