/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SLUB's partial slabs, Linux 6.1, mm/slub.c, CONFIG_SLUB_CPU_PARTIAL.
 *
 *	     free of an object            get_partial_node()
 *	     of a full slab               takes several at once
 *	          |                             ^
 *	          v                             |
 *	CPU: partial list ---- spills ---> node: partial list
 *	     newest first      whole            head: filled up next
 *
 * Rules:
 * - A full slab is on no list. The first free of one of its objects freezes
 *   it onto the freeing CPU's partial list (__slab_free()). If the list has
 *   cpu_partial_slabs slabs already, all of them first go to the tails of
 *   their nodes' lists, newest first (put_cpu_partial(),
 *   __unfreeze_partials()).
 * - The length that counts is the one noted in the newest slab, so slabs
 *   that a refill from the node put there count too, though a refill itself
 *   never spills.
 * - A slab without a live object is given back when it comes off a CPU and
 *   its node's list has min_partial slabs at that moment; else it is listed
 *   like any other. Those of a spill are given back last of all, in the
 *   opposite order.
 * - A CPU's own slab goes to the head of its node's list when the CPU gives
 *   it up, but to the tail if other CPUs freed into it meanwhile
 *   (deactivate_slab()).
 * - A refill takes slabs from the head of the node's list: the first becomes
 *   the CPU's own, then as many for its partial list as make half of
 *   cpu_partial_slabs and one (get_partial_node()).
 * - A caller that names no node may be served from another one's list, if
 *   that has more than min_partial slabs (get_any_partial()). The kernel
 *   tries this 1001 times of 1024, by the cycle counter; we always do.
 * - Before a cache is destroyed, its CPUs give up their slabs, and its nodes
 *   the empty ones, node by node; the first node that has others left ends it
 *   (__kmem_cache_shutdown()).
 *
 * Left out: the kernel never destroys a cache after it could not once, as its
 * count of users is wrong from then on; here it can be tried again.
 */

#include "models/slab/slub.h"

#include "models/gfp.h"
#include "sim/base/bug.h"

/* Splices the list from `head` before the slab's own; the count of it. */
static uint16_t give_objects(const struct slab_cache *cache, struct slab *slab,
			     uint16_t head)
{
	uint16_t *links = slab_links(cache, slab);
	uint16_t nr = 1, last = head;

	if (head == OBJECT_END)
		return 0;
	while (links[last] != OBJECT_END) {
		last = links[last];
		nr++;
	}
	links[last] = slab->freelist;
	slab->freelist = head;
	return nr;
}

/* add_partial(), with the list's lock */
static void list_partial(struct slub_cache *cache, slab_id id, bool last)
{
	struct slab_caches *caches = cache->cache.caches;
	const struct slab *slab = slab_at(caches, id);
	struct slab_list *list = &slub_node_of(cache, slab)->partial;

	slab_list_lock(caches, slab->node);
	if (last)
		slab_list_add_tail(caches, list, id);
	else
		slab_list_add_head(caches, list, id);
}

void slub_deactivate(struct slub_cache *cache, slab_id id, uint16_t freelist,
		     cpu_t cpu)
{
	struct slab_caches *caches = cache->cache.caches;
	struct slab *slab = slab_at(caches, id);
	struct slub_node *node = slub_node_of(cache, slab);
	bool remote_frees = slab->freelist != OBJECT_END;

	slab->inuse -= give_objects(&cache->cache, slab, freelist);
	slab->frozen = false;
	if (!slab->inuse && node->partial.nr >= cache->min_partial)
		slab_discard(&cache->cache, id, cpu);
	else if (slab->freelist != OBJECT_END)
		list_partial(cache, id, remote_frees);
}

/* Moves a CPU's partial slabs to the nodes' lists: __unfreeze_partials(). */
static void unfreeze(struct slub_cache *cache, slab_id id, cpu_t cpu)
{
	struct slab_caches *caches = cache->cache.caches;
	slab_id discard = SLAB_NONE;
	slab_id next;

	for (; id != SLAB_NONE; id = next) {
		struct slab *slab = slab_at(caches, id);
		struct slub_node *node = slub_node_of(cache, slab);

		next = slab->next;
		slab->frozen = false;
		slab_list_lock(caches, slab->node);
		if (!slab->inuse && node->partial.nr >= cache->min_partial) {
			slab->next = discard;
			discard = id;
		} else {
			slab_list_add_tail(caches, &node->partial, id);
			caches->memory->work.count[WORK_SLAB_SPILLED]++;
		}
	}
	for (id = discard; id != SLAB_NONE; id = next) {
		next = slab_at(caches, id)->next;
		slab_discard(&cache->cache, id, cpu);
	}
}

