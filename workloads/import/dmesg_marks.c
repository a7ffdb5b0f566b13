/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A rule that ended with Linux 4.4, and that no run goes by: a request for a
 * block was refused, whatever blocks there were, where too few of a zone's free
 * pages were in blocks of its order and above.
 *
 *	free pages, without those of smaller orders  <=  mark >> order
 *
 * tested after each smaller order in turn, with the mark halved as often: from
 * the min mark, less what the request may take of the reserves. Source:
 * __zone_watermark_ok(), mm/page_alloc.c, 2.6.32 to 4.3.
 */
#include "models/gfp.h"
#include "workloads/import/dmesg_import.h"

#define LINUX(major, minor) ((uint32_t)(major) << 24 | (uint32_t)(minor) << 16)

/* What has to stay of the zone, before it is halved by orders. */
static uint64_t lowered_mark(const struct zoneinfo_zone *zone, gfp_t gfp)
{
	uint64_t mark = zone->watermark[WMARK_MIN];

	if (gfp & __GFP_HIGH)
		mark -= mark / 2;
	if (!(gfp & (__GFP_DIRECT_RECLAIM | __GFP_NOMEMALLOC)))
		mark -= mark / 4;
	return mark;
}

/*
 * True where that rule alone refuses: *order is the one below which too much
 * lies, *pages what is above, and *mark what has to be exceeded.
 */
static bool is_refused(const struct dmesg_import *import, size_t i,
		       uint64_t reserve, uint64_t *order, uint64_t *pages,
		       uint64_t *mark)
{
	const struct zoneinfo_zone *zone = &import->info.zone[i];
	const struct splat *splat = &import->splat;
	uint64_t own = (UINT64_C(1) << splat->order) - 1;

	*pages = zone->free > own ? zone->free - own : 0;
	*mark = lowered_mark(zone, import->gfp);
	if (*pages <= *mark + reserve)
		return false;
	for (order_t below = 0; below < splat->order; below++) {
		uint64_t less = splat->zone[i].nr_free[below] << below;

		*pages = *pages > less ? *pages - less : 0;
		*mark /= 2;
		*order = below + 1u;
		if (*pages <= *mark)
			return true;
	}
	return false;
}

/* The reserve against requests that could go up to the type. */
static uint64_t reserve_against(const struct dmesg_import *import, size_t i,
				enum zone_type highest)
{
	const struct zoneinfo_zone *zone = &import->info.zone[i];
	size_t column = dmesg_column(import, highest);

	return column < zone->nr_protection ? zone->protection[column] : 0;
}

void dmesg_add_old_marks(const struct dmesg_import *import, struct text *text)
{
	const struct splat *splat = &import->splat;
	enum zone_type highest;

	if (!splat->version || splat->version >= LINUX(4, 4) || splat->oom ||
	    !gfp_zone(import->gfp, dmesg_zone_types(import), &highest))
		return;
	for (size_t i = 0; i < import->info.nr_zones; i++) {
		const struct zoneinfo_zone *zone = &import->info.zone[i];
		uint64_t order, pages, mark;

		if (zone->type > highest ||
		    !is_refused(import, i, reserve_against(import, i, highest),
				&order, &pages, &mark))
			continue;
		text_add(text,
			 "zone %s of node %d was refused by a rule that ended "
			 "with Linux 4.4, and no run has: of its free pages "
			 "%llu are in blocks of order %llu and above, and more "
			 "than %llu had to be\n",
			 zone_type_names[zone->type], zone->node,
			 (unsigned long long)pages, (unsigned long long)order,
			 (unsigned long long)mark);
	}
}
