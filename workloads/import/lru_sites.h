/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_LRU_SITES_H
#define KMEMSIM_WORKLOADS_IMPORT_LRU_SITES_H

/*
 * The call sites of a trace, and which of them allocate page cache or
 * anonymous memory: what a first reading of the whole trace tells. So does it
 * of pages that were there before.
 */

#include "sim/traced.h"
#include "workloads/import/start_pages.h"

/* Pages asked for with the same GFP flags and order. */
struct lru_site {
	gfp_t gfp;
	order_t order;
	enum page_lru lru;    /* what they are */
	uint64_t allocations; /* that got a page */
	/* Of these, freed by reclaim, as it scanned a list of… */
	uint64_t taken_file;
	uint64_t taken_anon;
	uint64_t taken; /* …and where the trace does not say which */
};

struct lru_sites {
	struct lru_site *site; /* owned; in the order of first use */
	size_t nr;
	size_t room;
	struct number_map index; /* by flags and order */
	/* By process: its last event in its own context, counted from 1. */
	struct number_map last_event;
	uint64_t nr_events;	   /* in any process's own context */
	struct number_map leavers; /* processes whose memory outlives them */
	struct start_pages start;
	struct traced traced; /* what wrote lines, and how long each took */
};

/*
 * Reads the trace once. 0, or -1 with an error added; release in any case.
 * What it counts in a report is the second reading's to tell; of the one given
 * it takes the settings.
 */
int lru_sites_read(struct lru_sites *sites, const char *path,
		   const struct import_report *of, struct errors *errors);

/* Is anonymous memory that the process got at the site shared, or tmpfs's? */
bool lru_sites_is_shared(const struct lru_sites *sites, uint32_t site,
			 uint64_t pid);

/*
 * The index in site[] of an allocation's site. false: unknown, which only a
 * file can have that is still being written to.
 */
bool lru_sites_find(const struct lru_sites *sites,
		    const struct trace_event *event, uint32_t *index);

void lru_sites_release(struct lru_sites *sites);

#endif
