/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The events of a trace by their names: which are handed out, and why others
 * are not. Names are those of Linux 3.3 to 6.x (include/trace/events/).
 */
#include <string.h>

#include "sim/base/numbers.h"
#include "workloads/import/known_events.h"

static const struct known_event known_events[] = {
	{ "mm_page_alloc", TRACE_PAGE_ALLOC, 0 },
	{ "mm_page_free", TRACE_PAGE_FREE, 0 },
	{ "mm_page_free_direct", TRACE_PAGE_FREE, 0 },
	{ "kmalloc", TRACE_KMALLOC, 0 },
	{ "kmalloc_node", TRACE_KMALLOC, 0 },
	{ "kfree", TRACE_KFREE, 0 },
	{ "kmem_cache_alloc", TRACE_CACHE_ALLOC, 0 },
	{ "kmem_cache_alloc_node", TRACE_CACHE_ALLOC, 0 },
	{ "kmem_cache_free", TRACE_CACHE_FREE, 0 },
	{ "mm_page_free_batched", -1, IMPORT_SKIP_REPEATED },
	{ "mm_pagevec_free", -1, IMPORT_SKIP_REPEATED },
	{ "mm_page_alloc_zone_locked", -1, IMPORT_SKIP_INSIDE },
	{ "mm_page_alloc_extfrag", -1, IMPORT_SKIP_INSIDE },
	{ "mm_page_pcpu_drain", -1, IMPORT_SKIP_INSIDE },
};

/* Skipped, unless the caller asks for them. */
static const struct known_event reclaim_events[] = {
	{ "mm_vmscan_direct_reclaim_begin", TRACE_RECLAIM_BEGIN, 0 },
	{ "mm_vmscan_direct_reclaim_end", TRACE_RECLAIM_END, 0 },
	{ "mm_vmscan_memcg_reclaim_begin", TRACE_RECLAIM_BEGIN, 0 },
	{ "mm_vmscan_memcg_reclaim_end", TRACE_RECLAIM_END, 0 },
	{ "mm_vmscan_node_reclaim_begin", TRACE_RECLAIM_BEGIN, 0 },
	{ "mm_vmscan_node_reclaim_end", TRACE_RECLAIM_END, 0 },
	{ "mm_vmscan_lru_shrink_inactive", TRACE_LRU_SHRUNK, 0 },
	{ "mm_shrink_slab_start", TRACE_SHRINKER_BEGIN, 0 },
	{ "mm_shrink_slab_end", TRACE_SHRINKER_END, 0 },
	{ "mm_compaction_begin", TRACE_COMPACTION_BEGIN, 0 },
	{ "mm_compaction_end", TRACE_COMPACTION_END, 0 },
};

static const struct known_event kswapd_events[] = {
	{ "mm_vmscan_wakeup_kswapd", TRACE_KSWAPD_ASKED, 0 },
	{ "mm_vmscan_kswapd_wake", TRACE_KSWAPD_BEGIN, 0 },
	{ "mm_vmscan_kswapd_sleep", TRACE_KSWAPD_SLEEP, 0 },
	{ "mm_vmscan_direct_reclaim_begin", TRACE_KSWAPD_DIRECT, 0 },
	{ "mm_vmscan_direct_reclaim_end", TRACE_KSWAPD_RECLAIMED, 0 },
	{ "mm_compaction_end", TRACE_KSWAPD_COMPACTED, 0 },
};

static bool begins(const char *s, size_t length, const char *with)
{
	size_t n = strlen(with);

	return length >= n && memcmp(s, with, n) == 0;
}

static const struct known_event *find_row(const struct known_event *rows,
					  size_t nr,
					  const struct trace_line *line)
{
	for (size_t i = 0; i < nr; i++)
		if (strlen(rows[i].name) == line->event_length &&
		    memcmp(rows[i].name, line->event, line->event_length) == 0)
			return &rows[i];
	return NULL;
}

const struct known_event *known_event_of(const struct trace_line *line,
					 bool with_reclaim, bool with_kswapd)
{
	static const struct known_event reclaim = { NULL, -1,
						    IMPORT_SKIP_RECLAIM };
	static const struct known_event other = { NULL, TRACE_KSWAPD_OTHER, 0 };
	static const struct known_event unknown = { NULL, -1,
						    IMPORT_SKIP_UNKNOWN_EVENT };
	const char *name = line->event;
	size_t length = line->event_length;
	const struct known_event *row;

	row = find_row(known_events, LENGTH(known_events), line);
	if (!row && with_reclaim)
		row = find_row(reclaim_events, LENGTH(reclaim_events), line);
	if (!row && with_kswapd)
		row = find_row(kswapd_events, LENGTH(kswapd_events), line);
	if (row)
		return row;
	if (begins(name, length, "mm_vmscan_") ||
	    begins(name, length, "mm_shrink_slab_") ||
	    begins(name, length, "mm_compaction_"))
		return with_kswapd ? &other : &reclaim;
	return &unknown;
}
