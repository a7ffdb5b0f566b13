/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the state of memory into rows, zone by zone in the machine's order.
 *
 * Free blocks are counted by migrate type and order, zeros included, for the
 * types that every kernel has (up to highatomic); the others only where there
 * are any. The indices are the kernel's, over all types. `nr_free_pages` is
 * the counter that watermarks look at, `free_pages` what the lists hold.
 *
 * Left out of vmstat: counters of things that no model does yet. A counter
 * that is there and 0 means that it did not happen.
 */

#include "results/record/state_rows.h"

#include "models/reclaim/folio.h"
#include "models/page/fragmentation.h"
#include "results/record/pageblock_rows.h"

#define LAST_USUAL_TYPE MIGRATE_HIGHATOMIC

/* From here on the short cut (results/record/staged_rows.h) pays. */
#define MANY_ROWS 512

static const char *const cause_names[] = {
	[SAMPLE_CLOCK] = "clock",
	[SAMPLE_WORKLOAD] = "workload",
	[SAMPLE_END] = "end",
};

static const char *const table_names[] = {
	"sample", "free_area",	"zone_sample", "fragmentation",
	"vmstat", "pcp_sample", "node_stat",   "pageblock_sample",
};
#define NR_TABLES (sizeof(table_names) / sizeof(table_names[0]))

static struct rows *table(struct state_rows *rows, size_t n)
{
	struct rows *const tables[NR_TABLES] = {
		&rows->sample,	    &rows->free_area,
		&rows->zone_sample, &rows->fragmentation,
		&rows->vmstat,	    &rows->pcp_sample,
		&rows->node_stat,   &rows->pageblock_sample,
	};

	return tables[n];
}

int state_rows_init(struct state_rows *rows, const struct database *database,
		    struct errors *errors)
{
	size_t n;

	for (n = 0; n < NR_TABLES; n++)
		if (rows_init(table(rows, n), database, table_names[n], errors))
			return -1;
	/* SQLite takes so many at once only of a few tables: the longest. */
	rows_stage_from(&rows->free_area, MANY_ROWS);
	rows_stage_from(&rows->fragmentation, MANY_ROWS);
	rows_stage_from(&rows->vmstat, MANY_ROWS);
	return 0;
}

int state_rows_committed(struct state_rows *rows, struct errors *errors)
{
	size_t n;

	for (n = 0; n < NR_TABLES; n++)
		if (rows_committed(table(rows, n), errors))
			return -1;
	return 0;
}

int state_rows_flush(struct state_rows *rows, struct errors *errors)
{
	size_t n;

	for (n = 0; n < NR_TABLES; n++)
		if (rows_flush(table(rows, n), errors))
			return -1;
	return 0;
}

void state_rows_release(struct state_rows *rows)
{
	size_t n;

	for (n = 0; n < NR_TABLES; n++)
		rows_release(table(rows, n));
}

struct value *state_rows_begin(struct rows *rows, const struct sample_at *at,
			       struct errors *errors)
{
	struct value *value = rows_add(rows, errors);

	if (!value)
		return NULL;
	*value++ = value_int(RUN_ID);
	*value++ = value_text(at->label);
	*value++ = value_int(at->t_ns);
	return value;
}

struct value *state_rows_begin_zone(struct rows *rows,
				    const struct sample_at *at,
				    const struct zone *zone,
				    struct errors *errors)
{
	struct value *value = state_rows_begin(rows, at, errors);

	if (!value)
		return NULL;
	*value++ = value_int((uint64_t)zone->node);
	*value++ = value_text(zone_type_names[zone->type]);
	return value;
}

static int add_free_area(struct state_rows *rows, const struct sample_at *at,
			 const struct memory *memory, const struct zone *zone,
			 struct errors *errors)
{
	struct value *value;
	unsigned int type, order;

	for (type = 0; type < NR_MIGRATETYPES; type++)
		for (order = 0; order < memory->nr_orders; order++) {
			uint32_t nr_free = zone->area[type].nr_free[order];

			if (!nr_free && type > LAST_USUAL_TYPE)
				continue;
			value = state_rows_begin_zone(&rows->free_area, at,
						      zone, errors);
			if (!value)
				return -1;
			*value++ = value_text(migratetype_names[type]);
			*value++ = value_int(order);
			*value++ = value_int(nr_free);
			*value++ = value_int(at->number);
		}
	return 0;
}

