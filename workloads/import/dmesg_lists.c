/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The free blocks of a kernel's report, as a file of the kind that /proc has.
 *
 *	9*4kB (UM) 2*8kB (H) … -->  type Unmovable	5 0 …
 *				    type   Movable	4 0 …
 *				    type HighAtomic	0 2 …
 *
 * - Of an order's blocks each type whose letter is there has one; high-order
 *   atomic blocks are as many as are reserved, and the others share the rest.
 * - Pageblocks: the kernel keeps what it can't move together, by their types.
 *   So where the report says what is on LRU lists, as many pageblocks are
 *   unmovable as what else is in use fills, with the free blocks that are;
 *   those of reclaimable slabs are told by their free blocks alone.
 * - Free blocks of contiguous areas (CMA) have no place that is told: they are
 *   left out, so that they count as in use.
 */
#include <errno.h>

#include "workloads/import/dmesg_import.h"
#include "workloads/yaml/writer.h"

/* The free blocks of a zone, with a type each. */
struct typed {
	uint64_t nr[NR_MIGRATETYPES][MAX_ORDERS];
	uint64_t pages[NR_MIGRATETYPES];
};

static uint64_t pageblock_order(const struct dmesg_import *import)
{
	return import->max_order < 9 ? import->max_order : 9;
}

/* Every kernel lists the free blocks of each zone that has memory. */
static int check_list(const struct dmesg_import *import,
		      const struct splat_zone *zone)
{
	struct place place = { .file = import->job->files[0],
			       .line = zone->line,
			       .column = 1 };

	if (zone->nr_orders || !zone->kb[SPLAT_PRESENT])
		return 0;
	return error_input(import->job->errors, place,
			   "no free blocks of zone %s of node %d are listed "
			   "behind this line ('%s: 1*4kB (U) …'): the report "
			   "is cut off, or lost lines; another one may be "
			   "whole (--nth)",
			   zone_type_names[zone->type], zone->node,
			   zone_type_names[zone->type]);
}

int dmesg_check_lists(const struct dmesg_import *import)
{
	const struct splat *splat = &import->splat;
	int err = 0;

	for (size_t i = 0; i < splat->nr_zones; i++)
		err |= check_list(import, &splat->zone[i]);
	return err;
}

void dmesg_look_at_lists(struct dmesg_import *import)
{
	const struct splat *splat = &import->splat;

	import->page_kb = splat->page_kb ? splat->page_kb : 4;
	for (size_t i = 0; i < splat->nr_zones; i++) {
		const struct splat_zone *zone = &splat->zone[i];

		if (zone->nr_orders > import->max_order + 1)
			import->max_order = zone->nr_orders - 1;
		for (size_t order = 0; order < zone->nr_orders; order++)
			import->has_types |= zone->types[order] != 0;
	}
	if (!import->max_order)
		import->max_order = 10;
}

/*
 * How many of an order's blocks are of each type. The log says how many pages
 * are in all high-order atomic and contiguous blocks: left_of[] is what is
 * still to be found of them, from the largest order down.
 */
static void share(struct dmesg_import *import, const struct splat_zone *zone,
		  size_t order, uint64_t left_of[NR_MIGRATETYPES],
		  uint64_t share_of[NR_MIGRATETYPES])
{
	unsigned int types = zone->types[order], ordinary;
	uint64_t rest = zone->nr_free[order];
	uint64_t nr_ordinary, nr = 0;

	if (!types)
		types = 1u << MIGRATE_UNMOVABLE;
	import->orders_shared += (types & (types - 1)) != 0;
	for (int type = 0; type < NR_MIGRATETYPES; type++) {
		share_of[type] = (types >> type & 1) && rest;
		rest -= share_of[type];
	}
	ordinary = types & ((1u << NR_PCP_MIGRATETYPES) - 1);
	for (int type = NR_PCP_MIGRATETYPES; type < NR_MIGRATETYPES; type++) {
		uint64_t more = left_of[type] >> order;

		if (!(types >> type & 1))
			continue;
		more -= more < share_of[type] ? more : share_of[type];
		if (more > rest || !ordinary)
			more = rest;
		share_of[type] += more;
		rest -= more;
		more = share_of[type] << order;
		left_of[type] -= more < left_of[type] ? more : left_of[type];
	}
	nr_ordinary = (uint64_t)__builtin_popcount(ordinary);
	for (int type = 0; type < NR_PCP_MIGRATETYPES; type++)
		if (ordinary >> type & 1)
			share_of[type] += rest / nr_ordinary +
					  (nr++ < rest % nr_ordinary);
}

static void add_counts(struct text *text, const uint64_t *nr, uint64_t orders)
{
	for (uint64_t order = 0; order < orders; order++)
		text_add(text, " %6llu", (unsigned long long)nr[order]);
	text_add(text, "\n");
}

/* Blocks by type and order, the largest orders first to find room. */
static void count_typed(struct dmesg_import *import,
			const struct splat_zone *zone, struct typed *typed)
{
	uint64_t share_of[NR_MIGRATETYPES];
	uint64_t left_of[NR_MIGRATETYPES] = {
		[MIGRATE_HIGHATOMIC] =
			dmesg_pages(import, zone->kb[SPLAT_HIGHATOMIC]),
		[MIGRATE_CMA] = dmesg_pages(import, zone->kb[SPLAT_FREE_CMA]),
	};

	for (size_t order = zone->nr_orders; order-- > 0;) {
		share(import, zone, order, left_of, share_of);
		for (int type = 0; type < NR_MIGRATETYPES; type++) {
			typed->nr[type][order] = share_of[type];
			typed->pages[type] += share_of[type] << order;
		}
	}
}

