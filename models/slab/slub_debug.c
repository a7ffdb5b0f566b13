/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Caches with debugging flags under SLUB, Linux 6.1, mm/slub.c.
 *
 * Such a cache trusts no lockless list: no CPU ever owns a slab. Each
 * allocation takes one object of the first slab on the node's list
 * (alloc_single_from_partial()), which leaves the list when it is full; a new
 * slab goes to the head of the list (alloc_single_from_new_slab()); a full
 * slab comes back to its tail with the first free, and an empty one is given
 * back while the list has min_partial slabs, itself included where it is on
 * it (free_to_partial_list()).
 *
 * Left out: the checks themselves (there are no bytes to check), and the list
 * of full slabs, which only reports read.
 */

#include "models/slab/slub.h"

slab_id slub_debug_take(const struct slub_request *r, struct slub_node *node,
			uint16_t *index)
{
	struct slab_cache *cache = &r->cache->cache;
	struct slab_caches *caches = cache->caches;
	struct slab *slab;
	slab_id id;

	for (id = node->partial.head; id != SLAB_NONE; id = slab->next) {
		slab = slab_at(caches, id);
		if (!slub_reserves_match(slab, r->request->gfp))
			continue;
		*index = slab->freelist;
		slab->freelist = slub_take(cache, slab, *index);
		slab->inuse++;
		if (slab->inuse == slab->objects)
			slab_list_del(caches, &node->partial, id);
		return id;
	}
	return SLAB_NONE;
}

static void take_from_new(struct slub_cache *cache, struct slab_object *object)
{
	struct slab *slab = slab_at(cache->cache.caches, object->slab);

	object->index = slab->freelist;
	slab->freelist = slub_take(&cache->cache, slab, object->index);
	slab->inuse = 1;
	slab_list_lock(cache->cache.caches, slab->node);
	if (slab->inuse < slab->objects)
		slab_list_add_head(cache->cache.caches,
				   &slub_node_of(cache, slab)->partial,
				   object->slab);
}

void slub_debug_alloc(const struct slub_request *r, struct slab_object *object)
{
	object->slab = slub_get_partial(r, &object->index);
	object->path = PATH_SLAB_PARTIAL;
	if (object->slab != SLAB_NONE)
		return;
	slub_new_slab(r, object);
	if (object->slab != SLAB_NONE)
		take_from_new(r->cache, object);
}

void slub_debug_free(struct slub_cache *cache, slab_id id, uint16_t index,
		     cpu_t cpu)
{
	struct slab_caches *caches = cache->cache.caches;
	struct slab *slab = slab_at(caches, id);
	struct slab_list *list = &slub_node_of(cache, slab)->partial;
	bool was_full = slab->freelist == OBJECT_END;
	bool goes;

	slab_list_lock(caches, slab->node);
	slub_give(&cache->cache, slab, index, &slab->freelist);
	slab->inuse--;
	goes = !slab->inuse && list->nr >= cache->min_partial;
	if (was_full && !goes)
		slab_list_add_tail(caches, list, id);
	if (!was_full && goes)
		slab_list_del(caches, list, id);
	if (goes)
		slab_discard(&cache->cache, id, cpu);
}
