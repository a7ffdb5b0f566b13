/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which of the pages in use are page cache or anonymous memory, where only
 * their counts are known: a kernel's log has these for each zone.
 *
 *	in use		|# # # # # # # #|# # # #|	movable | unmovable
 *	8 of them	|f a f f a a f f|# # # #|	each at a random place
 *
 * Rules:
 *
 * - A page of these is a folio of order 0. Kernels have larger ones, which no
 *   count tells of.
 * - Their places are in movable pageblocks and contiguous areas as long as
 *   there is room, for that is where the kernel takes them from (their
 *   requests are __GFP_MOVABLE: gfp_migratetype(), include/linux/gfp.h, Linux
 *   6.1), and elsewhere beyond that, as after a fallback. Each frame of a kind
 *   is as likely as any other.
 * - On its list a page's place has nothing to do with its frame: pages that
 *   follow each other in memory were used at different times.
 * - Dirty are those of the page cache that came last: the inactive list's
 *   head, then the active one's.
 * - No page table says that one has been used lately.
 *
 * Left out: whose pages they are. No call frees one, but reclaim takes them
 * and compaction moves them.
 */

#include "models/initial/initial_lru.h"

#include <stdlib.h>

#include "models/reclaim/folio.h"
#include "models/gfp.h"
#include "models/page/mobility.h"
#include "sim/base/host.h"
#include "sim/base/scatter.h"

/* The frames of a zone that are in use, those for such pages first. */
struct frames {
	pfn_t *pfn; /* owned */
	size_t nr;
	size_t nr_movable;
	size_t next; /* the first that has no folio yet */
	uint64_t random;
};

static bool suits(const struct memory *memory, const struct zone *zone,
		  pfn_t pfn)
{
	uint8_t type = *pageblock_type(memory, zone, pfn);

	return type == MIGRATE_MOVABLE || type == MIGRATE_CMA;
}

/* Appends those that suit, or those that don't. */
static void add_frames(const struct memory *memory, const struct zone *zone,
		       bool suiting, struct frames *frames)
{
	for (uint64_t pfn = zone->start_pfn; pfn < zone->end_pfn; pfn++)
		if (memory->state[pfn] == PAGE_BOOT &&
		    suits(memory, zone, (pfn_t)pfn) == suiting)
			frames->pfn[frames->nr++] = (pfn_t)pfn;
}

static void shuffle(struct frames *frames, size_t from, size_t end)
{
	for (size_t i = end; i > from + 1; i--) {
		size_t other;
		pfn_t swap = frames->pfn[i - 1];

		frames->random += GOLDEN_RATIO;
		other = from + scramble(frames->random) % (i - from);
		frames->pfn[i - 1] = frames->pfn[other];
		frames->pfn[other] = swap;
	}
}

static bool make(struct memory *memory, struct frames *frames, uint64_t nr,
		 const struct folio_desc *desc)
{
	for (; nr; nr--) {
		pfn_t pfn = frames->pfn[frames->next++];

		memory->state[pfn] = PAGE_ALLOCATED;
		if (folio_new(memory, pfn, 0, GFP_HIGHUSER_MOVABLE, desc) ==
		    FOLIO_NONE)
			return false;
	}
	return true;
}

/* A list of page cache; returns false where the host has no memory. */
static bool make_cache(struct memory *memory, struct frames *frames,
		       uint64_t nr, bool active, uint64_t *dirty)
{
	struct folio_desc desc = { .active = active, .from_start = true };
	uint64_t last = nr < *dirty ? nr : *dirty;

	*dirty -= last;
	if (!make(memory, frames, nr - last, &desc))
		return false;
	desc.dirty = true;
	return make(memory, frames, last, &desc);
}

static bool make_all(struct memory *memory, struct frames *frames,
		     const struct lru_desc *lru)
{
	struct folio_desc anon = { .anon = true, .from_start = true };
	const struct folio_desc locked = { .unevictable = true,
					   .from_start = true };
	uint64_t dirty = lru->dirty;

	if (!make(memory, frames, lru->inactive_anon, &anon))
		return false;
	anon.active = true;
	return make(memory, frames, lru->active_anon, &anon) &&
	       make_cache(memory, frames, lru->inactive_file, false, &dirty) &&
	       make_cache(memory, frames, lru->active_file, true, &dirty) &&
	       make(memory, frames, lru->unevictable, &locked);
}

static uint64_t pages_of(const struct lru_desc *lru)
{
	return lru->inactive_anon + lru->active_anon + lru->inactive_file +
	       lru->active_file + lru->unevictable;
}

static int place(struct memory *memory, const struct zone *zone,
		 const struct zone_desc *desc, struct frames *frames,
		 struct errors *errors)
{
	uint64_t taken = zone->present_pages - zone->managed_pages;
	uint64_t in_use;

	add_frames(memory, zone, true, frames);
	frames->nr_movable = frames->nr;
	add_frames(memory, zone, false, frames);
	in_use = frames->nr > taken ? frames->nr - taken : 0;
	if (pages_of(&desc->lru) > in_use) {
		struct place nowhere = { .file = NULL };

		return error_input(
			errors, nowhere,
			"lru: node %d, zone %s: %llu pages are on LRU lists, "
			"and %llu are in use at the start",
			zone->node, zone_type_names[zone->type],
			(unsigned long long)pages_of(&desc->lru),
			(unsigned long long)in_use);
	}
	shuffle(frames, 0, frames->nr_movable);
	shuffle(frames, frames->nr_movable, frames->nr);
	return make_all(memory, frames, &desc->lru) ?
		       0 :
		       error_host(errors, "no memory for the pages on LRU "
					  "lists");
}

int initial_place_lru(struct memory *memory, const struct zone *zone,
		      const struct zone_desc *desc, uint64_t seed,
		      struct errors *errors)
{
	struct frames frames = { .random = scramble(seed ^ zone->start_pfn) };
	int result;

	if (!desc->has_lru || !pages_of(&desc->lru))
		return 0;
	frames.pfn = host_alloc(zone->spanned_pages, sizeof *frames.pfn);
	if (!frames.pfn)
		return error_host(errors, "no memory for places");
	result = place(memory, zone, desc, &frames, errors);
	free(frames.pfn);
	return result;
}
