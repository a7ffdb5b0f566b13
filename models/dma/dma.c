/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dma_alloc_coherent(): memory in one piece that a device reaches.
 *
 *	mask  -->  the zone that it falls into
 *	                |
 *	caller may      |          caller can't, and the memory
 *	sleep           v          has to be mapped anew
 *	  contiguous area?  -----------------------------> pool
 *	                | none, or nothing free there
 *	                v
 *	  a block of the page allocator
 *	                | beyond the mask
 *	                v
 *	  DMA32, then DMA
 *
 * Rules (Linux 6.1, kernel/dma/mapping.c, direct.c, contiguous.c):
 *
 * - The caller's own __GFP_DMA, __GFP_DMA32 and __GFP_HIGHMEM don't count:
 *   the mask decides. Up to 24 bits it is GFP_DMA, up to 32 GFP_DMA32, above
 *   that any memory (dma_alloc_attrs(), dma_direct_optimal_gfp_mask()).
 * - A caller that may sleep is served from a contiguous memory area first: the
 *   device's own one, if it has one; else, for more than a page, its node's,
 *   unless the mask is of 32 bits or less, then the default one. The range is
 *   aligned to the size's next power of two, 2^8 pages at most
 *   (dma_alloc_contiguous()).
 * - The page allocator gives the smallest block that holds the size; the part
 *   of it that was not asked for stays allocated with it. (dma_direct_alloc()
 *   does not use alloc_pages_exact().)
 * - What lies beyond the mask is freed, and lower zones are tried; but if a
 *   zone has nothing to give, that is the end (__dma_direct_alloc_pages()).
 * - All of it is cleared, whether the page allocator has done so or not.
 * - On a machine whose memory has to be mapped anew for devices, callers that
 *   can't sleep get theirs from pools that were made beforehand
 *   (dma_direct_use_pool()): dma_pool.c. On others they take what the page
 *   allocator gives them at once.
 * - Freeing returns memory to where it came from: an area, a pool, or the page
 *   allocator (dma_direct_free()).
 *
 * The address is the linear map's, as on x86, where memory shared with a
 * device is at most decrypted in its place.
 *
 * Left out: IOMMUs, swiotlb's bounce buffers, devices with memory of their own
 * (dma_declare_coherent_memory()), bus addresses that are not the CPU's, and
 * architectures that map uncached memory into vmalloc's range. Areas serve
 * only from ranges with no page in use: see cma.c.
 */

#include "models/dma/dma.h"

#include <stdlib.h>
#include <string.h>

#include "models/dma/cma.h"
#include "models/dma/dma_pool.h"
#include "models/gfp.h"
#include "sim/base/host.h"

#define ZONE_FLAGS (__GFP_DMA | __GFP_DMA32 | __GFP_HIGHMEM)

struct dma {
	struct memory *memory;
	struct cma_area *area; /* [nr_areas], as the machine lists them */
	size_t nr_areas;
	bool needs_pool;
	struct dma_pools pools;
};

/* One request on its way. */
struct attempt {
	struct dma *dma;
	const struct dma_request *request;
	gfp_t gfp;
	uint64_t limit; /* the highest address that the device reaches */
	uint64_t pages;
	order_t order; /* get_order() of the size */
	bool asked_area;
};

const struct cma_area *dma_areas(const struct dma *dma, size_t *nr)
{
	*nr = dma->nr_areas;
	return dma->area;
}

static struct cma_area *default_area(const struct dma *dma)
{
	for (size_t i = 0; i < dma->nr_areas; i++)
		if (dma->area[i].desc->node == NODE_ANY)
			return &dma->area[i];
	return NULL;
}

static struct cma_area *area_of_node(const struct dma *dma, node_t node)
{
	for (size_t i = 0; node != NODE_ANY && i < dma->nr_areas; i++)
		if (dma->area[i].desc->node == node)
			return &dma->area[i];
	return NULL;
}

static struct cma_area *area_named(const struct dma *dma, const char *name)
{
	for (size_t i = 0; i < dma->nr_areas; i++)
		if (strcmp(dma->area[i].desc->name, name) == 0)
			return &dma->area[i];
	return NULL;
}

bool dma_has_area(const struct dma *dma, const char *name)
{
	return area_named(dma, name);
}

static int make_areas(struct dma *dma, struct errors *errors)
{
	const struct machine_desc *desc = dma->memory->desc;

	dma->area = host_alloc(desc->nr_cma + 1, sizeof *dma->area);
	if (!dma->area)
		return error_host(errors, "no memory for contiguous areas");
	for (; dma->nr_areas < desc->nr_cma; dma->nr_areas++)
		if (cma_init(&dma->area[dma->nr_areas], dma->memory,
			     &desc->cma[dma->nr_areas], errors) < 0)
			return -1;
	return 0;
}

struct dma *dma_new(struct memory *memory, struct errors *errors)
{
	struct dma *dma = host_alloc(1, sizeof *dma);

