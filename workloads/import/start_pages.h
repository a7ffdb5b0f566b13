/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_START_PAGES_H
#define KMEMSIM_WORKLOADS_IMPORT_START_PAGES_H

/* Pages that were on an LRU list before the trace began: see start_pages.c. */

#include "workloads/import/live_pages.h"
#include "workloads/import/reclaim_watch.h"
#include "workloads/import/report.h"

struct start_page {
	pfn_t pfn;
	enum page_lru lru; /* PAGE_LRU_NONE: that is not known yet */
};

struct start_pages {
	/* Those that reclaim took, in that order; then those that moved. */
	struct start_page *page; /* owned */
	size_t nr;
	size_t nr_taken;
	size_t room;
	bool has_moved;		/* compaction has had its hand in */
	struct number_map seen; /* frames that the trace has named so far */
};

/* A page event, and who made it. 0, or -1 with an error: no memory. */
int start_pages_see(struct start_pages *pages, const struct trace_event *event,
		    enum page_user user, struct errors *errors);

/*
 * What reclaim took came from the list: `nr` pages from the `first` on, as they
 * were counted by `nr_taken`.
 */
void start_pages_settle(struct start_pages *pages, size_t first, size_t nr,
			enum page_lru lru);

/*
 * The whole trace has been seen, which says that pageblocks are of this order,
 * or 0: it does not say; did it tell of lists that were scanned? 0, or -1 with
 * an error: no memory.
 */
int start_pages_end(struct start_pages *pages, order_t pageblock_order,
		    bool lists_told, struct errors *errors);

void start_pages_release(struct start_pages *pages);

#endif
