/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_RECLAIM_WATCH_H
#define KMEMSIM_WORKLOADS_IMPORT_RECLAIM_WATCH_H

/*
 * For whom a page event happens: for the workload, or for the kernel itself,
 * that takes memory back or moves it.
 */

#include "workloads/import/number_map.h"
#include "workloads/import/trace_reader.h"

enum page_user {
	PAGE_USER_WORKLOAD,
	PAGE_USER_RECLAIM,    /* kswapd, direct reclaim: the LRU lists */
	PAGE_USER_SHRINKER,   /* the same, within a slab cache's shrinker */
	PAGE_USER_COMPACTION, /* kcompactd, direct compaction */
};

struct reclaim_watch {
	struct number_map tasks; /* what each is in, by process id */
};

#define RECLAIM_WATCH_NONE ((struct reclaim_watch){ .tasks = { 0 } })

/*
 * Takes in an event of reclaim or compaction (TRACE_RECLAIM_BEGIN and on). -1
 * with an error: no memory of the host.
 */
int reclaim_watch_event(struct reclaim_watch *watch,
			const struct trace_event *event, struct errors *errors);

/* For whom a page event happens. */
enum page_user reclaim_watch_user(const struct reclaim_watch *watch,
				  const struct trace_event *event);

void reclaim_watch_release(struct reclaim_watch *watch);

#endif
