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
 *   node; without it there is no slab. Getting it may sleep as getting the
 *   pages may, so a slab is entered, and listed, only when it has both.
 */

#include "models/slab/aslab.h"

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

/*
 * Gets the memory of a list that is kept off the slab: alloc_slabmgmt(). The
 * pages are nobody's slab yet, since this may sleep.
 */
static bool list_get(const struct aslab_request *r,
		     const struct page_grant *pages, gfp_t gfp,
		     struct slab_object *object, uint64_t *list)
{
	struct slab_caches *caches = r->cache->cache.caches;
	struct object_request request = {
		.gfp = gfp & ~GFP_CONSTRAINT_MASK,
		.cpu = r->cpu,
		.node = caches->memory->desc->numa ? pages->zone->node :
						     NODE_ANY,
	};
	struct object_grant grant =
		kmalloc(caches, r->cache->management_bytes, &request);

	object->host_failed = grant.host_failed;
	object->reason = grant.reason;
	*list = grant.address;
	return grant.address != OBJECT_NONE;
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

static struct page_grant get_pages(const struct aslab_request *r, gfp_t gfp,
				   node_t node)
{
	const struct slab_cache *cache = &r->cache->cache;
	struct page_request request = {
		.gfp = gfp | cache->gfp,
		.order = cache->order,
		.cpu = r->cpu,
		.node = node,
	};

	return page_alloc(cache->caches->memory, &request);
}

/*
 * Enters pages as a slab, with the memory of its list or OBJECT_NONE.
 * SLAB_NONE, and both given back: the host has no memory.
 */
static slab_id enter(const struct aslab_request *r,
		     const struct page_grant *pages, uint64_t list)
{
	struct aslab_cache *cache = r->cache;
	struct slab_caches *caches = cache->cache.caches;
	slab_id id = slab_enter(&cache->cache, pages, cache->cache.order);

	if (id == SLAB_NONE) {
		page_free(caches->memory, r->cpu, pages->pfn,
			  cache->cache.order);
	} else if (list != OBJECT_NONE &&
		   !manager_reserve(cache, slab_at(caches, id)->slot)) {
		slab_discard(&cache->cache, id, r->cpu);
		id = SLAB_NONE;
	}
	if (list == OBJECT_NONE)
		return id;
	if (id == SLAB_NONE)
		kfree(caches, list, r->cpu);
	else
		cache->manager[slab_at(caches, id)->slot] = list;
	return id;
}

/* As an index in memory->node[]; the only one of a kernel without NUMA. */
static uint32_t node_of(const struct slab_caches *caches,
			const struct page_grant *pages)
{
	const struct memory *memory = caches->memory;

	return memory->desc->numa ?
		       (uint32_t)memory->node_index[pages->zone->node] :
		       0;
}

slab_id aslab_grow(const struct aslab_request *r, gfp_t gfp, node_t node,
		   struct slab_object *object)
{
	struct aslab_cache *cache = r->cache;
	struct slab_caches *caches = cache->cache.caches;
	bool old = aslab_is_old(caches);
	uint64_t list = OBJECT_NONE;
	struct page_grant pages;
	uint32_t colour = 0;
	slab_id id;

	gfp &= SLAB_GFP_MASK;
	if (old) {
		slab_list_lock(caches, r->own);
		colour = next_colour(cache, &cache->node[r->own]);
	}
	pages = get_pages(r, gfp, node);
	object->reason = pages.reason;
	if (pages.pfn == PFN_NONE)
		return SLAB_NONE;
	if (!old)
		colour = next_colour(cache,
				     &cache->node[node_of(caches, &pages)]);
	if (cache->management == ASLAB_OFF_SLAB &&
	    !list_get(r, &pages, gfp, object, &list)) {
		page_free(caches->memory, r->cpu, pages.pfn,
			  cache->cache.order);
		return SLAB_NONE;
	}
	id = enter(r, &pages, list);
	object->host_failed = id == SLAB_NONE;
	if (id == SLAB_NONE)
		return id;
	slab_at(caches, id)->node = (uint8_t)node_of(caches, &pages);
	slab_at(caches, id)->offset = cache->before_objects + colour;
	return id;
}

void aslab_enlist_new(struct aslab_cache *cache, slab_id id)
{
	struct slab_caches *caches = cache->cache.caches;
	const struct slab *slab = slab_at(caches, id);
	struct aslab_node *node = &cache->node[slab->node];

	slab_list_lock(caches, slab->node);
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
	slab_list_lock(caches, index);
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
