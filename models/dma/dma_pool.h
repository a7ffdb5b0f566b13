/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_DMA_DMA_POOL_H
#define KMEMSIM_MODELS_DMA_DMA_POOL_H

/*
 * Pools of memory for devices, for callers that can't sleep. Used within
 * models/dma/ alone.
 */

#include "models/dma/cma.h"
#include "models/page/page_alloc.h"

/* A block that a pool was given, newest first. */
struct dma_chunk {
	struct dma_chunk *next;
	pfn_t pfn;
	uint32_t pages;
	uint32_t avail; /* pages not handed out */
	uint64_t map[]; /* a bit per page: handed out */
};

enum dma_pool_kind {
	DMA_POOL_KERNEL,
	DMA_POOL_DMA,
	DMA_POOL_DMA32,
	NR_DMA_POOLS
};

struct dma_pool {
	bool exists; /* the boot could make it */
	struct dma_chunk *chunk;
};

struct dma_pools {
	struct memory *memory; /* borrowed */
	struct cma_area *area; /* the default one; NULL: none */
	struct errors *errors; /* borrowed, for the host's exhaustion */
	uint64_t size;	       /* bytes that each is to have left */
	bool wants_work;       /* atomic_pool_work is scheduled */
	struct dma_pool pool[NR_DMA_POOLS];
};

/*
 * Makes the pools that the kernel's zones ask for, from `memory`. Returns 0,
 * or -1 with an error added: the host has no memory.
 */
int dma_pools_init(struct dma_pools *pools, struct memory *memory,
		   struct cma_area *area, struct errors *errors);
void dma_pools_release(struct dma_pools *pools);

enum dma_pool_result { DMA_POOL_TAKEN, DMA_POOL_EMPTY, DMA_POOL_UNREACHABLE };

/*
 * Takes `pages` pages that end at frame `last` or below, from the pool that
 * the flags mean or one of lower memory. Source: dma_alloc_from_pool().
 */
enum dma_pool_result dma_pools_take(struct dma_pools *pools, gfp_t gfp,
				    uint32_t pages, uint64_t last, pfn_t *pfn);
void dma_pools_put(struct dma_pools *pools, pfn_t pfn, uint32_t pages);

/*
 * Makes pools that have fallen low larger; `cpu` does it. -1 with an error
 * added: the host has no memory. Source: atomic_pool_work_fn().
 */
int dma_pools_refill(struct dma_pools *pools, cpu_t cpu);

bool dma_pools_validate(const struct dma_pools *pools, char *why, size_t size);

#endif
