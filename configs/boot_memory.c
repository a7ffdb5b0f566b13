// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a booting kernel gives back late.
 *
 * A kernel computes watermarks, reserves and per-CPU batches once, early, from
 * the pages that it manages then. Later it frees its own init sections and
 * the gaps in its image (free_initmem(), mark_rodata_ro(), arch/x86/mm/init.c,
 * Linux 6.1) and the initial ramdisk (free_initrd_mem()). A running kernel's
 * managed_pages include those pages, its watermarks do not: so whoever computes
 * watermarks from /proc/zoneinfo has to leave them out.
 *
 * Where they lie: the image at the address that the kernel is linked for; the
 * ramdisk as high as the boot loader may put it. Only in a zone with fewer
 * managed than present pages has a kernel booted; in one that is given by its
 * size alone none has.
 */

#include "configs/config_reader.h"
#include "sim/base/numbers.h"

static void read_part(struct config_reader *reader, const struct yaml_node *map,
		      const char *key, const char *place_key, uint64_t *place,
		      uint64_t *freed)
{
	const char *const keys[] = { place_key, "freed" };
	const struct yaml_node *part, *node;

	part = yaml_require(map, key, "where it lies and what is freed",
			    reader->errors);
	if (!part || !yaml_is_mapping(part, reader->errors))
		return;
	yaml_check_keys(part, keys, LENGTH(keys), reader->errors);
	node = yaml_require(part, place_key, "an address", reader->errors);
	if (node)
		yaml_size(node, 0, UINT64_MAX, place, reader->errors);
	node = yaml_require(part, "freed", "a size", reader->errors);
	if (node)
		yaml_size(node, 0, UINT64_MAX, freed, reader->errors);
}

void config_read_boot_memory(struct config_reader *reader,
			     const struct yaml_node *root)
{
	static const char *const keys[] = { "kernel", "initrd" };
	const struct yaml_node *map = yaml_get(root, "boot_memory");
	struct boot_memory *boot = &reader->boot;

	if (!map || !yaml_is_mapping(map, reader->errors))
		return;
	yaml_check_keys(map, keys, LENGTH(keys), reader->errors);
	read_part(reader, map, "kernel", "at", &boot->kernel_at,
		  &boot->kernel_freed);
	read_part(reader, map, "initrd", "below", &boot->initrd_below,
		  &boot->initrd_freed);
}

/* The zone that holds the frame, if the kernel can map it directly. */
static struct zone_source *zone_holding(struct config_reader *reader,
					uint64_t pfn)
{
	for (size_t i = 0; i < reader->nr_zones; i++) {
		const struct zone_desc *zone = &reader->zone[i].zone;

		if (zone->type <= ZONE_NORMAL && pfn >= zone->start_pfn &&
		    pfn < zone->start_pfn + zone->spanned_pages)
			return &reader->zone[i];
	}
	return NULL;
}

/* The zone with the highest frames below that one. */
static struct zone_source *zone_below(struct config_reader *reader,
				      uint64_t pfn)
{
	struct zone_source *best = NULL;

	for (size_t i = 0; i < reader->nr_zones; i++) {
		struct zone_source *source = &reader->zone[i];

		if (source->zone.type <= ZONE_NORMAL &&
		    source->zone.start_pfn < pfn &&
		    (!best || source->zone.start_pfn > best->zone.start_pfn))
			best = source;
	}
	return best;
}

static void free_late(struct zone_source *source, uint64_t pages)
{
	struct zone_desc *zone = source ? &source->zone : NULL;

	if (!zone || source->wrong || source->has_freed ||
	    zone->managed_pages >= zone->present_pages)
		return;
	zone->freed_after_boot_pages += pages;
	if (zone->freed_after_boot_pages > zone->managed_pages)
		zone->freed_after_boot_pages = zone->managed_pages;
}

void config_place_boot_memory(struct config_reader *reader)
{
	const struct boot_memory *boot = &reader->boot;
	uint32_t shift = reader->machine->page_shift;

	free_late(zone_holding(reader, boot->kernel_at >> shift),
		  boot->kernel_freed >> shift);
	free_late(zone_below(reader, boot->initrd_below >> shift),
		  boot->initrd_freed >> shift);
}
