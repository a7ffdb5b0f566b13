// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a config says of devices' memory: `dma`, how they share it with the
 * CPU, and `cma`, the contiguous memory areas and where they lie.
 *
 *	dma: {coherent: false, coherent_pool: 1MiB}
 *	cma:
 *	  - {name: camera, size: 64MiB}
 *	  - {name: card, size: 16MiB, node: 1, base: 6GiB}
 *
 * Rules (cma_declare_contiguous_nid(), cma_activate_area(), mm/cma.c, Linux
 * 6.1):
 *
 * - An area is whole pageblocks: a size is rounded up, a base must be aligned.
 * - An area without a base lies at the lowest place from 4 GiB on, where the
 *   machine has memory of the area's size beyond 4 GiB; else at the highest
 *   place below HighMem. One with a node lies on it.
 * - An area lies in one zone, over no hole, on nothing that the kernel took at
 *   boot (as initial.c places that), and on no other area.
 *
 * A kernel finds the place first and gives the area up if zones meet within
 * it; here a place within one zone is looked for. An area in Movable must say
 * its base; one in HighMem (or in Movable, on a kernel with HighMem) is
 * refused, since the kernel would map it into vmalloc's range, which is not
 * modelled.
 *
 * A starting state that lists free blocks has the areas in it: they must say
 * where they are, and their pageblocks be `cma` there. One of counts leaves
 * their places to chance, so that no area can be named.
 */

#include "configs/config_reader.h"
#include "sim/base/numbers.h"

#include <stdlib.h>
#include <string.h>

#define SZ_4G (UINT64_C(4) << 30)
/* More than any machine has use for, and few enough to count in 30 bits. */
#define AREA_PAGES_MOST (UINT64_C(1) << 29)
#define POOL_BYTES_MOST (UINT64_C(1) << 32)

void config_read_dma(struct config_reader *reader, const struct yaml_node *root)
{
	static const char *const keys[] = { "coherent", "coherent_pool" };
	const struct yaml_node *map = yaml_get(root, "dma"), *node;
	struct machine_desc *machine = reader->machine;
	bool coherent;

	if (!map || !yaml_is_mapping(map, reader->errors))
		return;
	yaml_check_keys(map, keys, LENGTH(keys), reader->errors);
	if (yaml_get_bool(map, "coherent", &coherent, reader->errors))
		machine->dma_needs_pool = !coherent;
	node = yaml_get(map, "coherent_pool");
	if (node)
		yaml_size(node, 0, POOL_BYTES_MOST, &machine->dma_pool_bytes,
			  reader->errors);
}

/* ---- where areas lie ----------------------------------------------------- */

struct frames {
	uint64_t start;
	uint64_t end;
};

static uint64_t zone_end(const struct zone_desc *zone)
{
	return zone->start_pfn + zone->spanned_pages;
}

static bool overlap(struct frames a, struct frames b)
{
	return a.start < b.end && b.start < a.end;
}

static struct frames of_hole(const struct hole_desc *hole)
{
	return (struct frames){ hole->start_pfn,
				hole->start_pfn + hole->pages };
}

static struct frames of_area(const struct cma_desc *area)
{
	return (struct frames){ area->start_pfn,
				(uint64_t)area->start_pfn + area->pages };
}

/* The first frame that the boot leaves free: see boot_zone() in initial.c. */
static uint64_t first_free(const struct zone_desc *zone)
{
	uint64_t taken = zone->present_pages - zone->managed_pages;
	uint64_t pfn = zone->start_pfn;

	while (taken && pfn < zone_end(zone)) {
		uint64_t end = zone_end(zone);
		uint64_t after = end;
		uint64_t pages;

		for (size_t i = 0; i < zone->nr_holes; i++) {
			struct frames hole = of_hole(&zone->holes[i]);

			if (hole.start >= pfn && hole.start < end) {
				end = hole.start;
				after = hole.end;
			}
		}
		pages = taken < end - pfn ? taken : end - pfn;
		taken -= pages;
		pfn = taken ? after : pfn + pages;
	}
	return pfn;
}

/* What is in the way of the frames within their zone; false: nothing. */
static bool find_obstacle(const struct config_reader *reader,
			  const struct zone_desc *zone, struct frames frames,
			  struct frames *obstacle)
{
	const struct machine_desc *machine = reader->machine;

