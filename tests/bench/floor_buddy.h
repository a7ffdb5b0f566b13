/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_TESTS_FLOOR_BUDDY_H
#define KMEMSIM_TESTS_FLOOR_BUDDY_H

/*
 * The least that a buddy allocator has to do, in two shapes, without any
 * kernel's zones, types, watermarks or counters:
 *
 *	lists	 a doubly linked list an order, frame numbers as links, and a
 *		 byte a page that holds a free block's order + 1: to look at a
 *		 buddy touches that byte only. Last in, first out.
 *	bitmaps	 a bit a block of each order, and above it bits that say which
 *		 words are not empty. Lowest address first.
 *
 *	          order 0   1 0 0 0 ... 0 1 0 0	   64 blocks a word
 *	      its summary   1 0			   64 words a bit, …
 *
 * Before either there may be a stack of single pages, filled and emptied 63 at
 * a time, as the kernel's per-CPU lists are.
 */

#include "tests/bench/stream.h"

#define NR_FLOOR_ORDERS (STREAM_MAX_ORDER + 1)

struct floor_link {
	uint32_t next;
	uint32_t prev;
};

#define SUMMARIES 5

struct floor_buddy {
	/* lists */
	struct floor_link *link; /* heads behind the pages */
	uint8_t *state;
	uint32_t pages;
	/* bitmaps */
	uint64_t *bits[NR_FLOOR_ORDERS][SUMMARIES]; /* [0]: the blocks */
	unsigned int nr_levels[NR_FLOOR_ORDERS];
	uint64_t nr_free[NR_FLOOR_ORDERS];
};

/* ---- lists --------------------------------------------------------------- */

static inline void list_take(struct floor_buddy *buddy, uint32_t frame)
{
	struct floor_link link = buddy->link[frame];

	buddy->link[link.next].prev = link.prev;
	buddy->link[link.prev].next = link.next;
	buddy->state[frame] = 0;
}

static inline void list_put(struct floor_buddy *buddy, uint32_t frame,
			    unsigned int order)
{
	uint32_t head = buddy->pages + order;
	uint32_t next = buddy->link[head].next;

	buddy->link[frame] = (struct floor_link){ next, head };
	buddy->link[next].prev = frame;
	buddy->link[head].next = frame;
	buddy->state[frame] = order + 1;
}

static inline void lists_init(struct floor_buddy *buddy, uint32_t pages)
{
	buddy->pages = pages;
	buddy->link = map_table(pages + NR_FLOOR_ORDERS, sizeof(*buddy->link));
	buddy->state = map_table(pages, 1);
	for (uint32_t head = pages; head < pages + NR_FLOOR_ORDERS; head++)
		buddy->link[head] = (struct floor_link){ head, head };
	for (uint32_t frame = pages; frame;) {
		frame -= 1u << STREAM_MAX_ORDER;
		list_put(buddy, frame, STREAM_MAX_ORDER);
	}
}

static inline uint32_t lists_alloc(struct floor_buddy *buddy,
				   unsigned int order)
{
	for (unsigned int from = order; from < NR_FLOOR_ORDERS; from++) {
		uint32_t head = buddy->pages + from;
		uint32_t frame = buddy->link[head].next;

		if (frame == head)
			continue;
		list_take(buddy, frame);
		while (from-- > order)
			list_put(buddy, frame + (1u << from), from);
		return frame;
	}
	return NO_FRAME;
}

static inline void lists_free(struct floor_buddy *buddy, uint32_t frame,
			      unsigned int order)
{
	for (; order < STREAM_MAX_ORDER; order++) {
		uint32_t other = frame ^ 1u << order;

		if (buddy->state[other] != order + 1)
			break;
		list_take(buddy, other);
		frame &= other;
	}
	list_put(buddy, frame, order);
}

/* ---- bitmaps ------------------------------------------------------------- */

static inline void bit_set(struct floor_buddy *buddy, unsigned int order,
			   uint32_t block)
{
	for (unsigned int i = 0; i < buddy->nr_levels[order]; i++) {
		uint64_t *word = &buddy->bits[order][i][block >> 6];
		uint64_t before = *word;

		*word |= 1ull << (block & 63);
		if (before)
			return;
		block >>= 6;
	}
}

static inline void bit_clear(struct floor_buddy *buddy, unsigned int order,
			     uint32_t block)
{
	for (unsigned int i = 0; i < buddy->nr_levels[order]; i++) {
		uint64_t *word = &buddy->bits[order][i][block >> 6];

		*word &= ~(1ull << (block & 63));
		if (*word)
			return;
		block >>= 6;
	}
}

static inline uint32_t bit_first(const struct floor_buddy *buddy,
				 unsigned int order)
{
	uint32_t block = 0;

	for (unsigned int i = buddy->nr_levels[order]; i-- > 0;)
		block = block << 6 |
			__builtin_ctzll(buddy->bits[order][i][block]);
	return block;
}

