/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Most objects come from the slab that the CPU has as its own, and most frees
 * move no slab to another list.
 *
 *	alloc   CPU's freelist o-o-o  -->  the first      slub_alloc()
 *	free    its own slab's object -->  CPU's freelist slub_free()
 *	        any other slab's      -->  slab's own     free_slowly()
 *
 * Each function asks first whether it is so, and does something only then, by
 * the steps of models/slub.h. If not, nothing has been done: the ways that are
 * open to every request have to be gone.
 *
 * A free to another slab is plain where a CPU has that, or where it was not full
 * and an object of it stays in use: then it stays where it is.
 *
 * Left out: the SLAB allocator, caches that are debugged, requests for a node,
 * contents that are followed, objects that are blocks of pages.
 */

#include "models/slab_plain.h"

#include "models/slub.h"

bool slab_plain_alloc(struct slab_cache *cache,
		      const struct object_request *request,
		      struct object_grant *grant, uint32_t *words)
{
	const struct slab_caches *caches = cache->caches;
	struct slub_cpu *own;
	const struct slab *slab;
	uint16_t index;

	if (caches->ops != &slub_ops || caches->memory->contents ||
	    request->node != NODE_ANY)
		return false;
	own = &((struct slub_cache *)cache)->cpu[request->cpu];
	if (own->freelist == OBJECT_END)
		return false;
	slab = slab_at(caches, own->slab);
	index = own->freelist;
	own->freelist = slub_take(cache, slab, index);
	cache->live++;
	*words = slab_cache_clears(cache, request->gfp) ?
			 cache->object_size / 8 :
			 0;
	*grant = (struct object_grant){
		.address = slab_first(caches, slab) +
			   (uint64_t)index * cache->size,
		.granted = slub_ksize(cache),
		.slab_pfn = slab->pfn,
		.zone = memory_zone_of(caches->memory, slab->pfn),
		.path = PATH_SLAB_CPU,
	};
	return true;
}

struct slab_cache *slab_plain_kmalloc_cache(const struct slab_caches *caches,
					    uint64_t size, gfp_t gfp)
{
	return size && size <= caches->kmalloc_largest ?
		       kmalloc_cache_of(caches, size, gfp) :
		       NULL;
}

/* Does a free leave a slab that is not this CPU's own where it is? */
static inline bool stays(const struct slub_cache *cache,
			 const struct slab *slab)
{
	return !cache->debug &&
	       (slab->frozen ||
		(slab->freelist != OBJECT_END && slab->inuse > 1));
}

enum slab_plain_free slab_plain_free(struct slab_caches *caches,
				     const struct slab_cache *cache,
				     uint64_t address, cpu_t cpu,
				     pfn_t *slab_pfn)
{
	slab_id id = slab_of(caches, address);
	struct slab_cache *owner;
	struct slub_cpu *own;
	struct slab *slab;
	uint16_t index;

	if (id == SLAB_NONE || caches->ops != &slub_ops)
		return SLAB_PLAIN_NOT;
	slab = slab_at(caches, id);
	owner = slab->cache;
	index = slab_object_at(caches, id, address);
	if (index == OBJECT_END || (cache && owner != cache))
		return SLAB_PLAIN_NOT;
	*slab_pfn = slab->pfn;
	own = &((struct slub_cache *)owner)->cpu[cpu];
	if (own->slab == id) {
		slub_give(owner, slab, index, &own->freelist);
		owner->live--;
		return SLAB_PLAIN_OWN;
	}
	if (!stays((struct slub_cache *)owner, slab))
		return SLAB_PLAIN_NOT;
	slub_give(owner, slab, index, &slab->freelist);
	slab->inuse--;
	owner->live--;
	return SLAB_PLAIN_OTHER;
}

void slab_plain_alloc_work(struct work *work)
{
	*work = (struct work){ .zones = 0 };
	work->count[WORK_SLAB_FAST] = 1;
}

void slab_plain_free_work(enum slab_plain_free how, struct work *work)
{
	*work = (struct work){ .zones = 0 };
	work->count[how == SLAB_PLAIN_OWN ? WORK_SLAB_FAST_FREES :
					    WORK_SLAB_SLOW_FREES] = 1;
}
