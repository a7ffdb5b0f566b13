/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_SLAB_SLAB_FAST_H
#define KMEMSIM_MODELS_SLAB_SLAB_FAST_H

/*
 * The fast paths of the slab allocator, for callers that make the same request
 * again and again and remember what it came to. Most objects come from a slab
 * that the CPU has already, and most frees need no list of the node's. The
 * result is that of slab_cache_alloc() and kfree().
 *
 *	alloc   CPU's freelist o-o-o        -->  the first   slub_alloc()
 *	        its slab's own, its partial -->  the first   slub_alloc_slowly()
 *	free    its own slab's object       -->  CPU's freelist  slub_free()
 *	        any other slab's            -->  slab's own
 *	        a full slab's               -->  slab's own, and the slab on the
 *	                                         CPU's list  slub_free_slowly()
 *
 * Each function first asks whether its path is open, and only then changes
 * anything, by the steps of the functions named above (models/slab/slub.h). If
 * it is not, the caller makes the request in the ordinary way. Each path always
 * does the same work and adds nothing to memory->work. They are in a header
 * because most calls go through them.
 *
 * Where the CPU has no free object left and its node has a slab on its list,
 * the node's lock is needed, and how many slabs move differs from call to call.
 * That is left to slab_cache_alloc() itself, once it is certain not to ask for
 * pages (slab_fast_take_locked()).
 *
 * Left out: the SLAB allocator, caches that are debugged (they have no slabs of
 * a CPU), requests for a node, contents that are followed, objects that are
 * blocks of pages, other nodes' lists, and whatever asks for pages.
 */

#include "models/slab/slub.h"
#include "sim/base/bug.h"

/* A request, and what depends on nothing but it and the machine. */
struct slab_fast {
	struct slab_cache *const *kmalloc; /* by class; NULL: never fast */
	gfp_t gfp;
	cpu_t cpu;
	uint32_t node; /* the CPU's own, as an index in memory->node[] */
};

/* Works that out. */
void slab_fast_init(struct slab_fast *fast, const struct slab_caches *caches,
		    const struct object_request *request);

enum slab_fast_alloc {
	SLAB_FAST_FREELIST, /* from the CPU's freelist */
	SLAB_FAST_REFILL, /* that is refilled from its slab, or its next one */
	NR_SLAB_FAST_ALLOCS,
	SLAB_FAST_NO_ALLOC /* nothing was done: slab_cache_alloc() */
};

/* The CPU's next object of a cache. */
struct slab_fast_object {
	enum slab_fast_alloc how;
	enum alloc_path path;
	slab_id slab;
	uint16_t index; /* of the object in it */
};

/* The cache for a size, for kmalloc(); NULL: kmalloc() has to be asked. */
static inline struct slab_cache *
slab_fast_kmalloc_cache(const struct slab_caches *caches,
			const struct slab_fast *fast, uint64_t size)
{
	return fast->kmalloc && size && size <= caches->kmalloc_largest ?
		       fast->kmalloc[kmalloc_class_of(caches, size)] :
		       NULL;
}

/*
 * Internal: gets free objects for the CPU, which has none, from slabs that it
 * has, and tells where from; false: nothing was done.
 */
static inline bool slab_fast_refill(const struct slub_cache *cache,
				    struct slub_cpu *c, gfp_t gfp,
				    enum alloc_path *path)
{
	const struct slab_caches *caches = cache->cache.caches;
	struct slab *own = slab_at(caches, c->slab);
	struct slab *next = slab_at(caches, c->partial);

	if (c->slab != SLAB_NONE) {
		if (!slub_reserves_match(own, gfp))
			return false;
		if (own->freelist != OBJECT_END) {
			slub_take_over(c, own);
			return true;
		}
	}
	if (c->partial == SLAB_NONE || !slub_reserves_match(next, gfp) ||
	    next->freelist == OBJECT_END)
		return false;
	if (c->slab != SLAB_NONE)
		own->frozen = false;
	slub_own_partial(caches, c);
	slub_take_over(c, next);
	*path = PATH_SLAB_PARTIAL;
	return true;
}

/*
 * Takes an object, if the request may be fast and the slabs that the CPU has
 * will do. SLAB_FAST_NO_ALLOC in object->how: nothing was done.
 */
static inline void slab_fast_take(struct slab_cache *base,
				  const struct slab_fast *fast,
				  struct slab_fast_object *object)
{
	struct slub_cache *cache = (struct slub_cache *)base;
	const struct slab_caches *caches = base->caches;
	struct slub_cpu *c;

