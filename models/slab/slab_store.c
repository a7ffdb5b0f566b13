/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where slabs are kept: which page belongs to which slab, and which objects
 * of a slab are free in which order.
 *
 * The kernel stores a slab's state in its struct page and the links between
 * free objects inside these objects. We have no objects, so:
 *
 *	of_page[pfn] --> slab[id] --> links of its slot, one per object
 *
 * A page costs 4 bytes, a live slab 32, and 2 per object. Tables grow by half
 * and slots are used again by the cache that had them, so that the steady
 * state allocates nothing.
 *
 * Free objects of a new slab are in order of address. With
 * CONFIG_SLAB_FREELIST_RANDOM the kernel shuffles them (shuffle_freelist(),
 * mm/slub.c); which slab serves next does not depend on that.
 */

#include "models/slab/slab_internal.h"

#include "sim/base/bug.h"
#include "sim/base/host.h"

/* An entry with no slot yet. SLAB_NONE when the host has no memory. */
static slab_id entry_get(struct slab_caches *caches)
{
	slab_id id = caches->spare;
	struct slab *slab;

	if (id != SLAB_NONE) {
		caches->spare = slab_at(caches, id)->next;
		return id;
	}
	if (caches->nr_slabs == caches->slabs_capacity) {
		slab = host_grow_lines(caches->slab, &caches->slabs_capacity,
				       (size_t)caches->nr_slabs + 1,
				       sizeof(*slab));
		if (!slab) {
			error_host(caches->errors, "no memory for slabs");
			return SLAB_NONE;
		}
		caches->slab = slab;
	}
	return caches->nr_slabs++;
}

/* An entry with a slot of the cache's. SLAB_NONE: no memory. */
static slab_id slot_get(struct slab_cache *cache)
{
	struct slab_caches *caches = cache->caches;
	size_t nr = ((size_t)cache->nr_slots + 1) * cache->objects;
	slab_id id = cache->spare;
	uint16_t *links;

	if (id != SLAB_NONE) {
		cache->spare = slab_at(caches, id)->next;
		return id;
	}
	if (nr > cache->links_capacity) {
		links = host_grow(cache->links, &cache->links_capacity, nr,
				  sizeof(*links));
		if (!links) {
			error_host(caches->errors,
				   "no memory for the objects "
				   "of cache %s",
				   cache->text);
			return SLAB_NONE;
		}
		cache->links = links;
	}
	id = entry_get(caches);
	if (id != SLAB_NONE)
		slab_at(caches, id)->slot = cache->nr_slots++;
	return id;
}

static void link_all(const struct slab_cache *cache, struct slab *slab)
{
	uint16_t *links = slab_links(cache, slab);
	uint32_t i;

	for (i = 0; i + 1 < slab->objects; i++)
		links[i] = (uint16_t)(i + 1);
	links[i] = OBJECT_END;
	slab->freelist = 0;
}

void slab_account(struct slab_caches *caches, uint32_t node, uint32_t flags,
		  int64_t pages)
{
	enum node_stat stat = flags & SLAB_RECLAIM_ACCOUNT ?
				      NR_SLAB_RECLAIMABLE :
				      NR_SLAB_UNRECLAIMABLE;

	caches->memory->node[node].stat[stat] += (uint64_t)pages;
}

slab_id slab_enter(struct slab_cache *cache, const struct page_grant *grant,
		   order_t order)
{
	struct slab_caches *caches = cache->caches;
	uint32_t pages = 1u << order;
	slab_id id = slot_get(cache);
	uint64_t fit = slab_bytes(&caches->machine, order) / cache->size;
	struct slab *slab;

	if (id == SLAB_NONE)
		return id;
	slab = slab_at(caches, id);
	slab->cache = cache->number;
	slab->pfn = grant->pfn;
	slab->next = SLAB_NONE;
	slab->prev = SLAB_NONE;
	slab->offset = cache->left_pad;
	slab->objects = (uint16_t)(fit < cache->objects ? fit : cache->objects);
	slab->inuse = 0;
	slab->order = order & 0x3f;
	slab->zone = grant->zone->index;
	slab->node = (uint8_t)caches->memory->node_index[grant->zone->node];
	slab->frozen = false;
	slab->reserves = grant->no_watermarks;
	link_all(cache, slab);
	for (uint32_t i = 0; i < pages; i++)
		caches->of_page[slab->pfn + i] = id;
	cache->nr_slabs++;
	cache->nr_objects += slab->objects;
	cache->nr_pages += pages;
	slab_account(caches, slab->node, cache->flags, pages);
	caches->memory->work.count[WORK_SLABS_MADE]++;
	caches->memory->work.count[WORK_SLABS_SHUFFLED] += slab->objects > 1;
	caches->memory->work.count[WORK_SLAB_OBJECTS] += slab->objects;
	return id;
}

