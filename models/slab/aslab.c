/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SLAB, Linux 6.1, mm/slab.c (and 2.6.16, where slab.rules says so): where
 * the next object comes from and where a freed one goes.
 *
 *	 CPU 0            CPU 1        alloc: from the top of the CPU's array
 *	[o o o o . .]    [o o . . . .]  free: on top of it
 *	     |                |           |
 *	     v batchcount     v           v an object of another node
 *	[o o o o o o o o . . . . .]      [o o .] alien, one per node
 *	 the node's shared array             |
 *	     |                               v
 *	     v                          that node's shared array, or slabs
 *	slabs: partial, free, full
 *
 * Allocation (____cache_alloc(), cache_alloc_refill()):
 *  1. the newest object in the CPU's array;
 *  2. a batch out of the node's shared array, the newest objects of it; a
 *     batch is 16 at most while the CPU has not allocated since the last
 *     reaping;
 *  3. a batch out of the node's slabs: the first partial one as long as there
 *     is one, then the first free one. Slabs used so come to the head of the
 *     partial list, full ones to that of the full list;
 *  4. a new slab of the node, with NUMA asked for without reclaim. Others may
 *     have come in and filled the array until it is there: then it is listed
 *     as it is, and the array's newest object serves;
 *  5. with NUMA, one object of any node's slabs, in the order of the CPU's
 *     zonelist, and at last a new slab from wherever the page allocator finds
 *     it, with all that the caller allows (fallback_alloc()).
 * A request for another node than the CPU's passes by the arrays: one object
 * of that node's slabs or of a new one, else step 5 (____cache_alloc_node()).
 *
 * Free (___cache_free()): onto the CPU's array. A full one first gives its
 * oldest batch to the shared array, as far as that has room, or if it has
 * none to the slabs (cache_flusharray()). An object of another node goes to
 * the alien array for it, of 12 objects; when that is full it is emptied into
 * the other node's shared array, and what does not fit there into its slabs.
 *
 * Flags: of the caller's only those that concern reclaim, and the node and
 * cpuset, reach the page allocator; the zone and the mobility are the
 * cache's. A step that asks for its node alone takes away what could wait.
 *
 * Left out: emergency reserves kept apart (they are only where swapping goes
 * over a network: sk_memalloc_socks()), memory policies and cpusets, races
 * between CPUs, memory cgroups, KFENCE, KASAN, bulk calls; the memory of the
 * arrays and of the nodes' lists; the order of a new slab's objects is that
 * of their addresses, as without CONFIG_SLAB_FREELIST_RANDOM. Of a machine
 * without NUMA's and with several nodes all slabs are one node's.
 */

#include "models/slab/aslab.h"

#include <string.h>

#include "models/gfp.h"
#include "sim/base/bug.h"
#include "sim/base/host.h"

/* A refill's most objects for a CPU that had little to do. */
#define BATCHREFILL_LIMIT 16
#define ALIEN_LIMIT 12

/* The caller gets the object that was taken last. */
static void hand_out(struct aslab_cache *cache, struct aslab_object entry,
		     struct slab_object *object)
{
	const struct slab *slab = slab_at(cache->cache.caches, entry.slab);

	object->slab = entry.slab;
	object->index = entry.index;
	slab_links(&cache->cache, slab)[entry.index] = OBJECT_IN_USE;
}

uint32_t aslab_transfer(struct array_cache *to, struct array_cache *from,
			uint32_t most)
{
	uint32_t room = to->limit - to->avail;
	uint32_t nr = from->avail < most ? from->avail : most;

	if (nr > room)
		nr = room;
	if (!nr)
		return 0;
	memcpy(to->entry + to->avail, from->entry + from->avail - nr,
	       nr * sizeof(*to->entry));
	from->avail -= nr;
	to->avail += nr;
	return nr;
}

/* Objects of a slab into the array: alloc_block(). Returns what is wanted. */
static uint32_t fill_from(struct aslab_cache *cache, struct array_cache *ac,
			  slab_id id, uint32_t wanted)
{
	const struct slab *slab = slab_at(cache->cache.caches, id);

	for (; wanted && slab->inuse < slab->objects; wanted--)
		ac->entry[ac->avail++] = aslab_take(cache, id);
	return wanted;
}

/* gfp_exact_node() */
static gfp_t node_alone(const struct aslab_cache *cache, gfp_t gfp)
{
	const struct slab_caches *caches = cache->cache.caches;

	if (caches->memory->desc->numa)
		return (gfp | __GFP_THISNODE | __GFP_NOWARN) &
		       ~(__GFP_RECLAIM | __GFP_NOFAIL);
	return aslab_is_old(caches) ? gfp : gfp & ~__GFP_NOFAIL;
}

