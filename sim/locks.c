/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Locks in simulated time.
 *
 * Rules:
 *
 * - A zone's lock is held for what is done to its free lists: refills and
 *   drains of per-CPU lists, blocks taken and freed straight, splits, merges,
 *   moves between types (zone->lock; rmqueue_bulk(), free_pcppages_bulk(),
 *   rmqueue_buddy(), free_one_page(), mm/page_alloc.c, Linux 6.1). A node's
 *   slab lock is held for moves to and from its list of partial slabs
 *   (n->list_lock, mm/slub.c).
 * - A stretch of work takes a lock once, at its beginning, and holds it for as
 *   long as all that it does under locks of that kind costs; where it took
 *   several locks of a kind, each for its share.
 * - A call that finds a lock held spins until it is released, first come first
 *   served, as with queued spinlocks (kernel/locking/qspinlock.c). Interrupts
 *   are off meanwhile (spin_lock_irqsave()).
 *
 * Left out: the lru_lock, the per-CPU lists' own locks, vmalloc's locks and
 * mutexes: what is done under them is short, or rare.
 */

#include "sim/locks.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/base/host.h"
#include "sim/cost.h"

/* The work that is done under each kind of lock. */
#define ZONE_LOCK_WORK(X)                                                      \
	X(PCP_REFILLS)                                                         \
	X(PCP_REFILLED)                                                        \
	X(PCP_DRAINS)                                                          \
	X(PCP_DRAINED)                                                         \
	X(BUDDY_ALLOCS)                                                        \
	X(BUDDY_FREES)                                                         \
	X(SPLITS)                                                              \
	X(MERGES)                                                              \
	X(FALLBACK_SCANS)                                                      \
	X(FALLBACKS)                                                           \
	X(BLOCK_SCANS)                                                         \
	X(BLOCKS_MOVED)
#define NODE_LOCK_WORK(X)                                                      \
	X(SLAB_TAKEN)                                                          \
	X(SLAB_SPILLED)

int locks_init(struct locks *locks, const struct memory *memory,
	       const struct cost_desc *costs)
{
	*locks = (struct locks){
		.nr = memory->nr_zones + memory->nr_nodes,
		.nr_zones = memory->nr_zones,
		.memory = memory,
		.costs = costs,
	};
	locks->lock = host_alloc(locks->nr + 1, sizeof *locks->lock);
	if (!locks->lock)
		return -1;
	for (uint32_t i = 0; i < memory->nr_zones; i++) {
		const struct zone *zone = &memory->zone[i];

		snprintf(locks->lock[i].stats.name,
			 sizeof locks->lock[i].stats.name, "zone %d %s",
			 zone->node, zone_type_names[zone->type]);
	}
	for (uint32_t n = 0; n < memory->nr_nodes; n++) {
		struct lock_stats *stats =
			&locks->lock[memory->nr_zones + n].stats;

		snprintf(stats->name, sizeof stats->name, "list_lock %d",
			 memory->node[n].id);
	}
	return 0;
}

void locks_release(struct locks *locks)
{
	free(locks->lock);
}

/* What is done under locks of a kind, in ns. */
static inline uint64_t held_ns(const struct locks *locks, enum lock_kind lock,
			       const struct work *work)
{
	const struct cost_desc *costs = locks->costs;

	return cost_in_ns(lock == LOCK_ZONE ? COST_UNITS_OF(ZONE_LOCK_WORK) :
					      COST_UNITS_OF(NODE_LOCK_WORK),
			  costs->multiplier);
}

uint64_t locks_hold_ns(const struct locks *locks, const struct work *work)
{
	return held_ns(locks, LOCK_ZONE, work) +
	       held_ns(locks, LOCK_NODE, work);
}

/* Holds a lock for `ns` from `now_ns` on, or from when it is free. */
static uint64_t take(struct lock *lock, uint64_t now_ns, uint64_t ns)
{
	uint64_t wait = lock->free_ns > now_ns ? lock->free_ns - now_ns : 0;

	lock->free_ns = now_ns + wait + ns;
	lock->stats.taken++;
	lock->stats.waited += wait > 0;
	lock->stats.held_ns += ns;
	lock->stats.wait_ns += wait;
	if (wait > lock->stats.longest_wait_ns)
		lock->stats.longest_wait_ns = wait;
	return wait;
}

/* One stretch of work that takes its locks. */
struct taking {
	struct locks *locks;
	const struct work *work;
	uint64_t now_ns; /* with what was held, without waits */
	uint64_t waits;
	uint64_t longest;
	uint32_t slowest;
};

/* Takes lock i for `ns`. */
static inline void take_one(struct taking *taking, uint32_t i, uint64_t ns)
{
	uint64_t wait = take(&taking->locks->lock[i],
			     taking->now_ns + taking->waits, ns);

	taking->now_ns += ns;
	taking->waits += wait;
	if (wait > taking->longest) {
		taking->longest = wait;
		taking->slowest = i;
	}
}

/* Of a machine with many zones or nodes: those with a bit, and the others. */
static void take_far(struct taking *taking, lock_set wanted,
		     const struct far_locks *far, uint32_t first, uint64_t ns)
{
	lock_set near = wanted & ~LOCKS_FAR;
	uint32_t nr = (uint32_t)__builtin_popcount(near);

	for (uint32_t w = 0; w < FAR_LOCK_WORDS; w++)
		nr += (uint32_t)__builtin_popcountll(far->word[w]);
	ns /= nr;
	for (; near; near &= near - 1)
		take_one(taking, first + (uint32_t)__builtin_ctz(near), ns);
	for (uint32_t w = 0; w < FAR_LOCK_WORDS; w++)
		for (uint64_t left = far->word[w]; left; left &= left - 1)
			take_one(taking,
				 first + 64 * w +
					 (uint32_t)__builtin_ctzll(left),
				 ns);
}

/* Takes the locks of a kind, one after another. */
static inline void take_all(struct taking *taking, enum lock_kind kind,
			    lock_set wanted, const struct far_locks *far)
{
	struct locks *locks = taking->locks;
	uint32_t first = kind == LOCK_NODE ? locks->nr_zones : 0;
	uint64_t ns = held_ns(locks, kind, taking->work);

	if (__builtin_expect(wanted & LOCKS_FAR, 0)) {
		take_far(taking, wanted, far, first, ns);
		return;
	}
	if (wanted & (wanted - 1)) /* several */
		ns /= (uint32_t)__builtin_popcount(wanted);
	for (; wanted; wanted &= wanted - 1)
		take_one(taking, first + (uint32_t)__builtin_ctz(wanted), ns);
}

uint64_t locks_take(struct locks *locks, const struct work *work,
		    uint64_t now_ns, uint32_t *slowest)
{
	struct taking taking = {
		.locks = locks,
		.work = work,
		.now_ns = now_ns,
	};

	if (work->zones)
		take_all(&taking, LOCK_ZONE, work->zones,
			 &locks->memory->far_zones);
	if (work->nodes)
		take_all(&taking, LOCK_NODE, work->nodes,
			 &locks->memory->far_nodes);
	*slowest = taking.slowest;
	return taking.waits;
}
