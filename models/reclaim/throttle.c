/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which tasks have to wait because reclaim would do no good now, or harm.
 *
 *	before it	the reserves are going: until kswapd has filled half
 *			of them                             SLEEP_PFMEMALLOC
 *	in a batch	too many folios are off their lists  SLEEP_ISOLATED
 *	after a round	only pages under writeback           SLEEP_WRITEBACK
 *			the node's dirty pages are congested SLEEP_CONGESTED
 *			nothing came of it                   SLEEP_NOPROGRESS
 *
 * Rules (Linux 6.1, mm/vmscan.c):
 *
 * - Waits are at most HZ/10 for writeback, HZ/50 for isolated folios, and a
 *   tick for the other two, which are left out where kswapd has given the node
 *   up, or less than half of what could be reclaimed waits to be written
 *   (reclaim_throttle(), skip_throttle_noprogress()).
 * - As many folios isolated as inactive are too many, an eighth of that for who
 *   may do I/O and enter file systems, so that those who may not get through
 *   (too_many_isolated()). kswapd never waits for that.
 * - A round that freed more than an eighth of what it looked at wakes who waits
 *   for progress; one at priority 1 that freed nothing waits
 *   (consider_reclaim_throttle()).
 * - A caller waits before it reclaims when no more than half of the min marks
 *   of the node's zones up to Normal is free: until kswapd has changed that,
 *   a second at most where it must not enter file systems
 *   (throttle_direct_reclaim(), allow_direct_reclaim()).
 *
 * - Callers that are kernel threads never wait (reclaim_throttle(),
 *   throttle_direct_reclaim()): the config says whether they are.
 *
 * Where nobody is left who could free anything, such a wait would not end: it
 * is over then.
 */

#include "models/reclaim/reclaim_internal.h"

#include "models/gfp.h"
#include "models/page/watermark.h"

/* CONFIG_HZ=250: in ticks. */
#define WRITEBACK_TICKS (TICKS_PER_S / 10)
#define ISOLATED_TICKS (TICKS_PER_S / 50)

/* skip_throttle_noprogress() */
static bool is_in_vain(const struct memory *memory, uint32_t node_index)
{
	const struct node *node = &memory->node[node_index];
	uint64_t waits = node->stat[NR_FILE_DIRTY] + node->stat[NR_WRITEBACK];
	uint64_t reclaimable = 0;

	if (reclaim_node_of(memory, node_index)->kswapd_failures >=
	    MAX_RECLAIM_RETRIES)
		return true;
	for (uint32_t z = 0; z < node->nr_zones; z++)
		if (zone_is_managed(&node->zones[z]))
			reclaimable += reclaim_reclaimable_pages(
				memory, &node->zones[z]);
	return 2 * waits <= reclaimable;
}

static void sleep_ticks(struct memory *memory, enum sleep_queue queue,
			uint32_t node_index, unsigned int ticks)
{
	memory->tasks->sleep(memory, memory->tasks_argument, queue, node_index,
			     ticks * TICK_NS);
}

/* Ends early when enough was written: folio_io_done() sees to that. */
static void wait_for_writeback(struct memory *memory, uint32_t node_index)
{
	struct lruvec *lruvec = folio_lruvec(memory, node_index);

	if (!lruvec->nr_writeback_throttled++)
		lruvec->nr_reclaim_start =
			memory->node[node_index].stat[NR_THROTTLED_WRITTEN];
	sleep_ticks(memory, SLEEP_WRITEBACK, node_index, WRITEBACK_TICKS);
	lruvec->nr_writeback_throttled--;
}

void reclaim_throttle(struct memory *memory, uint32_t node_index,
		      enum sleep_queue reason)
{
	if (reason == SLEEP_WRITEBACK) /* only kswapd does */
		wait_for_writeback(memory, node_index);
	else if (memory->desc->scheduler.kernel_threads)
		reclaim_elapse(memory);
	else if (reason == SLEEP_ISOLATED)
		sleep_ticks(memory, reason, node_index, ISOLATED_TICKS);
	else if (is_in_vain(memory, node_index))
		reclaim_elapse(memory);
	else
		sleep_ticks(memory, reason, node_index, 1);
}

