/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each frame has a byte of state, and the first frame of a block says what the
 * block is. A block on a CPU's list does not say how large it is: it ends
 * where the next one begins, or where it would not be aligned any more.
 */

#include "results/explain/explain_walk.h"

static bool are_tails(const struct memory *memory, pfn_t from, pfn_t to)
{
	for (pfn_t pfn = from; pfn < to; pfn++)
		if (memory->state[pfn] != PAGE_TAIL)
			return false;
	return true;
}

static uint32_t pcp_pages(const struct memory *memory, const struct zone *zone,
			  pfn_t pfn)
{
	uint32_t pages = 1;

	while (!(pfn & (2 * pages - 1)) && pfn + 2 * pages <= zone->end_pfn &&
	       pages < 1u << memory->pageblock_order &&
	       are_tails(memory, pfn + pages, pfn + 2 * pages))
		pages *= 2;
	return pages;
}

struct frame_run frame_run_at(const struct memory *memory,
			      const struct zone *zone, pfn_t pfn)
{
	uint8_t state = memory->state[pfn];
	struct frame_run run = { .pfn = pfn, .pages = 1, .use = FRAME_HOLE };

	if (page_state_is_free(state)) {
		run.use = FRAME_FREE;
		run.type = page_state_free_type(state);
		run.pages = 1u << page_state_order(state);
	} else if (page_state_is_pcp(state)) {
		run.use = FRAME_PCP;
		run.pages = pcp_pages(memory, zone, pfn);
	} else if (page_state_is_allocated(state)) {
		run.use = FRAME_TAKEN;
		run.pages = 1u << page_state_order(state);
	} else if (state == PAGE_BOOT) {
		run.use = FRAME_BOOT;
	}
	return run;
}

void frames_visit(const struct memory *memory, const struct zone *zone,
		  frame_visitor *visit, void *argument)
{
	pfn_t pfn = zone->start_pfn;

	while (pfn < zone->end_pfn) {
		struct frame_run run = frame_run_at(memory, zone, pfn);

		visit(argument, zone, &run);
		pfn += run.pages;
	}
}
