/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reclaim: how a node's pages are taken back, and how long a request goes on
 * asking for them.
 *
 *	request --> priority 12 --> each node once --> 32 pages? --yes--> done
 *	                ^              |  lists, then shrinkers      no
 *	                |              v                              |
 *	                +--- one less, down to 0: twice as much ------+
 *
 * Rules (Linux 6.1, mm/vmscan.c):
 *
 * - A request goes through the nodes of its zonelist, each once a round, until
 *   32 pages have come of it or priority 0 is behind it; if nothing came,
 *   once more with active folios moved on by force if that had been skipped
 *   (shrink_zones(), do_try_to_free_pages()).
 * - For a costly order no node is touched of whose zones one has enough free
 *   pages for compaction above its high mark; that is as good as progress
 *   (compaction_ready()).
 * - A round of a node takes from its lists, then asks the shrinkers
 *   (shrink_node_memcgs()). For an order above 0, when it is costly or things
 *   are getting hard, it is repeated as long as something comes of it and
 *   compaction would still lack pages (should_continue_reclaim()).
 * - kswapd notes what it met: pages under writeback only, dirty pages only that
 *   nobody writes, written pages that came round again too soon. That decides
 *   whether it writes page cache by itself, and whether callers have to wait
 *   (shrink_node()).
 * - After each 512 pages looked at, and from priority 3 on in any case, reclaim
 *   has a worker tell programs of it, if they can do something about the
 *   request (vmpressure(), vmpressure_prio()). Nobody listens here, but that
 *   takes time, and the CPU for a moment.
 * - Any progress gives a kswapd that had given up on the node another chance.
 *
 * Left out: memory cgroups, buffer heads over their limit, hibernation,
 * proactive reclaim, laptop mode, PSI.
 */

#include "models/reclaim/reclaim_internal.h"

#include "models/compaction/compaction.h"
#include "models/gfp.h"
#include "models/page/watermark.h"

/* From this priority on programs are told: vmpressure_level_critical_prio. */
#define PRESSURE_PRIORITY 3
/* And each time that this many pages were looked at: vmpressure_win. */
#define PRESSURE_WINDOW (SWAP_CLUSTER_MAX * 16)
/* Of requests whose pressure programs could do something about. */
#define PRESSURE_FLAGS (__GFP_HIGHMEM | __GFP_MOVABLE | __GFP_IO | __GFP_FS)

bool reclaim_can_swap(const struct memory *memory)
{
	return folios_free_swap(memory);
}

uint64_t reclaim_reclaimable_pages(const struct memory *memory,
				   const struct zone *zone)
{
	const struct lruvec *lruvec =
		folio_lruvec(memory, memory->node_index[zone->node]);
	const uint64_t *pages = lruvec->zone_pages[zone->type];
	uint64_t nr = pages[LRU_INACTIVE_FILE] + pages[LRU_ACTIVE_FILE];

	if (reclaim_can_swap(memory))
		nr += pages[LRU_INACTIVE_ANON] + pages[LRU_ACTIVE_ANON];
	return nr ? nr : zone_exact_free_pages(memory, zone);
}

void reclaim_snapshot_refaults(struct memory *memory, uint32_t node_index)
{
	struct lruvec *lruvec = folio_lruvec(memory, node_index);
	const uint64_t *stat = memory->node[node_index].stat;

	lruvec->refaults[0] = stat[WORKINGSET_ACTIVATE_ANON];
	lruvec->refaults[1] = stat[WORKINGSET_ACTIVATE_FILE];
}

/* in_reclaim_compaction() */
static bool reclaims_for_compaction(const struct scan_control *sc)
{
	return gfp_compaction_allowed(sc->gfp) && sc->order &&
	       (sc->order > PAGE_ALLOC_COSTLY_ORDER ||
		sc->priority < DEF_PRIORITY - 2);
}

/* Could a zone of the node have its block now, or compaction make it? */
static bool has_enough_to_compact(struct memory *memory, uint32_t node_index,
				  const struct scan_control *sc)
{
	const struct node *node = &memory->node[node_index];

	for (uint32_t z = 0; z < node->nr_zones; z++) {
		struct zone *zone = &node->zones[z];
		enum compact_result result;

		if (zone->type > sc->highest || !zone_is_managed(zone))
			continue;
		result = compaction_suitable(memory, zone, sc->order, 0,
					     sc->highest);
		if (result == COMPACT_SUCCESS || result == COMPACT_CONTINUE)
			return true;
	}
	return false;
}