bool reclaim_too_many_isolated(struct memory *memory, uint32_t node_index,
			       const struct scan_control *sc, bool file)
{
	const uint64_t *stat = memory->node[node_index].stat;
	uint64_t inactive = stat[file ? NR_INACTIVE_FILE : NR_INACTIVE_ANON];
	uint64_t isolated = stat[file ? NR_ISOLATED_FILE : NR_ISOLATED_ANON];

	if (sc->is_kswapd)
		return false;
	if ((sc->gfp & (__GFP_IO | __GFP_FS)) == (__GFP_IO | __GFP_FS))
		inactive >>= 3;
	if (isolated > inactive)
		return true;
	if (reclaim_is_asleep(memory, SLEEP_ISOLATED, node_index))
		reclaim_wake(memory, SLEEP_ISOLATED, node_index);
	return false;
}

void reclaim_consider_throttle(struct memory *memory, uint32_t node_index,
			       const struct scan_control *sc)
{
	if (sc->nr_reclaimed > sc->nr_scanned >> 3) {
		if (reclaim_is_asleep(memory, SLEEP_NOPROGRESS, node_index))
			reclaim_wake(memory, SLEEP_NOPROGRESS, node_index);
		return;
	}
	if (sc->priority == 1 && !sc->nr_reclaimed)
		reclaim_throttle(memory, node_index, SLEEP_NOPROGRESS);
}

bool reclaim_is_allowed(struct memory *memory, uint32_t node_index)
{
	struct reclaim_node *state = reclaim_node_of(memory, node_index);
	const struct node *node = &memory->node[node_index];
	uint64_t reserve = 0;
	uint64_t free_pages = 0;

	if (state->kswapd_failures >= MAX_RECLAIM_RETRIES)
		return true;
	for (uint32_t z = 0; z < node->nr_zones; z++) {
		const struct zone *zone = &node->zones[z];

		if (zone->type > ZONE_NORMAL || !zone_is_managed(zone) ||
		    !reclaim_reclaimable_pages(memory, zone))
			continue;
		reserve += watermark_pages(zone, WMARK_MIN);
		free_pages += zone_counted_free_pages(zone);
	}
	if (!reserve || free_pages > reserve / 2)
		return true;
	if (reclaim_is_asleep(memory, SLEEP_KSWAPD, node_index)) {
		if (state->kswapd_highest > ZONE_NORMAL)
			state->kswapd_highest = ZONE_NORMAL;
		reclaim_wake(memory, SLEEP_KSWAPD, node_index);
	}
	return false;
}

/* The first node that has a zone up to Normal for the request; or false. */
static bool first_usable_node(const struct memory *memory,
			      const struct pressure_request *request,
			      uint32_t *node_index)
{
	for (uint32_t i = 0; i < request->zonelist->nr; i++) {
		const struct zone *zone = request->zonelist->zone[i];

		if (zone->type > request->highest || zone->type > ZONE_NORMAL)
			continue;
		*node_index = memory->node_index[zone->node];
		return true;
	}
	return false;
}

/* At most a second. */
static void wait_a_second(struct memory *memory, uint32_t node_index)
{
	uint64_t left = TICKS_PER_S * TICK_NS;

	while (left && !memory->dying &&
	       !reclaim_is_allowed(memory, node_index))
		left = memory->tasks->sleep(memory, memory->tasks_argument,
					    SLEEP_PFMEMALLOC, node_index, left);
}

/* As long as it takes, while there is somebody who could change it. */
static void wait_for_reserves(struct memory *memory, uint32_t node_index)
{
	while (!memory->dying && !reclaim_is_allowed(memory, node_index)) {
		memory->tasks->sleep(memory, memory->tasks_argument,
				     SLEEP_PFMEMALLOC, node_index, 0);
		if (!reclaim_is_allowed(memory, node_index) &&
		    !memory->tasks->let_others_run(memory,
						   memory->tasks_argument))
			return;
	}
}

bool reclaim_throttle_direct(struct memory *memory,
			     const struct pressure_request *request)
{
	uint32_t node_index;

	if (memory->dying || memory->desc->scheduler.kernel_threads ||
	    !first_usable_node(memory, request, &node_index) ||
	    reclaim_is_allowed(memory, node_index))
		return false;
	memory->vm_event[VM_PGSCAN_DIRECT_THROTTLE]++;
	if (request->gfp & __GFP_FS)
		wait_for_reserves(memory, node_index);
	else
		wait_a_second(memory, node_index);
	return memory->dying;
}