	if (!dma) {
		error_host(errors, "no memory for devices' memory");
		return NULL;
	}
	dma->memory = memory;
	dma->needs_pool = memory->desc->dma_needs_pool;
	if (make_areas(dma, errors) < 0 ||
	    (dma->needs_pool &&
	     dma_pools_init(&dma->pools, memory, default_area(dma), errors) <
		     0)) {
		dma_free(dma);
		return NULL;
	}
	return dma;
}

void dma_free(struct dma *dma)
{
	if (!dma)
		return;
	dma_pools_release(&dma->pools);
	for (size_t i = 0; i < dma->nr_areas; i++)
		cma_release_area(&dma->area[i]);
	free(dma->area);
	free(dma);
}

/* DMA_BIT_MASK() */
static uint64_t bit_mask(uint32_t bits)
{
	return bits < 64 ? (1ull << bits) - 1 : UINT64_MAX;
}

static bool is_reachable(const struct attempt *attempt, pfn_t pfn)
{
	uint32_t shift = attempt->dma->memory->page_shift;

	return ((pfn + attempt->pages) << shift) - 1 <= attempt->limit;
}

uint64_t dma_granted_pages(const struct dma_buffer *buffer)
{
	if (buffer->source != DMA_FROM_PAGES)
		return buffer->pages;
	return 1ull << get_order(buffer->pages, 0);
}

/* Does any memory lie where the device reaches? */
static bool reaches_memory(const struct attempt *attempt)
{
	const struct memory *memory = attempt->dma->memory;

	for (uint32_t i = 0; i < memory->nr_zones; i++) {
		const struct zone *zone = &memory->zone[i];
		uint64_t end = ((uint64_t)zone->start_pfn + 1)
			       << memory->page_shift;

		if (zone->managed_pages && end - 1 <= attempt->limit)
			return true;
	}
	return false;
}

static struct dma_grant refuse(enum alloc_reason reason)
{
	return (struct dma_grant){
		.page = { .pfn = PFN_NONE, .reason = reason },
	};
}

static struct dma_grant give(const struct attempt *attempt,
			     struct page_grant page, enum dma_source source)
{
	struct memory *memory = attempt->dma->memory;
	uint32_t pages = (uint32_t)attempt->pages;

	memory->work.count[WORK_PAGES_CLEARED] += pages;
	return (struct dma_grant){
		.page = page,
		.buffer = { page.pfn, pages, source },
	};
}

static struct dma_grant give_at(const struct attempt *attempt, pfn_t pfn,
				enum alloc_path path, enum dma_source source)
{
	struct page_grant page = {
		.pfn = pfn,
		.zone = memory_zone_of(attempt->dma->memory, pfn),
		.path = path,
	};

	return give(attempt, page, source);
}

static pfn_t take_from_area(struct attempt *attempt, struct cma_area *area)
{
	order_t align = attempt->order < DMA_CMA_ALIGN_ORDER ?
				attempt->order :
				DMA_CMA_ALIGN_ORDER;

	if (!area || attempt->pages > UINT32_MAX)
		return PFN_NONE;
	attempt->asked_area = true;
	return cma_alloc(attempt->dma->memory, area, attempt->request->cpu,
			 (uint32_t)attempt->pages, align);
}

/* dma_alloc_contiguous() */
static pfn_t try_areas(struct attempt *attempt)
{
	const struct dma_request *request = attempt->request;
	struct dma *dma = attempt->dma;
	pfn_t pfn = PFN_NONE;

	if (!(attempt->gfp & __GFP_DIRECT_RECLAIM))
		return PFN_NONE;
	if (request->area)
		return take_from_area(attempt, area_named(dma, request->area));
	if (attempt->pages <= 1)
		return PFN_NONE;
	if (!(attempt->gfp & (__GFP_DMA | __GFP_DMA32)))
		pfn = take_from_area(attempt, area_of_node(dma, request->node));
	if (pfn == PFN_NONE)
		pfn = take_from_area(attempt, default_area(dma));
	return pfn;
}

static void free_to_area(struct dma *dma, cpu_t cpu, pfn_t pfn, uint32_t pages)
{
	for (size_t i = 0; i < dma->nr_areas; i++)
		if (cma_holds(&dma->area[i], pfn))
			cma_free(dma->memory, &dma->area[i], cpu, pfn, pages);
}

/* Lower memory, where the kernel has a zone for it; false: there is none. */
static bool lower_zone(struct attempt *attempt)
{
	unsigned int zones = attempt->dma->memory->zone_types;

	if (zones & 1u << ZONE_DMA32 && attempt->limit < UINT64_MAX &&
	    !(attempt->gfp & (__GFP_DMA32 | __GFP_DMA))) {
		attempt->gfp |= __GFP_DMA32;
		return true;
	}
	if (zones & 1u << ZONE_DMA && !(attempt->gfp & __GFP_DMA)) {
		attempt->gfp = (attempt->gfp & ~__GFP_DMA32) | __GFP_DMA;
		return true;
	}
	return false;
}

