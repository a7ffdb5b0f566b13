/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_LOCKS_H
#define KMEMSIM_SIM_LOCKS_H

/*
 * The locks that CPUs contend for: each zone's, and each node's slab lock.
 *
 *	CPU 0  |==== held ====|
 *	CPU 1       |.. spins ..|=== held ===|
 *
 * Models say which locks a stretch of work took (struct work); how long it
 * holds them follows from what the work under them costs.
 */

#include "models/machine.h"
#include "sim/timeline.h"

struct lock {
	uint64_t free_ns; /* when its last holder lets go */
	struct lock_stats stats;
};

enum lock_kind { LOCK_ZONE, LOCK_NODE, NR_LOCK_KINDS };

struct locks {
	const struct memory *memory;   /* borrowed */
	const struct cost_desc *costs; /* borrowed */
	struct lock *lock;	       /* zones by index, then nodes by index */
	uint32_t nr;
	uint32_t nr_zones;
};

/* 0, or -1: the host has no memory. `memory` and `costs` are borrowed. */
int locks_init(struct locks *locks, const struct memory *memory,
	       const struct cost_desc *costs);
void locks_release(struct locks *locks);

/*
 * What of the work is done with interrupts off, in ns: what it does under
 * its locks.
 */
uint64_t locks_hold_ns(const struct locks *locks, const struct work *work);

/*
 * Takes the locks of a stretch of work that begins at `now_ns`, and that the
 * memory's models have just done, one after another. Returns the ns that it waits in all; *slowest is the lock that it
 * waits for longest.
 */
uint64_t locks_take(struct locks *locks, const struct work *work,
		    uint64_t now_ns, uint32_t *slowest);

#endif
