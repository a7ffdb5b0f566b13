/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages that were there when the trace began, and could be moved.
 *
 *	mm_page_free  pfn=0x4411  by kcompactd: the first that is heard of it
 *	                |
 *	                +--> in use before the trace, on an LRU list: compaction
 *	                     takes no others (isolate_migratepages_block()), and
 *	                     frees the old frame when it has moved one
 *
 * That counts when a run compacts memory, or takes a pageblock over: without it
 * all that was in use at the start would stay where it is, and be unmovable.
 *
 * Compaction frees new frames that it did not need, too (release_freepages()).
 * These look the same here, but were free at the start, or have had events: the
 * run, which knows its start, passes over what is not in use there.
 *
 * Compaction isolates what is on lists in one pageblock, and then moves it as
 * far as there are free pages to move to. So what lies between two pages of the
 * start that were moved, in one pageblock, and has no event in the whole trace,
 * is taken for one that could not be: as sure as nothing else was put between
 * them when they were allocated, one after the other. How large a pageblock is
 * only mm_page_alloc_extfrag says.
 *
 * Which list a page was on is not told. Taken for anonymous, as tmpfs's are
 * (unpacked initramfs, say): they outlived page cache that reclaim had taken.
 * Others, that the kernel did not move, are not found.
 */
#include "workloads/import/start_pages.h"

#include <stdlib.h>

#include "sim/base/host.h"

/*
 * Of pageblocks, where the trace does not say it: they are as large as a huge
 * page, which is 2 MiB in pages of 4 KiB.
 */
#define USUAL_PAGEBLOCK_ORDER 9

static int add(struct start_pages *pages, pfn_t pfn, struct errors *errors)
{
	pfn_t *grown = host_grow(pages->pfn, &pages->room, pages->nr + 1,
				 sizeof(*grown));

	if (!grown)
		return error_host(errors, "no memory for pages of the start");
	pages->pfn = grown;
	grown[pages->nr++] = pfn;
	return 0;
}

int start_pages_see(struct start_pages *pages, const struct trace_event *event,
		    enum page_user user, struct errors *errors)
{
	bool moved = event->kind == TRACE_PAGE_FREE && !event->order &&
		     user == PAGE_USER_COMPACTION;
	uint64_t end = (uint64_t)event->pfn + (1ull << event->order);

	for (uint64_t pfn = event->pfn; pfn < end; pfn++) {
		if (number_map_find(&pages->seen, pfn))
			continue;
		if (number_map_set(&pages->seen, pfn, 0, 0, errors) < 0 ||
		    (moved && add(pages, (pfn_t)pfn, errors) < 0))
			return -1;
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	pfn_t one = *(const pfn_t *)a, other = *(const pfn_t *)b;

	return (one > other) - (one < other);
}

/* All between two frames that has no event. */
static int fill_gap(struct start_pages *pages, pfn_t from, pfn_t to,
		    struct errors *errors)
{
	for (pfn_t pfn = from + 1; pfn < to; pfn++)
		if (!number_map_find(&pages->seen, pfn) &&
		    add(pages, pfn, errors) < 0)
			return -1;
	return 0;
}

int start_pages_end(struct start_pages *pages, order_t pageblock_order,
		    struct errors *errors)
{
	order_t order = pageblock_order ? pageblock_order :
					  USUAL_PAGEBLOCK_ORDER;
	size_t moved = pages->nr;

	if (!moved)
		return 0;
	qsort(pages->pfn, moved, sizeof(*pages->pfn), compare);
	for (size_t i = 1; i < moved; i++) {
		pfn_t from = pages->pfn[i - 1], to = pages->pfn[i];

		if (from >> order == to >> order &&
		    fill_gap(pages, from, to, errors) < 0)
			return -1;
	}
	return 0;
}

void start_pages_release(struct start_pages *pages)
{
	free(pages->pfn);
	number_map_release(&pages->seen);
}
