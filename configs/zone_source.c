// SPDX-License-Identifier: GPL-2.0-only
/*
 * One zone of a config: its type, its size or its exact pages, and what of it
 * is taken from a running kernel instead of computed.
 *
 * Rules: `size` is short for spanned_pages; present_pages are all of them but
 * the holes where nothing is said, managed_pages all that are present. What a
 * kernel computes by itself (watermarks, lowmem_reserve, per-CPU limits) is
 * given whole or not at all.
 */

#include "configs/config_reader.h"
#include "sim/base/numbers.h"

#include <stdlib.h>
#include <string.h>

static const char *const zone_keys[] = {
	"type",
	"size",
	"start_pfn",
	"spanned_pages",
	"present_pages",
	"managed_pages",
	"freed_after_boot_pages",
	"watermarks",
	"lowmem_reserve",
	"pcp",
	"nr_free_pages",
	"watermark_boost",
	"lru",
	"holes",
};

static bool read_type(struct config_reader *reader, const struct yaml_node *map,
		      struct zone_source *source)
{
	const struct yaml_node *node = yaml_get(map, "type");
	struct text types = TEXT_EMPTY;
	size_t which;

	if (!node) {
		text_add_choices(&types, reader->type_name, reader->nr_types);
		yaml_missing(map, "type", types.s ? types.s : "a zone type",
			     reader->errors);
		text_release(&types);
		return false;
	}
	if (!yaml_word(node, reader->type_name, reader->nr_types, &which,
		       reader->errors))
		return false;
	source->zone.type = reader->type[which];
	return true;
}

/* `size`, in whole pages. */
static bool read_size(struct config_reader *reader,
		      const struct yaml_node *node, struct zone_source *source)
{
	uint32_t shift = reader->machine->page_shift;
	uint64_t bytes;

	if (!yaml_size(node, 1, UINT64_MAX, &bytes, reader->errors))
		return false;
	if (bytes & ((UINT64_C(1) << shift) - 1)) {
		error_input(reader->errors, node->place,
			    "size: \"%s\" is not "
			    "a whole number of pages of %u bytes",
			    node->text, 1u << shift);
		return false;
	}
	if (bytes >> shift > PFN_LIMIT) {
		error_input(reader->errors, node->place,
			    "size: \"%s\" is out "
			    "of range; allowed: up to %lluKiB (%llu pages)",
			    node->text,
			    (unsigned long long)PFN_LIMIT << (shift - 10),
			    (unsigned long long)PFN_LIMIT);
		return false;
	}
	source->zone.spanned_pages = bytes >> shift;
	return true;
}

static bool read_extent(struct config_reader *reader,
			const struct yaml_node *map, struct zone_source *source)
{
	const struct yaml_node *size = yaml_get(map, "size");
	const struct yaml_node *spanned = yaml_get(map, "spanned_pages");
	const struct yaml_node *start = yaml_get(map, "start_pfn");

	if (start) {
		if (!yaml_u64(start, 0, PFN_LIMIT - 1, &source->zone.start_pfn,
			      reader->errors))
			return false;
		source->has_start = true;
	}
	if (size && spanned) {
		error_input(reader->errors, spanned->key_place,
			    "spanned_pages: the zone's size is given already");
		return false;
	}
	if (size)
		return read_size(reader, size, source);
	if (spanned)
		return yaml_u64(spanned, 1, PFN_LIMIT,
				&source->zone.spanned_pages, reader->errors);
	yaml_missing(map, "size",
		     "how large the zone is, or its start_pfn and "
		     "spanned_pages",
		     reader->errors);
	return false;
}

static void read_pages(struct config_reader *reader,
		       const struct yaml_node *map, struct zone_source *source)
{
	struct zone_desc *zone = &source->zone;
	uint64_t most = zone->spanned_pages;

	source->has_present = yaml_get_u64(map, "present_pages", 0, most,
					   &zone->present_pages,
					   reader->errors);
	if (source->has_present)
		most = zone->present_pages;
	source->has_managed = yaml_get_u64(map, "managed_pages", 0, most,
					   &zone->managed_pages,
					   reader->errors);
	if (source->has_managed)
		most = zone->managed_pages;
	source->has_freed = yaml_get_u64(map, "freed_after_boot_pages", 0, most,
					 &zone->freed_after_boot_pages,
					 reader->errors);
}

