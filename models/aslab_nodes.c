/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SLAB's slabs, by node: mm/slab.c of Linux 6.1, and of 2.6.16.
 *
 *	     last object freed            first object taken
 *	partial -----------> free     free ----------> partial
 *	   ^  |                |               (of a new slab, too)
 *	   |  | last taken     | free_limit exceeded, or reaped
 *	   |  v                v
 *	   full           page allocator
 *
 * Rules:
 * - Taken from: the first partial slab, else the first free one. It comes back
 *   to the head of the partial list, or of the full list (fixup_slab_list()).
 * - A slab that an object is freed into goes to the tail of the partial list,
 *   to give its other objects most time to be freed, too; an empty one to the
 *   head of the free list. A new one goes to the tail (free_block(),
 *   cache_grow_end()).
 * - Of a slab's free objects the one freed last is taken first
 *   (slab_get_obj(), slab_put_obj()).
 * - A node keeps free_limit free objects on its slabs: a slab's, and a batch
 *   for each CPU and one more. 6.1: when there are more after a free, free
 *   slabs go from the tail. 2.6: it is the slab just emptied that goes.
 * - A slab's colour is the next of the node's, round and round. 6.1 counts
 *   before a slab is coloured, so the first of them has colour 1 where there
 *   is more than one; 2.6 counts afterwards, and counts slabs that could not
 *   be had as well.
 * - A list that is kept off the slab is an object of kmalloc's, of the same
 *   node; without it there is no slab.
 *
 * Left out: the grace period that SLAB_TYPESAFE_BY_RCU's pages wait for.
 */

#include "models/aslab.h"

#include "models/gfp.h"
#include "sim/base/bug.h"
#include "sim/base/host.h"

/* Room to remember where the slab's list is. */
static bool manager_reserve(struct aslab_cache *cache, uint32_t slot)
{
	uint64_t *grown;

	if (slot < cache->manager_capacity)
		return true;
	grown = host_grow(cache->manager, &cache->manager_capacity,
			  (size_t)slot + 1, sizeof(*grown));
	if (!grown) {
		error_host(cache->cache.caches->errors,
			   "no memory for the slabs of cache %s",
			   cache->cache.text);
		return false;
	}
	cache->manager = grown;
	return true;
}

/* Gets the memory of a list that is kept off the slab: alloc_slabmgmt(). */
static bool list_get(const struct aslab_request *r, slab_id id, gfp_t gfp,
		     struct slab_object *object)
{
	struct aslab_cache *cache = r->cache;
	struct slab_caches *caches = cache->cache.caches;
	const struct memory *memory = caches->memory;
	const struct slab *slab = slab_at(caches, id);
	struct object_request request = {
		.gfp = gfp & ~SLAB_GFP_CONSTRAINT_MASK,
		.cpu = r->cpu,
		.node = memory->desc->numa ? memory->node[slab->node].id :
					     NODE_ANY,
	};
	struct object_grant grant;

	if (!manager_reserve(cache, slab->slot)) {
		object->host_failed = true;
		return false;
	}
	grant = kmalloc(caches, cache->management_bytes, &request);
	object->host_failed = grant.host_failed;
	object->reason = grant.reason;
	if (grant.address == OBJECT_NONE)
		return false;
	cache->manager[slab_at(caches, id)->slot] = grant.address;
	return true;
}

/* The offset of the next slab's first object within the left-over. */
static uint32_t next_colour(struct aslab_cache *cache, struct aslab_node *node)
{
	uint32_t colour = node->colour_next;

	node->colour_next++;
	if (node->colour_next >= cache->colour)
		node->colour_next = 0;
	if (!aslab_is_old(cache->cache.caches))
		colour = node->colour_next;
	return colour * cache->colour_off;
}

static slab_id new_slab(const struct aslab_request *r, gfp_t gfp, node_t node,
			struct slab_object *object)
{
	struct slab_cache *cache = &r->cache->cache;
	struct memory *memory = cache->caches->memory;
	struct page_request request = {
		.gfp = gfp | cache->gfp,
		.order = cache->order,
		.cpu = r->cpu,
		.node = node,
	};
	struct page_grant grant = page_alloc(memory, &request);
	slab_id id;

	object->reason = grant.reason;
	if (grant.pfn == PFN_NONE)
		return SLAB_NONE;
	id = slab_enter(cache, &grant, cache->order);
	object->host_failed = id == SLAB_NONE;
	if (id == SLAB_NONE)
		page_free(memory, r->cpu, grant.pfn, cache->order);
	else if (!memory->desc->numa)
		slab_at(cache->caches, id)->node = 0;
	return id;
}

slab_id aslab_grow(const struct aslab_request *r, gfp_t gfp, node_t node,
		   struct slab_object *object)
{
	struct aslab_cache *cache = r->cache;
	struct slab_caches *caches = cache->cache.caches;
	bool old = aslab_is_old(caches);
	uint32_t colour = 0;
	struct slab *slab;
	slab_id id;

