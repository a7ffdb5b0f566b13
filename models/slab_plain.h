/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_SLAB_PLAIN_H
#define KMEMSIM_MODELS_SLAB_PLAIN_H

/*
 * The plainest ways through the slab allocator: an object of a slab that the
 * CPU has, or back to a slab, and no lock on the way. What slab_cache_alloc()
 * and kfree() would come to. Each way always does the same work: what is added
 * to memory->work meanwhile counts for nobody.
 */

#include "models/slab.h"

enum slab_plain_alloc {
	SLAB_PLAIN_FAST, /* from the CPU's freelist */
	SLAB_PLAIN_SLOW, /* from elsewhere in its slab, or from its next one */
	NR_SLAB_PLAIN_ALLOCS,
	SLAB_PLAIN_NO_ALLOC /* nothing was done: slab_cache_alloc() */
};

struct slab_plain_object {
	struct object_grant grant; /* as of slab_cache_alloc() */
	object_ref ref;
	uint32_t words; /* 8 bytes each that are zeroed, besides the work */
};

/* An object, for a request that names no node. */
enum slab_plain_alloc slab_plain_alloc(struct slab_cache *cache,
				       const struct object_request *request,
				       struct slab_plain_object *object);
struct work slab_plain_alloc_work(enum slab_plain_alloc how);

/* The cache for a size, for kmalloc(); NULL: kmalloc() has to be asked. */
struct slab_cache *slab_plain_kmalloc_cache(const struct slab_caches *caches,
					    uint64_t size, gfp_t gfp);

enum slab_plain_free {
	SLAB_PLAIN_OWN,	   /* to the slab that is the CPU's own */
	SLAB_PLAIN_OTHER,  /* to another one, which stays where it is */
	SLAB_PLAIN_LISTED, /* to a full one, which gets on the CPU's list */
	NR_SLAB_PLAIN_FREES,
	SLAB_PLAIN_NO_FREE /* nothing was done: kfree() */
};

/*
 * Frees an object, of any cache or, where that is not NULL, of this one.
 * *slab_pfn is the slab's first page.
 */
enum slab_plain_free slab_plain_free(struct slab_caches *caches,
				     const struct slab_cache *cache,
				     object_ref ref, cpu_t cpu,
				     pfn_t *slab_pfn);
struct work slab_plain_free_work(enum slab_plain_free how);

#endif