static inline void bitmaps_init(struct floor_buddy *buddy, uint32_t pages)
{
	for (unsigned int order = 0; order < NR_FLOOR_ORDERS; order++) {
		uint64_t bits = pages >> order;

		for (unsigned int i = 0; bits > 1 || !i; i++) {
			bits = (bits + 63) / 64;
			buddy->bits[order][i] = map_table(bits, 8);
			buddy->nr_levels[order] = i + 1;
		}
	}
	for (uint32_t i = 0; i < pages >> STREAM_MAX_ORDER; i++)
		bit_set(buddy, STREAM_MAX_ORDER, i);
	buddy->nr_free[STREAM_MAX_ORDER] = pages >> STREAM_MAX_ORDER;
}

static inline uint32_t bitmaps_alloc(struct floor_buddy *buddy,
				     unsigned int order)
{
	for (unsigned int from = order; from < NR_FLOOR_ORDERS; from++) {
		uint32_t block;

		if (!buddy->nr_free[from])
			continue;
		block = bit_first(buddy, from);
		bit_clear(buddy, from, block);
		buddy->nr_free[from]--;
		while (from-- > order) {
			block <<= 1;
			bit_set(buddy, from, block + 1);
			buddy->nr_free[from]++;
		}
		return block << order;
	}
	return NO_FRAME;
}

static inline void bitmaps_free(struct floor_buddy *buddy, uint32_t frame,
				unsigned int order)
{
	uint32_t block = frame >> order;

	for (; order < STREAM_MAX_ORDER; order++) {
		uint32_t other = block ^ 1;

		if (!(buddy->bits[order][0][other >> 6] >> (other & 63) & 1))
			break;
		bit_clear(buddy, order, other);
		buddy->nr_free[order]--;
		block >>= 1;
	}
	bit_set(buddy, order, block);
	buddy->nr_free[order]++;
}

/* ---- single pages -------------------------------------------------------- */

#define STACK_BATCH 63
#define STACK_HIGH 378

/* Inlined with either shape, so that no call goes through a pointer. */
struct floor_shape {
	void (*init)(struct floor_buddy *buddy, uint32_t pages);
	uint32_t (*alloc)(struct floor_buddy *buddy, unsigned int order);
	void (*free)(struct floor_buddy *buddy, uint32_t frame,
		     unsigned int order);
	bool stacked; /* are there stacks of single pages? */
};

struct floor_pages {
	struct floor_buddy buddy;
	uint32_t stack[STACK_HIGH];
	unsigned int nr;
};

#define ALWAYS_INLINE static inline __attribute__((always_inline))

ALWAYS_INLINE void stack_fill(struct floor_pages *pages,
			      const struct floor_shape *shape)
{
	uint32_t got[STACK_BATCH];
	unsigned int nr = 0;

	while (nr < STACK_BATCH) {
		got[nr] = shape->alloc(&pages->buddy, 0);
		if (got[nr] == NO_FRAME)
			break;
		nr++;
	}
	/* Handed out in the order in which they came. */
	while (nr)
		pages->stack[pages->nr++] = got[--nr];
}

/* The oldest go back. */
ALWAYS_INLINE void stack_drain(struct floor_pages *pages,
			       const struct floor_shape *shape)
{
	for (unsigned int i = 0; i < STACK_BATCH; i++)
		shape->free(&pages->buddy, pages->stack[i], 0);
	pages->nr -= STACK_BATCH;
	memmove(pages->stack, pages->stack + STACK_BATCH,
		pages->nr * sizeof(pages->stack[0]));
}

ALWAYS_INLINE uint32_t floor_alloc(struct floor_pages *pages,
				   const struct floor_shape *shape,
				   unsigned int order)
{
	if (order || !shape->stacked)
		return shape->alloc(&pages->buddy, order);
	if (!pages->nr)
		stack_fill(pages, shape);
	return pages->nr ? pages->stack[--pages->nr] : NO_FRAME;
}

ALWAYS_INLINE void floor_free(struct floor_pages *pages,
			      const struct floor_shape *shape, uint32_t frame,
			      unsigned int order)
{
	if (order || !shape->stacked) {
		shape->free(&pages->buddy, frame, order);
		return;
	}
	pages->stack[pages->nr++] = frame;
	if (pages->nr == STACK_HIGH)
		stack_drain(pages, shape);
}

static const struct floor_shape stacked_lists = { lists_init, lists_alloc,
						  lists_free, true };
static const struct floor_shape plain_bitmaps
	__attribute__((unused)) = { bitmaps_init, bitmaps_alloc, bitmaps_free,
				    false };
static const struct floor_shape stacked_bitmaps
	__attribute__((unused)) = { bitmaps_init, bitmaps_alloc, bitmaps_free,
				    true };

#endif
