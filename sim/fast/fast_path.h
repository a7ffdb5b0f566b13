/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_FAST_FAST_PATH_H
#define KMEMSIM_SIM_FAST_FAST_PATH_H

/*
 * The fast path: calls of classes that came before, for which everything is as
 * it nearly always is. sim/fast/fast_path.c says how it works;
 * docs/fast-paths.md shows its place among the others.
 */

#include "sim/kernel.h"

struct fast_path;
struct fast_work;

/* How many different costs calls of a class may have: fast_outcome.number. */
#define FAST_WORKS 64

/*
 * Calls of a class that took the same path. Those that waited for nothing, so
 * that their cost is all the time they took, are only counted by that cost
 * until the run ends: fast_path_sum_up().
 */
struct fast_counts {
	struct op_tally *tally; /* set by the engine; NULL: not yet */
	bool may_count;		/* `tally` is set, and nothing is reported */
	uint64_t said;		/* digest_entry.bytes of each; with `tally` */
	/* Of those that were counted here; others are in `tally` already. */
	uint64_t requested;
	uint64_t granted;
	uint64_t nr[FAST_WORKS]; /* by fast_outcome.number */
};

/*
 * What a fast call came to, as far as its class does not say it. `work` and
 * `counted` belong to the class, and are valid until the next fast call.
 */
struct fast_outcome {
	uint64_t vaddr; /* these as in struct outcome */
	uint64_t requested;
	uint64_t granted;
	uint64_t cost_ns;
	const struct work *work;
	struct fast_counts *counted;
	uint64_t lock_wait_ns; /* if it has locks: engine_charge_fast() */
	uint32_t number; /* of its cost; FAST_WORKS: none. Not with locks */
	pfn_t pfn;
	uint8_t path;
	bool has_locks; /* `work` is memory->work, and says which */
};

/* NULL: the host has no memory. */
struct fast_path *fast_path_new(const struct kernel *kernel);
void fast_path_free(struct fast_path *fast);

/*
 * Adds all that was counted to the tallies. 0, or -1: the host has no memory
 * now, or had none when classes were forgotten before.
 */
int fast_path_sum_up(struct fast_path *fast);

#endif
