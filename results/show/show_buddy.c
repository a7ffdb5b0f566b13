/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * buddyinfo and pagetypeinfo: free blocks by order, and by migrate type too
 * (frag_show(), pagetypeinfo_show(), mm/vmstat.c, Linux 6.1).
 *
 * - Only zones with memory are listed. buddyinfo counts all migrate types.
 * - pagetypeinfo begins anew with each node that has memory. It counts to
 *   100000 and no further: more are ">100000".
 * - Only a kernel with contiguous memory areas knows their migrate type. We
 *   take the machine's for one where any pageblock is of that type.
 *
 * Left out: the count of mixed pageblocks, of kernels that track who owns each
 * page.
 */

#include <inttypes.h>

#include "results/show/show_state.h"

#define COUNT_MOST 100000

typedef void zone_view(const struct show_state *state,
		       const struct show_node *node,
		       const struct show_zone *zone, void *to);

static bool has_memory(const struct show_zone *zone)
{
	return zone->present;
}

static bool is_known(const struct show_state *state, unsigned int type)
{
	return type != MIGRATE_CMA || state->cma;
}

static void each_zone(const struct show_state *state,
		      const struct show_node *node, zone_view *view, void *to)
{
	unsigned int type;

	for (type = 0; type < state->nr_types; type++)
		if (has_memory(&node->zone[type]))
			view(state, node, &node->zone[type], to);
}

static void each_zone_of_all(const struct show_state *state, zone_view *view,
			     void *to)
{
	size_t n;

	for (n = 0; n < state->nr_nodes; n++)
		each_zone(state, &state->node[n], view, to);
}

/* ---- buddyinfo ----------------------------------------------------------- */

static uint64_t nr_free(const struct show_zone *zone, unsigned int order)
{
	uint64_t nr = 0;
	unsigned int type;

	for (type = 0; type < NR_MIGRATETYPES; type++)
		nr += zone->nr_free[type][order];
	return nr;
}

static void buddyinfo_zone(const struct show_state *state,
			   const struct show_node *node,
			   const struct show_zone *zone, void *to)
{
	struct text *out = to;
	unsigned int order;

	text_add(out, "Node %d, zone %8s ", node->id, zone->name);
	for (order = 0; order < state->nr_orders; order++)
		text_add(out, "%6" PRIu64 " ", nr_free(zone, order));
	text_add(out, "\n");
}

void show_buddyinfo(const struct show_state *state, struct text *out)
{
	each_zone_of_all(state, buddyinfo_zone, out);
}

static void begin_zone(struct json *json, const struct show_node *node,
		       const struct show_zone *zone)
{
	json_begin_object(json, NULL);
	json_int(json, "node", node->id);
	json_string(json, "zone", zone->name);
}

static void buddyinfo_zone_json(const struct show_state *state,
				const struct show_node *node,
				const struct show_zone *zone, void *to)
{
	struct json *json = to;
	unsigned int order;

	begin_zone(json, node, zone);
	json_begin_array(json, "nr_free");
	for (order = 0; order < state->nr_orders; order++)
		json_int(json, NULL, (int64_t)nr_free(zone, order));
	json_end_array(json);
	json_end_object(json);
}

void show_buddyinfo_json(const struct show_state *state, struct json *json)
{
	json_begin_array(json, "zones");
	each_zone_of_all(state, buddyinfo_zone_json, json);
	json_end_array(json);
}

/* ---- pagetypeinfo -------------------------------------------------------- */

static void free_counts(const struct show_state *state,
			const struct show_node *node,
			const struct show_zone *zone, void *to)
{
	struct text *out = to;
	unsigned int type, order;

	for (type = 0; type < NR_MIGRATETYPES; type++) {
		if (!is_known(state, type))
			continue;
		text_add(out, "Node %4d, zone %8s, type %12s ", node->id,
			 zone->name, proc_migratetype_names[type]);
		for (order = 0; order < state->nr_orders; order++) {
			uint64_t nr = zone->nr_free[type][order];
			bool more = nr >= COUNT_MOST;

			text_add(out, "%s%6" PRIu64 " ", more ? ">" : "",
				 more ? COUNT_MOST : nr);
		}
		text_add(out, "\n");
	}
}

static void block_counts(const struct show_state *state,
			 const struct show_node *node,
			 const struct show_zone *zone, void *to)
{
	struct text *out = to;
	unsigned int type;

	text_add(out, "Node %d, zone %8s ", node->id, zone->name);
	for (type = 0; type < NR_MIGRATETYPES; type++)
		if (is_known(state, type))
			text_add(out, "%12" PRIu64 " ", zone->pageblocks[type]);
	text_add(out, "\n");
}

static void pagetypeinfo_node(const struct show_state *state,
			      const struct show_node *node, struct text *out)
{
	unsigned int type, order;

	text_add(out, "Page block order: %u\n", state->pageblock_order);
	text_add(out, "Pages per block:  %u\n\n", 1u << state->pageblock_order);
	text_add(out, "%-43s ", "Free pages count per migrate type at order");
	for (order = 0; order < state->nr_orders; order++)
		text_add(out, "%6u ", order);
	text_add(out, "\n");
	each_zone(state, node, free_counts, out);
	text_add(out, "\n%-23s", "Number of blocks type ");
	for (type = 0; type < NR_MIGRATETYPES; type++)
		if (is_known(state, type))
			text_add(out, "%12s ", proc_migratetype_names[type]);
	text_add(out, "\n");
	each_zone(state, node, block_counts, out);
}

void show_pagetypeinfo(const struct show_state *state, struct text *out)
{
	unsigned int type;
	size_t n;

	for (n = 0; n < state->nr_nodes; n++)
		for (type = 0; type < state->nr_types; type++)
			if (has_memory(&state->node[n].zone[type])) {
				pagetypeinfo_node(state, &state->node[n], out);
				break;
			}
}

static void pagetypeinfo_zone_json(const struct show_state *state,
				   const struct show_node *node,
				   const struct show_zone *zone, void *to)
{
	struct json *json = to;
	unsigned int type, order;

	begin_zone(json, node, zone);
	json_begin_array(json, "migratetypes");
	for (type = 0; type < NR_MIGRATETYPES; type++) {
		if (!is_known(state, type))
			continue;
		json_begin_object(json, NULL);
		json_string(json, "type", proc_migratetype_names[type]);
		json_begin_array(json, "nr_free");
		for (order = 0; order < state->nr_orders; order++)
			json_int(json, NULL,
				 (int64_t)zone->nr_free[type][order]);
		json_end_array(json);
		json_int(json, "pageblocks", (int64_t)zone->pageblocks[type]);
		json_end_object(json);
	}
	json_end_array(json);
	json_end_object(json);
}

void show_pagetypeinfo_json(const struct show_state *state, struct json *json)
{
	json_int(json, "pageblock_order", state->pageblock_order);
	json_begin_array(json, "zones");
	each_zone_of_all(state, pagetypeinfo_zone_json, json);
	json_end_array(json);
}