	*obstacle = (struct frames){ zone->start_pfn, first_free(zone) };
	/* A starting state says itself what is free. */
	if (!machine->initial.exact && overlap(*obstacle, frames))
		return true;
	for (size_t i = 0; i < zone->nr_holes; i++) {
		*obstacle = of_hole(&zone->holes[i]);
		if (overlap(*obstacle, frames))
			return true;
	}
	for (size_t i = 0; i < machine->nr_cma; i++) {
		*obstacle = of_area(&machine->cma[i]);
		if (overlap(*obstacle, frames))
			return true;
	}
	return false;
}

/* The lowest place in the zone from `from` on; PFN_LIMIT: none. */
static uint64_t lowest_place(const struct config_reader *reader,
			     const struct zone_desc *zone, uint64_t from,
			     uint64_t pages)
{
	uint64_t step = UINT64_C(1) << reader->machine->pageblock_order;
	uint64_t pfn =
		round_up(from > zone->start_pfn ? from : zone->start_pfn, step);
	struct frames obstacle;

	while (pfn + pages <= zone_end(zone)) {
		struct frames frames = { pfn, pfn + pages };

		if (!find_obstacle(reader, zone, frames, &obstacle))
			return pfn;
		pfn = round_up(obstacle.end, step);
	}
	return PFN_LIMIT;
}

/* The highest place in the zone; PFN_LIMIT: none. */
static uint64_t highest_place(const struct config_reader *reader,
			      const struct zone_desc *zone, uint64_t pages)
{
	uint64_t step = UINT64_C(1) << reader->machine->pageblock_order;
	uint64_t end = zone_end(zone);
	struct frames obstacle;

	while (end >= pages) {
		uint64_t pfn = (end - pages) / step * step;
		struct frames frames = { pfn, pfn + pages };

		if (pfn < zone->start_pfn)
			break;
		if (!find_obstacle(reader, zone, frames, &obstacle))
			return pfn;
		end = obstacle.start;
	}
	return PFN_LIMIT;
}

static bool may_hold(const struct config_reader *reader,
		     const struct zone_source *source, node_t node)
{
	return source->zone.type <= ZONE_NORMAL &&
	       (node == NODE_ANY ||
		reader->machine->nodes[source->node].id == node);
}

static uint64_t highest_of_all(const struct config_reader *reader, node_t node,
			       uint64_t pages)
{
	uint64_t best = PFN_LIMIT;

	for (size_t i = 0; i < reader->nr_zones; i++) {
		uint64_t pfn;

		if (!may_hold(reader, &reader->zone[i], node))
			continue;
		pfn = highest_place(reader, &reader->zone[i].zone, pages);
		if (pfn != PFN_LIMIT && (best == PFN_LIMIT || pfn > best))
			best = pfn;
	}
	return best;
}

/* The best place for an area without a base; PFN_LIMIT: there is none. */
static uint64_t find_place(const struct config_reader *reader, node_t node,
			   uint64_t pages)
{
	uint64_t four_gib = SZ_4G >> reader->machine->page_shift;
	uint64_t memory_end = 0, best = PFN_LIMIT;
	size_t i;

	for (i = 0; i < reader->nr_zones; i++)
		if (zone_end(&reader->zone[i].zone) > memory_end)
			memory_end = zone_end(&reader->zone[i].zone);
	for (i = 0; memory_end >= four_gib + pages && i < reader->nr_zones;
	     i++) {
		uint64_t pfn;

		if (!may_hold(reader, &reader->zone[i], node))
			continue;
		pfn = lowest_place(reader, &reader->zone[i].zone, four_gib,
				   pages);
		if (pfn < best)
			best = pfn;
	}
	return best != PFN_LIMIT ? best : highest_of_all(reader, node, pages);
}

/* ---- one area ------------------------------------------------------------ */

static bool read_name(struct config_reader *reader, const struct yaml_node *map,
		      struct cma_desc *area)
{
	const struct machine_desc *machine = reader->machine;
	const struct yaml_node *node =
		yaml_require(map, "name", "the area's name", reader->errors);
	const char *name;

