/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the state at a sample back from a run's database.
 *
 * Zones that a machine does not have are there all the same, empty, one for
 * each of its kernel's zone types: the kernel lists them so. Tables that
 * leave out what is 0 or as it was at the start (docs/database.md) are filled
 * up here.
 */

#include "results/show/show_state.h"

#include <stdlib.h>
#include <string.h>

struct loader {
	const struct database *database;
	struct show_state *state;
	struct errors *errors;
};

static uint64_t number(sqlite3_stmt *row, int column)
{
	return (uint64_t)sqlite3_column_int64(row, column);
}

static const char *keep(struct loader *loader, sqlite3_stmt *row, int column)
{
	const char *text = column_text(row, column);
	const char *kept =
		arena_strndup(loader->state->arena, text, strlen(text));

	if (!kept)
		error_host(loader->errors, "%s", loader->state->path);
	return kept ? kept : "";
}

/* Runs a query, with ?1 the sample, and hands each row to `take`. */
static int each_row(struct loader *loader, const char *sql,
		    int (*take)(struct loader *loader, sqlite3_stmt *row))
{
	sqlite3_stmt *row =
		database_prepare(loader->database, sql, loader->errors);
	int got;

	if (!row)
		return -1;
	if (sqlite3_bind_parameter_count(row))
		sqlite3_bind_int64(row, 1,
				   (sqlite3_int64)loader->state->sample);
	do {
		got = database_step(loader->database, row, loader->errors);
		if (got > 0 && take(loader, row))
			got = -1;
	} while (got > 0);
	sqlite3_finalize(row);
	return got;
}

/* arena_one_more(); where there is no memory, that is told. */
static void *one_more(struct loader *loader, void *array, size_t nr,
		      size_t size)
{
	void *grown = arena_one_more(loader->state->arena, array, nr, size);

	if (!grown)
		error_host(loader->errors, "%s", loader->state->path);
	return grown;
}

/* ---- the machine --------------------------------------------------------- */

static int take_machine(struct loader *loader, sqlite3_stmt *row)
{
	struct show_state *state = loader->state;
	char *words = arena_strndup(state->arena, column_text(row, 7),
				    strlen(column_text(row, 7)));
	char *rest, *word;

	if (!words)
		return error_host(loader->errors, "%s", state->path);
	state->page_size = number(row, 0);
	state->nr_orders = (unsigned int)number(row, 1);
	if (state->nr_orders > MAX_ORDERS)
		state->nr_orders = MAX_ORDERS;
	state->pageblock_order = (unsigned int)number(row, 2);
	state->address_bits = (unsigned int)number(row, 3);
	state->vmalloc_size = number(row, 4);
	state->numa = number(row, 5);
	state->transparent_hugepage = number(row, 6);
	for (word = strtok_r(words, " ", &rest);
	     word && state->nr_types < NR_ZONE_TYPES;
	     word = strtok_r(NULL, " ", &rest)) {
		state->type_name[state->nr_types++] = word;
		if (!strcmp(word, zone_type_names[ZONE_HIGHMEM]))
			state->highmem = word;
	}
	if (number(row, 8))
		state->type_name[state->nr_types++] = "Device";
	return 0;
}

/* Calls `take` for each CPU of a list such as "0-3,8". */
static void each_cpu(struct show_state *state, const char *list,
		     void (*take)(struct show_state *state, unsigned long cpu))
{
	char *end = NULL;

	for (; *list; list = *end ? end + 1 : end) {
		unsigned long first = strtoul(list, &end, 10), last = first;

		if (end == list)
			return;
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (; first <= last && first < MAX_CPUS; first++)
			take(state, first);
	}
}

static void count_cpu(struct show_state *state, unsigned long cpu)
{
	state->online[cpu] = true;
	if (cpu >= state->nr_cpus)
		state->nr_cpus = (unsigned int)cpu + 1;
}

static int take_node(struct loader *loader, sqlite3_stmt *row)
{
	struct show_state *state = loader->state;
	struct show_node *node =
		one_more(loader, state->node, state->nr_nodes, sizeof(*node));
	unsigned int type;

	if (!node)
		return -1;
	state->node = node;
	node += state->nr_nodes++;
	node->id = sqlite3_column_int(row, 0);
	for (type = 0; type < state->nr_types; type++)
		node->zone[type].name = state->type_name[type];
	each_cpu(state, column_text(row, 1), count_cpu);
	return 0;
}

/* ---- zones --------------------------------------------------------------- */

static struct show_node *find_node(struct show_state *state, int id)
{
	size_t n;

	for (n = 0; n < state->nr_nodes; n++)
		if (state->node[n].id == id)
			return &state->node[n];
	return NULL;
}

/* By the first two columns; NULL: none such. */
static struct show_zone *find_zone(struct show_state *state, sqlite3_stmt *row)
{
	struct show_node *node = find_node(state, sqlite3_column_int(row, 0));
	const char *name = column_text(row, 1);
	unsigned int type;

	for (type = 0; node && type < state->nr_types; type++)
		if (!strcmp(node->zone[type].name, name))
			return &node->zone[type];
	return NULL;
}

