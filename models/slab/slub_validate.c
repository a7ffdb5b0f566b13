/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SLUB's recount: each slab that has free objects is a CPU's own, on a CPU's
 * partial list or on its node's, and nowhere else; full ones are on no list.
 * That a slab is found once at most, and that its free objects are all on
 * its lists, slab_report.c checks.
 */

#include "models/slab/slub.h"

static bool cpu_is_valid(const struct slub_cache *cache, uint32_t cpu,
			 struct slab_census *census)
{
	const struct slab_caches *caches = census->caches;
	const struct slub_cpu *c = &cache->cpu[cpu];
	uint32_t behind = 0;
	slab_id id;

	if (c->slab == SLAB_NONE && c->freelist != OBJECT_END)
		return slab_census_fail(census, &cache->cache,
					"CPU %u has objects of no slab", cpu);
	if (c->slab != SLAB_NONE) {
		if (!slab_census_see(census, &cache->cache, c->slab,
				     c->freelist))
			return false;
		if (!slab_at(caches, c->slab)->frozen)
			return slab_census_fail(census, &cache->cache,
						"CPU %u's slab is not frozen",
						cpu);
	}
	if (c->partial != SLAB_NONE)
		behind = slab_at(caches, c->partial)->nr_behind;
	for (id = c->partial; id != SLAB_NONE; id = slab_at(caches, id)->next) {
		const struct slab *slab = slab_at(caches, id);

		if (!slab_census_see(census, &cache->cache, id, OBJECT_END))
			return false;
		if (!slab->frozen || slab->freelist == OBJECT_END ||
		    slab->nr_behind != behind--)
			return slab_census_fail(
				census, &cache->cache,
				"CPU %u's partial list is wrong at pfn %u", cpu,
				slab->pfn);
	}
	if (behind)
		return slab_census_fail(census, &cache->cache,
					"CPU %u's partial list is short", cpu);
	return true;
}

static bool is_partial(const struct slab *slab)
{
	return !slab->frozen && slab->freelist != OBJECT_END;
}

bool slub_validate(const struct slab_cache *base, struct slab_census *census)
{
	const struct slub_cache *cache = (const struct slub_cache *)base;
	const struct memory *memory = census->caches->memory;

	for (uint32_t cpu = 0; cpu < memory->nr_cpus; cpu++)
		if (!cpu_is_valid(cache, cpu, census))
			return false;
	for (uint32_t node = 0; node < memory->nr_nodes; node++)
		if (!slab_census_see_list(census, base, node,
					  &cache->node[node].partial,
					  is_partial))
			return false;
	return true;
}
