/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SLAB's layout of a cache: mm/slab.c of Linux 6.1, and of 2.6.16, which is
 * the allocator that the books describe (Bonwick, "The Slab Allocator", 1994;
 * Gorman, "Understanding the Linux Virtual Memory Manager", chapter 8).
 *
 * A slab is a block of pages with objects, some bytes of management that say
 * which of them are free, and what is left over. The left-over is used to
 * shift the objects of one slab against those of the next, so that they do
 * not all fall on the same lines of a processor's cache: colouring.
 *
 *	6.1	|colour|object|object|object|…|       left|indexes|
 *	2.6	|colour|struct slab, links|object|object|object|…|left|
 *
 * Rules of 6.1 (__kmem_cache_create(), calculate_slab_order()):
 * - Objects lie a multiple of a word and of their alignment apart; with pages
 *   of up to 4 KiB at least 16 bytes, since an index is a byte then and a slab
 *   has 255 objects at most; with larger pages it is two bytes.
 * - The list of free objects, an index per object, is kept in a free object
 *   itself, where it fits into one and nothing may be written to free objects
 *   (SLAB_TYPESAFE_BY_RCU); else off the slab in an object of kmalloc's, if
 *   that takes at most half of an object and the left-over has no room for it;
 *   else at the slab's end.
 * - The order is the smallest that holds an object and wastes an eighth at
 *   most. Where none up to order 1 does (order 0 on machines of up to 32 MiB),
 *   that order is taken, or the first above it that holds an object at all. A
 *   cache of reclaimable objects takes the first.
 *
 * Rules of 2.6 (kmem_cache_create(), cache_estimate()):
 * - Each slab has a struct slab, and a link of 4 bytes per object behind it. In
 *   front of the objects, aligned as they are; or off the slab, in an object
 *   of kmalloc's, for objects of an eighth of a page and more, unless what is
 *   left over has room for it anyway.
 * - The order is chosen in the same way, and 5 at most.
 *
 * In both, colours are a cache line apart, or an object's alignment if that
 * is more. A CPU's array holds 120 objects of up to 256 bytes, 54 of up to
 * 1 KiB, 24 of up to a page, 8 of up to 128 KiB, and 1; half as many are moved
 * at once. Nodes of machines with several CPUs share an array of 8 such
 * batches, for objects of up to a page (enable_cpucache()).
 *
 * Left out: the debugging flags (a kernel without CONFIG_DEBUG_SLAB drops
 * them, and so do we), constructors, slab_max_order=, noaliencache; 2.6's
 * limit on objects of a slab managed off it, which no size reaches.
 */

#include "models/slab/aslab.h"

#include "models/gfp.h"
#include "sim/base/numbers.h"

#define OLD_MAX_ORDER 5	   /* MAX_GFP_ORDER of 2.6.16 */
#define OLD_LINK_BYTES 4   /* sizeof(kmem_bufctl_t) */
#define OBJECT_MIN_SIZE 16 /* SLAB_OBJ_MIN_SIZE */
#define LARGE_MACHINE_BYTES (UINT64_C(32) << 20)

#define SLAB_DEBUG_FLAGS                                                       \
	(SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER |                       \
	 SLAB_CONSISTENCY_CHECKS)

/* How a slab of some order would be filled. */
struct filling {
	unsigned int order;
	uint64_t objects; /* 0: there is no acceptable order */
	uint64_t left;	  /* bytes */
};

static const struct slab_machine *machine_of(const struct aslab_cache *cache)
{
	return &cache->cache.caches->machine;
}

/* Bytes of an index; of a link in 2.6. */
static uint32_t index_bytes(const struct aslab_cache *cache)
{
	if (aslab_is_old(cache->cache.caches))
		return OLD_LINK_BYTES;
	return slab_bytes(machine_of(cache), 0) >> 8 <= OBJECT_MIN_SIZE ? 1 : 2;
}

/* struct slab of 2.6: two list links, an offset, an address, three numbers. */
static uint32_t old_slab_bytes(const struct aslab_cache *cache)
{
	uint32_t word = machine_of(cache)->word;

	return (uint32_t)round_up(4 * word + 4 + 4 + 2, word);
}

/* The most objects that a slab's list can number. */
static uint64_t most_objects(const struct aslab_cache *cache)
{
	if (index_bytes(cache) == 1)
		return UINT8_MAX;
	return MAX_OBJECTS_PER_SLAB;
}

