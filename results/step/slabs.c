/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A cache's slabs, object by object, for `kmemsim step`: both flavours tell in
 * their own way which objects are free.
 *
 *	SLUB   the CPU's slab: objects that the CPU took over are on a list of
 *	       the CPU, those that others freed since on the slab's own
 *	SLAB   free objects wait in the CPU's array, whichever slab they are
 *	       of, or are on their slab's own list
 */

#include "results/step/state.h"

#include <string.h>

#include "models/slab/aslab.h"
#include "models/slab/slub.h"
#include "sim/call.h"

static bool is_slub(const struct slab_cache *cache)
{
	return cache->caches->ops == &slub_ops;
}

/* The address of the object that a free is about; 0: none. */
static uint64_t address_freed(const struct kernel *kernel,
			      const struct call *call)
{
	const struct allocation *freed =
		allocations_find(&kernel->allocations, call);

	if (!freed || (freed->kind != ALLOCATION_OBJECT &&
		       freed->kind != ALLOCATION_KMALLOC))
		return 0;
	return slab_address_of(kernel->caches, freed->handle);
}

const struct slab_cache *step_cache_of(const struct kernel *kernel,
				       const struct call *call)
{
	const struct slab_caches *caches = kernel->caches;
	uint64_t address;

	switch (call->op) {
	case OP_CACHE_CREATE:
	case OP_CACHE_ALLOC:
	case OP_CACHE_SHRINK:
		return slab_cache_find(caches, call->name);
	case OP_KMALLOC:
	case OP_KZALLOC:
	case OP_KVMALLOC:
		if (!call->size || call->size > caches->kmalloc_largest)
			return NULL;
		return kmalloc_cache_of(caches, call->size, call->gfp);
	case OP_CACHE_FREE:
	case OP_KFREE:
	case OP_KVFREE:
		address = address_freed(kernel, call);
		if (address)
			return slab_cache_at(caches, address);
		return call->name ? slab_cache_find(caches, call->name) : NULL;
	default:
		return NULL;
	}
}

uint32_t step_slab_freed(const struct kernel *kernel, const struct call *call)
{
	const struct slab_caches *caches = kernel->caches;
	uint64_t address = address_freed(kernel, call);

	if (!address || !slab_cache_at(caches, address))
		return SLAB_NONE;
	return caches->of_page[address >> caches->machine.page_shift];
}

uint32_t step_cpu_slab(const struct slab_cache *cache, cpu_t cpu)
{
	const struct array_cache *array;

	if (is_slub(cache))
		return ((const struct slub_cache *)cache)->cpu[cpu].slab;
	array = &((const struct aslab_cache *)cache)->cpu[cpu];
	return array->avail ? array->entry[array->avail - 1].slab : SLAB_NONE;
}

/* Marks a list of free objects. */
static void mark(struct step_slab *taken, const uint16_t *links, uint16_t first,
		 enum step_object what)
{
	uint32_t steps = 0;

	for (; first < OBJECT_END && steps++ < MAX_OBJECTS_PER_SLAB;
	     first = links[first])
		if (first < taken->nr)
			taken->object[first] = (uint8_t)what;
}

static void mark_array(struct step_slab *taken, const struct slab_cache *cache,
		       uint32_t slab, cpu_t cpu)
{
	const struct array_cache *array =
		&((const struct aslab_cache *)cache)->cpu[cpu];

	for (uint32_t i = 0; i < array->avail; i++)
		if (array->entry[i].slab == slab &&
		    array->entry[i].index < taken->nr)
			taken->object[array->entry[i].index] = STEP_OBJECT_CPU;
}

void step_slab_take(struct step_slab *taken, const struct slab_cache *cache,
		    uint32_t id, cpu_t cpu)
{
	const struct slab *slab = slab_at(cache->caches, id);
	const struct slub_cpu *own;

	taken->pfn = PFN_NONE;
	taken->nr = 0;
	if (id == SLAB_NONE)
		return;
	taken->pfn = slab->pfn;
	taken->nr = slab->objects < STEP_OBJECTS_MAX ? slab->objects :
						       STEP_OBJECTS_MAX;
	memset(taken->object, STEP_OBJECT_USED, taken->nr);
	mark(taken, slab_links(cache, slab), slab->freelist, STEP_OBJECT_FREE);
	if (!is_slub(cache)) {
		mark_array(taken, cache, id, cpu);
		return;
	}
	own = &((const struct slub_cache *)cache)->cpu[cpu];
	if (own->slab == id)
		mark(taken, slab_links(cache, slab), own->freelist,
		     STEP_OBJECT_CPU);
}