	if (!node || !yaml_text(node, &name, reader->errors))
		return false;
	if (strlen(name) >= CMA_NAME_MAX) {
		error_input(reader->errors, node->place,
			    "name: \"%.60s…\" is too long; allowed: up to %d "
			    "bytes",
			    name, CMA_NAME_MAX - 1);
		return false;
	}
	for (size_t i = 0; i < machine->nr_cma; i++) {
		if (strcmp(machine->cma[i].name, name) == 0) {
			error_input(reader->errors, node->place,
				    "name: there is an area \"%s\" already",
				    name);
			return false;
		}
	}
	memcpy(area->name, name, strlen(name) + 1);
	return true;
}

static bool read_pages(struct config_reader *reader,
		       const struct yaml_node *map, uint32_t *pages)
{
	const struct machine_desc *machine = reader->machine;
	uint64_t step = UINT64_C(1) << machine->pageblock_order;
	const struct yaml_node *node =
		yaml_require(map, "size", "the area's size", reader->errors);
	uint64_t bytes, page = UINT64_C(1) << machine->page_shift;

	if (!node ||
	    !yaml_size(node, 1, AREA_PAGES_MOST * page, &bytes, reader->errors))
		return false;
	*pages = (uint32_t)round_up((bytes + page - 1) / page, step);
	return true;
}

static bool read_node(struct config_reader *reader, const struct yaml_node *map,
		      node_t *id)
{
	const struct machine_desc *machine = reader->machine;
	const struct yaml_node *node = yaml_get(map, "node");
	uint64_t value;

	*id = NODE_ANY;
	if (!node)
		return true;
	if (!yaml_u64(node, 0, MAX_NODES - 1, &value, reader->errors))
		return false;
	for (size_t i = 0; i < machine->nr_nodes; i++)
		if ((uint64_t)machine->nodes[i].id == value)
			*id = machine->nodes[i].id;
	if (*id != NODE_ANY)
		return true;
	error_input(reader->errors, node->place,
		    "node: the machine has no node %llu",
		    (unsigned long long)value);
	return false;
}

/* The zone that holds all of the frames, or NULL. */
static const struct zone_source *zone_with(const struct config_reader *reader,
					   struct frames frames, node_t node)
{
	for (size_t i = 0; i < reader->nr_zones; i++) {
		const struct zone_source *source = &reader->zone[i];

		if (frames.start >= source->zone.start_pfn &&
		    frames.end <= zone_end(&source->zone) &&
		    (node == NODE_ANY ||
		     reader->machine->nodes[source->node].id == node))
			return source;
	}
	return NULL;
}

/* Are the area's pageblocks `cma` in the starting state? */
static bool state_has_area(const struct config_reader *reader,
			   const struct zone_source *source,
			   struct frames frames)
{
	const struct initial_state_desc *initial = &reader->machine->initial;
	uint64_t step = UINT64_C(1) << reader->machine->pageblock_order;
	node_t node = reader->machine->nodes[source->node].id;

	for (uint64_t pfn = frames.start; pfn < frames.end; pfn += step) {
		bool is_cma = false;

		for (size_t i = 0; i < initial->nr_pageblocks; i++) {
			const struct pageblock_run_desc *run =
				&initial->pageblocks[i];

			if (run->node == node &&
			    run->zone == source->zone.type &&
			    run->start_pfn <= pfn)
				is_cma = !run->hole &&
					 run->migratetype == MIGRATE_CMA;
		}
		if (!is_cma)
			return false;
	}
	return true;
}

/* What is wrong with the place that an area asks for; NULL: nothing. */
static const char *wrong_place(const struct config_reader *reader,
			       const struct cma_desc *area)
{
	uint64_t step = UINT64_C(1) << reader->machine->pageblock_order;
	struct frames frames = of_area(area), obstacle;
	const struct zone_source *source =
		zone_with(reader, frames, area->node);

	if (area->start_pfn % step)
		return "is no multiple of a pageblock's size";
	if (!source)
		return "is no place within one zone of its nodes";
	if (source->zone.type == ZONE_HIGHMEM ||
	    (source->zone.type == ZONE_MOVABLE &&
	     reader->machine->zone_types & 1u << ZONE_HIGHMEM))
		return "is in HighMem, where areas are not modelled";
	if (find_obstacle(reader, &source->zone, frames, &obstacle))
		return "has holes, another area, or what the kernel took at "
		       "boot in its way";
	if (reader->machine->initial.exact &&
	    !state_has_area(reader, source, frames))
		return "has pageblocks that are not cma in initial_state";
	return NULL;
}

