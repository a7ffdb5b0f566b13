/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Objects of slab caches: what a request is given, and the way back from an
 * object's address to its slab, the same for all flavours of the allocator.
 *
 *	address --> of_page[pfn] --> slab --> cache
 *	                               |        |
 *	    offset from its first object / size = number of the object
 *
 * Rules (Linux 6.1, mm/slab.h, mm/slab_common.c):
 *
 * - A machine that clears memory when it is allocated spares the objects that
 *   have to keep their contents (slab_want_init_on_alloc()).
 * - A free finds the cache of an object by itself. A free that names another
 *   cache is reported, and carried out (cache_from_obj()).
 * - What lies in no slab is a block that kmalloc() took straight from the page
 *   allocator (free_large_kmalloc()).
 *
 * Whoever keeps an object for long may keep its slab and number instead of the
 * address (object_ref): a free by these needs neither the table by page nor the
 * division.
 *
 * A free by address divides by the size of the cache's objects. As each cache
 * has but one, it is a multiplication by 2^64 / size, rounded up: exact for all
 * offsets and sizes below 2^32 (Lemire, Kaser, Kurz, "Faster remainder by
 * direct computation", 2019, theorem 1).
 *
 * Left out: objects that are no slab's first to last byte (the kernel takes
 * such an address for the object that it lies in; here it is a bad free).
 */

#include "models/slab/slab_internal.h"

#include "models/contents.h"
#include "models/gfp.h"
#include "sim/base/bug.h"

bool slab_cache_clears(const struct slab_cache *cache, gfp_t gfp)
{
	return slab_clears(cache, gfp);
}

/* Tells what is in the object now. Source: slab_post_alloc_hook(). */
static __attribute__((noinline)) void
note_contents(const struct slab_cache *cache, gfp_t gfp,
	      struct object_grant *grant)
{
	uint64_t cleared = 0;

	if (slab_clears(cache, gfp))
		cleared = cache->object_size;
	if (cleared > grant->granted)
		cleared = grant->granted;
	if (contents_object_given(cache->caches->memory->contents,
				  grant->address, grant->granted, cleared))
		grant->host_failed = true;
}

static struct object_grant grant_of(const struct slab_caches *caches,
				    struct slab_cache *cache,
				    const struct slab_object *object)
{
	const struct slab *slab = slab_at(caches, object->slab);

	if (object->slab == SLAB_NONE)
		return (struct object_grant){
			.address = OBJECT_NONE,
			.ref = OBJECT_NONE,
			.slab_pfn = PFN_NONE,
			.reason = object->reason,
			.host_failed = object->host_failed,
		};
	cache->live++;
	return (struct object_grant){
		.address = slab_object_address(caches, object->slab,
					       object->index),
		.ref = slab_ref(object->slab, object->index),
		.granted = cache->granted,
		.slab_pfn = slab->pfn,
		.zone = slab_zone(caches, slab),
		.path = object->path,
	};
}

static void count_cleared(struct work *work, uint32_t words)
{
	work->count[WORK_OBJECT_WORDS] += words;
	work->count[WORK_OBJECTS_CLEARED] += words > 0;
}

struct object_grant slab_cache_alloc(struct slab_caches *caches,
				     struct slab_cache *cache,
				     const struct object_request *request)
{
	struct slab_object object;
	struct object_grant grant;

	cache->under_way++;
	object = caches->ops->alloc(cache, request);
	cache->under_way--;
	grant = grant_of(caches, cache, &object);
	if (object.slab != SLAB_NONE && slab_clears(cache, request->gfp))
		count_cleared(&caches->memory->work, cache->object_size / 8);
	if (caches->memory->contents && grant.address != OBJECT_NONE)
		note_contents(cache, request->gfp, &grant);
	return grant;
}

/* Frees a live object to its own cache. */
static enum slab_free_status free_live(struct slab_caches *caches, slab_id id,
				       uint16_t index,
				       const struct slab_cache *cache,
				       cpu_t cpu)
{
	struct slab_cache *owner = slab_cache_of(caches, slab_at(caches, id));

	owner->live--;
	caches->ops->free(owner, id, index, cpu);
	return owner == cache ? SLAB_FREED : SLAB_FREED_WRONG_CACHE;
}

static enum slab_free_status free_at(struct slab_caches *caches, slab_id id,
				     const struct slab_cache *cache,
				     uint64_t address, cpu_t cpu)
{
	uint16_t index = slab_object_at(caches, id, address);

	return index == OBJECT_END ? SLAB_FREE_BAD :
				     free_live(caches, id, index, cache, cpu);
}

