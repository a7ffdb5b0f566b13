/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Objects that the kernel may drop by itself: dentries, inodes and their kind,
 * from caches with SLAB_RECLAIM_ACCOUNT.
 *
 *	oldest #4 <-> #0 <-> #7 newest		a list per cache and node
 *	       ^             ^
 *	  the shrinker    new ones, and those used since
 *
 * Each such cache has a shrinker (models/reclaim/reclaim.h), which goes through
 * its list of a node from the oldest on: what was used since it came there is
 * given another round, the rest is freed. Whoever frees the id later is told
 * that it was reclaimed. Requests that must not enter file systems get nothing;
 * what they would have had looked at is put off.
 *
 * Sources: list_lru_add() and list_lru_walk() in mm/list_lru.c,
 * dentry_lru_isolate() in fs/dcache.c, super_cache_scan() in fs/super.c, Linux
 * 6.1. Left out: that a file system shrinks dentries and inodes by one
 * shrinker, in proportion; that dropping an inode drops its page cache.
 */

#include <stdlib.h>

#include "models/gfp.h"
#include "models/reclaim/reclaim.h"
#include "sim/base/bug.h"
#include "sim/base/host.h"
#include "sim/calls/calls.h"

#define NONE UINT32_MAX

struct droppable {
	uint64_t address; /* physical */
	uint64_t id;
	bool named;    /* the id is a name's number */
	bool is_used;  /* since it came to where it is on its list */
	uint32_t next; /* newer; of an unused entry: the next unused one */
	uint32_t prev;
	uint32_t list;
};

/* A cache's objects on one node; a cache's lists follow each other. */
struct droppable_list {
	uint32_t oldest;
	uint32_t newest;
	uint64_t nr;
};

/* What a shrinker is given. */
struct dropping_cache {
	struct kernel *kernel;
	uint32_t name;
	uint32_t first_list; /* of as many as there are nodes */
};

struct droppables {
	struct droppable *entry;
	size_t capacity;
	uint32_t nr;
	uint32_t unused; /* entries to use again */
	struct droppable_list *list;
	size_t list_capacity;
	uint32_t nr_lists;
	/* Never moved: shrinkers have their addresses. */
	struct dropping_cache **cache;
	size_t cache_capacity;
	uint32_t nr_caches;
};

void droppables_free(struct droppables *droppables)
{
	if (!droppables)
		return;
	for (uint32_t c = 0; c < droppables->nr_caches; c++)
		free(droppables->cache[c]);
	free(droppables->cache);
	free(droppables->list);
	free(droppables->entry);
	free(droppables);
}

uint64_t droppable_address(const struct kernel *kernel, uint64_t number)
{
	return kernel->droppables->entry[number].address;
}

/* ---- lists --------------------------------------------------------------- */

static void add_newest(struct droppables *droppables, uint32_t number)
{
	struct droppable *entry = &droppables->entry[number];
	struct droppable_list *list = &droppables->list[entry->list];

	entry->next = NONE;
	entry->prev = list->newest;
	if (list->newest == NONE)
		list->oldest = number;
	else
		droppables->entry[list->newest].next = number;
	list->newest = number;
	list->nr++;
}

static void take_out(struct droppables *droppables, uint32_t number)
{
	const struct droppable *entry = &droppables->entry[number];
	struct droppable_list *list = &droppables->list[entry->list];

	if (entry->prev == NONE)
		list->oldest = entry->next;
	else
		droppables->entry[entry->prev].next = entry->next;
	if (entry->next == NONE)
		list->newest = entry->prev;
	else
		droppables->entry[entry->next].prev = entry->prev;
	list->nr--;
}

/* Takes an entry out for good; returns its object's address. */
static uint64_t forget(struct droppables *droppables, uint32_t number)
{
	struct droppable *entry = &droppables->entry[number];

	take_out(droppables, number);
	entry->next = droppables->unused;
	droppables->unused = number;
	return entry->address;
}

/* ---- the shrinker of a cache --------------------------------------------- */

static uint64_t count(struct memory *memory, void *argument,
		      uint32_t node_index)
{
	const struct dropping_cache *cache = argument;

	(void)memory;
	return cache->kernel->droppables->list[cache->first_list + node_index]
		.nr;
}

/* The id stands for nothing from now on. */
static void drop(struct kernel *kernel, uint32_t number, cpu_t cpu)
{
	const struct droppable *entry = &kernel->droppables->entry[number];
	const struct call owner = {
		.id = entry->id,
		.has = entry->named ? CALL_HAS_NAMED_ID : CALL_HAS_ID,
	};
	struct allocation *allocation =
		allocations_find(&kernel->allocations, &owner);

	BUG_ON(!allocation || allocation->kind != ALLOCATION_DROPPABLE);
	allocation->kind = ALLOCATION_DROPPED;
	kfree(kernel->caches, forget(kernel->droppables, number), cpu);
}

