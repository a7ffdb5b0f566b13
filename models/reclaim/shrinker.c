/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shrinkers: caches of objects that the kernel can make again.
 *
 *	freeable objects >> priority, by what it costs to make one again
 *	   + what earlier rounds put off >> priority
 *	   = to scan: in batches; less than a batch is put off
 *
 * Rules (Linux 6.1, mm/vmscan.c, do_shrink_slab()):
 *
 * - Each round of reclaim asks every shrinker, in the order in which they were
 *   registered, how many objects it could free on the node. Of these,
 *   4 / seeks of a 2^priority-th are to be scanned; half of all where an object
 *   costs nothing to make again (seeks 0).
 * - Batches are of 128 objects, or as many as the shrinker says. Less is put
 *   off, unless it is all there is; never more than twice of what there is.
 * - A shrinker that can do nothing for such a request ends its round; what it
 *   was asked for is put off, for those who can wait for it (SHRINK_STOP).
 * - Slabs that came free by it count as reclaimed pages
 *   (reclaim_state->reclaimed_slab).
 *
 * Every shrinker here knows nodes (SHRINKER_NUMA_AWARE). Left out: memory
 * cgroups' shrinkers, shrinkers that come and go while they are asked.
 */

#include "models/reclaim/reclaim_internal.h"

#include <stdlib.h>

#include "sim/base/host.h"
#include "sim/base/numbers.h"

#define SHRINK_BATCH 128

int reclaim_register_shrinker(struct memory *memory,
			      const struct shrinker_ops *ops, void *argument)
{
	struct reclaim *reclaim = memory->reclaim;
	struct shrinker *shrinkers =
		host_grow(reclaim->shrinker, &reclaim->shrinkers_capacity,
			  reclaim->nr_shrinkers + 1, sizeof *shrinkers);
	uint64_t *deferred;

	if (!shrinkers)
		return -1;
	reclaim->shrinker = shrinkers;
	deferred = host_alloc(memory->nr_nodes, sizeof *deferred);
	if (!deferred)
		return -1;
	shrinkers[reclaim->nr_shrinkers++] = (struct shrinker){
		.ops = ops,
		.argument = argument,
		.nr_deferred = deferred,
	};
	return 0;
}

void reclaim_free_shrinkers(struct reclaim *reclaim)
{
	for (size_t i = 0; i < reclaim->nr_shrinkers; i++)
		free(reclaim->shrinker[i].nr_deferred);
	free(reclaim->shrinker);
}

/* New work, by priority and by what an object costs to make. */
static uint64_t scans_due(const struct shrinker_ops *ops, uint64_t freeable,
			  int priority)
{
	if (!ops->seeks)
		return freeable / 2;
	return (freeable >> priority) * 4 / ops->seeks;
}

static uint64_t slab_pages(const struct memory *memory)
{
	uint64_t pages = 0;

	for (uint32_t n = 0; n < memory->nr_nodes; n++)
		pages += memory->node[n].stat[NR_SLAB_RECLAIMABLE] +
			 memory->node[n].stat[NR_SLAB_UNRECLAIMABLE];
	return pages;
}

/*
 * One batch: calls the shrinker, and sees what came free. false: it wants to be
 * left alone for now, and has done nothing.
 */
static bool scan_batch(struct memory *memory, const struct shrinker *shrinker,
		       uint32_t node_index, struct scan_control *sc,
		       uint64_t nr)
{
	uint64_t before = slab_pages(memory);
	uint64_t after;

	if (shrinker->ops->scan(memory, shrinker->argument, node_index,
				freeing_cpu(memory, sc), sc->gfp,
				nr) == SHRINK_STOP)
		return false;
	after = slab_pages(memory);
	if (after < before)
		sc->reclaimed_slab += before - after;
	memory->vm_event[VM_SLABS_SCANNED] += nr;
	memory->work.count[WORK_SHRINKER_SCANNED] += nr;
	reclaim_elapse(memory);
	return true;
}

/* do_shrink_slab() */
static void shrink_one(struct memory *memory, struct shrinker *shrinker,
		       uint32_t node_index, struct scan_control *sc)
{
	const struct shrinker_ops *ops = shrinker->ops;
	uint64_t freeable = ops->count(memory, shrinker->argument, node_index);
	uint64_t batch = ops->batch ? ops->batch : SHRINK_BATCH;
	uint64_t *deferred = &shrinker->nr_deferred[node_index];
	uint64_t put_off = *deferred;
	uint64_t due = scans_due(ops, freeable, sc->priority);
	uint64_t scanned = 0;
	uint64_t total;

	memory->work.count[WORK_SHRINKER_CALLS]++;
	if (!freeable)
		return;
	*deferred = 0;
	total = smaller((put_off >> sc->priority) + due, 2 * freeable);
	while (total >= batch || total >= freeable) {
		uint64_t nr = smaller(batch, total);

		if (!scan_batch(memory, shrinker, node_index, sc, nr))
			break;
		total -= nr;
		scanned += nr;
	}
	if (put_off + due > scanned)
		*deferred += smaller(put_off + due - scanned, 2 * freeable);
}

void reclaim_shrink_slab(struct memory *memory, uint32_t node_index,
			 struct scan_control *sc)
{
	for (size_t i = 0; i < memory->reclaim->nr_shrinkers; i++)
		shrink_one(memory, &memory->reclaim->shrinker[i], node_index,
			   sc);
	reclaim_elapse(memory);
}