void slub_put_cpu_partial(struct slub_cache *cache, slab_id id, cpu_t cpu)
{
	struct slab_caches *caches = cache->cache.caches;
	struct slub_cpu *c = &cache->cpu[cpu];
	slab_id spill = SLAB_NONE;

	if (slub_cpu_partial_is_full(cache, c)) {
		spill = c->partial;
		c->partial = SLAB_NONE;
	}
	slub_push_partial(caches, c, id, slab_at(caches, id));
	caches->memory->work.count[WORK_SLAB_LISTED]++;
	unfreeze(cache, spill, cpu);
}

/* Takes all free objects of a listed slab for the CPU: acquire_slab(). */
static uint16_t acquire(struct slub_cache *cache, struct slub_node *node,
			slab_id id)
{
	struct slab *slab = slab_at(cache->cache.caches, id);
	uint16_t freelist = slab->freelist;

	slab_list_del(cache->cache.caches, &node->partial, id);
	slab->inuse = slab->objects;
	slab->freelist = OBJECT_END;
	slab->frozen = true;
	return freelist;
}

static slab_id refill_from_node(const struct slub_request *r,
				struct slub_node *node, uint16_t *freelist)
{
	struct slub_cache *cache = r->cache;
	struct slab_caches *caches = cache->cache.caches;
	struct work *work = &caches->memory->work;
	slab_id found = SLAB_NONE;
	uint32_t more = 0;
	slab_id id, next;

	for (id = node->partial.head; id != SLAB_NONE; id = next) {
		struct slab *slab = slab_at(caches, id);

		next = slab->next;
		if (!slub_reserves_match(slab, r->request->gfp))
			continue;
		if (found == SLAB_NONE) {
			found = id;
			*freelist = acquire(cache, node, id);
		} else {
			slab_list_del(caches, &node->partial, id);
			slab->frozen = true;
			slub_push_partial(caches, r->cpu, id, slab);
			work->count[WORK_SLAB_LISTED]++;
			more++;
		}
		work->count[WORK_SLAB_TAKEN]++;
		if (more > cache->cpu_partial_slabs / 2)
			break;
	}
	return found;
}

static slab_id from_node(const struct slub_request *r, uint32_t index,
			 uint16_t *freelist)
{
	struct slub_node *node = &r->cache->node[index];

	if (!node->partial.nr)
		return SLAB_NONE;
	slab_list_lock(r->cache->cache.caches, index);
	if (r->cache->debug)
		return slub_debug_take(r, node, freelist);
	return refill_from_node(r, node, freelist);
}

static slab_id from_any_node(const struct slub_request *r, uint16_t *freelist)
{
	const struct memory *memory = r->cache->cache.caches->memory;
	const struct node *own = &memory->node[r->index];
	gfp_t gfp = r->request->gfp;
	const struct zonelist *list = gfp & __GFP_THISNODE ? &own->thisnode :
							     &own->fallback;
	enum zone_type highest;

	if (!gfp_zone(gfp, memory->desc->zone_types, &highest))
		return SLAB_NONE;
	for (uint32_t i = 0; i < list->nr; i++) {
		const struct zone *zone = list->zone[i];
		uint32_t index = (uint32_t)memory->node_index[zone->node];
		slab_id id;

		if (zone->type > highest ||
		    r->cache->node[index].partial.nr <= r->cache->min_partial)
			continue;
		id = from_node(r, index, freelist);
		if (id != SLAB_NONE)
			return id;
	}
	return SLAB_NONE;
}

slab_id slub_get_partial(const struct slub_request *r, uint16_t *freelist)
{
	slab_id id = from_node(r, r->index, freelist);

	if (id != SLAB_NONE || r->node != NODE_ANY)
		return id;
	return from_any_node(r, freelist);
}