static node_t node_id(const struct aslab_cache *cache, uint32_t node)
{
	const struct memory *memory = cache->cache.caches->memory;

	return memory->desc->numa ? memory->node[node].id : NODE_ANY;
}

/* A batch of what the node has, into the CPU's empty array. */
static void refill_from_node(const struct aslab_request *r, uint32_t wanted)
{
	struct aslab_cache *cache = r->cache;
	struct aslab_node *node = &cache->node[r->own];
	struct array_cache *ac = &cache->cpu[r->cpu];
	slab_id id;

	/* Nothing there: 6.1 doesn't even take the lock. */
	if (aslab_is_old(cache->cache.caches) || node->free_objects ||
	    node->shared.avail)
		slab_list_lock(cache->cache.caches, r->own);
	if (aslab_transfer(ac, &node->shared, wanted)) {
		node->shared.touched = true;
		return;
	}
	while (wanted && (id = aslab_pick(cache, node)) != SLAB_NONE) {
		wanted = fill_from(cache, ac, id, wanted);
		aslab_put_back(cache, node, id);
	}
	node->free_objects -= ac->avail;
}

/* Fills the CPU's empty array: cache_alloc_refill(). False: with nothing. */
static bool refill(const struct aslab_request *r, struct slab_object *object)
{
	struct aslab_cache *cache = r->cache;
	struct array_cache *ac = &cache->cpu[r->cpu];
	uint32_t wanted = ac->batchcount;
	slab_id id;

	if (!ac->touched && wanted > BATCHREFILL_LIMIT)
		wanted = BATCHREFILL_LIMIT;
	object->path = PATH_SLAB_PARTIAL;
	refill_from_node(r, wanted);
	if (ac->avail)
		return true;
	id = aslab_grow(r, node_alone(cache, r->gfp), node_id(cache, r->own),
			object);
	/* It may have slept: the array need not be empty any more. */
	object->path = ac->avail ? PATH_SLAB_CPU : PATH_SLAB_NEW;
	if (id != SLAB_NONE) {
		if (!ac->avail)
			fill_from(cache, ac, id, wanted);
		aslab_enlist_new(cache, id);
	}
	return ac->avail && !object->host_failed;
}

/* From the CPU's own array: ____cache_alloc(). */
static bool alloc_own(const struct aslab_request *r, struct slab_object *object)
{
	struct work *work = &r->cache->cache.caches->memory->work;
	struct array_cache *ac = &r->cache->cpu[r->cpu];

	if (ac->avail) {
		work->count[WORK_SLAB_FAST]++;
	} else {
		work->count[WORK_SLAB_SLOW]++;
		if (!refill(r, object))
			return false;
	}
	ac->touched = true;
	hand_out(r->cache, ac->entry[--ac->avail], object);
	return true;
}

/* One object of the node's slabs; false: they have none. */
static bool alloc_listed(const struct aslab_request *r, uint32_t index,
			 struct slab_object *object)
{
	struct aslab_node *node = &r->cache->node[index];
	slab_id id = aslab_pick(r->cache, node);

	slab_list_lock(r->cache->cache.caches, index);
	if (id == SLAB_NONE)
		return false;
	object->path = PATH_SLAB_PARTIAL;
	hand_out(r->cache, aslab_take(r->cache, id), object);
	node->free_objects--;
	aslab_put_back(r->cache, node, id);
	return true;
}

/* Of the node alone: ____cache_alloc_node() without its last resort. */
static bool alloc_on_node(const struct aslab_request *r, uint32_t index,
			  struct slab_object *object)
{
	slab_id id;

	if (alloc_listed(r, index, object))
		return true;
	id = aslab_grow(r, node_alone(r->cache, r->gfp),
			node_id(r->cache, index), object);
	if (id == SLAB_NONE)
		return false;
	object->path = PATH_SLAB_NEW;
	hand_out(r->cache, aslab_take(r->cache, id), object);
	aslab_enlist_new(r->cache, id);
	return true;
}

/* Objects that any node has, best first. */
static bool alloc_anywhere(const struct aslab_request *r,
			   struct slab_object *object)
{
	const struct memory *memory = r->cache->cache.caches->memory;
	const struct zonelist *list = &memory->node[r->own].fallback;
	int highest = memory->gfp_zone[r->gfp & 0xf];

	for (uint32_t i = 0; i < list->nr; i++) {
		const struct zone *zone = list->zone[i];
		uint32_t index = (uint32_t)memory->node_index[zone->node];

		if ((int)zone->type <= highest &&
		    r->cache->node[index].free_objects &&
		    alloc_on_node(r, index, object))
			return true;
	}
	return false;
}

