// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a zone has no memory: its spanned pages less those present.
 *
 *	spanned  |----------------------------|
 *	present  |####____####################|     640 KiB to 1 MiB of a PC
 *	free      .          ....  ....
 *
 * Rules: holes that the config lists and runs of page blocks called `hole`
 * are where they say. For what is still missing, a PC's first place is below
 * 1 MiB (the profile's legacy_hole_end: video memory and firmware,
 * e820__memblock_setup() and trim_bios_range(), arch/x86/kernel, 6.1), else
 * the highest frames of the zone; never where a free block says that there is
 * memory. Free blocks overlap neither holes nor one another. Left out: where
 * pages lie that are present and not managed; they are in use like others.
 */

#include "configs/config_reader.h"

#include <stdlib.h>
#include <string.h>

/* What is known of one zone's frames, sorted. */
struct spans {
	struct pfn_span *span;
	size_t nr;
	size_t capacity;
};

static int by_start(const void *a, const void *b)
{
	const struct pfn_span *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (x->line > y->line) - (x->line < y->line);
}

static int add_span(struct config_reader *reader, struct spans *spans,
		    struct pfn_span span)
{
	struct pfn_span *grown = host_grow(spans->span, &spans->capacity,
					   spans->nr + 1, sizeof(*grown));

	if (!grown)
		return config_no_memory(reader);
	spans->span = grown;
	grown[spans->nr++] = span;
	return 0;
}

static int add_hole(struct config_reader *reader, struct zone_desc *zone,
		    uint64_t start, uint64_t pages)
{
	struct hole_desc *grown =
		reallocarray(zone->holes, zone->nr_holes + 1, sizeof(*grown));

	if (!grown)
		return config_no_memory(reader);
	zone->holes = grown;
	grown[zone->nr_holes++] = (struct hole_desc){ start, pages };
	return 0;
}

static uint64_t end_of(const struct zone_desc *zone)
{
	return zone->start_pfn + zone->spanned_pages;
}

/* Turns the `hole` runs of the page blocks into holes. */
static int take_runs(struct config_reader *reader, struct zone_source *source)
{
	const struct initial_state_desc *initial = &reader->machine->initial;
	node_t node = reader->machine->nodes[source->node].id;
	const struct pageblock_run_desc *hole = NULL;
	size_t i;

	for (i = 0; i < initial->nr_pageblocks; i++) {
		const struct pageblock_run_desc *run = &initial->pageblocks[i];

		if (run->node != node || run->zone != source->zone.type)
			continue;
		if (hole && add_hole(reader, &source->zone, hole->start_pfn,
				     run->start_pfn - hole->start_pfn) != 0)
			return -1;
		hole = run->hole ? run : NULL;
	}
	if (!hole)
		return 0;
	return add_hole(reader, &source->zone, hole->start_pfn,
			end_of(&source->zone) - hole->start_pfn);
}

