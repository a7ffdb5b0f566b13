/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_PLAIN_CALLS_H
#define KMEMSIM_SIM_PLAIN_CALLS_H

/*
 * The common case: calls of kinds that came before, whose way through the
 * models is the plainest one.
 */

#include "sim/kernel.h"

struct plain_calls;

/*
 * What a plain call came to: as much as its kind leaves open. `work` and
 * `tally` are its class', and valid only until the next plain call.
 */
struct plain_outcome {
	uint64_t vaddr; /* these as in struct outcome */
	uint64_t requested;
	uint64_t granted;
	uint64_t cost_ns;
	const struct zone *zone;
	const struct work *work;
	/* The place of that of its kind and path, for the engine to fill. */
	struct op_tally **tally;
	uint64_t lock_wait_ns; /* if it has locks: engine_charge_plain() */
	pfn_t pfn;
	uint8_t path;
	bool has_locks; /* those of `work`, which is memory->work */
};

/* NULL: the host has no memory. */
struct plain_calls *plain_calls_new(const struct kernel *kernel);
void plain_calls_free(struct plain_calls *calls);

#endif
