/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages that were there when the trace began, and could be taken back or moved.
 *
 *	mm_page_free  pfn=0x4411  the first that is heard of it
 *	                |
 *	                +--> by kswapd: in use before the trace, on an LRU list;
 *	                |    reclaim takes others from shrinkers alone
 *	                +--> by kcompactd: the same; compaction takes no others
 *	                     (isolate_migratepages_block()), and frees the old
 *	                     frame when it has moved one
 *
 * Reclaim takes from the tail (isolate_lru_folios()): whoever went first had
 * been there longest. Which list it was is told by the event that
 * shrink_inactive_list() writes after it has freed, and how many of the pages
 * were that list's (reclaimed.c); a trace that has none of these has page
 * cache. Once compaction has moved a page, a frame that nobody
 * has named may be one that a page was moved to: from then on what reclaim
 * frees is no page of the start for certain, and is left alone.
 *
 * Pages that moved count when a run compacts memory, or takes a pageblock over:
 * without them all that was in use at the start would stay where it is.
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
 * Which list a page that moved was on is not told. Taken for anonymous, as
 * tmpfs's are (unpacked initramfs, say): they outlived page cache that reclaim
 * had taken. Others, that the kernel neither took nor moved, are not found.
 */
#include "workloads/import/start_pages.h"

#include <stdlib.h>

#include "sim/base/host.h"

/*
 * Of pageblocks, where the trace does not say it: they are as large as a huge
 * page, which is 2 MiB in pages of 4 KiB.
 */
#define USUAL_PAGEBLOCK_ORDER 9

static int add(struct start_pages *pages, const struct start_page *page,
	       struct errors *errors)
{
	struct start_page *grown = host_grow(pages->page, &pages->room,
					     pages->nr + 1, sizeof(*grown));

	if (!grown)
		return error_host(errors, "no memory for pages of the start");
	pages->page = grown;
	grown[pages->nr++] = *page;
	return 0;
}

static int add_moved(struct start_pages *pages, pfn_t pfn,
		     struct errors *errors)
{
	const struct start_page page = { .pfn = pfn, .lru = PAGE_LRU_ANON };

	return add(pages, &page, errors);
}

static int add_taken(struct start_pages *pages, pfn_t pfn,
		     struct errors *errors)
{
	const struct start_page page = { .pfn = pfn };

	pages->nr_taken++;
	return add(pages, &page, errors);
}

int start_pages_see(struct start_pages *pages, const struct trace_event *event,
		    enum page_user user, struct errors *errors)
{
	bool freed = event->kind == TRACE_PAGE_FREE && !event->order;
	bool moved = freed && user == PAGE_USER_COMPACTION;
	bool taken = freed && user == PAGE_USER_RECLAIM && !pages->has_moved;
	uint64_t end = (uint64_t)event->pfn + (1ull << event->order);

	pages->has_moved |= moved;
	for (uint64_t pfn = event->pfn; pfn < end; pfn++) {
		if (number_map_find(&pages->seen, pfn))
			continue;
		if (number_map_set(&pages->seen, pfn, 0, 0, errors) < 0 ||
		    (moved && add_moved(pages, (pfn_t)pfn, errors) < 0) ||
		    (taken && add_taken(pages, (pfn_t)pfn, errors) < 0))
			return -1;
	}
	return 0;
}

void start_pages_settle(struct start_pages *pages, size_t first, size_t nr,
			enum page_lru lru)
{
	for (size_t i = first; i < first + nr; i++)
		pages->page[i].lru = lru;
}

/* What was freed without a list's having been scanned is no LRU page. */
static void drop_unlisted(struct start_pages *pages)
{
	size_t left = 0;

	for (size_t i = 0; i < pages->nr; i++)
		if (pages->page[i].lru != PAGE_LRU_NONE)
			pages->page[left++] = pages->page[i];
	pages->nr_taken -= pages->nr - left;
	pages->nr = left;
}

static void take_for_page_cache(struct start_pages *pages)
{
	for (size_t i = 0; i < pages->nr_taken; i++)
		pages->page[i].lru = PAGE_LRU_FILE;
}

static int compare(const void *a, const void *b)
{
	const struct start_page *one = a, *other = b;

	return (one->pfn > other->pfn) - (one->pfn < other->pfn);
}

/* All between two frames that has no event. */
static int fill_gap(struct start_pages *pages, pfn_t from, pfn_t to,
		    struct errors *errors)
{
	for (pfn_t pfn = from + 1; pfn < to; pfn++)
		if (!number_map_find(&pages->seen, pfn) &&
		    add_moved(pages, pfn, errors) < 0)
			return -1;
	return 0;
}

int start_pages_end(struct start_pages *pages, order_t pageblock_order,
		    bool lists_told, struct errors *errors)
{
	order_t order = pageblock_order ? pageblock_order :
					  USUAL_PAGEBLOCK_ORDER;
	size_t nr;

	if (lists_told)
		drop_unlisted(pages);
	else
		take_for_page_cache(pages);
	nr = pages->nr;
	if (nr == pages->nr_taken)
		return 0;
	qsort(pages->page + pages->nr_taken, nr - pages->nr_taken,
	      sizeof(*pages->page), compare);
	for (size_t i = pages->nr_taken + 1; i < nr; i++) {
		pfn_t from = pages->page[i - 1].pfn, to = pages->page[i].pfn;

		if (from >> order == to >> order &&
		    fill_gap(pages, from, to, errors) < 0)
			return -1;
	}
	return 0;
}

void start_pages_release(struct start_pages *pages)
{
	free(pages->page);
	number_map_release(&pages->seen);
}
