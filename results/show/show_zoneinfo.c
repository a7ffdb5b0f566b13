/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * zoneinfo: each zone's marks, sizes and counters (zoneinfo_show_print(),
 * mm/vmstat.c, Linux 6.1).
 *
 * - Every zone type of the kernel is listed for every node; a zone without
 *   memory ends after its reserves.
 * - What a node counts as a whole stands in its first zone with memory.
 * - min, low and high contain the boost. The free pages are the counter's,
 *   which lags.
 * - The counters are those of a distribution's kernel, in its order. One that
 *   no model keeps is 0, as it is where nothing of the kind has happened:
 *   docs/show.md says which are kept.
 * - Counters of NUMA events and of page promotion are only in kernels that
 *   know NUMA.
 *
 * Left out: a node that kswapd has given up on (node_unreclaimable is 0).
 */

#include <inttypes.h>
#include <string.h>

#include "results/show/show_state.h"
#include "sim/base/numbers.h"

static const char *const node_counters[] = {
	"nr_inactive_anon",
	"nr_active_anon",
	"nr_inactive_file",
	"nr_active_file",
	"nr_unevictable",
	"nr_slab_reclaimable",
	"nr_slab_unreclaimable",
	"nr_isolated_anon",
	"nr_isolated_file",
	"workingset_nodes",
	"workingset_refault_anon",
	"workingset_refault_file",
	"workingset_activate_anon",
	"workingset_activate_file",
	"workingset_restore_anon",
	"workingset_restore_file",
	"workingset_nodereclaim",
	"nr_anon_pages",
	"nr_mapped",
	"nr_file_pages",
	"nr_dirty",
	"nr_writeback",
	"nr_writeback_temp",
	"nr_shmem",
	"nr_shmem_hugepages",
	"nr_shmem_pmdmapped",
	"nr_file_hugepages",
	"nr_file_pmdmapped",
	"nr_anon_transparent_hugepages",
	"nr_vmscan_write",
	"nr_vmscan_immediate_reclaim",
	"nr_dirtied",
	"nr_written",
	"nr_throttled_written",
	"nr_kernel_misc_reclaimable",
	"nr_foll_pin_acquired",
	"nr_foll_pin_released",
	"nr_kernel_stack",
	"nr_page_table_pages",
	"nr_sec_page_table_pages",
	"nr_swapcached",
	"pgpromote_success",
	"pgpromote_candidate",
};
#define NR_NUMA_NODE_COUNTERS 2 /* the last ones */

static const char *const zone_counters[] = {
	"nr_free_pages",
	"nr_zone_inactive_anon",
	"nr_zone_active_anon",
	"nr_zone_inactive_file",
	"nr_zone_active_file",
	"nr_zone_unevictable",
	"nr_zone_write_pending",
	"nr_mlock",
	"nr_bounce",
	"nr_zspages",
	"nr_free_cma",
	"numa_hit",
	"numa_miss",
	"numa_foreign",
	"numa_interleave",
	"numa_local",
	"numa_other",
};
#define NR_NUMA_ZONE_COUNTERS 6 /* the last ones */

static size_t nr_node_counters(const struct show_state *state)
{
	return LENGTH(node_counters) -
	       (state->numa ? 0 : NR_NUMA_NODE_COUNTERS);
}

static size_t nr_zone_counters(const struct show_state *state)
{
	return LENGTH(zone_counters) -
	       (state->numa ? 0 : NR_NUMA_ZONE_COUNTERS);
}

static uint64_t zone_counter(const struct show_state *state,
			     const struct show_zone *zone, size_t n)
{
	if (!strcmp(zone_counters[n], "nr_free_pages"))
		return zone->nr_free_pages;
	if (!strcmp(zone_counters[n], "nr_free_cma"))
		return show_free_pages(state, zone, MIGRATE_CMA);
	return show_stat(&zone->stats, zone_counters[n]);
}

static uint64_t cma_pages(const struct show_state *state,
			  const struct show_zone *zone)
{
	return zone->pageblocks[MIGRATE_CMA] << state->pageblock_order;
}

static bool is_first(const struct show_node *node, unsigned int type)
{
	unsigned int below;

	for (below = 0; below < type; below++)
		if (node->zone[below].present)
			return false;
	return node->zone[type].present;
}

/* ---- as text ------------------------------------------------------------- */

static void add_marks(const struct show_state *state,
		      const struct show_zone *zone, struct text *out)
{
	const struct {
		const char *text;
		uint64_t pages;
	} mark[] = {
		{ "  pages free     ", zone->nr_free_pages },
		{ "        boost    ", zone->boost },
		{ "        min      ", zone->min },
		{ "        low      ", zone->low },
		{ "        high     ", zone->high },
		{ "        spanned  ", zone->spanned },
		{ "        present  ", zone->present },
		{ "        managed  ", zone->managed },
		{ "        cma      ", cma_pages(state, zone) },
	};
	unsigned int type;
	size_t n;

	for (n = 0; n < LENGTH(mark); n++)
		text_add(out, "\n%s%" PRIu64, mark[n].text, mark[n].pages);
	text_add(out, "\n        protection: (");
	for (type = 0; type < state->nr_types; type++)
		text_add(out, "%s%" PRId64, type ? ", " : "",
			 zone->reserve[type]);
	text_add(out, ")");
}