	object->how = SLAB_FAST_NO_ALLOC;
	if (!fast->kmalloc || caches->memory->contents)
		return;
	c = &cache->cpu[fast->cpu];
	object->path = PATH_SLAB_CPU;
	if (c->freelist != OBJECT_END)
		object->how = SLAB_FAST_FREELIST;
	else if (slab_fast_refill(cache, c, fast->gfp, &object->path))
		object->how = SLAB_FAST_REFILL;
	else
		return;
	object->slab = c->slab;
	object->index = c->freelist;
	c->freelist = slub_take(base, slab_at(caches, c->slab), object->index);
	base->live++;
}

/*
 * The same if slab_fast_take() does not, where the list of the CPU's node has
 * a slab that serves. What was done is memory->work, with the words that were
 * zeroed and the lock of the list. false: nothing was done.
 */
bool slab_fast_take_locked(struct slab_cache *base,
			   const struct slab_fast *fast,
			   struct object_grant *grant);

/* What slab_fast_take() does, without the words that it zeroes. */
struct work slab_fast_take_work(enum slab_fast_alloc how);

/* So many, of 8 bytes each. */
static inline uint32_t slab_fast_words(const struct slab_cache *cache,
				       const struct slab_fast *fast)
{
	return slab_clears(cache, fast->gfp) ? cache->object_size / 8 : 0;
}

enum slab_fast_free {
	SLAB_FAST_OWN,	  /* to the slab that is the CPU's own */
	SLAB_FAST_OTHER,  /* to another one, which stays where it is */
	SLAB_FAST_LISTED, /* to a full one, which gets on the CPU's list */
	NR_SLAB_FAST_FREES,
	SLAB_FAST_NO_FREE /* nothing was done: kfree() */
};

/* Internal: where slub_free_slowly() would leave a slab. */
static inline enum slab_fast_free
slab_fast_where(const struct slub_cache *cache, const struct slub_cpu *c,
		const struct slab *slab)
{
	if (slab->frozen)
		return SLAB_FAST_OTHER;
	if (cache->debug)
		return SLAB_FAST_NO_FREE;
	if (slab->freelist != OBJECT_END)
		return slab->inuse > 1 ? SLAB_FAST_OTHER : SLAB_FAST_NO_FREE;
	return slub_cpu_partial_is_full(cache, c) ? SLAB_FAST_NO_FREE :
						    SLAB_FAST_LISTED;
}

/* Internal: into a slab that is not the CPU's own, as slub_free_slowly(). */
static inline enum slab_fast_free
slab_fast_free_other(const struct slub_cache *cache, struct slub_cpu *c,
		     slab_id id, struct slab *slab, uint16_t index)
{
	enum slab_fast_free how = slab_fast_where(cache, c, slab);

	if (how == SLAB_FAST_NO_FREE)
		return how;
	slub_give(&cache->cache, slab, index, &slab->freelist);
	slab->inuse--;
	if (how == SLAB_FAST_LISTED) {
		slab->frozen = true;
		slub_push_partial(cache->cache.caches, c, id, slab);
	}
	return how;
}

/*
 * Frees an object, of any cache or, where that is not NULL, of this one.
 * *from is its slab.
 */
static inline enum slab_fast_free
slab_fast_free(const struct slab_caches *caches,
	       const struct slab_cache *wanted, object_ref ref, cpu_t cpu,
	       const struct slab **from)
{
	slab_id id = slab_ref_slab(ref);
	uint16_t index = slab_ref_index(ref);
	enum slab_fast_free how = SLAB_FAST_OWN;
	struct slub_cache *cache;
	struct slub_cpu *c;
	struct slab *slab;

	if (!slab_ref_has_slab(ref) || caches->ops != &slub_ops)
		return SLAB_FAST_NO_FREE;
	slab = slab_at(caches, id);
	cache = (struct slub_cache *)slab_cache_of(caches, slab);
	if (wanted && &cache->cache != wanted)
		return SLAB_FAST_NO_FREE;
	BUG_ON(slab_links(&cache->cache, slab)[index] != OBJECT_IN_USE);
	*from = slab;
	c = &cache->cpu[cpu];
	if (c->slab == id)
		slub_give(&cache->cache, slab, index, &c->freelist);
	else
		how = slab_fast_free_other(cache, c, id, slab, index);
	cache->cache.live -= how != SLAB_FAST_NO_FREE;
	return how;
}

struct work slab_fast_free_work(enum slab_fast_free how);

/*
 * The same if slab_fast_free() does not: slabs move, to their node's list or
 * away, or the cache is not SLUB's or is debugged. What was done is
 * memory->work, with its locks. false: nothing was done.
 */
bool slab_fast_free_locked(struct slab_caches *caches,
			   const struct slab_cache *wanted, object_ref ref,
			   cpu_t cpu, pfn_t *slab_pfn);

#endif
