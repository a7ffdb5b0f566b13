/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_DMA_CONTIG_H
#define KMEMSIM_MODELS_DMA_CONTIG_H

/*
 * Taking a range of page frames, whichever blocks it is free in, out of the
 * page allocator, and giving it back.
 */

#include "models/memory.h"

/* How a range was had. */
enum contig_result {
	CONTIG_TAKEN,
	CONTIG_BUSY,	 /* a page of it is in use and can't be moved */
	CONTIG_GIVEN_UP, /* no pages to move to, or the task is dying */
};

/*
 * One task at a time takes ranges of areas: begins, which may wait for another
 * one, and ends. false: the other one never will. Source: cma_mutex.
 */
bool contig_begin(struct memory *memory);
void contig_end(struct memory *memory);
/* Is somebody between the two? Pageblocks may be isolated then. */
bool contig_is_under_way(const struct memory *memory);

/*
 * Takes the frames [start, end) of one zone, all of whose pageblocks are of
 * `type` (MIGRATE_CMA or MIGRATE_MOVABLE); `cpu` does it. Folios are moved out
 * of the way, or evicted, which may take time. Afterwards they are allocated
 * single pages. Either way what is free around the range may have changed its
 * place on the lists.
 * Source: alloc_contig_range(), mm/page_alloc.c.
 */
enum contig_result contig_alloc(struct memory *memory, struct zone *zone,
				cpu_t cpu, pfn_t start, pfn_t end,
				enum migratetype type);

/*
 * Frees `pages` allocated single pages from `start` on, one after the other.
 * Source: free_contig_range().
 */
void contig_free(struct memory *memory, cpu_t cpu, pfn_t start, uint32_t pages);

#endif
