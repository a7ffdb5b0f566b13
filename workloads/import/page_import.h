/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_PAGE_IMPORT_H
#define KMEMSIM_WORKLOADS_IMPORT_PAGE_IMPORT_H

/*
 * Page events become calls: alloc_pages for mm_page_alloc, free_pages for
 * mm_page_free. Both levels of an import stand on this.
 */

#include "workloads/import/bulk_areas.h"
#include "workloads/import/live_pages.h"
#include "workloads/import/trace_reader.h"
#include "workloads/yaml/writer.h"

struct lru_import;
struct kswapd_import;

/* An area whose pages its task has asked for, and has not got so far. */
struct bulk_wanted {
	const struct bulk_area *area; /* borrowed, of the same import's */
	struct call by;		      /* who asked: without what for */
	uint64_t pid;
	gfp_t gfp;
	node_t node;
};

struct page_import {
	struct workload_writer writer;
	struct names *names;	    /* owned */
	struct live_pages live;	    /* what the trace holds */
	struct bulk_areas bulk;	    /* what it does not show */
	struct bulk_wanted *wanted; /* owned */
	size_t nr_wanted;
	size_t wanted_room;
	const char *path;	      /* borrowed: of the trace */
	uint64_t last_id;	      /* ids are 1, 2, 3, … */
	bool tasks;		      /* say who calls */
	struct import_report *report; /* borrowed */
	struct errors *errors;	      /* borrowed */
	struct lru_import *lru;	      /* borrowed; NULL: nothing is left out */
	struct kswapd_import *kswapd; /* borrowed; NULL: with `lru` */
	enum import_skip skip;	      /* why an event became no call */
};

int page_import_init(struct page_import *import, const char *path,
		     struct import_report *report, struct errors *errors);

/* What every call takes from its event: time, CPU, context, task. */
int page_import_start(struct page_import *import,
		      const struct trace_event *event, enum call_op op,
		      struct call *call);

void page_import_write(struct page_import *import, const struct call *call);

/* The event's task frees a piece of an allocation. -1 with an error. */
int page_import_write_free(struct page_import *import,
			   const struct trace_event *event,
			   const struct piece *piece);

/* A page event; counts it as used or skipped. -1 with an error. */
int page_import_event(struct page_import *import,
		      const struct trace_event *event);

/*
 * Where the event is vmalloc's array of an area's pages: 1, and the pages that
 * it takes in bulk become calls, at once or when its task goes on. 0: it is
 * another one. -1 with an error.
 */
int page_import_bulk(struct page_import *import,
		     const struct trace_event *event);

/*
 * To be called before anything else is made of an event: its task goes on, and
 * takes the pages that it had asked for. -1 with an error.
 */
int page_import_resume(struct page_import *import,
		       const struct trace_event *event);

/*
 * At the trace's end, at `t_ns`: pages that tasks have asked for and that
 * nothing showed taken are taken now. -1 with an error.
 */
int page_import_end(struct page_import *import, uint64_t t_ns);

void page_import_release(struct page_import *import);

#endif
