/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_PAGE_FREE_LIST_H
#define KMEMSIM_MODELS_PAGE_FREE_LIST_H

/*
 * A list of free blocks of one order, type and zone, in an order that matters:
 * the first is handed out next. free_list.c says how. Which block goes on which
 * list, what its state is and how many there are is the business of buddy.c.
 */

#include "models/memory.h"
#include "sim/base/bug.h"

/* How many blocks can say where they stand, nr_places, and how they do so. */
void free_lists_count_places(struct memory *memory);

/* Host memory for the lists of all zones. 0, or -1: the host has none. */
int free_lists_map(struct memory *memory);
void free_lists_unmap(struct memory *memory);

/*
 * Internal: makes room for one more block on a list that has `nr` and whose
 * ring is full.
 */
void free_list_make_room(struct memory *memory, struct free_list *list,
			 order_t order, uint32_t nr);

/*
 * Turns the list until the block is its first; the others stay in order, those
 * that were before it behind those that were after it.
 */
void free_list_turn(struct memory *memory, struct free_list *list,
		    order_t order, pfn_t pfn);

/* Where the place of a free block is kept. */
static inline uint32_t *free_list_place(const struct memory *memory, pfn_t pfn,
					order_t order)
{
	return &memory->place[order == memory->apart_order ?
				      memory->apart_place + (pfn >> order) :
				      pfn >> memory->place_shift];
}

/* What stands there; PFN_NONE: nothing, it has left. */
static inline pfn_t *free_list_at(const struct free_list *list, uint32_t place)
{
	return &list->ring[place & list->mask];
}

/* The first block from a place on, and backwards; PFN_NONE: none. */
static inline pfn_t free_list_from(const struct free_list *list, uint32_t place)
{
	for (; place != list->end; place++)
		if (*free_list_at(list, place) != PFN_NONE)
			return *free_list_at(list, place);
	return PFN_NONE;
}

static inline pfn_t free_list_before(const struct free_list *list,
				     uint32_t place)
{
	while (place != list->first)
		if (*free_list_at(list, --place) != PFN_NONE)
			return *free_list_at(list, place);
	return PFN_NONE;
}

/* Internal: a block stands at both ends, or there is none. */
static inline void free_list_trim_head(struct free_list *list)
{
	while (list->first != list->end &&
	       *free_list_at(list, list->first) == PFN_NONE)
		list->first++;
}

static inline void free_list_trim_tail(struct free_list *list)
{
	while (list->first != list->end &&
	       *free_list_at(list, list->end - 1) == PFN_NONE)
		list->end--;
}

static inline void free_list_put(const struct memory *memory,
				 struct free_list *list, uint32_t place,
				 pfn_t pfn, order_t order)
{
	*free_list_at(list, place) = pfn;
	*free_list_place(memory, pfn, order) = place;
}

/* A block gets on a list that has `nr`. */
static inline void free_list_add_head(struct memory *memory,
				      struct free_list *list, pfn_t pfn,
				      order_t order, uint32_t nr)
{
	if (__builtin_expect(list->end - list->first > list->mask, 0))
		free_list_make_room(memory, list, order, nr);
	free_list_put(memory, list, --list->first, pfn, order);
}

static inline void free_list_add_tail(struct memory *memory,
				      struct free_list *list, pfn_t pfn,
				      order_t order, uint32_t nr)
{
	if (__builtin_expect(list->end - list->first > list->mask, 0))
		free_list_make_room(memory, list, order, nr);
	free_list_put(memory, list, list->end++, pfn, order);
}

static inline void free_list_remove(const struct memory *memory,
				    struct free_list *list, pfn_t pfn,
				    order_t order)
{
	uint32_t place = *free_list_place(memory, pfn, order);

	*free_list_at(list, place) = PFN_NONE;
	if (place == list->first)
		free_list_trim_head(list);
	else if (place + 1 == list->end)
		free_list_trim_tail(list);
}

/* Takes the first blocks off a list that has as many: to pfn[]. */
static inline void free_list_take(struct free_list *list, pfn_t *pfn,
				  uint32_t nr)
{
	uint32_t place = list->first;

	for (uint32_t got = 0; got < nr; place++) {
		pfn[got] = *free_list_at(list, place);
		got += pfn[got] != PFN_NONE;
	}
	list->first = place;
	free_list_trim_head(list);
}

#endif