static bool require_u64(const struct yaml_node *map, const char *key,
			const char *meaning, uint64_t least, uint64_t most,
			uint64_t *value, struct errors *errors)
{
	const struct yaml_node *node = yaml_require(map, key, meaning, errors);

	return node && yaml_u64(node, least, most, value, errors);
}

static void read_watermarks(struct config_reader *reader,
			    const struct yaml_node *map, struct zone_desc *zone)
{
	static const char *const keys[] = {
		[WMARK_MIN] = "min",
		[WMARK_LOW] = "low",
		[WMARK_HIGH] = "high",
	};
	const struct yaml_node *marks = yaml_get(map, "watermarks");
	uint64_t below = 0;
	size_t i;

	/* `auto`: as if it were not given, for what changes a config. */
	if (marks && marks->kind == YAML_NODE_SCALAR &&
	    strcmp(marks->text, "auto") == 0)
		return;
	if (!marks || !yaml_is_mapping(marks, reader->errors))
		return;
	yaml_check_keys(marks, keys, LENGTH(keys), reader->errors);
	for (i = 0; i < NR_WMARK; i++) {
		if (!require_u64(marks, keys[i], "a number of pages", below,
				 PFN_LIMIT, &zone->watermark[i],
				 reader->errors))
			return;
		below = zone->watermark[i];
	}
	zone->has_watermarks = true;
}

static void read_lowmem_reserve(struct config_reader *reader,
				const struct yaml_node *map,
				struct zone_desc *zone)
{
	const struct yaml_node *list = yaml_get(map, "lowmem_reserve"), *node;
	struct text types = TEXT_EMPTY;
	size_t i = 0;

	if (!list || !yaml_is_list(list, reader->errors))
		return;
	if (list->nr != reader->nr_types) {
		text_add_choices(&types, reader->type_name, reader->nr_types);
		error_input(reader->errors, list->place,
			    "lowmem_reserve: %zu value%s; it takes %zu, one "
			    "for requests that may use each of %s",
			    list->nr, plural(list->nr), reader->nr_types,
			    types.s ? types.s : "the zones");
		text_release(&types);
		return;
	}
	zone->has_lowmem_reserve = true;
	for (node = list->first; node; node = node->next, i++)
		yaml_u64(node, 0, PFN_LIMIT,
			 &zone->lowmem_reserve[reader->type[i]],
			 reader->errors);
}

/* Not given, or `auto`: the kernel's formula finds it. */
static bool read_pcp_pages(const struct yaml_node *pcp, const char *key,
			   uint64_t least, uint64_t most, uint32_t *pages,
			   struct errors *errors)
{
	const struct yaml_node *node = yaml_get(pcp, key);
	uint64_t value;

	if (!node ||
	    (node->kind == YAML_NODE_SCALAR && !strcmp(node->text, "auto")))
		return true;
	if (yaml_u64(node, least, most, &value, errors))
		*pages = (uint32_t)value;
	return false;
}

/* No CPU's lists hold more than the zone has, whose size is 0 if not known. */
static void read_pcp(struct config_reader *reader, const struct yaml_node *map,
		     struct zone_desc *zone)
{
	static const char *const keys[] = { "high", "batch", "free_factor" };
	const struct yaml_node *pcp = yaml_get(map, "pcp");
	uint64_t most = zone->spanned_pages;

	if (!pcp || !yaml_is_mapping(pcp, reader->errors))
		return;
	yaml_check_keys(pcp, keys, LENGTH(keys), reader->errors);
	if (!most || most > PCP_PAGES_MAX)
		most = PCP_PAGES_MAX;
	zone->pcp_high_auto = read_pcp_pages(pcp, "high", 0, most,
					     &zone->pcp_high, reader->errors);
	zone->pcp_batch_auto = read_pcp_pages(pcp, "batch", 1, most,
					      &zone->pcp_batch, reader->errors);
	yaml_get_u32(pcp, "free_factor", 0, PCP_BATCH_SCALE_MAX,
		     &zone->pcp_free_factor, reader->errors);
	zone->has_pcp = true;
}

