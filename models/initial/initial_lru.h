/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_INITIAL_INITIAL_LRU_H
#define KMEMSIM_MODELS_INITIAL_INITIAL_LRU_H

/*
 * Places for pages on LRU lists of which only the counts are known.
 */

#include "models/memory.h"

/*
 * Makes folios of order 0 from frames of the zone that are in use since before
 * the run, as many as desc->lru says, at places drawn by the seed; nothing
 * where the zone doesn't say. The free blocks must have their places. Returns
 * 0; or -1 with an error added: fewer pages are in use, or the host has no
 * memory.
 */
int initial_place_lru(struct memory *memory, const struct zone *zone,
		      const struct zone_desc *desc, uint64_t seed,
		      struct errors *errors);

#endif
