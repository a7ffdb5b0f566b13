/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_START_PAGES_H
#define KMEMSIM_WORKLOADS_IMPORT_START_PAGES_H

/* Pages that were on an LRU list before the trace began: see start_pages.c. */

#include "workloads/import/live_pages.h"
#include "workloads/import/reclaim_watch.h"

struct start_pages {
	pfn_t *pfn; /* owned */
	size_t nr;
	size_t room;
	struct number_map seen; /* frames that the trace has named so far */
};

/* A page event, and who made it. 0, or -1 with an error: no memory. */
int start_pages_see(struct start_pages *pages, const struct trace_event *event,
		    enum page_user user, struct errors *errors);

/*
 * The whole trace has been seen, which says that pageblocks are of this order;
 * 0: it does not say. 0, or -1 with an error: no memory.
 */
int start_pages_end(struct start_pages *pages, order_t pageblock_order,
		    struct errors *errors);

void start_pages_release(struct start_pages *pages);

#endif
