/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What can be read of the slab allocator: the lines of /proc/slabinfo
 * (cache_show(), mm/slab_common.c, Linux 6.1), and a recount of everything.
 *
 * slabinfo counts as active all objects but the free ones on the nodes'
 * lists: free objects of a CPU's slabs count as active. live_objs is ours.
 */

#include "models/slab/slab_internal.h"

#include <stdarg.h>
#include <stdlib.h>

#include "sim/base/host.h"

size_t slab_caches_count(const struct slab_caches *caches)
{
	return caches->nr_caches;
}

void slab_caches_info(const struct slab_caches *caches, size_t nr,
		      struct slab_info *info)
{
	slab_cache_info(caches->cache[caches->nr_caches - 1 - nr], info);
}

void slab_cache_info(const struct slab_cache *cache, struct slab_info *info)
{
	*info = (struct slab_info){
		.name = cache->text,
		.object_size = cache->object_size,
		.objsize = cache->size,
		.objperslab = cache->objects,
		.pagesperslab = 1u << cache->order,
		.num_objs = cache->nr_objects,
		.live_objs = cache->live,
		.active_slabs = cache->nr_slabs,
		.num_slabs = cache->nr_slabs,
		.num_pages = cache->nr_pages,
		.flags = cache->flags,
		.order = cache->order,
		.min_order = cache->min_order,
	};
	info->active_objs = info->num_objs;
	for (uint32_t n = 0; n < cache->caches->memory->nr_nodes; n++)
		info->active_objs -= cache->caches->ops->idle_objects(cache, n);
	if (cache->caches->ops->describe)
		cache->caches->ops->describe(cache, info);
}

bool slab_cache_node_info(const struct slab_cache *cache, uint32_t node_index,
			  struct slab_node_info *info)
{
	const struct slab_caches *caches = cache->caches;

	*info = (struct slab_node_info){ .slabs = 0 };
	if (!(caches->node_mask >> node_index & 1))
		return false;
	for (slab_id id = 1; id < caches->nr_slabs; id++) {
		const struct slab *slab = slab_at(caches, id);

		if (slab->pfn == PFN_NONE || slab->cache != cache->number ||
		    slab->node != node_index)
			continue;
		info->slabs++;
		info->objs += slab->objects;
	}
	info->free = caches->ops->idle_objects(cache, node_index);
	return true;
}

bool slab_census_fail(struct slab_census *census,
		      const struct slab_cache *cache, const char *format, ...)
{
	va_list args;
	int used;

	used = snprintf(census->why, census->why_size,
			"cache %s: ", cache->text);
	if (used < 0 || (size_t)used >= census->why_size)
		return false;
	va_start(args, format);
	vsnprintf(census->why + used, census->why_size - (size_t)used, format,
		  args);
	va_end(args);
	return false;
}

/* Counts a list of free objects; one more than there are if it has no end. */
static uint32_t list_length(const struct slab_cache *cache,
			    const struct slab *slab, uint16_t first)
{
	const uint16_t *links = slab_links(cache, slab);
	uint32_t nr = 0;

	for (; first != OBJECT_END; first = links[first]) {
		if (first >= slab->objects || nr == slab->objects)
			return (uint32_t)slab->objects + 1;
		nr++;
	}
	return nr;
}

bool slab_census_see(struct slab_census *census, const struct slab_cache *cache,
		     slab_id id, uint16_t taken)
{
	const struct slab_caches *caches = census->caches;
	const struct slab *slab = slab_at(caches, id);
	uint32_t own, all;

	if (id >= caches->nr_slabs || slab->pfn == PFN_NONE ||
	    slab->cache != cache->number)
		return slab_census_fail(census, cache,
					"lists slab %u of another", id);
	if (census->seen[id])
		return slab_census_fail(census, cache,
					"lists the slab at pfn %u twice",
					slab->pfn);
	own = list_length(cache, slab, slab->freelist);
	all = own + list_length(cache, slab, taken);
	if (all > slab->objects || own + slab->inuse != slab->objects)
		return slab_census_fail(census, cache,
					"slab at pfn %u: %u objects free, %u "
					"in use, of %u",
					slab->pfn, own, slab->inuse,
					slab->objects);
	census->seen[id] = true;
	census->free[id] = all;
	return true;
}

bool slab_census_see_list(struct slab_census *census,
			  const struct slab_cache *cache, uint32_t node,
			  const struct slab_list *list,
			  bool (*belongs)(const struct slab *slab))
{
	const struct slab_caches *caches = census->caches;
	slab_id prev = SLAB_NONE;
	uint32_t nr = 0;
	slab_id id;

	for (id = list->head; id != SLAB_NONE; id = slab_at(caches, id)->next) {
		const struct slab *slab = slab_at(caches, id);

		if (!slab_census_see(census, cache, id, OBJECT_END))
			return false;
		if (!belongs(slab) || slab->node != node || slab->prev != prev)
			return slab_census_fail(
				census, cache,
				"node %u lists the slab at pfn %u wrongly",
				node, slab->pfn);
		prev = id;
		nr++;
	}
	if (nr != list->nr || prev != list->tail)
		return slab_census_fail(census, cache,
					"node %u lists %u slabs, not %u", node,
					nr, list->nr);
	return true;
}