/* fallback_alloc() */
static void fall_back(const struct aslab_request *r, struct slab_object *object)
{
	struct aslab_cache *cache = r->cache;
	slab_id id;

	if (r->gfp & __GFP_THISNODE || alloc_anywhere(r, object))
		return;
	id = aslab_grow(r, r->gfp, node_id(cache, r->own), object);
	if (id == SLAB_NONE)
		return;
	aslab_enlist_new(cache, id);
	if (!alloc_listed(r, slab_at(cache->cache.caches, id)->node, object))
		BUG("a new slab without an object");
	object->path = PATH_SLAB_NEW;
}

/* __do_cache_alloc() */
static struct slab_object aslab_alloc(struct slab_cache *base,
				      const struct object_request *request)
{
	const struct slab_caches *caches = base->caches;
	struct aslab_request r = {
		.cache = (struct aslab_cache *)base,
		.gfp = request->gfp,
		.cpu = request->cpu,
		.own = aslab_node_of_cpu(caches, request->cpu),
	};
	struct slab_object object = { .path = PATH_SLAB_CPU };
	bool numa = caches->memory->desc->numa;
	uint32_t wanted = r.own;

	if (request->node != NODE_ANY && numa)
		wanted = (uint32_t)caches->memory->node_index[request->node];
	if (wanted != r.own)
		caches->memory->work.count[WORK_SLAB_SLOW]++;
	else if (alloc_own(&r, &object))
		return object;
	if (!numa || object.host_failed)
		return object;
	if (!alloc_on_node(&r, wanted, &object) && !object.host_failed)
		fall_back(&r, &object);
	return object;
}

/* Makes room in a CPU's full array: cache_flusharray(). */
static void flush(struct aslab_cache *cache, struct array_cache *ac,
		  uint32_t node, cpu_t cpu)
{
	struct array_cache *shared = &cache->node[node].shared;
	uint32_t room = shared->limit - shared->avail;
	uint32_t nr = ac->batchcount;

	slab_list_lock(cache->cache.caches, node);
	if (!room) {
		aslab_free_oldest(cache, ac, nr, node, cpu);
		return;
	}
	if (nr > room)
		nr = room;
	memcpy(shared->entry + shared->avail, ac->entry,
	       nr * sizeof(*ac->entry));
	shared->avail += nr;
	ac->avail -= nr;
	memmove(ac->entry, ac->entry + nr, ac->avail * sizeof(*ac->entry));
}

static void push(struct array_cache *ac, slab_id id, uint16_t index)
{
	BUG_ON(ac->avail >= ac->limit);
	ac->entry[ac->avail++] = (struct aslab_object){ id, index };
}

/* An object of another node than the CPU's: __cache_free_alien(). */
static void free_alien(struct aslab_cache *cache, slab_id id, uint16_t index,
		       uint32_t own, cpu_t cpu)
{
	uint32_t node = slab_at(cache->cache.caches, id)->node;
	struct array_cache *alien = &cache->node[own].alien[node];

	if (alien->avail == alien->limit)
		aslab_drain_alien(cache, alien, node, cpu);
	push(alien, id, index);
}

/* ___cache_free() */
static void aslab_free(struct slab_cache *base, slab_id id, uint16_t index,
		       cpu_t cpu)
{
	struct aslab_cache *cache = (struct aslab_cache *)base;
	struct slab_caches *caches = base->caches;
	const struct slab *slab = slab_at(caches, id);
	uint32_t *work = caches->memory->work.count;
	uint32_t own = aslab_node_of_cpu(caches, cpu);
	struct array_cache *ac = &cache->cpu[cpu];

	slab_links(base, slab)[index] = OBJECT_QUEUED;
	if (slab->node != own) {
		work[WORK_SLAB_SLOW_FREES]++;
		free_alien(cache, id, index, own, cpu);
		return;
	}
	if (ac->avail < ac->limit) {
		work[WORK_SLAB_FAST_FREES]++;
	} else {
		work[WORK_SLAB_SLOW_FREES]++;
		flush(cache, ac, own, cpu);
	}
	push(ac, id, index);
}

static void array_init(struct array_cache *ac, uint32_t limit, uint32_t batch,
		       struct aslab_object **entries)
{
	ac->limit = limit;
	ac->batchcount = batch;
	ac->entry = *entries;
	*entries += limit;
}

static uint32_t cpus_of_node(const struct slab_caches *caches, uint32_t node)
{
	const struct machine_desc *desc = caches->memory->desc;

	return desc->numa ? (uint32_t)desc->nodes[node].nr_cpus :
			    caches->machine.cpus;
}