static void read_nr_free_pages(struct config_reader *reader,
			       const struct yaml_node *map,
			       struct zone_desc *zone)
{
	uint64_t value;

	if (!yaml_get_u64(map, "nr_free_pages", 0, PFN_LIMIT, &value,
			  reader->errors))
		return;
	zone->has_nr_free_pages = true;
	zone->nr_free_pages = (int64_t)value;
}

/* Whether there are as many in use shows only once free blocks have places. */
static void read_lru(struct config_reader *reader, const struct yaml_node *map,
		     struct zone_desc *zone)
{
	static const char *const keys[] = {
		"inactive_anon", "active_anon", "inactive_file",
		"active_file",	 "unevictable", "dirty",
	};
	uint64_t *const values[] = {
		&zone->lru.inactive_anon, &zone->lru.active_anon,
		&zone->lru.inactive_file, &zone->lru.active_file,
		&zone->lru.unevictable,	  &zone->lru.dirty,
	};
	const struct yaml_node *lru = yaml_get(map, "lru");

	if (!lru || !yaml_is_mapping(lru, reader->errors))
		return;
	yaml_check_keys(lru, keys, LENGTH(keys), reader->errors);
	for (size_t i = 0; i < LENGTH(keys); i++)
		yaml_get_u64(lru, keys[i], 0, zone->spanned_pages, values[i],
			     reader->errors);
	zone->has_lru = true;
}

static bool read_hole(struct config_reader *reader, const struct yaml_node *map,
		      struct hole_desc *hole)
{
	static const char *const keys[] = { "start_pfn", "pages" };

	if (!yaml_is_mapping(map, reader->errors))
		return false;
	yaml_check_keys(map, keys, LENGTH(keys), reader->errors);
	return require_u64(map, "start_pfn", "the hole's first frame", 0,
			   PFN_LIMIT, &hole->start_pfn, reader->errors) &&
	       require_u64(map, "pages", "the hole's size", 1, PFN_LIMIT,
			   &hole->pages, reader->errors);
}

static void read_holes(struct config_reader *reader,
		       const struct yaml_node *map, struct zone_desc *zone)
{
	const struct yaml_node *list = yaml_get(map, "holes"), *node;

	if (!list || !yaml_is_list(list, reader->errors))
		return;
	zone->holes = host_alloc(list->nr, sizeof(*zone->holes));
	if (!zone->holes) {
		config_no_memory(reader);
		return;
	}
	for (node = list->first; node; node = node->next) {
		if (read_hole(reader, node, &zone->holes[zone->nr_holes]))
			zone->nr_holes++;
	}
}

void config_read_zone(struct config_reader *reader, size_t node,
		      const struct yaml_node *map)
{
	size_t before = reader->errors->nr;
	struct zone_source source = { .node = node, .place = map->place };
	struct zone_source *grown;
	bool has_type, has_extent;

	if (!yaml_is_mapping(map, reader->errors))
		return;
	yaml_check_keys(map, zone_keys, LENGTH(zone_keys), reader->errors);
	has_type = read_type(reader, map, &source);
	has_extent = read_extent(reader, map, &source);
	/* Without its extent, what is counted in pages has no range. */
	if (has_extent)
		read_pages(reader, map, &source);
	read_watermarks(reader, map, &source.zone);
	read_lowmem_reserve(reader, map, &source.zone);
	read_pcp(reader, map, &source.zone);
	read_nr_free_pages(reader, map, &source.zone);
	yaml_get_u64(map, "watermark_boost", 0, PFN_LIMIT,
		     &source.zone.watermark_boost, reader->errors);
	read_lru(reader, map, &source.zone);
	read_holes(reader, map, &source.zone);
	source.wrong = reader->errors->nr != before;
	grown = host_grow(reader->zone, &reader->zone_capacity,
			  reader->nr_zones + 1, sizeof(*grown));
	if (!grown || !has_type) {
		if (!grown)
			config_no_memory(reader);
		else
			reader->zone = grown;
		free(source.zone.holes);
		return;
	}
	reader->zone = grown;
	reader->zone[reader->nr_zones++] = source;
}