void slab_discard(struct slab_cache *cache, slab_id id, cpu_t cpu)
{
	struct slab_caches *caches = cache->caches;
	struct slab *slab = slab_at(caches, id);
	uint32_t nr_pages = 1u << slab->order;
	struct slab_pages pages = {
		.pfn = slab->pfn,
		.flags = cache->flags,
		.cpu = cpu,
		.node = slab->node,
		.order = slab->order,
	};

	for (uint32_t i = 0; i < nr_pages; i++)
		caches->of_page[pages.pfn + i] = SLAB_NONE;
	slab->pfn = PFN_NONE;
	slab->next = cache->spare;
	cache->spare = id;
	cache->nr_slabs--;
	cache->nr_objects -= slab->objects;
	cache->nr_pages -= nr_pages;
	caches->memory->work.count[WORK_SLABS_FREED]++;
	if (!(cache->flags & SLAB_TYPESAFE_BY_RCU) ||
	    !slab_grace_add(caches, &pages))
		slab_pages_give_back(caches, &pages);
}

void slab_forget_spares(struct slab_cache *cache)
{
	struct slab_caches *caches = cache->caches;
	slab_id id;

	BUG_ON(cache->nr_slabs);
	while ((id = cache->spare) != SLAB_NONE) {
		struct slab *slab = slab_at(caches, id);

		cache->spare = slab->next;
		slab->next = caches->spare;
		slab->cache = CACHE_NUMBER_NONE;
		caches->spare = id;
	}
}

void slab_list_add_head(struct slab_caches *caches, struct slab_list *list,
			slab_id id)
{
	struct slab *slab = slab_at(caches, id);

	slab->prev = SLAB_NONE;
	slab->next = list->head;
	if (list->head != SLAB_NONE)
		slab_at(caches, list->head)->prev = id;
	else
		list->tail = id;
	list->head = id;
	list->nr++;
}

void slab_list_add_tail(struct slab_caches *caches, struct slab_list *list,
			slab_id id)
{
	struct slab *slab = slab_at(caches, id);

	slab->next = SLAB_NONE;
	slab->prev = list->tail;
	if (list->tail != SLAB_NONE)
		slab_at(caches, list->tail)->next = id;
	else
		list->head = id;
	list->tail = id;
	list->nr++;
}

void slab_list_del(struct slab_caches *caches, struct slab_list *list,
		   slab_id id)
{
	struct slab *slab = slab_at(caches, id);

	if (slab->prev != SLAB_NONE)
		slab_at(caches, slab->prev)->next = slab->next;
	else
		list->head = slab->next;
	if (slab->next != SLAB_NONE)
		slab_at(caches, slab->next)->prev = slab->prev;
	else
		list->tail = slab->prev;
	slab->next = SLAB_NONE;
	slab->prev = SLAB_NONE;
	list->nr--;
}

void slab_list_splice(struct slab_caches *caches, struct slab_list *to,
		      struct slab_list *from)
{
	if (from->head == SLAB_NONE)
		return;
	if (to->head != SLAB_NONE) {
		slab_at(caches, to->head)->prev = from->tail;
		slab_at(caches, from->tail)->next = to->head;
	} else {
		to->tail = from->tail;
	}
	to->head = from->head;
	to->nr += from->nr;
	*from = (struct slab_list){ SLAB_NONE, SLAB_NONE, 0 };
}