/* The first of the sorted free blocks that ends above the frame. */
static size_t first_above(const struct config_reader *reader, uint64_t pfn)
{
	size_t low = 0, high = reader->machine->initial.nr_free_blocks;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (reader->block[middle].end > pfn)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static int gather(struct config_reader *reader,
		  const struct zone_source *source, struct spans *spans)
{
	const struct zone_desc *zone = &source->zone;
	size_t i;

	for (i = 0; i < zone->nr_holes; i++) {
		struct pfn_span hole = {
			zone->holes[i].start_pfn,
			zone->holes[i].start_pfn + zone->holes[i].pages,
			0,
		};

		if (hole.start < zone->start_pfn || hole.end > end_of(zone))
			return error_input(reader->errors, source->place,
					   "holes: frames %llu to %llu are not "
					   "in the zone, which has %llu to "
					   "%llu",
					   (unsigned long long)hole.start,
					   (unsigned long long)hole.end - 1,
					   (unsigned long long)zone->start_pfn,
					   (unsigned long long)end_of(zone) -
						   1);
		if (add_span(reader, spans, hole) != 0)
			return -1;
	}
	for (i = first_above(reader, zone->start_pfn);
	     i < reader->machine->initial.nr_free_blocks &&
	     reader->block[i].start < end_of(zone);
	     i++) {
		if (add_span(reader, spans, reader->block[i]) != 0)
			return -1;
	}
	if (spans->nr)
		qsort(spans->span, spans->nr, sizeof(*spans->span), by_start);
	return 0;
}

static int report_overlap(struct config_reader *reader,
			  const struct zone_source *source,
			  const struct pfn_span *a, const struct pfn_span *b)
{
	const struct pfn_span *block = a->line > b->line ? a : b;
	const struct pfn_span *other = block == a ? b : a;
	struct place place = { reader->free_lists_path, block->line, 1 };

	if (block->line == 0)
		return error_input(reader->errors, source->place,
				   "holes: two of them overlap at frame %llu",
				   (unsigned long long)b->start);
	if (other->line == 0)
		return error_input(reader->errors, place,
				   "a free block in a "
				   "hole: there is no memory at frames %llu "
				   "to %llu",
				   (unsigned long long)other->start,
				   (unsigned long long)other->end - 1);
	return error_input(reader->errors, place,
			   "the free block overlaps "
			   "the one at line %llu",
			   (unsigned long long)other->line);
}

static int check_overlaps(struct config_reader *reader,
			  const struct zone_source *source,
			  const struct spans *spans)
{
	const struct pfn_span *last = NULL;
	int result = 0;
	size_t i;

	for (i = 0; i < spans->nr; i++) {
		const struct pfn_span *span = &spans->span[i];

		if (last && span->start < last->end)
			result = report_overlap(reader, source, last, span);
		if (!last || span->end > last->end)
			last = span;
	}
	return result;
}

/*
 * Goes down from `top` over the frames that nothing claims and makes holes of
 * them, `wanted` pages in all; with a NULL zone it only counts. Returns how
 * many pages it found; -1: the host has no memory.
 */
static int64_t go_down(struct config_reader *reader, struct zone_desc *into,
		       const struct spans *spans, uint64_t bottom, uint64_t top,
		       uint64_t wanted)
{
	uint64_t found = 0, low, pages;
	size_t i = spans->nr;

	while (found < wanted && top > bottom) {
		while (i > 0 && spans->span[i - 1].start >= top)
			i--;
		low = i > 0 ? spans->span[i - 1].end : bottom;
		if (low < bottom)
			low = bottom;
		if (low < top) {
			pages = top - low;
			if (pages > wanted - found)
				pages = wanted - found;
			if (into &&
			    add_hole(reader, into, top - pages, pages) != 0)
				return -1;
			found += pages;
		}
		if (i == 0)
			break;
		top = spans->span[--i].start;
	}
	return (int64_t)found;
}

static int place_rest(struct config_reader *reader, struct zone_source *source,
		      const struct spans *spans, uint64_t missing)
{
	uint64_t legacy = reader->legacy_hole_end >>
			  reader->machine->page_shift;
	struct zone_desc *zone = &source->zone;
	uint64_t bottom = zone->start_pfn, top = end_of(zone);
	int64_t found;

	if (legacy > bottom && legacy < top &&
	    go_down(reader, NULL, spans, bottom, legacy, missing) ==
		    (int64_t)missing)
		top = legacy;
	found = go_down(reader, zone, spans, bottom, top, missing);
	if (found < 0)
		return -1;
	if ((uint64_t)found < missing)
		return error_input(
			reader->errors, source->place,
			"present_pages: %llu page%s missing from the "
			"zone, but only %llu not free",
			(unsigned long long)missing, plural(missing),
			(unsigned long long)found);
	return 0;
}

/* present_pages and managed_pages, given or not, against the holes. */
static int settle_pages(struct config_reader *reader,
			struct zone_source *source, uint64_t *missing)
{
	struct zone_desc *zone = &source->zone;
	uint64_t in_holes = 0;
	size_t i;

	for (i = 0; i < zone->nr_holes; i++)
		in_holes += zone->holes[i].pages;
	if (!source->has_present)
		zone->present_pages = zone->spanned_pages - in_holes;
	*missing = zone->spanned_pages - zone->present_pages;
	if (*missing < in_holes)
		return error_input(reader->errors, source->place,
				   "present_pages: %llu of %llu spanned, but "
				   "the holes have %llu",
				   (unsigned long long)zone->present_pages,
				   (unsigned long long)zone->spanned_pages,
				   (unsigned long long)in_holes);
	*missing -= in_holes;
	if (!source->has_managed)
		zone->managed_pages = zone->present_pages;
	if (zone->managed_pages > zone->present_pages)
		return error_input(reader->errors, source->place,
				   "managed_pages: %llu are more than the %llu "
				   "present",
				   (unsigned long long)zone->managed_pages,
				   (unsigned long long)zone->present_pages);
	return 0;
}

static int hole_by_start(const void *a, const void *b)
{
	const struct hole_desc *x = a, *y = b;

	return (x->start_pfn > y->start_pfn) - (x->start_pfn < y->start_pfn);
}

static void place_zone(struct config_reader *reader, struct zone_source *source)
{
	struct zone_desc *zone = &source->zone;
	struct spans spans = { .nr = 0 };
	uint64_t missing;

	if (take_runs(reader, source) == 0 &&
	    gather(reader, source, &spans) == 0 &&
	    check_overlaps(reader, source, &spans) == 0 &&
	    settle_pages(reader, source, &missing) == 0 && missing > 0)
		place_rest(reader, source, &spans, missing);
	if (zone->nr_holes)
		qsort(zone->holes, zone->nr_holes, sizeof(*zone->holes),
		      hole_by_start);
	free(spans.span);
}

void config_place_holes(struct config_reader *reader)
{
	size_t nr = reader->machine->initial.nr_free_blocks, i;

	if (nr)
		qsort(reader->block, nr, sizeof(*reader->block), by_start);
	for (i = 0; i < reader->nr_zones; i++)
		place_zone(reader, &reader->zone[i]);
}
