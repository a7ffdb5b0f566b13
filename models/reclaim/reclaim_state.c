/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What reclaim keeps between requests, of each node: what kswapd was asked for,
 * whether it has given up, and from how many pages on node reclaim pays. That
 * is a percentage of what a zone had when the kernel booted
 * (setup_min_unmapped_ratio(), setup_min_slab_ratio(), Linux 6.1).
 *
 *	struct reclaim
 *	  node[0]   kswapd: order 0, up to Normal; 2 runs in vain
 *	  node[1]   kswapd: nothing asked for
 *	  shrinkers, the flusher
 */

#include "models/reclaim/reclaim_internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/base/host.h"

static void set_up_node(struct memory *memory, uint32_t node_index)
{
	struct reclaim_node *state = reclaim_node_of(memory, node_index);
	const struct node *node = &memory->node[node_index];
	const struct sysctl_desc *sysctl = &memory->desc->sysctl;

	state->kswapd_highest = NO_ZONE_TYPE;
	for (uint32_t z = 0; z < node->nr_zones; z++) {
		uint64_t pages = node->zones[z].boot_pages;

		state->min_unmapped_pages +=
			pages * sysctl->min_unmapped_ratio / 100;
		state->min_slab_pages += pages * sysctl->min_slab_ratio / 100;
	}
}

struct reclaim *reclaim_new(struct memory *memory)
{
	struct reclaim *reclaim = host_alloc(1, sizeof *reclaim);

	if (!reclaim)
		return NULL;
	reclaim->node = host_alloc(memory->nr_nodes, sizeof *reclaim->node);
	if (!reclaim->node) {
		reclaim_free(reclaim);
		return NULL;
	}
	memory->reclaim = reclaim;
	for (uint32_t n = 0; n < memory->nr_nodes; n++)
		set_up_node(memory, n);
	return reclaim;
}

void reclaim_free(struct reclaim *reclaim)
{
	if (!reclaim)
		return;
	reclaim_free_shrinkers(reclaim);
	free(reclaim->node);
	free(reclaim);
}

bool reclaim_validate(const struct memory *memory, char *why, size_t size)
{
	for (uint32_t n = 0; n < memory->nr_nodes; n++) {
		const struct reclaim_node *state = reclaim_node_of(memory, n);

		if (state->kswapd_highest > NO_ZONE_TYPE ||
		    state->kswapd_order >= memory->nr_orders) {
			snprintf(why, size,
				 "node %d: kswapd's order is %u, its zone %d",
				 memory->node[n].id, state->kswapd_order,
				 (int)state->kswapd_highest);
			return false;
		}
	}
	return true;
}
