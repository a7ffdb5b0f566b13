/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_DMA_CMA_H
#define KMEMSIM_MODELS_DMA_CMA_H

/*
 * Contiguous memory areas: pageblocks that serve movable pages until a device
 * needs them in one piece.
 */

#include "models/memory.h"
#include "sim/base/error.h"

struct cma_area {
	const struct cma_desc *desc; /* borrowed */
	struct zone *zone;
	uint64_t *map; /* a bit per page: taken by cma_alloc() */
};

/*
 * An area of memory that was built with it. Returns 0, or -1 with an error
 * added: the host has no memory. `desc` is borrowed until the release.
 */
int cma_init(struct cma_area *area, struct memory *memory,
	     const struct cma_desc *desc, struct errors *errors);
void cma_release_area(struct cma_area *area);

/*
 * Takes `pages` pages, aligned to 2^align_order; `cpu` does it. PFN_NONE:
 * there is no such range whose pages are free or can be moved. Ranges that the
 * area could give, but for other pages, count as WORK_CMA_BUSY. It may sleep.
 * Source: cma_alloc().
 */
pfn_t cma_alloc(struct memory *memory, struct cma_area *area, cpu_t cpu,
		uint32_t pages, order_t align_order);

/* Gives what cma_alloc() took back. Source: cma_release(). */
void cma_free(struct memory *memory, struct cma_area *area, cpu_t cpu,
	      pfn_t pfn, uint32_t pages);

/* Does the area hold the frame? */
static inline bool cma_holds(const struct cma_area *area, pfn_t pfn)
{
	return pfn >= area->desc->start_pfn &&
	       pfn - area->desc->start_pfn < area->desc->pages;
}

/*
 * What the map says is taken is allocated, page by page, and the area's
 * pageblocks are of MIGRATE_CMA. False with the contradiction in `why`.
 */
bool cma_validate(const struct memory *memory, const struct cma_area *area,
		  char *why, size_t size);

#endif