/* should_continue_reclaim() */
static bool wants_another_round(struct memory *memory, uint32_t node_index,
				const struct scan_control *sc,
				uint64_t reclaimed)
{
	const struct lruvec *lruvec = folio_lruvec(memory, node_index);
	uint64_t inactive = lruvec->pages[LRU_INACTIVE_FILE];

	if (!reclaims_for_compaction(sc) || !reclaimed ||
	    has_enough_to_compact(memory, node_index, sc))
		return false;
	if (reclaim_can_swap(memory))
		inactive += lruvec->pages[LRU_INACTIVE_ANON];
	return inactive > compaction_gap(sc->order);
}

/* What kswapd makes of what it met. */
static void judge_round(struct memory *memory, uint32_t node_index,
			const struct scan_control *sc)
{
	struct lruvec *lruvec = folio_lruvec(memory, node_index);
	const struct round_counts *nr = &sc->nr;

	if (nr->writeback && nr->writeback == nr->taken)
		lruvec->force_scan_writeback = true;
	if (nr->unqueued_dirty == nr->file_taken)
		lruvec->dirty = true;
	if (nr->immediate)
		reclaim_throttle(memory, node_index, SLEEP_WRITEBACK);
	if (nr->dirty && nr->dirty == nr->congested)
		lruvec->congested = true;
}

/*
 * vmpressure(): a worker of the kernel's tells programs, each time that so many
 * pages were looked at. Not of what they can't do anything about.
 */
static void note_pressure(struct memory *memory, const struct scan_control *sc,
			  uint64_t scanned)
{
	uint64_t *sum = &memory->reclaim->scanned;

	if (!(sc->gfp & PRESSURE_FLAGS))
		return;
	*sum += scanned;
	if (*sum < PRESSURE_WINDOW)
		return;
	*sum = 0;
	memory->work.count[WORK_PRESSURE_NOTICES]++;
	reclaim_elapse(memory);
	memory->work.count[WORK_WORKER_RUNS]++;
	memory->tasks->interlude(memory, memory->tasks_argument);
}

static uint64_t shrink_node_once(struct memory *memory, uint32_t node_index,
				 struct scan_control *sc)
{
	uint64_t before = sc->nr_reclaimed;
	uint64_t scanned = sc->nr_scanned;

	sc->nr = (struct round_counts){ 0 };
	memory->work.count[WORK_NODES_RECLAIMED]++;
	reclaim_prepare_scan(memory, node_index, sc);
	reclaim_elapse(memory);
	reclaim_shrink_lruvec(memory, node_index, sc);
	reclaim_shrink_slab(memory, node_index, sc);
	sc->nr_reclaimed += sc->reclaimed_slab;
	sc->reclaimed_slab = 0;
	scanned = sc->nr_scanned - scanned;
	memory->work.count[WORK_LISTS_RECLAIMED] += scanned != 0;
	note_pressure(memory, sc, scanned);
	if (sc->is_kswapd)
		judge_round(memory, node_index, sc);
	else if (folio_lruvec(memory, node_index)->congested)
		reclaim_throttle(memory, node_index, SLEEP_CONGESTED);
	return sc->nr_reclaimed - before;
}

void reclaim_shrink_node(struct memory *memory, uint32_t node_index,
			 struct scan_control *sc)
{
	uint64_t before = sc->nr_reclaimed;
	uint64_t reclaimed;

	do
		reclaimed = shrink_node_once(memory, node_index, sc);
	while (wants_another_round(memory, node_index, sc, reclaimed));
	if (sc->nr_reclaimed != before)
		reclaim_node_of(memory, node_index)->kswapd_failures = 0;
}

/* Enough is free for compaction of a costly order: compaction_ready() */
static bool is_ready_to_compact(struct memory *memory, struct zone *zone,
				const struct scan_control *sc)
{
	enum compact_result result;

	if (sc->order <= PAGE_ALLOC_COSTLY_ORDER ||
	    !gfp_compaction_allowed(sc->gfp))
		return false;
	result = compaction_suitable(memory, zone, sc->order, 0, sc->highest);
	if (result == COMPACT_SUCCESS || result == COMPACT_SKIPPED)
		return result == COMPACT_SUCCESS;
	return watermark_ok_safe(memory, zone, 0,
				 watermark_pages(zone, WMARK_HIGH) +
					 (int64_t)compaction_gap(sc->order),
				 sc->highest);
}