/*
 * A node's part is due for reaping first at a time that the kernel takes from
 * the address of the cache, within four seconds; we take its number.
 */
static void node_init(struct aslab_cache *cache, uint32_t index,
		      uint32_t alien_limit, struct aslab_object **entries)
{
	const struct slab_caches *caches = cache->cache.caches;
	struct aslab_node *node = &cache->node[index];
	uint32_t nr = aslab_nr_nodes(caches);

	node->free_limit = (uint64_t)(1 + cpus_of_node(caches, index)) *
				   cache->batchcount +
			   cache->cache.objects;
	node->next_reap = caches->reap_round + 3 + caches->nr_caches % 2;
	array_init(&node->shared, cache->sharedfactor * cache->batchcount, 0,
		   entries);
	node->alien = cache->alien + (size_t)index * nr;
	for (uint32_t n = 0; n < nr; n++)
		if (n != index)
			array_init(&node->alien[n], alien_limit, 0, entries);
}

static bool arrays_new(struct aslab_cache *cache)
{
	const struct slab_caches *caches = cache->cache.caches;
	uint32_t cpus = caches->memory->nr_cpus;
	uint32_t nodes = aslab_nr_nodes(caches);
	uint32_t alien = cache->limit > 1 ? ALIEN_LIMIT : cache->limit;
	size_t entries =
		(size_t)cpus * cache->limit +
		(size_t)nodes * cache->sharedfactor * cache->batchcount +
		(size_t)nodes * (nodes - 1) * alien;
	struct aslab_object *at;

	cache->cpu = host_alloc(cpus, sizeof(*cache->cpu));
	cache->node = host_alloc(nodes, sizeof(*cache->node));
	cache->alien = host_alloc((size_t)nodes * nodes, sizeof(*cache->alien));
	at = cache->entries = host_alloc(entries, sizeof(*cache->entries));
	if (!cache->cpu || !cache->node || !cache->alien || !at)
		return false;
	for (uint32_t i = 0; i < cpus; i++)
		array_init(&cache->cpu[i], cache->limit, cache->batchcount,
			   &at);
	for (uint32_t i = 0; i < nodes; i++)
		node_init(cache, i, alien, &at);
	return true;
}

static enum slab_create_status aslab_open(struct slab_cache *base)
{
	struct aslab_cache *cache = (struct aslab_cache *)base;

	if (!aslab_lay_out(cache))
		return SLAB_CREATE_TOO_BIG;
	if (arrays_new(cache))
		return SLAB_CREATED;
	error_host(base->caches->errors, "no memory for cache %s", base->text);
	return SLAB_CREATE_HOST;
}

static void aslab_close(struct slab_cache *base)
{
	struct aslab_cache *cache = (struct aslab_cache *)base;

	free(cache->cpu);
	free(cache->node);
	free(cache->alien);
	free(cache->entries);
	free(cache->manager);
}

static uint32_t aslab_ksize(const struct slab_cache *cache)
{
	return cache->object_size;
}

static uint64_t aslab_idle_objects(const struct slab_cache *base,
				   uint32_t node_index)
{
	const struct aslab_cache *cache = (const struct aslab_cache *)base;

	return node_index < aslab_nr_nodes(base->caches) ?
		       cache->node[node_index].free_objects :
		       0;
}

/* get_slabinfo() */
static void aslab_describe(const struct slab_cache *base,
			   struct slab_info *info)
{
	const struct aslab_cache *cache = (const struct aslab_cache *)base;

	info->limit = cache->limit;
	info->batchcount = cache->batchcount;
	info->sharedfactor = cache->sharedfactor;
	info->colours = cache->colour;
	for (uint32_t i = 0; i < aslab_nr_nodes(base->caches); i++) {
		info->active_slabs -= cache->node[i].free.nr;
		info->sharedavail += cache->node[i].shared.avail;
	}
}

const struct slab_flavour_ops aslab_ops = {
	.name = "slab",
	.cache_bytes = sizeof(struct aslab_cache),
	.kmalloc_shift_low = 5,
	.kmalloc_flags = SLAB_HWCACHE_ALIGN,
	.open = aslab_open,
	.close = aslab_close,
	.alloc = aslab_alloc,
	.free = aslab_free,
	.shrink = aslab_shrink,
	.shutdown = aslab_shrink,
	.ksize = aslab_ksize,
	.idle_objects = aslab_idle_objects,
	.describe = aslab_describe,
	.reap = aslab_reap,
	.validate = aslab_validate,
};