/*
 * "DMA: 0, DMA32: 684, …". The zone for devices holds nothing, so that
 * requests for it are kept from what those for the one below are.
 */
static void read_reserve(const struct show_state *state, const char *text,
			 struct show_zone *zone)
{
	unsigned int type;
	const char *colon;

	for (type = 0; type < state->nr_types; type++) {
		colon = text ? strchr(text, ':') : NULL;
		if (colon)
			zone->reserve[type] = strtoll(colon + 1, NULL, 10);
		else if (type)
			zone->reserve[type] = zone->reserve[type - 1];
		text = colon ? colon + 1 : NULL;
	}
}

static int take_zone(struct loader *loader, sqlite3_stmt *row)
{
	struct show_state *state = loader->state;
	struct show_zone *zone = find_zone(state, row);
	unsigned int n;

	if (!zone)
		return 0;
	zone->start_pfn = number(row, 2);
	zone->spanned = number(row, 3);
	zone->present = number(row, 4);
	zone->managed = number(row, 5);
	zone->stat_threshold = number(row, 6);
	read_reserve(state, column_text(row, 7), zone);
	zone->nr_free_pages = number(row, 10);
	zone->boost = number(row, 11);
	zone->min = number(row, 12) + zone->boost;
	zone->low = number(row, 13) + zone->boost;
	zone->high = number(row, 14) + zone->boost;
	for (n = 0; n < NR_MIGRATETYPES; n++)
		zone->pageblocks[n] = number(row, 15 + (int)n);
	if (zone->pageblocks[MIGRATE_CMA])
		state->cma = true;
	zone->pcp = arena_alloc(state->arena,
				(state->nr_cpus + 1) * sizeof(*zone->pcp));
	if (!zone->pcp)
		return error_host(loader->errors, "%s", state->path);
	for (n = 0; n < state->nr_cpus; n++)
		zone->pcp[n] = (struct show_pcp){
			.high = sqlite3_column_int64(row, 8),
			.batch = sqlite3_column_int64(row, 9),
		};
	return 0;
}

static int take_free_area(struct loader *loader, sqlite3_stmt *row)
{
	struct show_zone *zone = find_zone(loader->state, row);
	uint64_t order = number(row, 3);
	unsigned int type;

	for (type = 0; zone && type < NR_MIGRATETYPES; type++)
		if (!strcmp(column_text(row, 2), migratetype_names[type]) &&
		    order < MAX_ORDERS)
			zone->nr_free[type][order] = number(row, 4);
	return 0;
}

static int take_pcp(struct loader *loader, sqlite3_stmt *row)
{
	struct show_zone *zone = find_zone(loader->state, row);
	uint64_t cpu = number(row, 2);

	if (zone && zone->pcp && cpu < loader->state->nr_cpus)
		zone->pcp[cpu] = (struct show_pcp){
			.count = sqlite3_column_int64(row, 3),
			.high = sqlite3_column_int64(row, 4),
			.batch = sqlite3_column_int64(row, 5),
		};
	return 0;
}

static int take_stat(struct loader *loader, sqlite3_stmt *row)
{
	struct show_node *node =
		find_node(loader->state, sqlite3_column_int(row, 0));
	struct show_zone *zone = find_zone(loader->state, row);
	struct show_stats *stats = node ? &node->stats : NULL;
	struct show_stat *stat;

	if (*column_text(row, 1))
		stats = zone ? &zone->stats : NULL;
	if (!stats)
		return 0;
	stat = one_more(loader, stats->stat, stats->nr, sizeof(*stat));
	if (!stat)
		return -1;
	stats->stat = stat;
	stat += stats->nr++;
	stat->name = keep(loader, row, 2);
	stat->value = number(row, 3);
	return 0;
}

static int load_zones(struct loader *loader)
{
	if (each_row(loader,
		     "SELECT node, zone, start_pfn, spanned_pages,"
		     " present_pages, managed_pages, stat_threshold,"
		     " lowmem_reserve, pcp_high, pcp_batch, nr_free_pages,"
		     " watermark_boost, s.watermark_min, s.watermark_low,"
		     " s.watermark_high, pageblocks_unmovable,"
		     " pageblocks_movable, pageblocks_reclaimable,"
		     " pageblocks_highatomic, pageblocks_cma,"
		     " pageblocks_isolate"
		     " FROM zone_sample s JOIN zone USING (node, zone)"
		     " WHERE sample = ?1",
		     take_zone) ||
	    each_row(loader,
		     "SELECT node, zone, migratetype, order_, nr_free"
		     " FROM free_area WHERE sample = ?1",
		     take_free_area) ||
	    each_row(loader,
		     "SELECT node, zone, cpu, count, high, batch"
		     " FROM pcp_sample WHERE sample = ?1",
		     take_pcp))
		return -1;
	return each_row(loader,
			"SELECT node, zone, name, value FROM node_stat"
			" WHERE sample = ?1",
			take_stat);
}

/* ---- caches and areas ---------------------------------------------------- */

