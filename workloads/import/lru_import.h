/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_LRU_IMPORT_H
#define KMEMSIM_WORKLOADS_IMPORT_LRU_IMPORT_H

/*
 * Reclaim left to the run: allocations that are page cache or anonymous memory
 * say so, and what the real kernel took back or moved is no call. Beside a
 * page_import, which asks for each page event what is to become of it.
 */

#include "workloads/import/lru_sites.h"
#include "workloads/import/page_import.h"
#include "workloads/import/swap_import.h"

struct lru_group;

/* A page that compaction has moved: where to is not known yet. */
struct moved_page {
	struct piece piece;
	uint32_t next; /* of its group, later moved; 0: none; else index + 1 */
};

struct lru_import {
	struct page_import *pages; /* borrowed */
	struct lru_sites sites;
	struct reclaim_watch watch;
	struct swap_import swap;
	uint64_t shared_live; /* pages of shared memory that the kernel has */
	uint64_t shared_swapped; /* of those in `swap` */
	uint64_t nr_events;	 /* seen, as lru_sites counts them */
	struct number_map tasks; /* by process id: see lru_import.c */
	struct lru_group *group; /* owned; [0]: pages on no LRU list */
	size_t nr_groups;
	size_t group_room;
	struct moved_page *moved; /* owned */
	size_t nr_moved;
	size_t moved_room;
	uint32_t unused_moved; /* as moved_page.next */
	uint32_t start_group;  /* of pages of the start; 0: there are none */
	bool has_begun;
};

/* Reads the trace at `path` for the first time. -1 with an error. */
int lru_import_init(struct lru_import *lru, struct page_import *pages,
		    const char *path);
void lru_import_release(struct lru_import *lru);

/*
 * Before each event; with the first one the pages are written that were there
 * at the start. -1 with an error.
 */
int lru_import_begin(struct lru_import *lru, const struct trace_event *event);

/* An event of reclaim or compaction. -1 with an error. */
int lru_import_watch(struct lru_import *lru, const struct trace_event *event);

/*
 * An allocation is about to be written: says in *call what it is, and in
 * *piece whose. 1 where it is none of the workload's, pages->skip says why;
 * 0; -1 with an error.
 */
int lru_import_alloc(struct lru_import *lru, const struct trace_event *event,
		     struct call *call, struct piece *piece);

/*
 * A live piece is freed; `supplied`: by an event that the trace lost. 1 where
 * that is no call, pages->skip says why; 0; -1 with an error.
 */
int lru_import_free(struct lru_import *lru, const struct trace_event *event,
		    const struct piece *piece, bool supplied);

/* The free of a live piece was written: what follows from it. -1: an error. */
int lru_import_freed(struct lru_import *lru, const struct trace_event *event,
		     const struct piece *piece);

/*
 * A block is freed that is not live. 1 where that is no call, pages->skip says
 * why; 0, and piece->id is that of the moved page which it is taken for, or 0;
 * -1 with an error.
 */
int lru_import_find(struct lru_import *lru, const struct trace_event *event,
		    unsigned int order, struct piece *piece);

/* An event is done with. -1 with an error. */
int lru_import_seen(struct lru_import *lru, const struct trace_event *event);

/* Fills in the report what is known at the end. */
void lru_import_report(const struct lru_import *lru,
		       struct import_report *report);

#endif
