/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_TESTS_FLOOR_SLAB_H
#define KMEMSIM_TESTS_FLOOR_SLAB_H

/*
 * The least that a slab allocator has to do: a slab that is being handed out
 * from and a list of those with free objects a cache, a bit an object, at most
 * five empty slabs kept, and lists of pages below (floor_buddy.h).
 */

#include "tests/bench/floor_buddy.h"

#define MOST_OBJECTS 512 /* of a slab */
#define EMPTY_KEPT 5

struct floor_slab {
	uint64_t unused[MOST_OBJECTS / 64]; /* a bit an object */
	uint32_t next, prev;		    /* on the list; 0: none */
	uint32_t frame;
	uint16_t nr_used;
	uint16_t nr;
	uint8_t cache;
	uint8_t word; /* where a free object is likely */
};

struct floor_cache {
	uint32_t active;  /* slab; 0: none */
	uint32_t partial; /* head of the list */
	uint32_t nr_partial;
	uint16_t objects; /* of a slab */
	uint8_t order;
};

struct floor_slabs {
	struct floor_pages pages;
	struct floor_slab *slab; /* from 1 on */
	uint32_t unused;	 /* list of those that were given back */
	uint32_t nr;
	struct floor_cache cache[NR_SLAB_SIZES];
};

static inline void slabs_init(struct floor_slabs *slabs, uint32_t nr_pages)
{
	lists_init(&slabs->pages.buddy, nr_pages);
	slabs->slab = map_table(nr_pages + 2, sizeof(*slabs->slab));
	for (size_t i = 0; i < NR_SLAB_SIZES; i++) {
		uint32_t size = slab_sizes[i];
		unsigned int order = size < 256 ? 0 : __builtin_ctz(size) - 7;

		slabs->cache[i].order = order;
		slabs->cache[i].objects = (4096u << order) / size;
	}
}

static inline void partial_put(struct floor_slabs *slabs,
			       struct floor_cache *cache, uint32_t number)
{
	struct floor_slab *slab = &slabs->slab[number];

	slab->next = cache->partial;
	slab->prev = 0;
	slabs->slab[cache->partial].prev = number;
	cache->partial = number;
	cache->nr_partial++;
}

static inline void partial_take(struct floor_slabs *slabs,
				struct floor_cache *cache, uint32_t number)
{
	struct floor_slab *slab = &slabs->slab[number];

	slabs->slab[slab->next].prev = slab->prev;
	if (slab->prev)
		slabs->slab[slab->prev].next = slab->next;
	else
		cache->partial = slab->next;
	cache->nr_partial--;
}

static inline uint32_t slab_make(struct floor_slabs *slabs, uint32_t number_of)
{
	struct floor_cache *cache = &slabs->cache[number_of];
	uint32_t frame =
		floor_alloc(&slabs->pages, &stacked_lists, cache->order);
	uint32_t number = slabs->unused;
	struct floor_slab *slab;

	if (frame == NO_FRAME)
		return 0;
	if (number)
		slabs->unused = slabs->slab[number].next;
	else
		number = ++slabs->nr;
	slab = &slabs->slab[number];
	*slab = (struct floor_slab){ .frame = frame,
				     .nr = cache->objects,
				     .cache = number_of };
	for (unsigned int i = 0; i < cache->objects; i++)
		slab->unused[i / 64] |= 1ull << i % 64;
	return number;
}

/* A slab's number and the object's in it; NO_FRAME: no memory. */
static inline uint32_t slab_alloc(struct floor_slabs *slabs, uint32_t number_of)
{
	struct floor_cache *cache = &slabs->cache[number_of];
	struct floor_slab *slab = &slabs->slab[cache->active];
	unsigned int bit;

	if (!cache->active || slab->nr_used == slab->nr) {
		uint32_t number = cache->partial;

		if (number)
			partial_take(slabs, cache, number);
		else
			number = slab_make(slabs, number_of);
		cache->active = number;
		if (!number)
			return NO_FRAME;
		slab = &slabs->slab[number];
	}
	while (!slab->unused[slab->word])
		slab->word = (slab->word + 1) % (MOST_OBJECTS / 64);
	bit = __builtin_ctzll(slab->unused[slab->word]);
	slab->unused[slab->word] &= slab->unused[slab->word] - 1;
	slab->nr_used++;
	return cache->active * MOST_OBJECTS + slab->word * 64 + bit;
}

static inline void slab_free(struct floor_slabs *slabs, uint32_t object)
{
	uint32_t number = object / MOST_OBJECTS;
	struct floor_slab *slab = &slabs->slab[number];
	struct floor_cache *cache = &slabs->cache[slab->cache];
	unsigned int at = object % MOST_OBJECTS;

	slab->unused[at / 64] |= 1ull << at % 64;
	slab->word = at / 64;
	slab->nr_used--;
	if (number == cache->active)
		return;
	if (slab->nr_used == slab->nr - 1)
		partial_put(slabs, cache, number);
	if (slab->nr_used || cache->nr_partial <= EMPTY_KEPT)
		return;
	partial_take(slabs, cache, number);
	floor_free(&slabs->pages, &stacked_lists, slab->frame, cache->order);
	slab->next = slabs->unused;
	slabs->unused = number;
}

#endif