/* Bytes of a slab's management, where the slab itself has it. */
static uint64_t on_slab_bytes(const struct aslab_cache *cache, uint64_t objects)
{
	uint64_t list = objects * index_bytes(cache);

	if (!aslab_is_old(cache->cache.caches))
		return list;
	return round_up(old_slab_bytes(cache) + list, cache->cache.align);
}

/* cache_estimate() */
static void fill_order(const struct aslab_cache *cache,
		       enum aslab_management management, struct filling *fill)
{
	uint64_t bytes = slab_bytes(machine_of(cache), (order_t)fill->order);
	uint64_t size = cache->cache.size;
	uint64_t own = 0;

	fill->objects = bytes / size;
	if (management == ASLAB_ON_SLAB) {
		uint64_t room = bytes;

		if (aslab_is_old(cache->cache.caches))
			room -= old_slab_bytes(cache);
		fill->objects = room / (size + index_bytes(cache));
		own = on_slab_bytes(cache, fill->objects);
		if (own + fill->objects * size > bytes) {
			fill->objects--;
			own = on_slab_bytes(cache, fill->objects);
		}
	}
	fill->left = bytes - fill->objects * size - own;
}

/* What kmalloc() would take for a list that is kept off the slab; 0: none. */
static uint64_t list_room(const struct aslab_cache *cache, uint64_t bytes)
{
	struct slab_caches *caches = cache->cache.caches;
	const struct slab_cache *keeper;

	if (bytes > caches->kmalloc_largest)
		return slab_bytes(&caches->machine,
				  get_order(bytes, caches->machine.page_shift));
	keeper = kmalloc_cache_of(caches, bytes, 0);
	if (!keeper ||
	    ((const struct aslab_cache *)keeper)->management == ASLAB_OFF_SLAB)
		return 0;
	return keeper->size;
}

/* Is it worth an object of kmalloc's to keep the list off the slab? */
static bool off_slab_pays(const struct aslab_cache *cache, uint64_t objects)
{
	uint64_t room;

	if (aslab_is_old(cache->cache.caches))
		return true;
	room = list_room(cache, objects * index_bytes(cache));
	return room && room <= cache->cache.size / 2;
}

/* slab_max_order of 6.1, slab_break_gfp_order of 2.6 */
static unsigned int preferred_order(const struct slab_caches *caches)
{
	const struct memory *memory = caches->memory;
	uint64_t large = LARGE_MACHINE_BYTES >> memory->page_shift;

	return memory->managed_pages > large ? 1 : 0;
}

/* calculate_slab_order() */
static struct filling choose_order(const struct aslab_cache *cache,
				   enum aslab_management management)
{
	struct slab_caches *caches = cache->cache.caches;
	unsigned int preferred = preferred_order(caches);
	unsigned int most = caches->machine.nr_orders - 1;
	struct filling best = { 0 };
	struct filling fill;

	if (aslab_is_old(caches) && most > OLD_MAX_ORDER)
		most = OLD_MAX_ORDER;
	for (fill.order = 0; fill.order <= most; fill.order++) {
		fill_order(cache, management, &fill);
		if (!fill.objects)
			continue;
		if (fill.objects > most_objects(cache))
			break;
		if (management == ASLAB_OFF_SLAB &&
		    !off_slab_pays(cache, fill.objects))
			continue;
		best = fill;
		if (cache->cache.flags & SLAB_RECLAIM_ACCOUNT ||
		    fill.order >= preferred ||
		    fill.left * 8 <=
			    slab_bytes(&caches->machine, (order_t)fill.order))
			break;
	}
	return best;
}

static struct filling manage_in_object(const struct aslab_cache *cache)
{
	struct filling fill = { 0 };

	if (cache->cache.flags & SLAB_TYPESAFE_BY_RCU)
		return fill;
	fill = choose_order(cache, ASLAB_IN_OBJECT);
	if (fill.objects * index_bytes(cache) > cache->cache.object_size)
		fill.objects = 0;
	return fill;
}

static struct filling manage_off_slab(const struct aslab_cache *cache)
{
	struct filling fill = { 0 };

	if (cache->cache.flags & SLAB_NOLEAKTRACE)
		return fill;
	fill = choose_order(cache, ASLAB_OFF_SLAB);
	if (fill.left >= fill.objects * index_bytes(cache))
		fill.objects = 0;
	return fill;
}

