/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Node reclaim: before a request goes to another node, its own is made to give
 * back page cache that nobody has mapped, and slab pages.
 *
 *	own node below low --> more such pages than a percentage of the node?
 *	                           | yes              | no
 *	                           v                  v
 *	           a 16th of its lists, then more   the next node
 *
 * Rules (Linux 6.1, mm/vmscan.c, node_reclaim()):
 *
 * - zone_reclaim_mode switches it on; with its bits 2 and 4 it writes dirty
 *   pages and takes mapped ones too.
 * - It pays when the node has more unmapped page cache than min_unmapped_ratio
 *   per cent of its pages, or more reclaimable slab pages than min_slab_ratio.
 *   Dirty pages count only if they may be written, mapped ones only if they may
 *   be unmapped (node_pagecache_reclaimable()).
 * - Only callers that may wait do it, on their own CPU's node or one without
 *   CPUs, and one at a time for a node.
 * - It begins with priority 4 and goes on to 0 until the block's pages have
 *   been freed. Where that failed it is counted; success is not, although
 *   there is a counter for it.
 */

#include "models/reclaim/reclaim_internal.h"

#include "models/gfp.h"

#define NODE_RECLAIM_PRIORITY 4

/* Bits of zone_reclaim_mode. */
#define RECLAIM_WRITE 2
#define RECLAIM_UNMAP 4

/*
 * Page cache on the lists that is in no page table: node_unmapped_file_pages().
 * Mapped pages that are on no list of files, because they are locked in memory
 * or isolated, count against it too.
 */
static uint64_t unmapped_pages(const uint64_t *stat)
{
	uint64_t listed = stat[NR_INACTIVE_FILE] + stat[NR_ACTIVE_FILE];
	uint64_t mapped = stat[NR_FILE_MAPPED];

	return listed > mapped ? listed - mapped : 0;
}

static bool is_worth_while(const struct memory *memory, uint32_t node_index)
{
	const struct reclaim_node *state = reclaim_node_of(memory, node_index);
	const uint64_t *stat = memory->node[node_index].stat;
	uint32_t mode = memory->desc->sysctl.zone_reclaim_mode;
	uint64_t limit = state->min_unmapped_pages;

	if (stat[NR_SLAB_RECLAIMABLE] > state->min_slab_pages)
		return true;
	if (!(mode & RECLAIM_WRITE))
		limit += stat[NR_FILE_DIRTY];
	if (mode & RECLAIM_UNMAP)
		return stat[NR_FILE_PAGES] > limit;
	return unmapped_pages(stat) > limit;
}

/* Is it the caller's to do so on this node? */
static bool is_callers(const struct memory *memory, uint32_t node_index,
		       const struct pressure_request *request)
{
	return request->gfp & __GFP_DIRECT_RECLAIM &&
	       (!memory->desc->nodes[node_index].nr_cpus ||
		memory->cpu_node[request->cpu] == memory->node[node_index].id);
}

/* Until the block's pages are free, or there is nothing left to try. */
static bool reclaim_for(struct memory *memory, uint32_t node_index,
			const struct pressure_request *request)
{
	uint32_t mode = memory->desc->sysctl.zone_reclaim_mode;
	uint64_t pages = 1ull << request->order;
	struct scan_control sc = {
		.gfp = request->gfp,
		.cpu = request->cpu,
		.order = request->order,
		.highest = request->highest,
		.priority = NODE_RECLAIM_PRIORITY,
		.nr_to_reclaim = pages < SWAP_CLUSTER_MAX ? SWAP_CLUSTER_MAX :
							    pages,
		.may_writepage = mode & RECLAIM_WRITE,
		.may_unmap = mode & RECLAIM_UNMAP,
		.may_swap = true,
	};

	reclaim_elapse(memory);
	if (!is_worth_while(memory, node_index))
		return false;
	do
		reclaim_shrink_node(memory, node_index, &sc);
	while (sc.nr_reclaimed < pages && --sc.priority >= 0);
	return sc.nr_reclaimed >= pages;
}

bool reclaim_node(struct memory *memory, struct zone *zone,
		  const struct pressure_request *request)
{
	uint32_t node_index = memory->node_index[zone->node];
	struct reclaim_node *state = reclaim_node_of(memory, node_index);
	bool enough;

	if (!memory->desc->sysctl.zone_reclaim_mode ||
	    !is_worth_while(memory, node_index) ||
	    !is_callers(memory, node_index, request) || state->is_reclaimed)
		return false;
	state->is_reclaimed = true;
	enough = reclaim_for(memory, node_index, request);
	state->is_reclaimed = false;
	if (!enough)
		memory->vm_event[VM_ZONE_RECLAIM_FAILED]++;
	return true;
}
