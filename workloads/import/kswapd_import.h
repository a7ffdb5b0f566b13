/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_KSWAPD_IMPORT_H
#define KMEMSIM_WORKLOADS_IMPORT_KSWAPD_IMPORT_H

/*
 * What a recorded kswapd and kcompactd did besides freeing pages, where their
 * frees are calls of the workload: kswapd_begin, kswapd_end, drain_all_pages.
 */

#include "workloads/import/page_import.h"

struct kswapd_import {
	struct page_import *pages; /* borrowed */
	struct number_map ends;	   /* number of an event -> node, behind it */
	struct number_map helped;  /* tasks that have reclaimed, no page yet */
	uint64_t nr_events;	   /* seen */
	bool read;		   /* `ends` is known */
	uint64_t recorded;	   /* bit n: node n's kswapd is the trace's */
	uint64_t running;	   /* the same: it balances its node */
};

#define KSWAPD_IMPORT_OF(import) ((struct kswapd_import){ .pages = (import) })

/*
 * After each event of a reader that hands out those of kswapd has been dealt
 * with. The first one of kswapd's has the trace read once more. -1 with an
 * error.
 */
int kswapd_import_event(struct kswapd_import *import,
			const struct trace_event *event);

void kswapd_import_release(struct kswapd_import *import);

#endif
