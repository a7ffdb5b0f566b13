/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pools of memory for devices, for callers that can't sleep.
 *
 *	                 device reaches less …
 *	callers' flags   kernel --> DMA32 --> DMA
 *	                 chunk <- chunk <- chunk    newest first
 *
 * On machines where shared memory has to be remapped, which may sleep, all
 * of it that atomic callers can get was mapped beforehand.
 *
 * Rules (Linux 6.1, kernel/dma/pool.c; the search: lib/genalloc.c):
 *
 * - At boot three pools are made: for any memory, for the DMA zone where that
 *   has memory, for DMA32 where the kernel has such a zone. Each gets 128 KiB
 *   for each GiB of memory, at least 128 KiB and at most the largest block,
 *   or what coherent_pool= says (dma_atomic_pool_init()).
 * - A pool grows by one block of the power of two that holds what is wanted,
 *   from the default contiguous area where that lies low enough, else from
 *   the page allocator; where no such block is left, a smaller one has to do
 *   (atomic_pool_expand(), cma_in_zone()).
 * - The flags say the first pool to be asked, and lower memory is next. A
 *   pool is asked once: what it gives and the device can't reach goes back
 *   (dma_guess_pool(), dma_alloc_from_pool()).
 * - The newest chunk with enough pages left is searched first, for the lowest
 *   room that is aligned to the next power of two (gen_pool_alloc(),
 *   gen_pool_first_fit_order_align()).
 * - If a pool then has less left than it was made with, a worker is told to
 *   grow each such pool by its present size (atomic_pool_work_fn()). Pools
 *   never shrink.
 *
 * So the first request makes a pool grow, and that is the kernel's rule too.
 *
 * Left out: pools of encrypted guests are decrypted, which moves nothing.
 */

#include "models/dma/dma_pool.h"

#include <stdio.h>
#include <stdlib.h>

#include "models/bitmap.h"
#include "models/dma/dma.h"
#include "models/gfp.h"
#include "sim/base/bug.h"
#include "sim/base/host.h"

#define POOL_BYTES_LEAST (128u << 10)
/* The machine's pages for each page of a pool: 1 GiB / 128 KiB. */
#define MEMORY_PER_POOL 8192

static const gfp_t pool_gfp[NR_DMA_POOLS] = {
	[DMA_POOL_KERNEL] = GFP_KERNEL,
	[DMA_POOL_DMA] = GFP_KERNEL | GFP_DMA,
	[DMA_POOL_DMA32] = GFP_KERNEL | GFP_DMA32,
};

static uint64_t total_pages(const struct dma_pool *pool)
{
	uint64_t pages = 0;

	for (const struct dma_chunk *chunk = pool->chunk; chunk;
	     chunk = chunk->next)
		pages += chunk->pages;
	return pages;
}

static uint64_t avail_pages(const struct dma_pool *pool)
{
	uint64_t pages = 0;

	for (const struct dma_chunk *chunk = pool->chunk; chunk;
	     chunk = chunk->next)
		pages += chunk->avail;
	return pages;
}

/* Does the default area lie where the flags want memory? cma_in_zone() */
static bool area_is_in_zone(const struct dma_pools *pools, gfp_t gfp)
{
	const struct memory *memory = pools->memory;
	uint64_t end;

	if (!pools->area)
		return false;
	end = (uint64_t)pools->area->desc->start_pfn + pools->area->desc->pages;
	end <<= memory->page_shift;
	if (gfp & __GFP_DMA && memory->zone_types & 1u << ZONE_DMA)
		return end <= 1ull << DMA_ZONE_BITS;
	if (gfp & __GFP_DMA32 && memory->zone_types & 1u << ZONE_DMA32)
		return end <= 1ull << 32;
	return true;
}

static pfn_t get_block(struct dma_pools *pools, gfp_t gfp, order_t order,
		       cpu_t cpu)
{
	order_t align = order < DMA_CMA_ALIGN_ORDER ? order :
						      DMA_CMA_ALIGN_ORDER;
	struct page_request request = { gfp | __GFP_NOWARN, order, cpu,
					NODE_ANY };
	pfn_t pfn = PFN_NONE;

	if (area_is_in_zone(pools, gfp))
		pfn = cma_alloc(pools->memory, pools->area, cpu, 1u << order,
				align);
	if (pfn == PFN_NONE)
		pfn = page_alloc(pools->memory, &request).pfn;
	return pfn;
}