/* As /proc/pagetypeinfo has them, but for the types that none is of. */
static void add_typed(const struct dmesg_import *import, struct text *text,
		      const struct splat_zone *zone, const struct typed *typed)
{
	for (int type = 0; type < NR_MIGRATETYPES; type++) {
		if (type == MIGRATE_CMA)
			continue;
		text_add(text, "Node %4d, zone %8s, type %12s", zone->node,
			 zone_type_names[zone->type],
			 proc_migratetype_names[type]);
		add_counts(text, typed->nr[type], import->max_order + 1);
	}
}

/* Present pages of a zone that are neither free nor on LRU lists. */
static uint64_t fixed_pages(const struct zoneinfo_zone *zone,
			    const struct typed *typed)
{
	const struct lru_desc *lru = &zone->lru;
	uint64_t other = lru->inactive_anon + lru->active_anon +
			 lru->inactive_file + lru->active_file +
			 lru->unevictable;

	for (int type = 0; type < NR_MIGRATETYPES; type++)
		if (type != MIGRATE_CMA)
			other += typed->pages[type];
	return zone->present > other ? zone->present - other : 0;
}

/* As many pageblocks as hold `pages`, or as are left. */
static uint64_t blocks_for(uint64_t pages, uint64_t order, uint64_t *left)
{
	uint64_t nr = (pages + (UINT64_C(1) << order) - 1) >> order;

	if (nr > *left)
		nr = *left;
	*left -= nr;
	return nr;
}

/*
 * Pageblocks by type: those reserved for high-order atomic requests, where the
 * log says; then as many as what can't be moved fills, together with the free
 * blocks of its types; the others are movable.
 */
static void add_pageblocks(const struct dmesg_import *import, struct text *text,
			   size_t i, const struct typed *typed)
{
	const struct splat_zone *zone = &import->splat.zone[i];
	const struct zoneinfo_zone *to = &import->info.zone[i];
	uint64_t order = pageblock_order(import);
	uint64_t left = (to->spanned + (UINT64_C(1) << order) - 1) >> order;
	uint64_t atomic = blocks_for(
		dmesg_pages(import, zone->kb[SPLAT_HIGHATOMIC]), order, &left);
	uint64_t fixed = 0, reclaimable = 0, movable = 0;

	if (to->has_lru) {
		reclaimable = blocks_for(typed->pages[MIGRATE_RECLAIMABLE],
					 order, &left);
		fixed = blocks_for(fixed_pages(to, typed) +
					   typed->pages[MIGRATE_UNMOVABLE],
				   order, &left);
		movable = left;
	}
	text_add(text, "Node %d, zone %8s %12llu %12llu %12llu %12llu\n",
		 zone->node, zone_type_names[zone->type],
		 (unsigned long long)fixed, (unsigned long long)movable,
		 (unsigned long long)reclaimable, (unsigned long long)atomic);
}

static void add_all_typed(struct dmesg_import *import, struct text *text)
{
	const struct splat *splat = &import->splat;
	struct text blocks = TEXT_EMPTY;

	text_add(text, "Free pages count per migrate type at order\n");
	text_add(&blocks, "\nNumber of blocks type %12s %12s %12s %12s\n",
		 proc_migratetype_names[MIGRATE_UNMOVABLE],
		 proc_migratetype_names[MIGRATE_MOVABLE],
		 proc_migratetype_names[MIGRATE_RECLAIMABLE],
		 proc_migratetype_names[MIGRATE_HIGHATOMIC]);
	for (size_t i = 0; i < splat->nr_zones; i++) {
		struct typed typed = { .nr = { { 0 } } };

		count_typed(import, &splat->zone[i], &typed);
		add_typed(import, text, &splat->zone[i], &typed);
		add_pageblocks(import, &blocks, i, &typed);
	}
	text_add_bytes(text, blocks.s ? blocks.s : "", blocks.length);
	text->failed |= blocks.failed;
	text_release(&blocks);
}

static void add_lists(struct dmesg_import *import, struct text *text)
{
	const struct splat *splat = &import->splat;

	if (import->has_types) {
		add_all_typed(import, text);
		return;
	}
	for (size_t i = 0; i < splat->nr_zones; i++) {
		const struct splat_zone *zone = &splat->zone[i];

		text_add(text, "Node %d, zone %8s", zone->node,
			 zone_type_names[zone->type]);
		add_counts(text, zone->nr_free, import->max_order + 1);
	}
}

int dmesg_write_lists(struct dmesg_import *import, struct text *initial)
{
	const char *key = import->has_types ? "pagetypeinfo" : "buddyinfo";
	struct text text = TEXT_EMPTY;
	const char *name;
	FILE *out;
	int err = 0;

	out = import_job_side(import->job, key, &name);
	if (!out)
		return -1;
	add_lists(import, &text);
	errno = 0;
	if (text.failed || fwrite(text.s, 1, text.length, out) != text.length)
		err = error_host(import->job->errors, "can't write the %s",
				 key);
	text_release(&text);
	text_add(initial, "  %s: ", key);
	text_add_yaml(initial, name);
	text_add(initial, "\n");
	return err;
}
