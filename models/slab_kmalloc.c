/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmalloc: caches for sizes, Linux 6.1, mm/slab_common.c, include/linux/slab.h.
 *
 * Rules:
 * - There is a cache for each power of two from 8 bytes (SLAB: 32) to two
 *   pages, and for 96 and 192 bytes; a request takes the smallest that fits
 *   (kmalloc_slab()). Objects of a power of two are aligned to it
 *   (create_boot_cache()).
 * - Four families, by the caller's flags in this order: DMA (where the kernel
 *   has that zone), reclaimable, accounted to a memory cgroup, and the rest
 *   (kmalloc_type()).
 * - Above two pages the page allocator serves the request, as one compound
 *   block of the next order (__kmalloc_large_node()), up to the largest
 *   there is. Flags for zones that have no linear mapping are ignored
 *   (kmalloc_fix_flags()).
 * - kmalloc(0) gives ZERO_SIZE_PTR.
 *
 * The caches are made in the kernel's order, so that slabinfo lists them
 * alike. Left out: kernels without memory cgroups.
 */

#include "models/slab_internal.h"

#include <stdio.h>

#include "models/gfp.h"

static const char *const family_names[NR_KMALLOC_TYPES] = {
	[KMALLOC_NORMAL] = "kmalloc-",
	[KMALLOC_CGROUP] = "kmalloc-cg-",
	[KMALLOC_RECLAIM] = "kmalloc-rcl-",
	[KMALLOC_DMA] = "dma-kmalloc-",
};

static const uint32_t family_flags[NR_KMALLOC_TYPES] = {
	[KMALLOC_CGROUP] = SLAB_ACCOUNT,
	[KMALLOC_RECLAIM] = SLAB_RECLAIM_ACCOUNT,
	[KMALLOC_DMA] = SLAB_CACHE_DMA,
};

/* Source: kmalloc_info[]. */
static uint32_t class_size(unsigned int class)
{
	if (class == 1)
		return 96;
	return class == 2 ? 192 : 1u << class;
}

/* The class of a size of 1 byte up to two pages. */
static unsigned int class_of(const struct slab_caches *caches, uint64_t size)
{
	unsigned int class;

	if (size > 64 && size <= 96)
		return 1;
	if (size > 128 && size <= 192)
		return 2;
	class = size > 1 ? 64 - (unsigned int)__builtin_clzll(size - 1) : 0;
	if (class < caches->ops->kmalloc_shift_low)
		return caches->ops->kmalloc_shift_low;
	return class;
}

static bool has_dma_zone(const struct slab_caches *caches)
{
	return caches->memory->desc->zone_types >> ZONE_DMA & 1;
}

static enum kmalloc_type type_of(const struct slab_caches *caches, gfp_t gfp)
{
	if ((gfp & __GFP_DMA) && has_dma_zone(caches))
		return KMALLOC_DMA;
	if (gfp & __GFP_RECLAIMABLE)
		return KMALLOC_RECLAIM;
	return gfp & __GFP_ACCOUNT ? KMALLOC_CGROUP : KMALLOC_NORMAL;
}

static int create(struct slab_caches *caches, enum kmalloc_type type,
		  unsigned int class)
{
	uint32_t size = class_size(class);
	char text[32];
	struct slab_cache_request request = {
		.text = text,
		.size = size,
		.align = size & (size - 1) ? 0 : size,
		.flags = family_flags[type],
	};
	struct slab_cache *cache;

	if (size < 1024)
		snprintf(text, sizeof(text), "%s%u", family_names[type], size);
	else
		snprintf(text, sizeof(text), "%s%uk", family_names[type],
			 size / 1024);
	if (slab_cache_new(caches, &request, &cache) != SLAB_CREATED)
		return -1;
	cache->unmergeable = true;
	cache->refcount = 1;
	caches->kmalloc[type][class] = cache;
	return 0;
}

int kmalloc_caches_create(struct slab_caches *caches)
{
	unsigned int high = caches->machine.page_shift + 1;
	int failed = 0;

	for (enum kmalloc_type type = 0; type < NR_KMALLOC_TYPES; type++) {
		unsigned int class = caches->ops->kmalloc_shift_low;

		if (type == KMALLOC_DMA && !has_dma_zone(caches))
			continue;
		for (; class <= high; class ++) {
			failed |= create(caches, type, class);
			if (class == 6)
				failed |= create(caches, type, 1);
			if (class == 7)
				failed |= create(caches, type, 2);
		}
	}
	return failed;
}

static struct object_grant kmalloc_large(struct slab_caches *caches,
					 uint64_t size,
					 const struct object_request *request)
{
	unsigned int order = slab_get_order(&caches->machine, size);
	struct page_request pages = {
		.gfp = (request->gfp & ~(__GFP_DMA32 | __GFP_HIGHMEM)) |
		       __GFP_COMP,
		.cpu = request->cpu,
		.node = request->node,
		.order = (order_t)order,
	};
	struct object_grant object = {
		.address = OBJECT_NONE,
		.slab_pfn = PFN_NONE,
		.reason = REASON_TOO_BIG,
	};
	struct page_grant grant;

	if (order >= caches->machine.nr_orders)
		return object;
	grant = page_alloc(caches->memory, &pages);
	object.reason = grant.reason;
	if (grant.pfn == PFN_NONE)
		return object;
	object.address = (uint64_t)grant.pfn << caches->machine.page_shift;
	object.granted = slab_bytes(&caches->machine, pages.order);
	object.slab_pfn = grant.pfn;
	object.zone = grant.zone;
	object.path = grant.path;
	slab_account(caches,
		     (uint32_t)caches->memory->node_index[grant.zone->node], 0,
		     1 << order);
	return object;
}

struct object_grant kmalloc(struct slab_caches *caches, uint64_t size,
			    const struct object_request *request)
{
	struct slab_cache *cache;

	if (!size)
		return (struct object_grant){
			.address = ZERO_SIZE_PTR,
			.slab_pfn = PFN_NONE,
		};
	if (size > slab_bytes(&caches->machine, 1))
		return kmalloc_large(caches, size, request);
	cache = caches->kmalloc[type_of(caches, request->gfp)]
			       [class_of(caches, size)];
	return slab_cache_alloc(caches, cache, request);
}
