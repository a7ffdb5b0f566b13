/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kcompactd, a node's compaction in the background.
 *
 *	kswapd, done with a high order ---wakes--> kcompactd: zones of the
 *	                                             node, lowest first
 *	every 500 ms, if kswapd sleeps ----------> score too high? compact all
 *	                                             in vain: 32 s from now
 *
 * Rules (Linux 6.1, mm/compaction.c):
 *
 * - It remembers the largest order and the lowest zone limit it was asked for,
 *   and is woken if it sleeps and a zone is suitable (wakeup_kcompactd()).
 * - Then it compacts the zones up to the limit that are suitable for a request
 *   of their own, and not deferred, as an allocation that may wait for locks
 *   would. Where it fails, all CPUs' lists of the zone are drained, and the
 *   zone is deferred (kcompactd_do_work()).
 * - After 500 ms without work it looks whether the node has become fragmented
 *   (models/compaction/compaction_policy.c), and compacts all zones as a whole,
 *   skip bits or not. When the score is no lower afterwards, the next look is
 *   64 times as far away (kcompactd(), proactive_compact_node()). With
 *   compaction_proactiveness of 0 it never looks.
 *
 * Left out: the order to compact everything (/proc/sys/vm/compact_memory) and
 * the look at the score that comes with a change of compaction_proactiveness.
 */

#include "models/compaction/compaction_internal.h"

#include "models/gfp.h"
#include "models/page/page_alloc.h"

/* HPAGE_FRAG_CHECK_INTERVAL_MSEC */
#define LOOK_INTERVAL_NS 500000000u

static struct node_compaction *node_compaction(const struct memory *memory,
					       uint32_t node_index)
{
	return &memory->compaction->node[node_index];
}

/* The highest zone of a node: pgdat->nr_zones - 1 */
static enum zone_type highest_zone(const struct node *node)
{
	return node->zones[node->nr_zones - 1].type;
}

/* kcompactd_node_suitable() */
static bool is_node_suitable(struct memory *memory, uint32_t node_index)
{
	const struct node *node = &memory->node[node_index];
	const struct node_compaction *asked =
		node_compaction(memory, node_index);

	for (uint32_t z = 0; z < node->nr_zones; z++) {
		struct zone *zone = &node->zones[z];

		if (zone->present_pages && zone->type <= asked->highest &&
		    compaction_suitable(memory, zone, asked->max_order, 0,
					asked->highest) == COMPACT_CONTINUE)
			return true;
	}
	return false;
}

void compaction_wake_kcompactd(struct memory *memory, uint32_t node_index,
			       order_t order, enum zone_type highest)
{
	struct node_compaction *asked = node_compaction(memory, node_index);

	if (!order)
		return;
	if (asked->max_order < order)
		asked->max_order = order;
	if (asked->highest > highest)
		asked->highest = highest;
	if (memory->tasks->is_asleep(memory, memory->tasks_argument,
				     SLEEP_KCOMPACTD, node_index) &&
	    is_node_suitable(memory, node_index)) {
		memory->work.count[WORK_TASKS_WOKEN]++;
		memory->tasks->wake(memory, memory->tasks_argument,
				    SLEEP_KCOMPACTD, node_index);
	}
}

/* Waits for nobody's sake, with what GFP_KERNEL may do. */
static struct compact_control control_for(struct memory *memory, int order,
					  enum zone_type highest)
{
	return (struct compact_control){
		.memory = memory,
		.order = order,
		.search_order = order,
		.gfp = GFP_KERNEL,
		.type = gfp_migratetype(GFP_KERNEL & memory->mobility_flags),
		.mode = MIGRATE_SYNC_LIGHT,
		.highest = highest,
	};
}