static int take_cache(struct loader *loader, sqlite3_stmt *row)
{
	struct show_state *state = loader->state;
	struct show_cache *cache = one_more(loader, state->cache,
					    state->nr_caches, sizeof(*cache));

	if (!cache)
		return -1;
	state->cache = cache;
	cache += state->nr_caches++;
	*cache = (struct show_cache){
		.name = keep(loader, row, 0),
		.objsize = number(row, 1),
		.objperslab = number(row, 2),
		.pagesperslab = number(row, 3),
		.limit = number(row, 4),
		.batchcount = number(row, 5),
		.sharedfactor = number(row, 6),
		.active_objs = number(row, 7),
		.num_objs = number(row, 8),
		.active_slabs = number(row, 9),
		.num_slabs = number(row, 10),
		.sharedavail = number(row, 11),
	};
	return 0;
}

static int take_area(struct loader *loader, sqlite3_stmt *row)
{
	struct show_state *state = loader->state;
	struct show_area *area =
		one_more(loader, state->area, state->nr_areas, sizeof(*area));

	if (!area)
		return -1;
	state->area = area;
	area += state->nr_areas++;
	*area = (struct show_area){
		.start = number(row, 0),
		.end = number(row, 1),
		.pages = number(row, 2),
		.caller = keep(loader, row, 3),
		.flags = keep(loader, row, 4),
		.nodes = keep(loader, row, 5),
	};
	area->unpurged = !strcmp(area->flags, "unpurged");
	return 0;
}

/* A cache of the start that has no row at the sample is empty. */
static int load_objects(struct loader *loader)
{
	if (each_row(loader,
		     "SELECT cache, objsize, objperslab, pagesperslab, limit_,"
		     " batchcount, sharedfactor, active_objs, num_objs,"
		     " active_slabs, num_slabs, sharedavail, number"
		     " FROM slab_sample WHERE sample = ?1 UNION ALL"
		     " SELECT cache, objsize, objperslab, pagesperslab, limit_,"
		     " batchcount, sharedfactor, 0, 0, 0, 0, 0, number"
		     " FROM slab_sample WHERE sample = 0 AND number NOT IN"
		     " (SELECT number FROM slab_sample WHERE sample = ?1)"
		     " ORDER BY number DESC",
		     take_cache))
		return -1;
	return each_row(loader,
			"SELECT start_vaddr, end_vaddr, pages, caller, flags,"
			" nodes FROM vmalloc_area WHERE sample IN (0, ?1)"
			" ORDER BY flags = 'unpurged', start_vaddr",
			take_area);
}

/* ---- all of it ----------------------------------------------------------- */

/* Databases of older versions say less than a view needs. */
static int take_table(struct loader *loader, sqlite3_stmt *row)
{
	if (number(row, 0))
		return 0;
	return error_input(loader->errors,
			   (struct place){ .file = loader->state->path },
			   "written by an older kmemsim, which did not keep "
			   "what this shows: run it again");
}

int show_state_load(struct show_state *state, const struct database *database,
		    const char *at, struct errors *errors)
{
	struct loader loader = { database, state, errors };
	size_t before = errors->nr;

	memset(state, 0, sizeof(*state));
	state->path = database->path;
	state->label = "";
	state->arena = arena_new();
	if (state->arena)
		state->online = arena_alloc(state->arena,
					    MAX_CPUS * sizeof(*state->online));
	if (!state->online)
		return error_host(errors, "%s", state->path);
	if (each_row(&loader,
		     "SELECT count(*) FROM sqlite_master"
		     " WHERE name = 'vmalloc_area'",
		     take_table) ||
	    show_find_sample(state, database, at, errors) ||
	    each_row(&loader,
		     "SELECT page_size, nr_orders, pageblock_order,"
		     " address_bits, vmalloc_size, numa,"
		     " transparent_hugepage, zone_types, zone_device"
		     " FROM run JOIN machine USING (run_id)",
		     take_machine) ||
	    each_row(&loader, "SELECT node, cpus FROM node ORDER BY node",
		     take_node) ||
	    load_zones(&loader) || load_objects(&loader))
		return -1;
	return errors->nr == before ? 0 : -1;
}

void show_state_release(struct show_state *state)
{
	arena_free(state->arena);
	memset(state, 0, sizeof(*state));
}

uint64_t show_stat(const struct show_stats *stats, const char *name)
{
	size_t n;

	for (n = 0; n < stats->nr; n++)
		if (!strcmp(stats->stat[n].name, name))
			return stats->stat[n].value;
	return 0;
}

uint64_t show_free_pages(const struct show_state *state,
			 const struct show_zone *zone, enum migratetype type)
{
	uint64_t pages = 0;
	unsigned int order;

	for (order = 0; order < state->nr_orders && order < MAX_ORDERS; order++)
		pages += zone->nr_free[type][order] << order;
	return pages;
}

uint64_t show_total_stat(const struct show_state *state, const char *name)
{
	uint64_t total = 0;
	size_t n;

	for (n = 0; n < state->nr_nodes; n++)
		total += show_stat(&state->node[n].stats, name);
	return total;
}