static bool read_base(struct config_reader *reader,
		      const struct yaml_node *node, struct cma_desc *area)
{
	uint32_t shift = reader->machine->page_shift;
	const char *wrong;
	uint64_t base;

	if (!yaml_size(node, 0, (PFN_LIMIT << shift) - 1, &base,
		       reader->errors))
		return false;
	area->start_pfn = (pfn_t)(base >> shift);
	wrong = base & ((UINT64_C(1) << shift) - 1) ?
			"is no multiple of a pageblock's size" :
			wrong_place(reader, area);
	if (!wrong)
		return true;
	error_input(reader->errors, node->place,
		    "base: \"%s\", with the %u pages of the area \"%s\", %s",
		    node->text, area->pages, area->name, wrong);
	return false;
}

static bool place_area(struct config_reader *reader,
		       const struct yaml_node *map, struct cma_desc *area)
{
	const struct yaml_node *node = yaml_get(map, "base");
	uint64_t pfn;

	if (node)
		return read_base(reader, node, area);
	if (reader->machine->initial.exact) {
		yaml_missing(map, "base",
			     "where the area lies in the initial_state",
			     reader->errors);
		return false;
	}
	pfn = find_place(reader, area->node, area->pages);
	area->start_pfn = (pfn_t)pfn;
	if (pfn != PFN_LIMIT)
		return true;
	error_input(reader->errors, map->place,
		    "cma: there is no room for the %u pages of the area \"%s\"",
		    area->pages, area->name);
	return false;
}

static void read_area(struct config_reader *reader, const struct yaml_node *map)
{
	static const char *const keys[] = { "name", "size", "node", "base" };
	struct machine_desc *machine = reader->machine;
	struct cma_desc area = { .name = "" };
	bool sound;

	if (!yaml_is_mapping(map, reader->errors))
		return;
	sound = yaml_check_keys(map, keys, LENGTH(keys), reader->errors);
	sound &= read_name(reader, map, &area);
	sound &= read_pages(reader, map, &area.pages);
	sound &= read_node(reader, map, &area.node);
	if (sound && place_area(reader, map, &area))
		machine->cma[machine->nr_cma++] = area;
}

void config_place_cma(struct config_reader *reader,
		      const struct yaml_node *root)
{
	const struct yaml_node *list = yaml_get(root, "cma"), *node;
	struct machine_desc *machine = reader->machine;

	if (!list || !yaml_is_list(list, reader->errors) || !list->nr)
		return;
	if (list->nr > CMA_AREAS_MAX) {
		error_input(reader->errors, list->place,
			    "cma: %zu areas; at most %d", list->nr,
			    CMA_AREAS_MAX);
		return;
	}
	if (machine->no_mobility_grouping) {
		error_input(reader->errors, list->place,
			    "cma: areas are pageblocks of a type of their own, "
			    "and grouping_by_mobility is false");
		return;
	}
	if (machine->initial.nr_free_counts) {
		error_input(reader->errors, list->place,
			    "cma: the initial_state gives counts only, whose "
			    "places are drawn; give free_lists and pageblocks, "
			    "or no initial_state");
		return;
	}
	machine->cma = host_alloc(list->nr, sizeof(*machine->cma));
	if (!machine->cma) {
		config_no_memory(reader);
		return;
	}
	for (node = list->first; node; node = node->next)
		read_area(reader, node);
}

void config_format_dma(struct text *text, const struct machine_desc *machine)
{
	text_add(text, "dma: {coherent: %s, coherent_pool: %llu}\n",
		 machine->dma_needs_pool ? "false" : "true",
		 (unsigned long long)machine->dma_pool_bytes);
	if (machine->nr_cma)
		text_add(text, "cma:\n");
	for (size_t i = 0; i < machine->nr_cma; i++) {
		const struct cma_desc *area = &machine->cma[i];

		text_add(text, "  - {name: ");
		config_format_quoted(text, area->name);
		if (area->node != NODE_ANY)
			text_add(text, ", node: %d", area->node);
		text_add(text, ", base: %llu, size: %llu}\n",
			 (unsigned long long)area->start_pfn
				 << machine->page_shift,
			 (unsigned long long)area->pages
				 << machine->page_shift);
	}
}
