/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What SLAB gives back that was not asked for: mm/slab.c of Linux 6.1, and of
 * 2.6.16.
 *
 * Rules of reaping (cache_reap()), which each CPU does every two seconds, for
 * each cache, the newest first:
 * - The alien array for one other node, the next one each time, is emptied.
 * - The CPU's array, if nothing was allocated from it since the last time,
 *   gives a fifth of its limit back to the slabs, the oldest objects; half of
 *   what it has if that is less.
 * - Every four seconds, by the first CPU of the node to come: the same for the
 *   shared array; and if no free slab was wanted since the last time, a fifth
 *   of those that the node may keep go to the page allocator: from the tail of
 *   the list, in 2.6 from its head.
 * - 2.6: a cache with SLAB_NO_REAP is passed over. That flag went in 2.6.17.
 *
 * Shrinking (__kmem_cache_shrink()) empties the arrays of all CPUs, the alien
 * and the shared ones into the slabs and gives back every free slab, the
 * oldest first. Destroying a cache begins with it.
 *
 * Left out: that the timers do not wake an idle CPU.
 */

#include "models/slab/aslab.h"

void aslab_drain_alien(struct aslab_cache *cache, struct array_cache *alien,
		       uint32_t node, cpu_t cpu)
{
	if (!alien->avail)
		return;
	if (!aslab_is_old(cache->cache.caches))
		aslab_transfer(&cache->node[node].shared, alien, alien->limit);
	aslab_free_oldest(cache, alien, alien->avail, node, cpu);
}

/* drain_array() */
static void drain_untouched(struct aslab_cache *cache, struct array_cache *ac,
			    uint32_t node, cpu_t cpu)
{
	uint32_t nr = (ac->limit + 4) / 5;

	if (!ac->avail)
		return;
	if (ac->touched) {
		ac->touched = false;
		return;
	}
	if (nr > ac->avail)
		nr = (ac->avail + 1) / 2;
	aslab_free_oldest(cache, ac, nr, node, cpu);
}

/* Gives back up to `most` free slabs: drain_freelist(). */
static void drain_free(struct aslab_cache *cache, uint32_t index, uint64_t most,
		       bool newest_first, cpu_t cpu)
{
	struct slab_caches *caches = cache->cache.caches;
	struct aslab_node *node = &cache->node[index];

	for (; most && node->free.nr; most--) {
		slab_id id = newest_first ? node->free.head : node->free.tail;

		slab_list_lock(caches, index);
		slab_list_del(caches, &node->free, id);
		node->free_objects -= cache->cache.objects;
		aslab_destroy(cache, id, cpu);
	}
}

/* The node whose objects the CPU empties this time: next_reap_node(). */
static uint32_t reap_node(const struct slab_caches *caches, uint32_t own,
			  uint64_t round)
{
	return (uint32_t)((own + round) % aslab_nr_nodes(caches));
}

void aslab_reap(struct slab_cache *base, cpu_t cpu, uint64_t round)
{
	struct aslab_cache *cache = (struct aslab_cache *)base;
	const struct slab_caches *caches = base->caches;
	uint32_t own = aslab_node_of_cpu(caches, cpu);
	uint32_t other = reap_node(caches, own, round);
	struct aslab_node *node = &cache->node[own];
	uint64_t fifth = 5ull * base->objects;

	if (!cache->reapable)
		return;
	if (other != own)
		aslab_drain_alien(cache, &node->alien[other], other, cpu);
	drain_untouched(cache, &cache->cpu[cpu], own, cpu);
	if (round < node->next_reap)
		return;
	node->next_reap = round + 2;
	drain_untouched(cache, &node->shared, own, cpu);
	if (!node->free_touched)
		drain_free(cache, own, (node->free_limit + fifth - 1) / fifth,
			   aslab_is_old(caches), cpu);
	node->free_touched = false;
}

/* drain_cpu_caches() */
static void drain_arrays(struct aslab_cache *cache, cpu_t cpu)
{
	const struct slab_caches *caches = cache->cache.caches;
	uint32_t nodes = aslab_nr_nodes(caches);

	for (uint32_t i = 0; i < caches->memory->nr_cpus; i++)
		if (cache->cpu[i].avail)
			aslab_free_oldest(cache, &cache->cpu[i],
					  cache->cpu[i].avail,
					  aslab_node_of_cpu(caches, (cpu_t)i),
					  (cpu_t)i);
	for (uint32_t n = 0; n < nodes; n++)
		for (uint32_t other = 0; other < nodes; other++)
			aslab_drain_alien(cache, &cache->node[n].alien[other],
					  other, cpu);
	for (uint32_t n = 0; n < nodes; n++) {
		struct array_cache *shared = &cache->node[n].shared;

		if (shared->avail)
			aslab_free_oldest(cache, shared, shared->avail, n, cpu);
	}
}

void aslab_shrink(struct slab_cache *base, cpu_t cpu)
{
	struct aslab_cache *cache = (struct aslab_cache *)base;

	drain_arrays(cache, cpu);
	for (uint32_t n = 0; n < aslab_nr_nodes(base->caches); n++)
		drain_free(cache, n, UINT64_MAX, false, cpu);
}
