/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Most objects come from a slab that the CPU has already, and most frees need
 * no list of the node's.
 *
 *	alloc   CPU's freelist o-o-o        -->  the first  slub_alloc()
 *	        its slab's own, its partial -->  the first  slub_alloc_slowly()
 *	free    its own slab's object       -->  CPU's freelist  slub_free()
 *	        any other slab's            -->  slab's own
 *	        a full slab's               -->  slab's own, and the slab on the
 *	                                         CPU's list  slub_free_slowly()
 *
 * Each function first asks whether it is so, and only then anything is done, by
 * the functions named above or by the steps that they share. If not, the ways
 * that are open to every request have to be gone.
 *
 * Left out: the SLAB allocator, caches that are debugged, requests for a node,
 * contents that are followed, objects that are blocks of pages, and whatever
 * takes the lock of a node's lists or asks for pages.
 */

#include "models/slab_plain.h"

#include "models/slub.h"
#include "sim/base/bug.h"

/* Will own_slab_serves() find the slab to be of use? */
static inline bool serves(const struct slab_caches *caches, slab_id id,
			  gfp_t gfp)
{
	const struct slab *slab = slab_at(caches, id);

	return slub_reserves_match(slab, gfp) && slab->freelist != OBJECT_END;
}

/* Will slub_alloc_slowly() get no further than the slabs that the CPU has? */
static bool cpu_serves(const struct slub_cache *cache,
		       const struct slub_cpu *own, gfp_t gfp)
{
	const struct slab_caches *caches = cache->cache.caches;

	if (cache->debug)
		return false;
	if (own->slab != SLAB_NONE) {
		if (serves(caches, own->slab, gfp))
			return true;
		if (!slub_reserves_match(slab_at(caches, own->slab), gfp))
			return false;
	}
	return own->partial != SLAB_NONE && serves(caches, own->partial, gfp);
}

/* What slab_cache_alloc() says of the object. */
static inline void tell(struct slab_cache *cache,
			const struct slab_object *object, gfp_t gfp,
			struct slab_plain_object *told)
{
	const struct slab_caches *caches = cache->caches;
	const struct slab *slab = slab_at(caches, object->slab);

	told->grant = (struct object_grant){
		.address = slab_first(caches, slab) +
			   (uint64_t)object->index * cache->size,
		.granted = slub_ksize(cache),
		.slab_pfn = slab->pfn,
		.zone = memory_zone_of(caches->memory, slab->pfn),
		.path = object->path,
	};
	told->ref = slab_ref(object->slab, object->index);
	told->words = slab_cache_clears(cache, gfp) ? cache->object_size / 8 :
						      0;
}

enum slab_plain_alloc slab_plain_alloc(struct slab_cache *base,
				       const struct object_request *request,
				       struct slab_plain_object *told)
{
	const struct slab_caches *caches = base->caches;
	struct slub_cache *cache = (struct slub_cache *)base;
	struct slab_object object = { .path = PATH_SLAB_CPU };
	enum slab_plain_alloc how = SLAB_PLAIN_FAST;
	struct slub_cpu *own;

	if (caches->ops != &slub_ops || caches->memory->contents ||
	    request->node != NODE_ANY)
		return SLAB_PLAIN_NO_ALLOC;
	own = &cache->cpu[request->cpu];
	if (own->freelist != OBJECT_END) {
		object.slab = own->slab;
		object.index = own->freelist;
		own->freelist = slub_take(base, slab_at(caches, own->slab),
					  own->freelist);
	} else if (cpu_serves(cache, own, request->gfp)) {
		struct slub_request r = slub_request_of(cache, request);

		slub_alloc_slowly(&r, &object);
		how = SLAB_PLAIN_SLOW;
	} else {
		return SLAB_PLAIN_NO_ALLOC;
	}
	base->live++;
	tell(base, &object, request->gfp, told);
	return how;
}

struct work slab_plain_alloc_work(enum slab_plain_alloc how)
{
	struct work work = { .zones = 0 };

	work.count[how == SLAB_PLAIN_FAST ? WORK_SLAB_FAST : WORK_SLAB_SLOW] =
		1;
	return work;
}

struct slab_cache *slab_plain_kmalloc_cache(const struct slab_caches *caches,
					    uint64_t size, gfp_t gfp)
{
	return size && size <= caches->kmalloc_largest ?
		       kmalloc_cache_of(caches, size, gfp) :
		       NULL;
}

/* Where slub_free_slowly() would leave a slab that is not the CPU's own. */
static inline enum slab_plain_free where_it_goes(const struct slub_cache *cache,
						 const struct slub_cpu *own,
						 const struct slab *slab)
{
	const struct slab_caches *caches = cache->cache.caches;

	if (cache->debug)
		return SLAB_PLAIN_NO_FREE;
	if (slab->frozen)
		return SLAB_PLAIN_OTHER;
	if (slab->freelist != OBJECT_END)
		return slab->inuse > 1 ? SLAB_PLAIN_OTHER : SLAB_PLAIN_NO_FREE;
	/* As slub_put_cpu_partial() asks, before it spills the list. */
	return own->partial == SLAB_NONE ||
			       slab_at(caches, own->partial)->nr_behind <
				       cache->cpu_partial_slabs ?
		       SLAB_PLAIN_LISTED :
		       SLAB_PLAIN_NO_FREE;
}

enum slab_plain_free slab_plain_free(struct slab_caches *caches,
				     const struct slab_cache *wanted,
				     object_ref ref, cpu_t cpu, pfn_t *slab_pfn)
{
	slab_id id = slab_ref_slab(ref);
	uint16_t index = slab_ref_index(ref);
	enum slab_plain_free how;
	struct slub_cache *cache;
	struct slub_cpu *own;
	struct slab *slab;

	if (!slab_ref_has_slab(ref) || caches->ops != &slub_ops)
		return SLAB_PLAIN_NO_FREE;
	slab = slab_at(caches, id);
	cache = (struct slub_cache *)slab->cache;
	if (wanted && &cache->cache != wanted)
		return SLAB_PLAIN_NO_FREE;
	BUG_ON(slab_links(&cache->cache, slab)[index] != OBJECT_IN_USE);
	*slab_pfn = slab->pfn;
	own = &cache->cpu[cpu];
	if (own->slab == id) {
		slub_give(&cache->cache, slab, index, &own->freelist);
		how = SLAB_PLAIN_OWN;
	} else {
		how = where_it_goes(cache, own, slab);
		if (how == SLAB_PLAIN_NO_FREE)
			return how;
		slub_free_slowly(cache, id, index, cpu);
	}
	cache->cache.live--;
	return how;
}

struct work slab_plain_free_work(enum slab_plain_free how)
{
	struct work work = { .zones = 0 };

	work.count[how == SLAB_PLAIN_OWN ? WORK_SLAB_FAST_FREES :
					   WORK_SLAB_SLOW_FREES] = 1;
	work.count[WORK_SLAB_LISTED] = how == SLAB_PLAIN_LISTED;
	return work;
}
