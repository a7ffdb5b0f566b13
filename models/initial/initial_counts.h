/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_INITIAL_INITIAL_COUNTS_H
#define KMEMSIM_MODELS_INITIAL_INITIAL_COUNTS_H

/*
 * Places for free blocks of which only the counts are known.
 */

#include "models/machine.h"
#include "sim/base/error.h"

/*
 * Draws places for the machine's initial.free_counts, and types of
 * pageblocks for its initial.pageblock_counts, by the seed. The caller frees
 * *blocks and *runs. Returns 0; or -1 with an error added: the counts don't
 * fit the zones, or the host has no memory.
 */
int initial_place_counts(const struct machine_desc *machine, uint64_t seed,
			 struct free_block_desc **blocks, size_t *nr_blocks,
			 struct pageblock_run_desc **runs, size_t *nr_runs,
			 struct errors *errors);

#endif