/*
 * vmpressure_prio(): reclaim has got so far that programs are told, however few
 * pages were looked at.
 */
static void tell_pressure(struct memory *memory, const struct scan_control *sc)
{
	if (sc->priority <= PRESSURE_PRIORITY)
		note_pressure(memory, sc, PRESSURE_WINDOW);
}

/* shrink_zones() */
static void shrink_zones(struct memory *memory, const struct zonelist *zonelist,
			 struct scan_control *sc)
{
	uint32_t first = UINT32_MAX;
	uint32_t last = UINT32_MAX;

	for (uint32_t i = 0; i < zonelist->nr; i++) {
		struct zone *zone = zonelist->zone[i];
		uint32_t node_index = memory->node_index[zone->node];

		if (zone->type > sc->highest)
			continue;
		if (is_ready_to_compact(memory, zone, sc)) {
			sc->compaction_ready = true;
			continue;
		}
		if (node_index == last)
			continue;
		if (first == UINT32_MAX)
			first = node_index;
		last = node_index;
		reclaim_shrink_node(memory, node_index, sc);
	}
	if (first != UINT32_MAX)
		reclaim_consider_throttle(memory, first, sc);
}

static void snapshot_all(struct memory *memory, const struct zonelist *zonelist,
			 const struct scan_control *sc)
{
	for (uint32_t i = 0; i < zonelist->nr; i++)
		if (zonelist->zone[i]->type <= sc->highest)
			reclaim_snapshot_refaults(
				memory,
				memory->node_index[zonelist->zone[i]->node]);
}

static const enum vm_event allocstall_event[NR_ZONE_TYPES] = {
	[ZONE_DMA] = VM_ALLOCSTALL_DMA,
	[ZONE_DMA32] = VM_ALLOCSTALL_DMA32,
	[ZONE_NORMAL] = VM_ALLOCSTALL_NORMAL,
	[ZONE_HIGHMEM] = VM_ALLOCSTALL_HIGH,
	[ZONE_MOVABLE] = VM_ALLOCSTALL_MOVABLE,
};

/* From the given priority on, harder and harder. */
static void try_all_priorities(struct memory *memory,
			       const struct zonelist *zonelist,
			       struct scan_control *sc)
{
	memory->vm_event[allocstall_event[sc->highest]]++;
	do {
		tell_pressure(memory, sc);
		sc->nr_scanned = 0;
		shrink_zones(memory, zonelist, sc);
		if (sc->nr_reclaimed >= sc->nr_to_reclaim ||
		    sc->compaction_ready)
			break;
	} while (--sc->priority >= 0);
	snapshot_all(memory, zonelist, sc);
}

/* do_try_to_free_pages() */
static uint64_t try_to_free(struct memory *memory,
			    const struct zonelist *zonelist,
			    struct scan_control *sc)
{
	for (;;) {
		sc->priority = DEF_PRIORITY;
		try_all_priorities(memory, zonelist, sc);
		if (sc->nr_reclaimed)
			return sc->nr_reclaimed;
		if (sc->compaction_ready)
			return RECLAIM_RETRY;
		if (!sc->skipped_deactivate)
			return 0;
		sc->force_deactivate = true;
		sc->skipped_deactivate = false;
	}
}

uint64_t reclaim_direct(struct memory *memory,
			const struct pressure_request *request)
{
	struct scan_control sc = {
		.gfp = request->gfp,
		.cpu = request->cpu,
		.order = request->order,
		.highest = request->highest,
		.nr_to_reclaim = SWAP_CLUSTER_MAX,
		.may_writepage = true,
		.may_unmap = true,
		.may_swap = true,
	};

	/* What was reclaimed has been freed by now: it may be on lists. */
	if (reclaim_is_recorded(memory, request->zonelist))
		return request->again ? 0 : RECLAIM_RETRY;
	if (reclaim_throttle_direct(memory, request))
		return RECLAIM_RETRY;
	return try_to_free(memory, request->zonelist, &sc);
}
