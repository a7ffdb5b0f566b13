/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_TRACE_READER_H
#define KMEMSIM_WORKLOADS_IMPORT_TRACE_READER_H

/*
 * The events of a trace, one after the other, with their arguments read.
 */

#include "workloads/import/gfp_bits.h"
#include "workloads/import/lines.h"
#include "workloads/import/report.h"
#include "workloads/import/trace_line.h"

enum trace_event_kind {
	TRACE_PAGE_ALLOC,
	TRACE_PAGE_FREE,
	TRACE_KMALLOC,
	TRACE_KFREE,
	TRACE_CACHE_ALLOC,
	TRACE_CACHE_FREE,
	/* Of reclaim, for callers that want them: `reclaim` below. */
	TRACE_RECLAIM_BEGIN, /* a task frees pages before it gets one */
	TRACE_RECLAIM_END,
	TRACE_SHRINKER_BEGIN, /* a slab cache is asked for objects */
	TRACE_SHRINKER_END,
	TRACE_LRU_SHRUNK, /* so many freed just before were on an LRU list */
	TRACE_COMPACTION_BEGIN,
	TRACE_COMPACTION_END,
	/* Of kswapd, for callers that want those: `kswapd` below. */
	TRACE_KSWAPD_ASKED, /* a task wakes it */
	TRACE_KSWAPD_BEGIN, /* it begins to balance its node */
	TRACE_KSWAPD_SLEEP,
	TRACE_KSWAPD_COMPACTED, /* kcompactd is through with a zone */
	TRACE_KSWAPD_DIRECT,	/* a task begins to reclaim by itself */
	TRACE_KSWAPD_RECLAIMED, /* and has done so */
	TRACE_KSWAPD_OTHER,	/* something that it does, or another task */
};

struct trace_event {
	struct trace_line line;
	enum trace_event_kind kind;
	uint64_t t_ns; /* since the trace's first event, never going back */
	gfp_t gfp;     /* allocations */

	/* TRACE_PAGE_… */
	bool ok; /* an allocation that was given a page, or an object */
	pfn_t pfn;
	order_t order;
	bool unaligned; /* the frame can't be the first of such a block */

	/* The others */
	uint64_t ptr;
	uint64_t bytes_req;
	uint64_t bytes_alloc;
	node_t node;
	bool accounted;
	const char *call_site; /* in the line; NULL: not said */
	size_t call_site_length;
	const char *name; /* of the cache, in the line; NULL: not said */
	size_t name_length;

	/* TRACE_LRU_SHRUNK */
	bool anon;	       /* a list of anonymous pages */
	uint64_t nr_reclaimed; /* of the pages freed before; all: UINT64_MAX */

	/*
	 * TRACE_KSWAPD_…: `node` is its node; of …_COMPACTED, `pfn` is the
	 * zone's first frame, and `ok` says that no block came of it. Of
	 * …_RECLAIMED, `nr_reclaimed` is told. …_DIRECT and …_OTHER have
	 * nothing.
	 */

	struct import_kind *counts; /* may be NULL; see trace_event_used() */
};

struct trace_dat;

struct trace_reader {
	struct lines lines;
	struct trace_dat *dat; /* lines come from it; NULL: from the text */
	struct import_report *report; /* borrowed */
	uint64_t first_t_ns;
	uint64_t last_t_ns; /* since the first */
	bool begun;
	bool pfn_is_hex;		 /* even where no 0x says so */
	const struct gfp_bits *gfp_bits; /* of masks that are numbers */
	bool reclaim; /* hand out the events of reclaim and compaction */
	bool kswapd;  /* hand out those of kswapd and kcompactd; not both */
	order_t pageblock_order; /* as the trace says it; 0: not so far */
	/* The last flags seen: most events have the same as the one before. */
	char gfp_text[256];
	size_t gfp_length;
	gfp_t gfp;
	bool gfp_known;
	bool gfp_is_number;
};

/*
 * Text, or a binary trace.dat; "-" is stdin, for text. -1 with an error where
 * it can't be read or is neither. The
 * generation of GFP masks is guessed from the file's first ones, unless the
 * report's gfp_version says it.
 */
int trace_reader_open(struct trace_reader *reader, const char *path,
		      struct import_report *report, struct errors *errors);

/*
 * The next event that one of the levels can use; all others are counted in
 * the report. 1; 0 at the end; -1 with an error, which is also given where the
 * file holds no event at all.
 */
int trace_reader_next(struct trace_reader *reader, struct trace_event *event,
		      struct errors *errors);

void trace_reader_close(struct trace_reader *reader);

/* What became of an event. */
void trace_event_used(const struct trace_event *event);
void trace_event_skipped(const struct trace_event *event,
			 enum import_skip skip);

#endif
