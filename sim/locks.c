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
 * - Who finds a lock held spins until it is let go, first come first served,
 *   as a queued spinlock serves (kernel/locking/qspinlock.c). Interrupts are
 *   off meanwhile (spin_lock_irqsave()).
 *
 * Left out: the lru_lock, the per-CPU lists' own locks, vmalloc's locks and
 * mutexes: what is done under them is short, or rare.
 */

#include "sim/locks.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/base/host.h"
#include "sim/base/wider.h"
#include "sim/cost.h"

#define LOCK_WORK_MOST 12 /* kinds of work that are done under one kind */

struct lock_work {
	uint8_t nr;
	uint8_t kind[LOCK_WORK_MOST]; /* enum work_kind */
};

/* The work that is done under each kind of lock. */
static const struct lock_work lock_work[NR_LOCK_KINDS] = {
	[LOCK_ZONE] = { 12,
			{ WORK_PCP_REFILLS, WORK_PCP_REFILLED, WORK_PCP_DRAINS,
			  WORK_PCP_DRAINED, WORK_BUDDY_ALLOCS, WORK_BUDDY_FREES,
			  WORK_SPLITS, WORK_MERGES, WORK_FALLBACK_SCANS,
			  WORK_FALLBACKS, WORK_BLOCK_SCANS,
			  WORK_BLOCKS_MOVED } },
	[LOCK_NODE] = { 2, { WORK_SLAB_TAKEN, WORK_SLAB_SPILLED } },
};

int locks_init(struct locks *locks, const struct memory *memory,
	       const struct cost_desc *costs)
{
	*locks = (struct locks){
		.nr = memory->nr_zones + memory->nr_nodes,
		.nr_zones = memory->nr_zones,
		.multiplier = costs->multiplier,
	};
	for (int lock = 0; lock < NR_LOCK_KINDS; lock++)
		for (int i = 0; i < lock_work[lock].nr; i++)
			locks->cost[lock][lock_work[lock].kind[i]] =
				costs->work[lock_work[lock].kind[i]];
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

/* In units: over all kinds, a compiler makes few instructions of it. */
WIDER_WHERE_IT_CAN
static uint64_t held_units(const uint32_t cost[WORK_FIRST_RARE],
			   const struct work *work)
{
	uint64_t units = 0;

	for (int kind = 0; kind < WORK_FIRST_RARE; kind++)
		units += (uint64_t)cost[kind] * work->count[kind];
	return units;
}

/* What is done under locks of a kind, in ns. */
static uint64_t held_ns(const struct locks *locks, enum lock_kind lock,
			const struct work *work)
{
	return cost_in_ns(held_units(locks->cost[lock], work),
			  locks->multiplier);
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

uint64_t locks_take(struct locks *locks, const struct work *work,
		    uint64_t now_ns, uint32_t *slowest)
{
	const uint32_t wanted[NR_LOCK_KINDS] = { work->zones, work->nodes };
	uint64_t longest = 0;
	uint64_t waits = 0;

	*slowest = 0;
	for (enum lock_kind kind = 0; kind < NR_LOCK_KINDS; kind++) {
		uint32_t first = kind == LOCK_NODE ? locks->nr_zones : 0;
		uint64_t ns;

		if (!wanted[kind])
			continue;
		ns = held_ns(locks, kind, work);
		if (wanted[kind] & (wanted[kind] - 1)) /* several */
			ns /= (uint32_t)__builtin_popcount(wanted[kind]);
		for (uint32_t set = wanted[kind]; set; set &= set - 1) {
			uint32_t i = first + (uint32_t)__builtin_ctz(set);
			uint64_t wait =
				take(&locks->lock[i], now_ns + waits, ns);

			now_ns += ns;
			waits += wait;
			if (wait > longest) {
				longest = wait;
				*slowest = i;
			}
		}
	}
	return waits;
}
