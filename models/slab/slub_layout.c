/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SLUB's layout of a cache, Linux 6.1, mm/slub.c: how far apart objects lie,
 * how many pages a slab has, how many slabs are kept for later.
 *
 * Bytes from one object to the next (calculate_sizes()), in this order:
 *
 *	object, rounded up to a word
 *	one word of red zone, where the rounding left no room for it
 *	the free pointer, where it can't lie in a free object: objects that
 *	   are read after their free (RCU) or filled with poison
 *	two tracks of who allocated and freed it (SLAB_STORE_USER)
 *	one word of padding, and a red zone before the object of one word
 *	   rounded up to the alignment (SLAB_RED_ZONE)
 *	…all rounded up to the alignment
 *
 * Order of a slab (calculate_order()): it should hold at least 4 objects,
 * and 4 more for each doubling of the CPUs, with no more than 1/16 of it
 * wasted; then 1/8 may be wasted, then 1/4; then fewer objects will do. The
 * order stays at 3 or below unless one object alone is larger. A slab of the
 * smallest order that holds an object at all is what SLUB falls back to.
 *
 * Kept for later: a node's list keeps empty slabs while it is shorter than
 * half the logarithm of the size, at least 5 and at most 10
 * (kmem_cache_open()). A CPU's partial list may have slabs enough for 120
 * objects, or 52, 24, 6 for large ones, were they half full
 * (set_cpu_partial(), slub_set_cpu_partial()).
 *
 * Left out: constructors, KASAN's metadata, the slub_min_order=,
 * slub_max_order= and slub_min_objects= boot options.
 */

#include "models/slab/slub.h"

#include "models/gfp.h"
#include "sim/base/numbers.h"

#define SLUB_MAX_ORDER PAGE_ALLOC_COSTLY_ORDER
#define SLUB_MIN_PARTIAL 5
#define SLUB_MAX_PARTIAL 10

/*
 * struct track: an address, a stack's handle, a CPU, a pid, a time; as the
 * compiler lays them out.
 */
static uint32_t track_bytes(uint32_t word)
{
	return (uint32_t)round_up(word + 3 * 4, word) + word;
}

/* Bytes up to the end of an object's metadata; fills inuse and left_pad. */
static uint64_t object_bytes(struct slab_cache *cache, uint32_t word)
{
	uint32_t flags = cache->flags;
	uint64_t size = round_up(cache->object_size, word);

	if ((flags & SLAB_RED_ZONE) && size == cache->object_size)
		size += word;
	cache->inuse = (uint32_t)size;
	if ((flags & (SLAB_TYPESAFE_BY_RCU | SLAB_POISON)) ||
	    ((flags & SLAB_RED_ZONE) && cache->object_size < word))
		size += word;
	if (flags & SLAB_STORE_USER)
		size += 2 * track_bytes(word);
	cache->left_pad = 0;
	if (flags & SLAB_RED_ZONE) {
		cache->left_pad = (uint32_t)round_up(word, cache->align);
		size += word + cache->left_pad;
	}
	return round_up(size, cache->align);
}

/*
 * The smallest order up to `max_order` for at least `min_objects` with at
 * most 1/fraction wasted; above max_order if there is none. Source:
 * calc_slab_order().
 */
static unsigned int order_for(const struct slab_machine *machine, uint32_t size,
			      unsigned int min_objects, unsigned int max_order,
			      unsigned int fraction)
{
	unsigned int order;

	if (slab_bytes(machine, 0) / size > MAX_OBJECTS_PER_SLAB)
		return get_order((uint64_t)size * MAX_OBJECTS_PER_SLAB,
				 machine->page_shift) -
		       1;
	order = get_order((uint64_t)min_objects * size, machine->page_shift);
	for (; order <= max_order; order++) {
		uint64_t bytes = slab_bytes(machine, (order_t)order);

		if (bytes % size <= bytes / fraction)
			break;
	}
	return order;
}

/* The bits needed to write n: fls(). */
static unsigned int bits_of(uint32_t n)
{
	return n ? 32 - (unsigned int)__builtin_clz(n) : 0;
}

static unsigned int slub_order(const struct slab_machine *machine,
			       uint32_t size)
{
	uint64_t most = slab_bytes(machine, SLUB_MAX_ORDER) / size;
	unsigned int objects = 4 * (bits_of(machine->cpus) + 1);
	unsigned int fraction, order;

	if (objects > most)
		objects = (unsigned int)most;
	for (; objects > 1; objects--) {
		for (fraction = 16; fraction >= 4; fraction /= 2) {
			order = order_for(machine, size, objects,
					  SLUB_MAX_ORDER, fraction);
			if (order <= SLUB_MAX_ORDER)
				return order;
		}
	}
	order = order_for(machine, size, 1, SLUB_MAX_ORDER, 1);
	if (order > SLUB_MAX_ORDER)
		order = order_for(machine, size, 1, machine->nr_orders, 1);
	return order;
}

static void set_limits(struct slub_cache *slub)
{
	const struct slab_cache *cache = &slub->cache;
	uint32_t page = 1u << cache->caches->machine.page_shift;
	uint32_t partial = (bits_of(cache->size) - 1) / 2;
	uint32_t objects;

	if (partial < SLUB_MIN_PARTIAL)
		partial = SLUB_MIN_PARTIAL;
	if (partial > SLUB_MAX_PARTIAL)
		partial = SLUB_MAX_PARTIAL;
	slub->min_partial = partial;

	if (slub->debug)
		objects = 0;
	else if (cache->size >= page)
		objects = 6;
	else if (cache->size >= 1024)
		objects = 24;
	else if (cache->size >= 256)
		objects = 52;
	else
		objects = 120;
	slub->cpu_partial_slabs =
		(objects * 2 + cache->objects - 1) / cache->objects;
}

static gfp_t page_gfp(const struct slab_cache *cache)
{
	gfp_t gfp = 0;

	if (cache->order)
		gfp |= __GFP_COMP;
	if (cache->flags & SLAB_CACHE_DMA)
		gfp |= GFP_DMA;
	if (cache->flags & SLAB_CACHE_DMA32)
		gfp |= GFP_DMA32;
	if (cache->flags & SLAB_RECLAIM_ACCOUNT)
		gfp |= __GFP_RECLAIMABLE;
	return gfp;
}

bool slub_lay_out(struct slub_cache *slub)
{
	struct slab_cache *cache = &slub->cache;
	const struct slab_machine *machine = &cache->caches->machine;
	uint64_t size = object_bytes(cache, machine->word);
	uint64_t largest =
		slab_bytes(machine, (order_t)(machine->nr_orders - 1));
	unsigned int order;

	if (size > largest)
		return false;
	cache->size = (uint32_t)size;
	order = slub_order(machine, cache->size);
	if (order >= machine->nr_orders)
		return false;
	cache->order = (order_t)order;
	cache->min_order = get_order(size, machine->page_shift);
	cache->objects = (uint32_t)(slab_bytes(machine, cache->order) / size);
	cache->gfp = page_gfp(cache);
	slub->debug = cache->flags & SLAB_DEBUG_FLAGS;
	set_limits(slub);
	return true;
}