enum slab_free_status slab_cache_free(struct slab_caches *caches,
				      struct slab_cache *cache,
				      uint64_t address, cpu_t cpu)
{
	slab_id id = slab_of(caches, address);

	if (id == SLAB_NONE)
		return SLAB_FREE_BAD;
	return free_at(caches, id, cache, address, cpu);
}

struct slab_cache *slab_cache_at(const struct slab_caches *caches,
				 uint64_t address)
{
	slab_id id = slab_of(caches, address);

	return id == SLAB_NONE ? NULL :
				 slab_cache_of(caches, slab_at(caches, id));
}

/* Pages that kmalloc() took straight from the page allocator. */
static bool is_large_object(const struct slab_caches *caches, uint64_t address,
			    pfn_t *pfn)
{
	uint64_t frame = address >> caches->machine.page_shift;

	*pfn = (pfn_t)frame;
	return frame < caches->memory->max_pfn &&
	       address == frame << caches->machine.page_shift &&
	       page_state_is_allocated(caches->memory->state[frame]);
}

/* free_large_kmalloc() */
static void free_large(struct slab_caches *caches, pfn_t pfn, cpu_t cpu)
{
	struct memory *memory = caches->memory;
	order_t order = page_state_order(memory->state[pfn]);
	node_t node = memory_zone_of(memory, pfn)->node;

	memory->work.count[WORK_LARGE_OBJECTS]++;
	slab_account(caches, (uint32_t)memory->node_index[node], 0,
		     -(1 << order));
	page_free(memory, cpu, pfn, order);
}

enum slab_free_status kfree(struct slab_caches *caches, uint64_t address,
			    cpu_t cpu)
{
	slab_id id = slab_of(caches, address);
	pfn_t pfn;

	if (address == ZERO_SIZE_OBJECT)
		return SLAB_FREED;
	if (id != SLAB_NONE)
		return free_at(caches, id,
			       slab_cache_of(caches, slab_at(caches, id)),
			       address, cpu);
	if (!is_large_object(caches, address, &pfn))
		return SLAB_FREE_BAD;
	free_large(caches, pfn, cpu);
	return SLAB_FREED;
}

enum slab_free_status slab_free_ref(struct slab_caches *caches,
				    struct slab_cache *cache, object_ref ref,
				    cpu_t cpu)
{
	slab_id id = slab_ref_slab(ref);
	uint16_t index = slab_ref_index(ref);
	const struct slab *slab;

	if (!slab_ref_has_slab(ref))
		return cache ? slab_cache_free(caches, cache, ref, cpu) :
			       kfree(caches, ref, cpu);
	slab = slab_at(caches, id);
	if (!cache)
		cache = slab_cache_of(caches, slab);
	BUG_ON(slab_links(slab_cache_of(caches, slab), slab)[index] !=
	       OBJECT_IN_USE);
	return free_live(caches, id, index, cache, cpu);
}

uint64_t ksize(const struct slab_caches *caches, uint64_t address)
{
	slab_id id = slab_of(caches, address);
	pfn_t pfn;

	if (address == ZERO_SIZE_OBJECT)
		return 0;
	if (id != SLAB_NONE &&
	    slab_object_at(caches, id, address) != OBJECT_END)
		return slab_cache_of(caches, slab_at(caches, id))->granted;
	if (id != SLAB_NONE || !is_large_object(caches, address, &pfn))
		return 0;
	return slab_bytes(&caches->machine,
			  page_state_order(caches->memory->state[pfn]));
}

pfn_t slab_pfn_of(const struct slab_caches *caches, uint64_t address)
{
	slab_id id = slab_of(caches, address);

	return id == SLAB_NONE ? PFN_NONE : slab_at(caches, id)->pfn;
}

object_ref slab_ref_of(const struct slab_caches *caches, uint64_t address)
{
	slab_id id = slab_of(caches, address);
	uint16_t index;

	if (id == SLAB_NONE)
		return address;
	index = slab_object_at(caches, id, address);
	BUG_ON(index == OBJECT_END);
	return slab_ref(id, index);
}

uint64_t slab_address_of(const struct slab_caches *caches, object_ref ref)
{
	return slab_ref_has_slab(ref) ?
		       slab_object_address(caches, slab_ref_slab(ref),
					   slab_ref_index(ref)) :
		       ref;
}

pfn_t slab_ref_pfn(const struct slab_caches *caches, object_ref ref)
{
	return slab_ref_has_slab(ref) ?
		       slab_at(caches, slab_ref_slab(ref))->pfn :
		       (pfn_t)(ref >> caches->machine.page_shift);
}