bool slab_census_see_object(struct slab_census *census,
			    const struct slab_cache *cache, slab_id id,
			    uint16_t index)
{
	const struct slab_caches *caches = census->caches;
	const struct slab *slab = slab_at(caches, id);

	if (id >= caches->nr_slabs || slab->cache != cache->number ||
	    !census->seen[id] || index >= slab->objects ||
	    slab_links(cache, slab)[index] != OBJECT_QUEUED)
		return slab_census_fail(census, cache,
					"has object %u of slab %u in a queue, "
					"which is not free",
					index, id);
	census->free[id]++;
	return true;
}

/* The pages of a slab are allocated in one block, and known as its own. */
static bool pages_are_valid(struct slab_census *census,
			    const struct slab_cache *cache, slab_id id)
{
	const struct slab_caches *caches = census->caches;
	const struct slab *slab = slab_at(caches, id);

	if (!page_state_is_allocated_of(caches->memory->state[slab->pfn],
					slab->order))
		return slab_census_fail(census, cache,
					"pfn %u is not allocated to a slab",
					slab->pfn);
	for (uint32_t i = 0; i < 1u << slab->order; i++)
		if (caches->of_page[slab->pfn + i] != id)
			return slab_census_fail(census, cache,
						"pfn %u is not its slab's",
						slab->pfn + i);
	return true;
}

static bool objects_are_valid(struct slab_census *census,
			      const struct slab_cache *cache, slab_id id)
{
	const struct slab *slab = slab_at(census->caches, id);
	const uint16_t *links = slab_links(cache, slab);
	uint32_t nr_free = 0;

	for (uint32_t i = 0; i < slab->objects; i++)
		nr_free += links[i] != OBJECT_IN_USE;
	if (nr_free != census->free[id])
		return slab_census_fail(census, cache,
					"slab at pfn %u: %u objects free, but "
					"%u on its lists",
					slab->pfn, nr_free, census->free[id]);
	return true;
}

/* The cache's counters against its slabs. */
static bool cache_is_valid(struct slab_census *census,
			   const struct slab_cache *cache)
{
	const struct slab_caches *caches = census->caches;
	uint64_t slabs = 0, objects = 0, pages = 0, live = 0;

	if (!caches->ops->validate(cache, census))
		return false;
	for (slab_id id = 1; id < caches->nr_slabs; id++) {
		const struct slab *slab = slab_at(caches, id);

		if (slab->pfn == PFN_NONE || slab->cache != cache->number)
			continue;
		if (!pages_are_valid(census, cache, id) ||
		    !objects_are_valid(census, cache, id))
			return false;
		slabs++;
		objects += slab->objects;
		pages += (uint64_t)1 << slab->order;
		live += slab->objects - census->free[id];
	}
	if (slabs != cache->nr_slabs || objects != cache->nr_objects ||
	    pages != cache->nr_pages || live != cache->live)
		return slab_census_fail(
			census, cache,
			"its counters do not agree with its slabs");
	return true;
}

/* No page is left behind that no slab knows of. */
static bool page_map_is_valid(struct slab_census *census)
{
	const struct slab_caches *caches = census->caches;
	uint64_t mapped = 0, pages = 0;

	for (uint32_t pfn = 0; pfn < caches->memory->max_pfn; pfn++)
		mapped += caches->of_page[pfn] != SLAB_NONE;
	for (size_t i = 0; i < caches->nr_caches; i++)
		pages += caches->cache[i]->nr_pages;
	if (mapped == pages)
		return true;
	snprintf(census->why, census->why_size,
		 "%llu pages are of slabs, but slabs have %llu",
		 (unsigned long long)mapped, (unsigned long long)pages);
	return false;
}

/* What nodes count of slabs that can be reclaimed is what caches have. */
static bool node_stats_are_valid(struct slab_census *census)
{
	const struct slab_caches *caches = census->caches;
	const struct memory *memory = caches->memory;
	uint64_t counted = 0, pages = 0;

	for (uint32_t i = 0; i < memory->nr_nodes; i++)
		counted += memory->node[i].stat[NR_SLAB_RECLAIMABLE];
	for (size_t i = 0; i < caches->nr_caches; i++)
		if (caches->cache[i]->flags & SLAB_RECLAIM_ACCOUNT)
			pages += caches->cache[i]->nr_pages;
	pages += slab_grace_pages(caches, SLAB_RECLAIM_ACCOUNT);
	if (counted == pages)
		return true;
	snprintf(census->why, census->why_size,
		 "nodes count %llu reclaimable slab pages, caches have %llu",
		 (unsigned long long)counted, (unsigned long long)pages);
	return false;
}

static bool waiting_pages_are_valid(struct slab_census *census)
{
	pfn_t wrong = PFN_NONE;

	if (slab_grace_is_valid(census->caches, &wrong))
		return true;
	snprintf(census->why, census->why_size,
		 "pfn %u waits for a grace period, but is free or a slab's",
		 wrong);
	return false;
}

bool slab_caches_validate(const struct slab_caches *caches, char *why,
			  size_t size)
{
	struct slab_census census = {
		.caches = caches,
		.why = why,
		.why_size = size,
	};
	bool valid = true;

	census.seen = host_alloc(caches->nr_slabs, sizeof(*census.seen));
	census.free = host_alloc(caches->nr_slabs, sizeof(*census.free));
	if (!census.seen || !census.free) {
		snprintf(why, size, "no memory to validate the slabs");
		valid = false;
	}
	for (size_t i = 0; valid && i < caches->nr_caches; i++)
		valid = cache_is_valid(&census, caches->cache[i]);
	valid = valid && page_map_is_valid(&census) &&
		node_stats_are_valid(&census) &&
		waiting_pages_are_valid(&census);
	free(census.seen);
	free(census.free);
	return valid;
}
