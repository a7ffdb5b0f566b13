/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counts free pages, pageblock by pageblock.
 *
 * A free block is known by its first page's state, which says the order
 * (models/memory.h); everything else has bit 7 clear. So 64 frames are counted
 * at once, without a branch, each byte becoming its block's pages:
 *
 *	state[]  40 40 80 40 a0 00 40 40 95 00 00 00 00 …    5: order 5
 *	pages     .  .  1  .  1  .  .  . 32  .  .  .  .
 *
 * Blocks are aligned to their size and do not overlap, so one of order 6 or
 * above begins such a stride, and then the walk goes on behind it; all others
 * end in it, and come to 64 pages at most. Only a block of the largest orders
 * reaches beyond its pageblock: then it fills all that it reaches.
 *
 * The alternative, walking the free lists, goes back and forth through tables
 * that no cache holds: a list is in the order of frees, not of addresses.
 */

#include "models/pageblock_use.h"

#include <string.h>

#define STRIDE 64u /* frames */
#define STRIDE_ORDER 6
#define EACH(byte) (0x0101010101010101ull * (byte))

pfn_t zone_first_block_pfn(const struct memory *memory, const struct zone *zone)
{
	return zone->start_pfn & ~((1u << memory->pageblock_order) - 1);
}

size_t zone_nr_pageblocks(const struct memory *memory, const struct zone *zone)
{
	uint64_t pages =
		(uint64_t)zone->end_pfn - zone_first_block_pfn(memory, zone);

	return (size_t)((pages + (1ull << memory->pageblock_order) - 1) >>
			memory->pageblock_order);
}

/* So that the host's compiler may take two words at once. */
typedef uint64_t states_t __attribute__((vector_size(16)));
#define STRIDE_WORDS (STRIDE / sizeof(states_t))

/* Bytes of 0 or 1 as bytes of 0 or 0xff. */
static states_t as_mask(states_t bytes)
{
	return (bytes << 8) - bytes;
}

/* Each byte that is a free block's becomes 2^order, below order 6. */
static states_t pages_of(states_t states)
{
	states_t pages = states >> 7 & EACH(0x01);
	states_t times_4 = as_mask(states >> 1 & EACH(0x01));
	states_t times_16 = as_mask(states >> 2 & EACH(0x01));

	pages += pages & states;
	pages = (pages & ~times_4) | (pages << 2 & times_4);
	return (pages & ~times_16) | (pages << 4 & times_16);
}

/* Free pages of a stride in which no block of its own size begins. */
static uint32_t count_stride(const uint8_t *state)
{
	states_t states[STRIDE_WORDS];
	states_t any = { 0 }, sum = { 0 };

	memcpy(states, state, sizeof(states));
	for (size_t n = 0; n < STRIDE_WORDS; n++)
		any |= states[n];
	if (!((any[0] | any[1]) & EACH(PAGE_FREE)))
		return 0;
	for (size_t n = 0; n < STRIDE_WORDS; n++)
		sum += pages_of(states[n]);
	return (uint32_t)((sum[0] + sum[1]) * EACH(0x01) >> 56);
}

/* A free block of any order; returns the frame behind it. */
static uint64_t count_block(const struct memory *memory, uint64_t first_pfn,
			    uint64_t pfn, uint32_t *free)
{
	uint64_t pages = 1ull << page_state_order(memory->state[pfn]);
	uint64_t block_pages = 1ull << memory->pageblock_order;
	uint64_t n = (pfn - first_pfn) >> memory->pageblock_order;
	uint64_t left = pages;

	for (; left > block_pages; left -= block_pages)
		free[n++] = (uint32_t)block_pages;
	free[n] += (uint32_t)left;
	return pfn + pages;
}

static bool fills_stride(uint8_t state)
{
	return page_state_is_free(state) &&
	       page_state_order(state) >= STRIDE_ORDER;
}

/*
 * What begins at a frame, and as much behind it as can be counted with it;
 * returns the frame to go on with.
 */
static uint64_t count_at(const struct memory *memory, uint64_t first_pfn,
			 uint64_t pfn, uint64_t end_pfn, uint32_t *free)
{
	const uint8_t *state = memory->state + pfn;

	if (pfn % STRIDE == 0 && end_pfn - pfn >= STRIDE &&
	    memory->pageblock_order >= STRIDE_ORDER && !fills_stride(*state)) {
		free[(pfn - first_pfn) >> memory->pageblock_order] +=
			count_stride(state);
		return pfn + STRIDE;
	}
	if (page_state_is_free(*state))
		return count_block(memory, first_pfn, pfn, free);
	return pfn + 1;
}

void zone_free_by_pageblock(const struct memory *memory,
			    const struct zone *zone, uint32_t *free)
{
	uint64_t first_pfn = zone_first_block_pfn(memory, zone);
	uint64_t pfn = zone->start_pfn;

	memset(free, 0, zone_nr_pageblocks(memory, zone) * sizeof(*free));
	while (pfn < zone->end_pfn)
		pfn = count_at(memory, first_pfn, pfn, zone->end_pfn, free);
}
