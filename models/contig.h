/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_CONTIG_H
#define KMEMSIM_MODELS_CONTIG_H

/*
 * Taking a range of page frames, whichever blocks it is free in, out of the
 * page allocator, and giving it back.
 */

#include "models/memory.h"

/*
 * Takes the frames [start, end) of one zone, all of whose pageblocks are of
 * `type` (MIGRATE_CMA or MIGRATE_MOVABLE); `cpu` does it. Afterwards they are
 * allocated single pages. false: a page of the range is in use. Either way
 * what is free around the range may have changed its place on the lists.
 * Source: alloc_contig_range(), mm/page_alloc.c.
 */
bool contig_alloc(struct memory *memory, struct zone *zone, cpu_t cpu,
		  pfn_t start, pfn_t end, enum migratetype type);

/*
 * Frees `pages` allocated single pages from `start` on, one after the other.
 * Source: free_contig_range().
 */
void contig_free(struct memory *memory, cpu_t cpu, pfn_t start, uint32_t pages);

#endif