static int add_zone_sample(struct state_rows *rows, const struct sample_at *at,
			   const struct memory *memory, const struct zone *zone,
			   struct errors *errors)
{
	struct value *value =
		state_rows_begin_zone(&rows->zone_sample, at, zone, errors);
	uint64_t pageblocks[NR_MIGRATETYPES];
	unsigned int n;

	if (!value)
		return -1;
	zone_count_pageblocks(memory, zone, pageblocks);
	*value++ = value_int(zone_counted_free_pages(zone));
	*value++ = value_int(zone_pcp_pages(memory, zone));
	*value++ = value_int(zone->nr_reserved_highatomic);
	*value++ = value_int(zone_free_pages(zone));
	for (n = 0; n < NR_WMARK; n++)
		*value++ = value_int((uint64_t)zone->watermark[n]);
	*value++ = value_int((uint64_t)zone->watermark_boost);
	for (n = 0; n < NR_MIGRATETYPES; n++)
		*value++ = value_int(pageblocks[n]);
	*value++ = value_int(at->number);
	return 0;
}

static int add_fragmentation(struct state_rows *rows,
			     const struct sample_at *at,
			     const struct memory *memory,
			     const struct zone *zone, struct errors *errors)
{
	uint64_t nr_free[MAX_ORDERS];
	unsigned int nr = memory->nr_orders, order;
	struct value *value;

	for (order = 0; order < nr; order++)
		nr_free[order] = zone_nr_free(zone, order);
	for (order = 0; order < nr; order++) {
		value = state_rows_begin_zone(&rows->fragmentation, at, zone,
					      errors);
		if (!value)
			return -1;
		*value++ = value_int(order);
		*value++ = value_int(
			(uint64_t)unusable_free_index(nr_free, nr, order));
		*value++ = value_int(
			(uint64_t)fragmentation_index(nr_free, nr, order));
		*value++ = value_int(at->number);
	}
	return 0;
}

/* Lists that are as they were made, and empty, have no row. */
static int add_pcp_sample(struct state_rows *rows, const struct sample_at *at,
			  const struct memory *memory, const struct zone *zone,
			  struct errors *errors)
{
	uint32_t cpu;

	for (cpu = 0; cpu < memory->nr_cpus; cpu++) {
		const struct pcp *pcp = &zone->pcp[cpu];
		struct value *value;

		if (!pcp->count && (uint32_t)pcp->high == zone->pcp_high &&
		    (uint32_t)pcp->batch == zone->pcp_batch)
			continue;
		value = state_rows_begin_zone(&rows->pcp_sample, at, zone,
					      errors);
		if (!value)
			return -1;
		*value++ = value_int(cpu);
		*value++ = value_int((uint64_t)pcp->count);
		*value++ = value_int((uint64_t)pcp->high);
		*value++ = value_int((uint64_t)pcp->batch);
		*value++ = value_int(at->number);
	}
	return 0;
}

/* zone: NULL for what the node counts as a whole. */
static int add_stat(struct state_rows *rows, const struct sample_at *at,
		    node_t node, const struct zone *zone, const char *name,
		    uint64_t count, struct errors *errors)
{
	struct value *value;

	if (!count)
		return 0;
	value = state_rows_begin(&rows->node_stat, at, errors);
	if (!value)
		return -1;
	*value++ = value_int((uint64_t)node);
	*value++ = value_text(zone ? zone_type_names[zone->type] : NULL);
	*value++ = value_text(name);
	*value++ = value_int(count);
	*value++ = value_int(at->number);
	return 0;
}

static int add_zone_stats(struct state_rows *rows, const struct sample_at *at,
			  const struct memory *memory, const struct zone *zone,
			  struct errors *errors)
{
	static const char *const list_names[NR_LRU_LISTS] = {
		[LRU_INACTIVE_ANON] = "nr_zone_inactive_anon",
		[LRU_ACTIVE_ANON] = "nr_zone_active_anon",
		[LRU_INACTIVE_FILE] = "nr_zone_inactive_file",
		[LRU_ACTIVE_FILE] = "nr_zone_active_file",
		[LRU_UNEVICTABLE] = "nr_zone_unevictable",
	};
	const struct lruvec *lruvec =
		folio_lruvec(memory, memory->node_index[zone->node]);
	unsigned int n;