/* Of the page allocator, unless no memory would have done or no area had it. */
static enum alloc_reason why_not(const struct attempt *attempt,
				 enum alloc_reason reason)
{
	if (!reaches_memory(attempt))
		return REASON_DEVICE_MASK;
	if (reason == REASON_ORDER && attempt->asked_area)
		return REASON_NO_RANGE;
	return reason;
}

/* __dma_direct_alloc_pages(), from `again` on */
static struct dma_grant try_pages(struct attempt *attempt)
{
	const struct dma_request *request = attempt->request;
	struct memory *memory = attempt->dma->memory;
	struct page_grant page;

	for (;;) {
		struct page_request pages = { attempt->gfp, attempt->order,
					      request->cpu, request->node };

		page = page_alloc(memory, &pages);
		if (page.pfn == PFN_NONE)
			return refuse(why_not(attempt, page.reason));
		if (is_reachable(attempt, page.pfn))
			return give(attempt, page, DMA_FROM_PAGES);
		page_free(memory, request->cpu, page.pfn, attempt->order);
		if (!lower_zone(attempt))
			return refuse(REASON_DEVICE_MASK);
	}
}

static struct dma_grant try_pool(struct attempt *attempt)
{
	struct dma *dma = attempt->dma;
	uint64_t frames = UINT64_MAX; /* that the device reaches, whole */
	pfn_t pfn;

	if (attempt->limit != UINT64_MAX)
		frames = (attempt->limit + 1) >> dma->memory->page_shift;
	if (!frames)
		return refuse(REASON_DEVICE_MASK);
	if (attempt->pages > UINT32_MAX / 2)
		return refuse(REASON_POOL_EMPTY);
	switch (dma_pools_take(&dma->pools, attempt->gfp,
			       (uint32_t)attempt->pages, frames - 1, &pfn)) {
	case DMA_POOL_TAKEN:
		return give_at(attempt, pfn, PATH_DMA_POOL, DMA_FROM_POOL);
	case DMA_POOL_UNREACHABLE:
		return refuse(REASON_DEVICE_MASK);
	case DMA_POOL_EMPTY:
		break;
	}
	return refuse(REASON_POOL_EMPTY);
}

static void attempt_init(struct attempt *attempt, struct dma *dma,
			 const struct dma_request *request)
{
	uint32_t shift = dma->memory->page_shift;
	uint64_t pages = request->size >> shift;

	if (request->size & ((1ull << shift) - 1))
		pages++;
	*attempt = (struct attempt){
		.dma = dma,
		.request = request,
		.gfp = request->gfp & ~(ZONE_FLAGS | __GFP_ZERO),
		.limit = bit_mask(request->mask_bits),
		.pages = pages,
		.order = get_order(pages, 0),
	};
	if (attempt->limit <= bit_mask(DMA_ZONE_BITS))
		attempt->gfp |= GFP_DMA;
	else if (attempt->limit <= bit_mask(32))
		attempt->gfp |= GFP_DMA32;
}

struct dma_grant dma_alloc_coherent(struct dma *dma,
				    const struct dma_request *request)
{
	struct attempt attempt;
	pfn_t pfn;

	/* get_order(0) is above any order. */
	if (!request->size)
		return refuse(REASON_ORDER);
	attempt_init(&attempt, dma, request);
	if (dma->needs_pool && !(attempt.gfp & __GFP_DIRECT_RECLAIM))
		return try_pool(&attempt);
	pfn = try_areas(&attempt);
	if (pfn != PFN_NONE) {
		if (is_reachable(&attempt, pfn))
			return give_at(&attempt, pfn, PATH_CMA, DMA_FROM_CMA);
		free_to_area(dma, request->cpu, pfn, (uint32_t)attempt.pages);
	}
	return try_pages(&attempt);
}

void dma_free_coherent(struct dma *dma, cpu_t cpu,
		       const struct dma_buffer *buffer)
{
	uint32_t pages = buffer->pages;

	switch (buffer->source) {
	case DMA_FROM_PAGES:
		page_free(dma->memory, cpu, buffer->pfn, get_order(pages, 0));
		break;
	case DMA_FROM_CMA:
		free_to_area(dma, cpu, buffer->pfn, pages);
		break;
	case DMA_FROM_POOL:
		dma_pools_put(&dma->pools, buffer->pfn, pages);
		break;
	}
}

bool dma_wants_work(const struct dma *dma)
{
	return dma->pools.wants_work;
}

int dma_refill_pools(struct dma *dma, cpu_t cpu)
{
	return dma_pools_refill(&dma->pools, cpu);
}

bool dma_validate(const struct dma *dma, char *why, size_t size)
{
	for (size_t i = 0; i < dma->nr_areas; i++)
		if (!cma_validate(dma->memory, &dma->area[i], why, size))
			return false;
	return dma_pools_validate(&dma->pools, why, size);
}
