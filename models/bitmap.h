/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_BITMAP_H
#define KMEMSIM_MODELS_BITMAP_H

/*
 * Maps of what is taken, a bit per page, and the search for room in them.
 */

#include "models/types.h"

/* Words that a map of `bits` bits needs. */
static inline size_t bitmap_words(uint32_t bits)
{
	return ((size_t)bits + 63) / 64;
}

static inline bool bitmap_test(const uint64_t *map, uint32_t bit)
{
	return map[bit / 64] >> bit % 64 & 1;
}

/* Sets, or clears, `nr` bits from `start` on. */
void bitmap_set(uint64_t *map, uint32_t start, uint32_t nr);
void bitmap_clear(uint64_t *map, uint32_t start, uint32_t nr);

#define BITMAP_FULL UINT32_MAX

/*
 * The first run of `nr` clear bits from `start` on, at a place that is a
 * multiple of mask + 1 (a power of two) when `offset` is added. BITMAP_FULL:
 * there is none. Source: bitmap_find_next_zero_area_off(), lib/bitmap.c.
 */
uint32_t bitmap_find_room(const uint64_t *map, uint32_t bits, uint32_t start,
			  uint32_t nr, uint32_t mask, uint32_t offset);

#endif
