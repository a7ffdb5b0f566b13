/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_SLAB_PLAIN_H
#define KMEMSIM_MODELS_SLAB_PLAIN_H

/*
 * The plainest way through the slab allocator: an object from the CPU's own
 * slab, or back to the slab that it came from. What slab_cache_alloc() and
 * kfree() would come to. Nothing here adds to memory->work.
 */

#include "models/slab.h"

/*
 * An object of the CPU's own slab, for a request that names no node, and with
 * what slab_cache_alloc() would say of it. *words: 8 bytes each that are zeroed.
 * false: nothing was done, slab_cache_alloc() has to be asked.
 */
bool slab_plain_alloc(struct slab_cache *cache,
		      const struct object_request *request,
		      struct object_grant *grant, uint32_t *words);

/* The cache for a size, for kmalloc(); NULL: kmalloc() has to be asked. */
struct slab_cache *slab_plain_kmalloc_cache(const struct slab_caches *caches,
					    uint64_t size, gfp_t gfp);

enum slab_plain_free {
	SLAB_PLAIN_NOT, /* nothing was done */
	SLAB_PLAIN_OWN, /* to the slab that is the CPU's own */
	SLAB_PLAIN_OTHER, /* to another one, which stays on the list it is on */
	NR_SLAB_PLAIN_FREES
};

/*
 * Frees the object at an address, to any cache or, where that is not NULL, to
 * this one. *slab_pfn is the slab's first page.
 */
enum slab_plain_free slab_plain_free(struct slab_caches *caches,
				     const struct slab_cache *cache,
				     uint64_t address, cpu_t cpu,
				     pfn_t *slab_pfn);

/* What an allocation does but for its words; what a free does. */
void slab_plain_alloc_work(struct work *work);
void slab_plain_free_work(enum slab_plain_free how, struct work *work);

#endif