static void add_pagesets(const struct show_state *state,
			 const struct show_zone *zone, struct text *out)
{
	unsigned int cpu;

	text_add(out, "\n  pagesets");
	for (cpu = 0; cpu < state->nr_cpus; cpu++) {
		const struct show_pcp *pcp = &zone->pcp[cpu];

		if (!state->online[cpu])
			continue;
		text_add(out, "\n    cpu: %u", cpu);
		text_add(out, "\n              count: %" PRId64, pcp->count);
		text_add(out, "\n              high:  %" PRId64, pcp->high);
		text_add(out, "\n              batch: %" PRId64, pcp->batch);
		text_add(out, "\n  vm stats threshold: %" PRIu64,
			 zone->stat_threshold);
	}
}

static void add_zone(const struct show_state *state,
		     const struct show_node *node, unsigned int type,
		     struct text *out)
{
	const struct show_zone *zone = &node->zone[type];
	size_t n;

	text_add(out, "Node %d, zone %8s", node->id, zone->name);
	if (is_first(node, type)) {
		text_add(out, "\n  per-node stats");
		for (n = 0; n < nr_node_counters(state); n++)
			text_add(out, "\n      %-12s %" PRIu64,
				 node_counters[n],
				 show_stat(&node->stats, node_counters[n]));
	}
	add_marks(state, zone, out);
	if (!zone->present) {
		text_add(out, "\n");
		return;
	}
	for (n = 0; n < nr_zone_counters(state); n++)
		text_add(out, "\n      %-12s %" PRIu64, zone_counters[n],
			 zone_counter(state, zone, n));
	add_pagesets(state, zone, out);
	text_add(out, "\n  node_unreclaimable:  0");
	text_add(out, "\n  start_pfn:           %" PRIu64 "\n",
		 zone->start_pfn);
}

void show_zoneinfo(const struct show_state *state, struct text *out)
{
	unsigned int type;
	size_t n;

	for (n = 0; n < state->nr_nodes; n++)
		for (type = 0; type < state->nr_types; type++)
			add_zone(state, &state->node[n], type, out);
}

/* ---- as JSON ------------------------------------------------------------- */

static void marks_json(const struct show_state *state,
		       const struct show_zone *zone, struct json *json)
{
	unsigned int type;

	json_int(json, "free", (int64_t)zone->nr_free_pages);
	json_int(json, "boost", (int64_t)zone->boost);
	json_int(json, "min", (int64_t)zone->min);
	json_int(json, "low", (int64_t)zone->low);
	json_int(json, "high", (int64_t)zone->high);
	json_int(json, "spanned", (int64_t)zone->spanned);
	json_int(json, "present", (int64_t)zone->present);
	json_int(json, "managed", (int64_t)zone->managed);
	json_int(json, "cma", (int64_t)cma_pages(state, zone));
	json_begin_array(json, "protection");
	for (type = 0; type < state->nr_types; type++)
		json_int(json, NULL, zone->reserve[type]);
	json_end_array(json);
}

static void pagesets_json(const struct show_state *state,
			  const struct show_zone *zone, struct json *json)
{
	unsigned int cpu;

	json_begin_array(json, "pagesets");
	for (cpu = 0; cpu < state->nr_cpus; cpu++) {
		if (!state->online[cpu])
			continue;
		json_begin_object(json, NULL);
		json_int(json, "cpu", cpu);
		json_int(json, "count", zone->pcp[cpu].count);
		json_int(json, "high", zone->pcp[cpu].high);
		json_int(json, "batch", zone->pcp[cpu].batch);
		json_int(json, "stat_threshold", (int64_t)zone->stat_threshold);
		json_end_object(json);
	}
	json_end_array(json);
}

static void zone_json(const struct show_state *state,
		      const struct show_node *node, unsigned int type,
		      struct json *json)
{
	const struct show_zone *zone = &node->zone[type];
	size_t n;

	json_begin_object(json, NULL);
	json_int(json, "node", node->id);
	json_string(json, "zone", zone->name);
	marks_json(state, zone, json);
	if (is_first(node, type)) {
		json_begin_object(json, "node_counters");
		for (n = 0; n < nr_node_counters(state); n++)
			json_int(json, node_counters[n],
				 (int64_t)show_stat(&node->stats,
						    node_counters[n]));
		json_end_object(json);
	}
	if (zone->present) {
		json_begin_object(json, "counters");
		for (n = 0; n < nr_zone_counters(state); n++)
			json_int(json, zone_counters[n],
				 (int64_t)zone_counter(state, zone, n));
		json_end_object(json);
		pagesets_json(state, zone, json);
		json_int(json, "node_unreclaimable", 0);
		json_int(json, "start_pfn", (int64_t)zone->start_pfn);
	}
	json_end_object(json);
}

void show_zoneinfo_json(const struct show_state *state, struct json *json)
{
	unsigned int type;
	size_t n;

	json_begin_array(json, "zones");
	for (n = 0; n < state->nr_nodes; n++)
		for (type = 0; type < state->nr_types; type++)
			zone_json(state, &state->node[n], type, json);
	json_end_array(json);
}
