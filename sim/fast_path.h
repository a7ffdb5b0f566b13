/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_FAST_PATH_H
#define KMEMSIM_SIM_FAST_PATH_H

/*
 * The common case: calls of kinds that came before, whose way through the
 * models is the plainest one.
 */

#include "sim/kernel.h"

struct fast_path;
struct fast_work;

/* How many different results calls of one way have: fast_first_zeroing(). */
#define FAST_WORKS 64

/*
 * Calls of a class that took the same path. Those that took as long as their
 * work takes, and waited for nothing, are no more than counted by what that
 * was, until the run ends: fast_path_sum_up().
 */
struct fast_counts {
	struct op_tally *tally; /* for the engine to fill; NULL: not yet */
	bool may_count;		/* they have it, and nothing else is told */
	uint64_t said;		/* digest_entry.bytes of each; with `tally` */
	/* Of those that were counted, not of those in `tally` already. */
	uint64_t requested;
	uint64_t granted;
	uint64_t nr[FAST_WORKS]; /* by fast_outcome.number */
};

/*
 * What a plain call came to: as much as its kind leaves open. `work` and
 * `counted` are its class', and valid only until the next plain call.
 */
struct fast_outcome {
	uint64_t vaddr; /* these as in struct outcome */
	uint64_t requested;
	uint64_t granted;
	uint64_t cost_ns;
	const struct work *work;
	struct fast_counts *counted;
	uint64_t lock_wait_ns; /* if it has locks: engine_charge_fast() */
	uint32_t number; /* if it has no locks: of its work; or FAST_WORKS */
	pfn_t pfn;
	uint8_t path;
	bool has_locks; /* those of `work`, which is memory->work */
};

/* NULL: the host has no memory. */
struct fast_path *fast_path_new(const struct kernel *kernel);
void fast_path_free(struct fast_path *fast);

/*
 * Adds all that was counted to the tallies. 0, or -1: the host has no memory,
 * or had none before.
 */
int fast_path_sum_up(struct fast_path *fast);

#endif