/*
 * Adds a block of `pages` pages, or of as many as can be had. 1: there is
 * none; -1 with an error added: the host has no memory.
 */
static int expand(struct dma_pools *pools, enum dma_pool_kind kind,
		  uint64_t pages, cpu_t cpu)
{
	struct dma_pool *pool = &pools->pool[kind];
	order_t order = get_order(pages, 0);
	struct dma_chunk *chunk;

	if (order >= pools->memory->nr_orders)
		order = pools->memory->nr_orders - 1;
	chunk = host_alloc(1, sizeof *chunk + bitmap_words(1u << order) *
						      sizeof *chunk->map);
	if (!chunk)
		return error_host(pools->errors, "no memory for a DMA pool");
	do {
		chunk->pfn = get_block(pools, pool_gfp[kind], order, cpu);
	} while (chunk->pfn == PFN_NONE && order-- > 0);
	if (chunk->pfn == PFN_NONE) {
		free(chunk);
		return 1;
	}
	chunk->pages = chunk->avail = 1u << order;
	chunk->next = pool->chunk;
	pool->chunk = chunk;
	return 0;
}

static uint64_t default_bytes(const struct memory *memory)
{
	uint64_t most = 1ull << (memory->nr_orders - 1);
	uint64_t pages = 0;
	uint64_t bytes;

	for (uint32_t i = 0; i < memory->nr_zones; i++)
		pages += memory->zone[i].boot_pages;
	pages /= MEMORY_PER_POOL;
	bytes = (pages < most ? pages : most) << memory->page_shift;
	return bytes > POOL_BYTES_LEAST ? bytes : POOL_BYTES_LEAST;
}

static bool has_managed_dma(const struct memory *memory)
{
	for (uint32_t i = 0; i < memory->nr_zones; i++)
		if (memory->zone[i].type == ZONE_DMA &&
		    memory->zone[i].managed_pages)
			return true;
	return false;
}

static int make(struct dma_pools *pools, enum dma_pool_kind kind)
{
	uint32_t shift = pools->memory->page_shift;
	uint64_t pages = (pools->size + (1u << shift) - 1) >> shift;
	int result = expand(pools, kind, pages, 0);

	pools->pool[kind].exists = result == 0;
	return result < 0 ? -1 : 0;
}

int dma_pools_init(struct dma_pools *pools, struct memory *memory,
		   struct cma_area *area, struct errors *errors)
{
	pools->memory = memory;
	pools->area = area;
	pools->errors = errors;
	pools->size = memory->desc->dma_pool_bytes ?
			      memory->desc->dma_pool_bytes :
			      default_bytes(memory);
	if (make(pools, DMA_POOL_KERNEL) < 0)
		return -1;
	if (has_managed_dma(memory) && make(pools, DMA_POOL_DMA) < 0)
		return -1;
	if (memory->zone_types & 1u << ZONE_DMA32 &&
	    make(pools, DMA_POOL_DMA32) < 0)
		return -1;
	return 0;
}

void dma_pools_release(struct dma_pools *pools)
{
	for (int kind = 0; kind < NR_DMA_POOLS; kind++) {
		struct dma_chunk *chunk = pools->pool[kind].chunk;

		while (chunk) {
			struct dma_chunk *next = chunk->next;

			free(chunk);
			chunk = next;
		}
		pools->pool[kind].chunk = NULL;
	}
}

/* The pool to be asked first, and after another one; NULL: no more. */
static struct dma_pool *guess_first(struct dma_pools *pools, gfp_t gfp)
{
	struct dma_pool *pool = pools->pool;
	bool has_dma32 = pools->memory->zone_types & 1u << ZONE_DMA32;

	if (has_dma32 && gfp & __GFP_DMA32)
		return &pool[DMA_POOL_DMA32];
	if (pool[DMA_POOL_DMA].exists && gfp & __GFP_DMA)
		return &pool[DMA_POOL_DMA];
	return &pool[DMA_POOL_KERNEL];
}