	gfp &= SLAB_GFP_RECLAIM_MASK | SLAB_GFP_CONSTRAINT_MASK;
	if (old)
		colour = next_colour(cache, &cache->node[r->own]);
	id = new_slab(r, gfp, node, object);
	if (id == SLAB_NONE)
		return id;
	slab = slab_at(caches, id);
	if (!old)
		colour = next_colour(cache, &cache->node[slab->node]);
	slab->offset = cache->before_objects + colour;
	if (cache->management == ASLAB_OFF_SLAB &&
	    !list_get(r, id, gfp, object)) {
		slab_discard(&cache->cache, id, r->cpu);
		return SLAB_NONE;
	}
	return id;
}

void aslab_enlist_new(struct aslab_cache *cache, slab_id id)
{
	struct slab_caches *caches = cache->cache.caches;
	const struct slab *slab = slab_at(caches, id);
	struct aslab_node *node = &cache->node[slab->node];

	node->free_objects += (uint64_t)slab->objects - slab->inuse;
	if (slab->inuse)
		aslab_put_back(cache, node, id);
	else
		slab_list_add_tail(caches, &node->free, id);
}

slab_id aslab_pick(struct aslab_cache *cache, struct aslab_node *node)
{
	struct slab_caches *caches = cache->cache.caches;
	slab_id id = node->partial.head;

	if (id != SLAB_NONE) {
		slab_list_del(caches, &node->partial, id);
		return id;
	}
	node->free_touched = true;
	id = node->free.head;
	if (id != SLAB_NONE)
		slab_list_del(caches, &node->free, id);
	return id;
}

void aslab_put_back(struct aslab_cache *cache, struct aslab_node *node,
		    slab_id id)
{
	struct slab_caches *caches = cache->cache.caches;
	const struct slab *slab = slab_at(caches, id);

	if (slab->inuse == slab->objects)
		slab_list_add_head(caches, &node->full, id);
	else
		slab_list_add_head(caches, &node->partial, id);
}

struct aslab_object aslab_take(struct aslab_cache *cache, slab_id id)
{
	struct slab *slab = slab_at(cache->cache.caches, id);
	uint16_t *links = slab_links(&cache->cache, slab);
	uint16_t index = slab->freelist;

	BUG_ON(index == OBJECT_END);
	slab->freelist = links[index];
	slab->inuse++;
	links[index] = OBJECT_QUEUED;
	return (struct aslab_object){ id, index };
}

/* Puts an object back into its slab. True: that was the last in use. */
static bool put_object(struct aslab_cache *cache, struct aslab_node *node,
		       struct aslab_object entry)
{
	struct slab_caches *caches = cache->cache.caches;
	struct slab *slab = slab_at(caches, entry.slab);
	bool was_full = slab->inuse == slab->objects;

	slab_list_del(caches, was_full ? &node->full : &node->partial,
		      entry.slab);
	slab_links(&cache->cache, slab)[entry.index] = slab->freelist;
	slab->freelist = entry.index;
	slab->inuse--;
	if (slab->inuse)
		slab_list_add_tail(caches, &node->partial, entry.slab);
	return !slab->inuse;
}

/* Takes free slabs beyond the limit off the list, the oldest first. */
static void trim(struct aslab_cache *cache, struct aslab_node *node,
		 struct slab_list *doomed)
{
	struct slab_caches *caches = cache->cache.caches;

	while (node->free_objects > node->free_limit &&
	       node->free.tail != SLAB_NONE) {
		slab_id id = node->free.tail;

		slab_list_del(caches, &node->free, id);
		slab_list_add_head(caches, doomed, id);
		node->free_objects -= cache->cache.objects;
	}
}

static void destroy_all(struct aslab_cache *cache, struct slab_list *doomed,
			cpu_t cpu)
{
	slab_id id;

	while ((id = doomed->head) != SLAB_NONE) {
		slab_list_del(cache->cache.caches, doomed, id);
		aslab_destroy(cache, id, cpu);
	}
}

void aslab_free_oldest(struct aslab_cache *cache, struct array_cache *ac,
		       uint32_t nr, uint32_t index, cpu_t cpu)
{
	struct slab_caches *caches = cache->cache.caches;
	struct aslab_node *node = &cache->node[index];
	bool old = aslab_is_old(caches);
	struct slab_list doomed = { 0 };

	BUG_ON(nr > ac->avail);
	if (!old)
		node->free_objects += nr;
	for (uint32_t i = 0; i < nr; i++) {
		struct aslab_object entry = ac->entry[i];

		node->free_objects += old;
		if (!put_object(cache, node, entry))
			continue;
		if (old && node->free_objects > node->free_limit) {
			node->free_objects -= cache->cache.objects;
			aslab_destroy(cache, entry.slab, cpu);
		} else {
			slab_list_add_head(caches, &node->free, entry.slab);
		}
	}
	ac->avail -= nr;
	for (uint32_t i = 0; i < ac->avail; i++)
		ac->entry[i] = ac->entry[i + nr];
	if (!old)
		trim(cache, node, &doomed);
	destroy_all(cache, &doomed, cpu);
}

void aslab_destroy(struct aslab_cache *cache, slab_id id, cpu_t cpu)
{
	struct slab_caches *caches = cache->cache.caches;
	uint32_t slot = slab_at(caches, id)->slot;

	slab_discard(&cache->cache, id, cpu);
	if (cache->management == ASLAB_OFF_SLAB)
		kfree(caches, cache->manager[slot], cpu);
}
