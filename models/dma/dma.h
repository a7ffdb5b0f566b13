/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_DMA_DMA_H
#define KMEMSIM_MODELS_DMA_DMA_H

/*
 * Memory that a device and the CPU share: dma_alloc_coherent() of a device
 * without an IOMMU.
 */

#include "models/dma/cma.h"
#include "models/page/page_alloc.h"
#include "sim/base/error.h"

/* Bits of an address in the zone DMA: zone_dma_bits. */
#define DMA_ZONE_BITS 24
/* Of a device that says nothing: DMA_BIT_MASK(32). */
#define DMA_DEFAULT_MASK_BITS 32
/* What comes from an area is aligned to this at most: CONFIG_CMA_ALIGNMENT. */
#define DMA_CMA_ALIGN_ORDER 8

struct dma;

struct dma_request {
	uint64_t size; /* bytes */
	gfp_t gfp;
	uint32_t mask_bits; /* the device's addresses have; 1…64 */
	cpu_t cpu;
	node_t node;	  /* the device's; NODE_ANY: not known, the CPU's own */
	const char *area; /* the device's own area; NULL: none */
};

enum dma_source {
	DMA_FROM_PAGES, /* a block of the page allocator */
	DMA_FROM_CMA,	/* a range of a contiguous memory area */
	DMA_FROM_POOL,	/* of the pools for callers that can't sleep */
};

/* A piece of memory that a device has. */
struct dma_buffer {
	pfn_t pfn;
	uint32_t pages; /* of the size that was asked for, rounded up */
	enum dma_source source;
};

/* The pages that are taken up by it: a block of the page allocator's whole. */
uint64_t dma_granted_pages(const struct dma_buffer *buffer);

struct dma_grant {
	struct page_grant page;
	struct dma_buffer buffer; /* where page.pfn is not PFN_NONE */
};

/*
 * Areas and pools of a machine. NULL with an error added: the host has no
 * memory. `memory` is borrowed, and pools are taken from it.
 */
struct dma *dma_new(struct memory *memory, struct errors *errors);
void dma_free(struct dma *dma);

/* The contiguous areas, as the machine lists them; *nr: how many. */
const struct cma_area *dma_areas(const struct dma *dma, size_t *nr);
/* Is there an area of that name? */
bool dma_has_area(const struct dma *dma, const char *name);

/*
 * Allocates zeroed memory that the device reaches, in one piece. Exhaustion
 * is a result, in grant.page.reason. Source: dma_alloc_attrs(),
 * dma_direct_alloc(), kernel/dma/direct.c.
 */
struct dma_grant dma_alloc_coherent(struct dma *dma,
				    const struct dma_request *request);

/* Source: dma_direct_free(). */
void dma_free_coherent(struct dma *dma, cpu_t cpu,
		       const struct dma_buffer *buffer);

/*
 * Has a pool fallen low since it was last asked? Then a worker is to run
 * dma_refill_pools() soon, on the CPU that took from it: -1 with an error
 * added where the host has no memory.
 */
bool dma_wants_work(const struct dma *dma);
int dma_refill_pools(struct dma *dma, cpu_t cpu);

/* Recounts areas and pools; false with the contradiction in `why`. */
bool dma_validate(const struct dma *dma, char *why, size_t size);

#endif
