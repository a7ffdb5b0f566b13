/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Zonelists: where a request for a node may go, best first.
 *
 * Rules (Linux 6.1, mm/page_alloc.c):
 *
 * - Within a node, the highest zone type comes first, so that DMA memory is
 *   left for those who need it (build_zonerefs_node()). Zones without pages
 *   are not in any list.
 * - The node itself comes first, then the others by distance
 *   (find_next_best_node()): nodes before this one are a little farther than
 *   those behind it, and among equals the one that fewer nodes have chosen as
 *   the first of its distance goes first, so that the load spreads
 *   (build_zonelists()). Nodes with CPUs would count as farther, too; but the
 *   lists are made at boot, when no node has been told of its CPUs yet
 *   (numa_add_cpu() comes later, on x86 and arm64 alike).
 * - A kernel without NUMA goes round the nodes by number.
 * - __GFP_THISNODE uses a list of the node alone.
 *
 * Left out: changing the order at run time (memory hotplug).
 */

#include "models/page/zonelist.h"

#include <stdlib.h>

#include "sim/base/host.h"

/* Distances weigh more than any load: at least the number of nodes. */
#define DISTANCE_WEIGHT MAX_NODES

static void add_zones(struct zonelist *list, const struct node *node)
{
	for (uint32_t i = node->nr_zones; i-- > 0;)
		if (node->zones[i].managed_pages)
			list->zone[list->nr++] = &node->zones[i];
}

static bool has_memory(const struct node *node)
{
	for (uint32_t i = 0; i < node->nr_zones; i++)
		if (node->zones[i].managed_pages)
			return true;
	return false;
}

/* find_next_best_node(), for all but the node itself; -1: no more. */
static int next_best(const struct memory *memory, uint32_t from,
		     const bool *used, const uint32_t *load)
{
	const struct node *nodes = memory->node;
	uint64_t least = UINT64_MAX;
	int best = -1;

	for (uint32_t n = 0; n < memory->nr_nodes; n++) {
		uint64_t value;

		if (used[n] || !has_memory(&nodes[n]))
			continue;
		value = nodes[from].distance[nodes[n].id] + (n < from);
		value = value * DISTANCE_WEIGHT + load[n];
		if (value < least) {
			least = value;
			best = n;
		}
	}
	return best;
}

static void order_by_distance(struct memory *memory, uint32_t from,
			      uint32_t *load)
{
	struct node *nodes = memory->node;
	struct zonelist *list = &nodes[from].fallback;
	bool used[MAX_NODES] = { [0] = false };
	uint32_t last = from;
	int next;

	used[from] = true;
	add_zones(list, &nodes[from]);
	while ((next = next_best(memory, from, used, load)) >= 0) {
		const uint32_t *distance = nodes[from].distance;

		if (distance[nodes[next].id] != distance[nodes[last].id])
			load[next]++;
		used[next] = true;
		last = next;
		add_zones(list, &nodes[next]);
	}
}

static void order_by_number(struct memory *memory, uint32_t from)
{
	for (uint32_t i = 0; i < memory->nr_nodes; i++)
		add_zones(&memory->node[from].fallback,
			  &memory->node[(from + i) % memory->nr_nodes]);
}

/* Where a request begins that may use types up to each. */
static void note_first(struct zonelist *list)
{
	for (int highest = 0; highest < NR_ZONE_TYPES; highest++) {
		uint32_t *first = &list->first[highest];

		while (*first < list->nr &&
		       (int)list->zone[*first]->type > highest)
			++*first;
	}
}

int zonelist_build(struct memory *memory)
{
	uint32_t load[MAX_NODES] = { 0 };

	for (uint32_t n = 0; n < memory->nr_nodes; n++) {
		struct node *node = &memory->node[n];

		node->fallback.zone = host_alloc(memory->nr_zones + 1,
						 sizeof *node->fallback.zone);
		node->thisnode.zone = host_alloc(node->nr_zones + 1,
						 sizeof *node->thisnode.zone);
		if (!node->fallback.zone || !node->thisnode.zone)
			return -1;
		add_zones(&node->thisnode, node);
		if (memory->desc->numa)
			order_by_distance(memory, n, load);
		else
			order_by_number(memory, n);
		note_first(&node->fallback);
		note_first(&node->thisnode);
	}
	return 0;
}

void zonelist_release(struct memory *memory)
{
	for (uint32_t n = 0; memory->node && n < memory->nr_nodes; n++) {
		free(memory->node[n].fallback.zone);
		free(memory->node[n].thisnode.zone);
	}
}