/* One zone of kcompactd_do_work(). */
static void compact_one(struct compact_control *cc, struct zone *zone)
{
	struct memory *memory = cc->memory;
	enum compact_result result;

	if (compaction_is_deferred(memory, zone, cc->order) ||
	    compaction_suitable(memory, zone, cc->order, 0, zone->type) !=
		    COMPACT_CONTINUE)
		return;
	cc->zone = zone;
	cc->cpu = memory->cpu;
	result = compact_zone(cc);
	if (result == COMPACT_SUCCESS) {
		compaction_defer_reset(memory, zone, cc->order, false);
	} else if (result == COMPACT_PARTIAL_SKIPPED ||
		   result == COMPACT_COMPLETE) {
		page_drain_zone(memory, zone, cc->cpu);
		defer_compaction(memory, zone, cc->order);
	}
	memory->vm_event[VM_COMPACT_DAEMON_MIGRATE_SCANNED] +=
		cc->migrate_scanned;
	memory->vm_event[VM_COMPACT_DAEMON_FREE_SCANNED] += cc->free_scanned;
}

/* kcompactd_do_work() */
static void do_work(struct memory *memory, uint32_t node_index)
{
	const struct node *node = &memory->node[node_index];
	struct node_compaction *asked = node_compaction(memory, node_index);
	struct compact_control cc =
		control_for(memory, asked->max_order, asked->highest);

	memory->vm_event[VM_COMPACT_DAEMON_WAKE]++;
	for (uint32_t z = 0; z < node->nr_zones; z++)
		if (node->zones[z].present_pages &&
		    node->zones[z].type <= cc.highest)
			compact_one(&cc, &node->zones[z]);
	/* Somebody may have asked for more meanwhile. */
	if (asked->max_order <= cc.order)
		asked->max_order = 0;
	if (asked->highest >= cc.highest)
		asked->highest = highest_zone(node);
}

/* should_proactive_compact_node() */
static bool is_fragmented(struct memory *memory, const struct node *node)
{
	return memory->desc->sysctl.compaction_proactiveness &&
	       !kswapd_is_running(memory, node) &&
	       node_score(memory, node) > score_mark(memory, false);
}

/* proactive_compact_node() */
static void compact_node(struct memory *memory, const struct node *node)
{
	struct compact_control cc =
		control_for(memory, ORDER_ALL, highest_zone(node));

	cc.proactive = true;
	cc.ignore_skip = true;
	cc.whole_zone = true;
	for (uint32_t z = 0; z < node->nr_zones; z++) {
		if (!node->zones[z].present_pages)
			continue;
		cc.zone = &node->zones[z];
		cc.cpu = memory->cpu;
		compact_zone(&cc);
	}
}

/* Sleeps; true: there is work. wait_event_freezable_timeout() */
static bool wait_for_work(struct kcompactd *kcompactd)
{
	struct memory *memory = kcompactd->memory;
	const struct node_compaction *asked =
		node_compaction(memory, kcompactd->node_index);
	uint64_t left = kcompactd->timeout_ns;

	if (!memory->desc->sysctl.compaction_proactiveness)
		left = 0;
	while (!asked->max_order) {
		left = memory->tasks->sleep(memory, memory->tasks_argument,
					    SLEEP_KCOMPACTD,
					    kcompactd->node_index, left);
		if (!left)
			break;
	}
	return asked->max_order;
}

bool kcompactd_turn(struct kcompactd *kcompactd)
{
	struct memory *memory = kcompactd->memory;
	const struct node *node = &memory->node[kcompactd->node_index];
	bool has_work = wait_for_work(kcompactd);
	uint32_t score;

	kcompactd->timeout_ns = LOOK_INTERVAL_NS;
	if (has_work) {
		memory->work.count[WORK_TASK_TURNS]++;
		do_work(memory, kcompactd->node_index);
		return true;
	}
	if (!is_fragmented(memory, node))
		return false;
	score = node_score(memory, node);
	compact_node(memory, node);
	if (node_score(memory, node) >= score)
		kcompactd->timeout_ns <<= COMPACT_MAX_DEFER_SHIFT;
	return true;
}

void compaction_kcompactd(struct memory *memory, uint32_t node_index)
{
	struct kcompactd kcompactd = {
		.memory = memory,
		.node_index = node_index,
		.timeout_ns = LOOK_INTERVAL_NS,
	};

	if (!memory->node[node_index].nr_zones)
		return;
	while (kcompactd_turn(&kcompactd) || memory->tasks != &no_task_ops)
		;
}
