/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A list of free blocks is a ring of frame numbers, side by side in the order
 * of the list:
 *
 *	places     7    8    9   10   11
 *	ring   …  [64] [12] [ ] [90] [31]  …	a hole: that block has left
 *	           ^first                 ^end
 *	place[90] = 10
 *
 * It can do what the kernel does with links: put a block at either end, take
 * the first, take any block out of the middle, where it leaves a hole, and walk
 * to both sides. But to take a row of blocks off it is to read them one after
 * another, where links are a chain through all of memory of which each step
 * waits for the one before; and a block that leaves touches its own place, not
 * two neighbours.
 *
 * - Places are numbers that count up and down for ever; the ring has a power of
 *   two of slots, and a place's slot are its lower bits.
 * - A full ring that is half holes is packed: what is left gets new places.
 *   Else it gets twice as many slots, of which the host gives memory only for
 *   those that are used; all that it may ever need are mapped at the start, so
 *   that no list can fail to grow. Of those at most a quarter is holes when it
 *   is packed.
 * - A block says itself what its place is. Two buddies of order 0 are never
 *   free both, as they would be one block: they share a number, so that there
 *   are two bytes per page. But where a zone begins or ends between two
 *   buddies, or pageblocks are single pages, each has its own.
 * - Blocks of the largest order have theirs side by side behind the others, if
 *   that is 10 or more, so that a large machine whose memory is free touches
 *   little:
 *
 *	place[]   pfn >> 1, from 0 on    pfn >> largest order
 */

#include "models/page/free_list.h"

#include "sim/base/host.h"

/* Smaller blocks are so near each other that nothing is won. */
#define SMALLEST_APART 10

/* Slots of a ring: the least, and those that it begins with. */
#define FEWEST_SLOTS 16
#define FIRST_SLOTS 1024

/* ---- how much is needed -------------------------------------------------- */

/* May two buddies of order 0 share a place? */
static bool buddies_share(const struct memory *memory)
{
	if (!memory->pageblock_order)
		return false;
	for (uint32_t i = 0; i < memory->nr_zones; i++)
		if ((memory->zone[i].start_pfn | memory->zone[i].end_pfn) & 1)
			return false;
	return true;
}

void free_lists_count_places(struct memory *memory)
{
	order_t largest = memory->nr_orders - 1;

	memory->place_shift = buddies_share(memory);
	memory->apart_order = largest < SMALLEST_APART ? memory->nr_orders :
							 largest;
	memory->apart_place = (memory->max_pfn >> memory->place_shift) + 1;
	memory->nr_places = memory->apart_place;
	if (largest >= SMALLEST_APART)
		memory->nr_places += (memory->max_pfn >> largest) + 1;
}

/* Slots for the most blocks that a list of the zone can have, and holes. */
static uint64_t most_slots(const struct memory *memory, const struct zone *zone,
			   order_t order)
{
	uint64_t pages = (uint64_t)zone->end_pfn - zone->start_pfn;
	uint64_t blocks = pages >> order >> (order < memory->pageblock_order);
	uint64_t slots = FEWEST_SLOTS;

	while (slots * 3 / 4 < blocks + 2)
		slots *= 2;
	return slots;
}

static uint64_t zone_slots(const struct memory *memory, const struct zone *zone)
{
	uint64_t slots = 0;

	for (order_t order = 0; order < memory->nr_orders; order++)
		slots += NR_MIGRATETYPES * most_slots(memory, zone, order);
	return slots;
}

static void init_list(struct free_list *list, pfn_t *ring, uint64_t slots)
{
	*list = (struct free_list){
		.ring = ring,
		.mask = (slots < FIRST_SLOTS ? slots : FIRST_SLOTS) - 1,
		.most = (uint32_t)(slots - 1),
	};
}

int free_lists_map(struct memory *memory)
{
	uint64_t slots = 0;
	pfn_t *ring;

	for (uint32_t i = 0; i < memory->nr_zones; i++)
		slots += zone_slots(memory, &memory->zone[i]);
	memory->ring_bytes = slots * sizeof *ring;
	memory->ring = ring = host_map_sparse(memory->ring_bytes);
	if (!ring)
		return -1;
	for (uint32_t i = 0; i < memory->nr_zones; i++) {
		struct zone *zone = &memory->zone[i];

		for (order_t o = 0; o < memory->nr_orders; o++) {
			uint64_t nr = most_slots(memory, zone, o);

			for (int type = 0; type < NR_MIGRATETYPES; type++) {
				init_list(&zone->area[type].list[o], ring, nr);
				ring += nr;
			}
		}
	}
	return 0;
}

void free_lists_unmap(struct memory *memory)
{
	if (memory->ring)
		host_unmap(memory->ring, memory->ring_bytes);
}

/* ---- room ---------------------------------------------------------------- */

/* Closes the holes; the first stays where it is. */
static void pack(const struct memory *memory, struct free_list *list,
		 order_t order)
{
	uint32_t to = list->first;

	for (uint32_t place = list->first; place != list->end; place++) {
		pfn_t pfn = *free_list_at(list, place);

		if (pfn == PFN_NONE)
			continue;
		if (to != place)
			free_list_put(memory, list, to, pfn, order);
		to++;
	}
	list->end = to;
}

/* Places stay; those whose slot is another now are moved there. */
static void widen(struct free_list *list)
{
	uint32_t old = list->mask;

	list->mask = 2 * old + 1;
	for (uint32_t place = list->first; place != list->end; place++)
		if (place & list->mask & ~old)
			*free_list_at(list, place) = list->ring[place & old];
}

void free_list_make_room(struct memory *memory, struct free_list *list,
			 order_t order, uint32_t nr)
{
	BUG_ON(nr > list->most);
	if (nr <= list->mask / 2 || list->mask == list->most)
		pack(memory, list, order);
	else
		widen(list);
}

/* ---- turning ------------------------------------------------------------- */

/* Those from a place on, the last of them first, get before the head. */
static void move_to_head(const struct memory *memory, struct free_list *list,
			 order_t order, uint32_t place)
{
	while (list->end != place) {
		pfn_t pfn = *free_list_at(list, --list->end);

		if (pfn != PFN_NONE)
			free_list_put(memory, list, --list->first, pfn, order);
	}
}

/* Those up to a place get behind the tail. */
static void move_to_tail(const struct memory *memory, struct free_list *list,
			 order_t order, uint32_t place)
{
	while (list->first != place) {
		pfn_t pfn = *free_list_at(list, list->first++);

		if (pfn != PFN_NONE)
			free_list_put(memory, list, list->end++, pfn, order);
	}
}

void free_list_turn(struct memory *memory, struct free_list *list,
		    order_t order, pfn_t pfn)
{
	uint32_t place = *free_list_place(memory, pfn, order);

	if (place - list->first < list->end - place)
		move_to_tail(memory, list, order, place);
	else
		move_to_head(memory, list, order, place);
	free_list_trim_tail(list);
}
