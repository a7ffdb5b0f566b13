/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_LIVE_PAGES_H
#define KMEMSIM_WORKLOADS_IMPORT_LIVE_PAGES_H

/*
 * What a trace has allocated and not freed yet: blocks of pages by frame. A
 * block that the kernel frees in parts, after split_page() or the splitting
 * of a huge page, falls into pieces here.
 */

#include "models/types.h"
#include "workloads/import/number_map.h"

struct piece {
	uint64_t id;   /* of the allocation; 0: it is no call */
	uint32_t kin;  /* pages of one sort, as the caller tells them apart */
	pfn_t pfn;     /* first page */
	uint32_t page; /* the first page's place in the allocation */
	order_t order; /* 2^order pages, aligned to as many */
	bool part;     /* not the whole allocation */
};

/* Both share 64 bits. */
#define PIECE_KIN_BITS 24
#define PIECE_ID_BITS 40

struct live_pages {
	struct number_map map; /* by first frame */
	size_t nr_of_order[MAX_ORDERS];
	uint64_t pages;
};

#define LIVE_PAGES_NONE ((struct live_pages){ .pages = 0 })

/* No page of it may be live. -1 with an error: no memory of the host. */
int live_pages_add(struct live_pages *live, const struct piece *piece,
		   struct errors *errors);

/* The piece with that frame in it. false: none. */
bool live_pages_covering(const struct live_pages *live, pfn_t pfn,
			 struct piece *piece);

/* The first piece that shares a page with the block. false: none. */
bool live_pages_overlapping(const struct live_pages *live, pfn_t pfn,
			    unsigned int order, struct piece *piece);

void live_pages_remove(struct live_pages *live, const struct piece *piece);

/*
 * Halves *piece until what is left of it is the block of `order` at `pfn`,
 * which it contains; the other halves stay live. -1 with an error.
 */
int live_pages_split(struct live_pages *live, pfn_t pfn, unsigned int order,
		     struct piece *piece, struct errors *errors);

void live_pages_release(struct live_pages *live);

#endif