static uint64_t scan(struct memory *memory, void *argument, uint32_t node_index,
		     cpu_t cpu, gfp_t gfp, uint64_t nr)
{
	const struct dropping_cache *cache = argument;
	struct droppables *droppables = cache->kernel->droppables;
	uint32_t list = cache->first_list + node_index;
	uint64_t freed = 0;

	(void)memory;
	if (!(gfp & __GFP_FS))
		return SHRINK_STOP;
	for (; nr && droppables->list[list].nr; nr--) {
		uint32_t number = droppables->list[list].oldest;
		struct droppable *entry = &droppables->entry[number];

		if (entry->is_used) {
			entry->is_used = false;
			take_out(droppables, number);
			add_newest(droppables, number);
			continue;
		}
		drop(cache->kernel, number, cpu);
		freed++;
	}
	return freed;
}

static const struct shrinker_ops object_shrinker = {
	.name = "objects",
	.count = count,
	.scan = scan,
	.seeks = 2,
};

/* ---- making them --------------------------------------------------------- */

static struct dropping_cache *find_cache(const struct droppables *droppables,
					 uint32_t name)
{
	for (uint32_t c = 0; c < droppables->nr_caches; c++)
		if (droppables->cache[c]->name == name)
			return droppables->cache[c];
	return NULL;
}

/* Empty lists of a cache, one a node. false: the host has no memory. */
static bool add_lists(struct kernel *kernel)
{
	struct droppables *droppables = kernel->droppables;
	uint32_t nr = droppables->nr_lists + kernel->memory->nr_nodes;
	struct droppable_list *list = host_grow(
		droppables->list, &droppables->list_capacity, nr, sizeof *list);

	if (!list)
		return false;
	droppables->list = list;
	while (droppables->nr_lists < nr)
		list[droppables->nr_lists++] =
			(struct droppable_list){ NONE, NONE, 0 };
	return true;
}

/* A cache whose first droppable object was made. NULL: no host memory. */
static struct dropping_cache *add_cache(struct kernel *kernel, uint32_t name)
{
	struct droppables *droppables = kernel->droppables;
	uint32_t first_list = droppables->nr_lists;
	struct dropping_cache **grown =
		host_grow(droppables->cache, &droppables->cache_capacity,
			  droppables->nr_caches + (size_t)1, sizeof *grown);
	struct dropping_cache *cache;

	if (!grown)
		return NULL;
	droppables->cache = grown;
	cache = host_alloc(1, sizeof *cache);
	if (!cache)
		return NULL;
	*cache = (struct dropping_cache){ kernel, name, first_list };
	if (!add_lists(kernel) ||
	    reclaim_register_shrinker(kernel->memory, &object_shrinker, cache) <
		    0) {
		free(cache);
		return NULL;
	}
	grown[droppables->nr_caches++] = cache;
	return cache;
}

static struct dropping_cache *need_cache(struct kernel *kernel, uint32_t name)
{
	struct dropping_cache *cache;

	if (!kernel->droppables) {
		kernel->droppables = host_alloc(1, sizeof *kernel->droppables);
		if (!kernel->droppables)
			return NULL;
		kernel->droppables->unused = NONE;
	}
	cache = find_cache(kernel->droppables, name);
	return cache ? cache : add_cache(kernel, name);
}

static uint32_t new_entry(struct droppables *droppables)
{
	uint32_t number = droppables->unused;
	struct droppable *grown;

	if (number != NONE) {
		droppables->unused = droppables->entry[number].next;
		return number;
	}
	grown = host_grow(droppables->entry, &droppables->capacity,
			  droppables->nr + (size_t)1, sizeof *grown);
	if (!grown)
		return NONE;
	droppables->entry = grown;
	return droppables->nr++;
}

enum call_result make_droppable(struct handling *handling)
{
	struct kernel *kernel = handling->kernel;
	const struct memory *memory = kernel->memory;
	const struct call *call = handling->call;
	struct allocation *allocation = handling->allocation;
	struct dropping_cache *cache = need_cache(kernel, call->name);
	uint32_t number = cache ? new_entry(kernel->droppables) : NONE;
	uint32_t node = memory->node_index[handling->outcome->zone->node];

	if (number == NONE) {
		error_host(kernel->errors,
			   "no memory for objects that may be dropped");
		return CALL_HOST;
	}
	kernel->droppables->entry[number] = (struct droppable){
		.address = slab_address_of(kernel->caches, allocation->handle),
		.id = call->id,
		.named = call->has & CALL_HAS_NAMED_ID,
		.list = cache->first_list + node,
	};
	add_newest(kernel->droppables, number);
	allocation->kind = ALLOCATION_DROPPABLE;
	allocation->handle = number;
	return CALL_DONE;
}

/* ---- using and freeing them ---------------------------------------------- */

void use_droppable(struct handling *handling)
{
	handling->kernel->droppables->entry[handling->allocation->handle]
		.is_used = true;
}

enum call_result free_droppable(struct handling *handling)
{
	const struct kernel *kernel = handling->kernel;
	struct allocation *allocation = handling->allocation;
	uint64_t address =
		forget(kernel->droppables, (uint32_t)allocation->handle);

	allocation->handle = slab_ref_of(kernel->caches, address);
	allocation->kind = ALLOCATION_OBJECT;
	return free_object(handling);
}

enum call_result free_dropped(struct handling *handling)
{
	handling->outcome->status = OUTCOME_SKIPPED;
	handling->outcome->skipped = SKIP_RECLAIMED;
	allocations_remove(&handling->kernel->allocations, handling->call);
	return CALL_DONE;
}
