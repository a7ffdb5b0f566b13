/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_EXPLAIN_EXPLAIN_GATHER_H
#define KMEMSIM_RESULTS_EXPLAIN_EXPLAIN_GATHER_H

/*
 * What explain_holders.c and explain_region.c share: holders are made of
 * holdings.
 */

#include "results/explain/explain_internal.h"
#include "results/explain/explain_walk.h"

/* One that holdings_visit() fills. */
struct gathering {
	struct explanation *e;
	const struct kernel *kernel;
	const struct names *names;
	struct explain_lines *lines;
	const struct page_failure *failure;
	struct explain_holders *holders;
	const struct explain_region *region; /* NULL: all of the zones */
	uint64_t *taken;		     /* pages that were found */
	uint64_t last_id;		     /* runs of one count once */
	bool any, last_named;
	uint32_t pool;
};

const struct slab_cache *explain_cache_of(const struct kernel *kernel,
					  pfn_t pfn);
/* Is it page cache or anonymous memory of the starting state? */
bool explain_is_from_start(const struct kernel *kernel, pfn_t pfn, bool *anon);
/* "slabs of kmalloc-64", for find_holder. */
void explain_describe_slab(const struct slab_cache *cache, struct text *what);
/* What makes holders alike; *line: where the id was made, or NULL. */
void explain_describe(const struct gathering *gathering,
		      const struct holding *holding,
		      const struct allocation **line, struct text *what);
/* The holder of that text, or a new one; NULL: there are too many. */
struct explain_holder *explain_find_holder(struct gathering *gathering,
					   const struct text *what);
/* Counts `pages` of a holding, unless they are a slab's. */
void explain_add_holding(struct gathering *gathering,
			 const struct holding *holding, uint32_t pages,
			 struct explain_holder *holder,
			 const struct allocation *line);

/* ---- explain_region.c ---------------------------------------------------- */

/* Looks for the best place while the frames of a zone go by. */
struct room_search {
	const struct page_failure *failure;
	struct explain_region best;
	struct explain_region at; /* the block that is being looked at */
	bool has_hole;
	uint64_t seen; /* pages of it */
};

void explain_look_for_room(struct room_search *search, const struct zone *zone,
			   const struct frame_run *run);
/* The picture of e->region, and who is in it. */
void explain_draw_region(const struct gathering *zones);

#endif