static struct dma_pool *guess_next(struct dma_pools *pools,
				   const struct dma_pool *after)
{
	struct dma_pool *pool = pools->pool;

	if (after == &pool[DMA_POOL_KERNEL] && pool[DMA_POOL_DMA32].exists)
		return &pool[DMA_POOL_DMA32];
	if (after != &pool[DMA_POOL_DMA])
		return &pool[DMA_POOL_DMA];
	return NULL;
}

/* gen_pool_alloc() */
static struct dma_chunk *take(struct dma_pool *pool, uint32_t pages,
			      uint32_t *page)
{
	uint32_t mask = (1u << get_order(pages, 0)) - 1;
	struct dma_chunk *chunk;

	for (chunk = pool->chunk; chunk; chunk = chunk->next) {
		if (pages > chunk->avail)
			continue;
		*page = bitmap_find_room(chunk->map, chunk->pages, 0, pages,
					 mask, 0);
		if (*page != BITMAP_FULL)
			return chunk;
	}
	return NULL;
}

enum dma_pool_result dma_pools_take(struct dma_pools *pools, gfp_t gfp,
				    uint32_t pages, uint64_t last, pfn_t *pfn)
{
	enum dma_pool_result result = DMA_POOL_EMPTY;
	struct dma_pool *pool = guess_first(pools, gfp);

	for (; pool && pool->exists; pool = guess_next(pools, pool)) {
		uint32_t page;
		struct dma_chunk *chunk = take(pool, pages, &page);

		if (!chunk)
			continue;
		if ((uint64_t)chunk->pfn + page + pages - 1 > last) {
			result = DMA_POOL_UNREACHABLE;
			continue;
		}
		bitmap_set(chunk->map, page, pages);
		chunk->avail -= pages;
		*pfn = chunk->pfn + page;
		if (avail_pages(pool) << pools->memory->page_shift <
		    pools->size)
			pools->wants_work = true;
		return DMA_POOL_TAKEN;
	}
	return result;
}

void dma_pools_put(struct dma_pools *pools, pfn_t pfn, uint32_t pages)
{
	for (int kind = 0; kind < NR_DMA_POOLS; kind++) {
		struct dma_chunk *chunk = pools->pool[kind].chunk;

		for (; chunk; chunk = chunk->next) {
			if (pfn < chunk->pfn ||
			    pfn - chunk->pfn >= chunk->pages)
				continue;
			bitmap_clear(chunk->map, pfn - chunk->pfn, pages);
			chunk->avail += pages;
			return;
		}
	}
	BUG("memory that no pool gave");
}

int dma_pools_refill(struct dma_pools *pools, cpu_t cpu)
{
	static const enum dma_pool_kind order[NR_DMA_POOLS] = {
		DMA_POOL_DMA, DMA_POOL_DMA32, DMA_POOL_KERNEL
	};

	pools->wants_work = false;
	for (int i = 0; i < NR_DMA_POOLS; i++) {
		struct dma_pool *pool = &pools->pool[order[i]];

		if (!pool->exists ||
		    avail_pages(pool) << pools->memory->page_shift >=
			    pools->size)
			continue;
		if (expand(pools, order[i], total_pages(pool), cpu) < 0)
			return -1;
	}
	return 0;
}

bool dma_pools_validate(const struct dma_pools *pools, char *why, size_t size)
{
	for (int kind = 0; kind < NR_DMA_POOLS; kind++) {
		const struct dma_chunk *chunk = pools->pool[kind].chunk;

		for (; chunk; chunk = chunk->next) {
			uint32_t avail = chunk->pages;

			for (uint32_t page = 0; page < chunk->pages; page++)
				avail -= bitmap_test(chunk->map, page);
			if (avail == chunk->avail &&
			    page_state_is_allocated(
				    pools->memory->state[chunk->pfn]))
				continue;
			snprintf(why, size,
				 "DMA pool, block at frame %u: %u pages left, "
				 "%u counted",
				 chunk->pfn, avail, chunk->avail);
			return false;
		}
	}
	return true;
}