	for (n = 0; n < NR_LRU_LISTS; n++)
		if (add_stat(rows, at, zone->node, zone, list_names[n],
			     lruvec->zone_pages[zone->type][n], errors))
			return -1;
	for (n = 0; n < NR_NUMA_EVENTS; n++)
		if (add_stat(rows, at, zone->node, zone, numa_event_names[n],
			     zone->numa_event[n], errors))
			return -1;
	return 0;
}

static int add_node_stats(struct state_rows *rows, const struct sample_at *at,
			  const struct memory *memory, const struct node *node,
			  struct errors *errors)
{
	unsigned int n, z;

	for (n = 0; n < NR_NODE_STATS; n++)
		if (add_stat(rows, at, node->id, NULL, node_stat_names[n],
			     node->stat[n], errors))
			return -1;
	for (z = 0; z < node->nr_zones; z++)
		if (add_zone_stats(rows, at, memory, &node->zones[z], errors))
			return -1;
	return 0;
}

static int add_counter(struct state_rows *rows, const struct sample_at *at,
		       const char *name, uint64_t count, struct errors *errors)
{
	struct value *value = state_rows_begin(&rows->vmstat, at, errors);

	if (!value)
		return -1;
	*value++ = value_text(name);
	*value++ = value_int(count);
	*value++ = value_int(at->number);
	return 0;
}

/* What zones and nodes count each for themselves, added up. */
static int add_totals(struct state_rows *rows, const struct sample_at *at,
		      const struct memory *memory, struct errors *errors)
{
	uint64_t total;
	unsigned int n, i;

	for (n = 0; n < NR_NUMA_EVENTS; n++) {
		for (total = 0, i = 0; i < memory->nr_zones; i++)
			total += memory->zone[i].numa_event[n];
		if (add_counter(rows, at, numa_event_names[n], total, errors))
			return -1;
	}
	for (n = 0; n < NR_NODE_STATS; n++) {
		for (total = 0, i = 0; i < memory->nr_nodes; i++)
			total += memory->node[i].stat[n];
		if (add_counter(rows, at, node_stat_names[n], total, errors))
			return -1;
	}
	return 0;
}

static int add_vmstat(struct state_rows *rows, const struct sample_at *at,
		      const struct memory *memory, struct errors *errors)
{
	uint64_t nr_free_pages = 0;
	unsigned int n;

	for (n = 0; n < memory->nr_zones; n++)
		nr_free_pages += zone_counted_free_pages(&memory->zone[n]);
	if (add_counter(rows, at, "nr_free_pages", nr_free_pages, errors))
		return -1;
	for (n = 0; n < NR_VM_EVENTS; n++)
		if (add_counter(rows, at, vm_event_names[n],
				memory->vm_event[n], errors))
			return -1;
	return add_totals(rows, at, memory, errors);
}

static int add_sample(struct state_rows *rows, const struct sample_at *at,
		      struct errors *errors)
{
	struct value *value = rows_add(&rows->sample, errors);

	if (!value)
		return -1;
	*value++ = value_int(RUN_ID);
	*value++ = value_int(at->number);
	*value++ = value_text(at->label);
	*value++ = value_int(at->t_ns);
	*value++ = value_text(cause_names[at->cause]);
	*value++ = value_int(at->seq);
	return 0;
}

int state_rows_add(struct state_rows *rows, const struct sample_at *at,
		   const struct memory *memory, struct errors *errors)
{
	unsigned int n;

	if (add_sample(rows, at, errors))
		return -1;
	for (n = 0; n < memory->nr_zones; n++) {
		const struct zone *zone = &memory->zone[n];

		if (add_free_area(rows, at, memory, zone, errors) ||
		    add_zone_sample(rows, at, memory, zone, errors) ||
		    add_fragmentation(rows, at, memory, zone, errors) ||
		    add_pcp_sample(rows, at, memory, zone, errors) ||
		    pageblock_rows_add(&rows->pageblock_sample, at, memory,
				       zone, errors))
			return -1;
	}
	for (n = 0; n < memory->nr_nodes; n++)
		if (add_node_stats(rows, at, memory, &memory->node[n], errors))
			return -1;
	return add_vmstat(rows, at, memory, errors);
}

_Static_assert(NR_WMARK == 3 && NR_MIGRATETYPES == 6,
	       "zone_sample has a column for each");