/* On each CPU in turn, by that CPU: flush_cpu_slab(). */
void slub_flush_all(struct slub_cache *cache)
{
	struct memory *memory = cache->cache.caches->memory;

	for (uint32_t cpu = 0; cpu < memory->nr_cpus; cpu++) {
		struct slub_cpu *c = &cache->cpu[cpu];
		struct slub_cpu old = *c;

		if (old.slab != SLAB_NONE || old.partial != SLAB_NONE)
			memory->work.count[WORK_CACHES_FLUSHED]++;
		*c = (struct slub_cpu){ .freelist = OBJECT_END };
		if (old.slab != SLAB_NONE)
			slub_deactivate(cache, old.slab, old.freelist,
					(cpu_t)cpu);
		unfreeze(cache, old.partial, (cpu_t)cpu);
	}
}

/* Gives back the slabs of a list, from its head. */
static void discard_list(struct slub_cache *cache, struct slab_list *list,
			 cpu_t cpu)
{
	struct slab_caches *caches = cache->cache.caches;
	slab_id id;

	while ((id = list->head) != SLAB_NONE) {
		slab_list_del(caches, list, id);
		slab_discard(&cache->cache, id, cpu);
	}
}

/* Lists are re-sorted so that slabs with few free objects come first… */
#define SHRINK_PROMOTE_MAX 32 /* …of those with this many at most */

/* Source: __kmem_cache_do_shrink(). */
static void shrink_node(struct slub_cache *cache, uint32_t index, cpu_t cpu)
{
	struct slab_caches *caches = cache->cache.caches;
	struct slub_node *node = &cache->node[index];
	struct slab_list promote[SHRINK_PROMOTE_MAX] = { 0 };
	struct slab_list discard = { 0 };
	slab_id id, next;

	slab_list_lock(caches, index);
	for (id = node->partial.head; id != SLAB_NONE; id = next) {
		struct slab *slab = slab_at(caches, id);
		uint32_t nr_free = (uint32_t)slab->objects - slab->inuse;
		struct slab_list *to = NULL;

		next = slab->next;
		BUG_ON(!nr_free);
		if (nr_free == slab->objects)
			to = &discard;
		else if (nr_free <= SHRINK_PROMOTE_MAX)
			to = &promote[nr_free - 1];
		if (to) {
			slab_list_del(caches, &node->partial, id);
			slab_list_add_head(caches, to, id);
		}
	}
	for (int i = SHRINK_PROMOTE_MAX - 1; i >= 0; i--)
		slab_list_splice(caches, &node->partial, &promote[i]);
	discard_list(cache, &discard, cpu);
}

void slub_shrink(struct slab_cache *base, cpu_t cpu)
{
	struct slub_cache *cache = (struct slub_cache *)base;

	slub_flush_all(cache);
	for (uint32_t n = 0; n < base->caches->memory->nr_nodes; n++)
		if (base->caches->node_mask >> n & 1)
			shrink_node(cache, n, cpu);
}

/* Gives back a node's empty slabs. Source: free_partial(). */
static void discard_empty(struct slub_cache *cache, uint32_t index, cpu_t cpu)
{
	struct slab_caches *caches = cache->cache.caches;
	struct slab_list *list = &cache->node[index].partial;
	struct slab_list discard = { 0 };
	slab_id id, next;

	slab_list_lock(caches, index);
	for (id = list->head; id != SLAB_NONE; id = next) {
		next = slab_at(caches, id)->next;
		if (slab_at(caches, id)->inuse)
			continue;
		slab_list_del(caches, list, id);
		slab_list_add_head(caches, &discard, id);
	}
	discard_list(cache, &discard, cpu);
}

/* Source: __kmem_cache_shutdown(). */
void slub_shutdown(struct slab_cache *base, cpu_t cpu)
{
	struct slub_cache *cache = (struct slub_cache *)base;
	struct slab_node_info info;

	slub_flush_all(cache);
	for (uint32_t n = 0; n < base->caches->memory->nr_nodes; n++) {
		if (!(base->caches->node_mask >> n & 1))
			continue;
		discard_empty(cache, n, cpu);
		if (!base->live)
			continue;
		slab_cache_node_info(base, n, &info);
		if (info.slabs)
			return;
	}
}
