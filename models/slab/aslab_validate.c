/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SLAB's recount: each slab is on the list of its node that its objects in use
 * say; each free object is on its slab's list or in one array, of the right
 * node; the node's count of free objects is that of its slabs. That a slab is
 * found once, and that nothing is missing, slab_report.c checks.
 */

#include "models/slab/aslab.h"

#include <stdlib.h>

#include "sim/base/host.h"

/* A recount of one cache. */
struct recount {
	const struct aslab_cache *cache;
	struct slab_census *census;
	bool *queued; /* by slot and index: found in an array */
};

static bool is_full(const struct slab *slab)
{
	return slab->inuse == slab->objects;
}

static bool is_free(const struct slab *slab)
{
	return !slab->inuse;
}

static bool is_partial(const struct slab *slab)
{
	return !is_full(slab) && !is_free(slab);
}

static uint64_t free_objects(const struct slab_caches *caches,
			     const struct slab_list *list)
{
	uint64_t nr = 0;
	slab_id id;

	for (id = list->head; id != SLAB_NONE; id = slab_at(caches, id)->next)
		nr += slab_at(caches, id)->objects - slab_at(caches, id)->inuse;
	return nr;
}

static bool node_is_valid(const struct aslab_cache *cache, uint32_t n,
			  struct slab_census *census)
{
	const struct slab_cache *base = &cache->cache;
	const struct aslab_node *node = &cache->node[n];
	uint64_t nr_free;

	if (!slab_census_see_list(census, base, n, &node->full, is_full) ||
	    !slab_census_see_list(census, base, n, &node->partial,
				  is_partial) ||
	    !slab_census_see_list(census, base, n, &node->free, is_free))
		return false;
	nr_free = free_objects(census->caches, &node->partial) +
		  free_objects(census->caches, &node->free);
	if (nr_free != node->free_objects)
		return slab_census_fail(census, base,
					"node %u counts %llu free objects, its "
					"slabs have %llu",
					n,
					(unsigned long long)node->free_objects,
					(unsigned long long)nr_free);
	return true;
}

static bool entry_is_valid(const struct recount *recount,
			   struct aslab_object entry, uint32_t node)
{
	const struct slab_cache *cache = &recount->cache->cache;
	struct slab_census *census = recount->census;
	const struct slab *slab;
	bool *queued;

	if (!slab_census_see_object(census, cache, entry.slab, entry.index))
		return false;
	slab = slab_at(census->caches, entry.slab);
	queued = &recount->queued[(size_t)slab->slot * cache->objects +
				  entry.index];
	if (*queued)
		return slab_census_fail(census, cache,
					"object %u of the slab at pfn %u is in "
					"two arrays",
					entry.index, slab->pfn);
	*queued = true;
	if (slab->node != node)
		return slab_census_fail(census, cache,
					"an array of node %u has an object of "
					"another",
					node);
	return true;
}

static bool array_is_valid(const struct recount *recount,
			   const struct array_cache *ac, uint32_t node)
{
	if (ac->avail > ac->limit)
		return slab_census_fail(recount->census, &recount->cache->cache,
					"an array has %u objects, its limit "
					"is %u",
					ac->avail, ac->limit);
	for (uint32_t i = 0; i < ac->avail; i++)
		if (!entry_is_valid(recount, ac->entry[i], node))
			return false;
	return true;
}

static bool arrays_are_valid(const struct recount *recount)
{
	const struct aslab_cache *cache = recount->cache;
	const struct slab_caches *caches = recount->census->caches;
	uint32_t nodes = aslab_nr_nodes(caches);

	for (uint32_t cpu = 0; cpu < caches->memory->nr_cpus; cpu++)
		if (!array_is_valid(recount, &cache->cpu[cpu],
				    aslab_node_of_cpu(caches, (cpu_t)cpu)))
			return false;
	for (uint32_t n = 0; n < nodes; n++) {
		const struct aslab_node *node = &cache->node[n];

		if (!array_is_valid(recount, &node->shared, n))
			return false;
		for (uint32_t other = 0; other < nodes; other++)
			if (!array_is_valid(recount, &node->alien[other],
					    other))
				return false;
	}
	return true;
}

bool aslab_validate(const struct slab_cache *base, struct slab_census *census)
{
	struct recount recount = {
		.cache = (const struct aslab_cache *)base,
		.census = census,
	};
	bool valid;

	for (uint32_t n = 0; n < aslab_nr_nodes(census->caches); n++)
		if (!node_is_valid(recount.cache, n, census))
			return false;
	recount.queued = host_alloc((size_t)base->nr_slots * base->objects + 1,
				    sizeof(*recount.queued));
	if (!recount.queued)
		return slab_census_fail(census, base,
					"no memory to validate it");
	valid = arrays_are_valid(&recount);
	free(recount.queued);
	return valid;
}
