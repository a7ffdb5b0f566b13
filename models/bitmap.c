/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bit maps, as the kernel's contiguous memory areas and memory pools keep
 * them.
 *
 * The rule of the search (bitmap_find_next_zero_area_off(), lib/bitmap.c,
 * Linux 6.1): from the next clear bit up to the next place that is aligned;
 * if one of the bits wanted there is set, on from the bit behind it.
 */

#include "models/bitmap.h"

void bitmap_set(uint64_t *map, uint32_t start, uint32_t nr)
{
	for (uint32_t bit = start; bit < start + nr; bit++)
		map[bit / 64] |= 1ull << bit % 64;
}

void bitmap_clear(uint64_t *map, uint32_t start, uint32_t nr)
{
	for (uint32_t bit = start; bit < start + nr; bit++)
		map[bit / 64] &= ~(1ull << bit % 64);
}

/* The next bit from `from` on that is set, or clear; `end` if none is. */
static uint64_t find_next(const uint64_t *map, uint64_t from, uint64_t end,
			  bool set)
{
	while (from < end) {
		uint64_t word = set ? map[from / 64] : ~map[from / 64];

		word >>= from % 64;
		if (word) {
			from += __builtin_ctzll(word);
			return from < end ? from : end;
		}
		from = (from / 64 + 1) * 64;
	}
	return end;
}

uint32_t bitmap_find_room(const uint64_t *map, uint32_t bits, uint32_t start,
			  uint32_t nr, uint32_t mask, uint32_t offset)
{
	uint64_t at = start;

	for (;;) {
		uint64_t taken;

		at = find_next(map, at, bits, false);
		at = ((at + offset + mask) & ~(uint64_t)mask) - offset;
		if (at + nr > bits)
			return BITMAP_FULL;
		taken = find_next(map, at, at + nr, true);
		if (taken == at + nr)
			return (uint32_t)at;
		at = taken + 1;
	}
}