static struct filling lay_out_new(struct aslab_cache *cache)
{
	struct filling fill = manage_in_object(cache);

	cache->management = ASLAB_IN_OBJECT;
	if (!fill.objects) {
		fill = manage_off_slab(cache);
		cache->management = ASLAB_OFF_SLAB;
	}
	if (!fill.objects) {
		fill = choose_order(cache, ASLAB_ON_SLAB);
		cache->management = ASLAB_ON_SLAB;
	}
	cache->management_bytes = (uint32_t)fill.objects * index_bytes(cache);
	return fill;
}

static struct filling lay_out_old(struct aslab_cache *cache)
{
	uint64_t page = slab_bytes(machine_of(cache), 0);
	struct filling fill;
	uint64_t own;

	cache->management = cache->cache.size >= page / 8 ? ASLAB_OFF_SLAB :
							    ASLAB_ON_SLAB;
	fill = choose_order(cache, cache->management);
	own = on_slab_bytes(cache, fill.objects);
	if (cache->management == ASLAB_OFF_SLAB && fill.left >= own) {
		cache->management = ASLAB_ON_SLAB;
		fill.left -= own;
	}
	cache->management_bytes =
		old_slab_bytes(cache) + (uint32_t)fill.objects * OLD_LINK_BYTES;
	if (cache->management == ASLAB_ON_SLAB)
		cache->before_objects = (uint32_t)own;
	return fill;
}

static void set_limits(struct aslab_cache *cache)
{
	uint32_t page = 1u << machine_of(cache)->page_shift;
	uint32_t size = cache->cache.size;

	if (size > 131072)
		cache->limit = 1;
	else if (size > page)
		cache->limit = 8;
	else if (size > 1024)
		cache->limit = 24;
	else if (size > 256)
		cache->limit = 54;
	else
		cache->limit = 120;
	cache->batchcount = (cache->limit + 1) / 2;
	if (size <= page && machine_of(cache)->cpus > 1)
		cache->sharedfactor = 8;
}

static gfp_t page_gfp(const struct aslab_cache *cache)
{
	bool old = aslab_is_old(cache->cache.caches);
	gfp_t gfp = old ? 0 : __GFP_COMP;

	if (cache->cache.flags & SLAB_CACHE_DMA)
		gfp |= GFP_DMA;
	if (cache->cache.flags & SLAB_CACHE_DMA32)
		gfp |= GFP_DMA32;
	if (cache->cache.flags & SLAB_RECLAIM_ACCOUNT && !old)
		gfp |= __GFP_RECLAIMABLE;
	return gfp;
}

/* Bytes from one object to the next; 0: more than any slab has. */
static uint64_t object_bytes(const struct aslab_cache *cache)
{
	const struct slab_machine *machine = machine_of(cache);
	uint64_t size = round_up(cache->cache.object_size, machine->word);

	size = round_up(size, cache->cache.align);
	if (!aslab_is_old(cache->cache.caches) && index_bytes(cache) == 1 &&
	    size < OBJECT_MIN_SIZE)
		size = round_up(OBJECT_MIN_SIZE, cache->cache.align);
	if (size > slab_bytes(machine, (order_t)(machine->nr_orders - 1)))
		return 0;
	return size;
}

bool aslab_lay_out(struct aslab_cache *cache)
{
	struct slab_cache *base = &cache->cache;
	uint64_t size = object_bytes(cache);
	struct filling fill;

	if (!size)
		return false;
	base->flags &= ~(uint32_t)SLAB_DEBUG_FLAGS;
	base->size = (uint32_t)size;
	fill = aslab_is_old(base->caches) ? lay_out_old(cache) :
					    lay_out_new(cache);
	if (!fill.objects)
		return false;
	cache->colour_off = SLAB_CACHE_LINE > base->align ? SLAB_CACHE_LINE :
							    base->align;
	cache->colour = (uint32_t)(fill.left / cache->colour_off);
	cache->reapable =
		!(base->flags & SLAB_NO_REAP && aslab_is_old(base->caches));
	base->order = (order_t)fill.order;
	base->min_order = base->order;
	base->objects = (uint32_t)fill.objects;
	base->inuse = base->object_size;
	base->gfp = page_gfp(cache);
	set_limits(cache);
	return true;
}
