/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fast paths of the slab allocator: what is worked out once for all
 * requests of a kind. The paths themselves are in models/slab/slab_fast.h.
 *
 *	flags, node, CPU --> fast at all? --> kmalloc's caches for these flags
 *	how it went      --> the work that it is
 *
 * Also the paths that take a lock: these use the allocator's own code, what
 * they do differs from call to call, and they are rare enough not to be
 * inlined.
 *
 * Which caches kmalloc() has is settled when the machine is made.
 */

#include "models/slab/slab_fast.h"

void slab_fast_init(struct slab_fast *fast, const struct slab_caches *caches,
		    const struct object_request *request)
{
	const struct memory *memory = caches->memory;
	bool is_fast = caches->ops == &slub_ops && request->node == NODE_ANY;

	*fast = (struct slab_fast){
		.kmalloc = is_fast ? kmalloc_family_of(caches, request->gfp) :
				     NULL,
		.gfp = request->gfp,
		.cpu = request->cpu,
		.node = (uint32_t)memory
				->node_index[memory->cpu_node[request->cpu]],
	};
}

/*
 * May all who come to the node's list have of its first slab? Then nobody who
 * looks for an object will ask for pages: slabs of the CPU's that can't serve
 * may get on the list before, but none leaves it. To look further than at the
 * first is not worth it: slabs from the reserves are rare.
 */
static bool node_serves(const struct slub_cache *cache,
			const struct slab_fast *fast)
{
	const struct slab_list *list = &cache->node[fast->node].partial;

	return list->head != SLAB_NONE &&
	       slub_reserves_match(slab_at(cache->cache.caches, list->head),
				   fast->gfp);
}

/*
 * May slabs that go ask for ticks (task_ops.call_rcu)? Whoever makes many calls
 * in a row would not know of the first of them.
 */
static bool slab_may_ask_for_grace(const struct slab_cache *cache)
{
	return cache->flags & SLAB_TYPESAFE_BY_RCU;
}

bool slab_fast_take_locked(struct slab_cache *base,
			   const struct slab_fast *fast,
			   struct object_grant *grant)
{
	const struct slub_cache *cache = (struct slub_cache *)base;
	struct memory *memory = base->caches->memory;
	struct object_request request = { fast->gfp, fast->cpu, NODE_ANY };

	if (!fast->kmalloc || cache->debug || memory->contents ||
	    memory->captures || slab_may_ask_for_grace(base) ||
	    !node_serves(cache, fast))
		return false;
	memory->work = (struct work){ .zones = 0 };
	*grant = slab_cache_alloc(base->caches, base, &request);
	BUG_ON(grant->address == OBJECT_NONE);
	return true;
}

/* A free never waits. A task that captures blocks may get one from it. */
bool slab_fast_free_locked(struct slab_caches *caches,
			   const struct slab_cache *wanted, object_ref ref,
			   cpu_t cpu, pfn_t *slab_pfn)
{
	struct memory *memory = caches->memory;
	struct slab_cache *cache;
	const struct slab *slab;

	if (!slab_ref_has_slab(ref) || memory->captures)
		return false;
	slab = slab_at(caches, slab_ref_slab(ref));
	cache = slab_cache_of(caches, slab);
	if ((wanted && cache != wanted) || slab_may_ask_for_grace(cache))
		return false;
	*slab_pfn = slab->pfn;
	memory->work = (struct work){ .zones = 0 };
	slab_free_ref(caches, cache, ref, cpu);
	return true;
}

struct work slab_fast_take_work(enum slab_fast_alloc how)
{
	struct work work = { .zones = 0 };

	work.count[how == SLAB_FAST_FREELIST ? WORK_SLAB_FAST :
					       WORK_SLAB_SLOW] = 1;
	return work;
}

struct work slab_fast_free_work(enum slab_fast_free how)
{
	struct work work = { .zones = 0 };

	work.count[how == SLAB_FAST_OWN ? WORK_SLAB_FAST_FREES :
					  WORK_SLAB_SLOW_FREES] = 1;
	work.count[WORK_SLAB_LISTED] = how == SLAB_FAST_LISTED;
	return work;
}
