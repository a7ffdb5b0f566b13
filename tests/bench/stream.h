/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_TESTS_STREAM_H
#define KMEMSIM_TESTS_STREAM_H

/*
 * Allocations and frees as numbers in a table, the same for the simulator and
 * for the floor that it is compared with:
 *
 *	bit 31	   is it an allocation?
 *	bits 27-30 its order, or its kmalloc class
 *	bits 0-26  its slot: who it is; a slot is used again once it is free
 *
 * The live set is filled first. From then on, where it is steady, an allocation
 * follows each fall below the target and a free, of anyone, everything else;
 * where it breathes, it grows to the upper bound, shrinks to the lower one, …
 *
 * Pages: 7 of 10 are of order 0, else order k with the probability 1/2^k.
 * Objects: all ten classes from 8 to 1024 bytes alike.
 */

#include <stdbool.h>

#include "tests/bench/bench.h"

#define STREAM_SLOT ((1u << 27) - 1)
#define STREAM_MAX_ORDER 10
/* A reader may look so far ahead. */
#define STREAM_AHEAD 64

enum stream_kind { STREAM_PAGES, STREAM_SLAB };

static const uint32_t slab_sizes[] = { 8,   16,	 32,  64,  96,
				       128, 192, 256, 512, 1024 };
#define NR_SLAB_SIZES (sizeof(slab_sizes) / sizeof(slab_sizes[0]))

/*
 * In the simulator pages are asked for without a wish to wait or to have any
 * reclaimed, so that what is measured is their allocation alone.
 */
#define STREAM_GFP "__GFP_HIGHMEM|__GFP_MOVABLE|__GFP_NOWARN"

struct stream {
	uint32_t *op;
	size_t nr_fill; /* before the live set is there */
	size_t nr;	/* those included */
	uint32_t nr_slots;
};

/* The live set in pages or objects, and how it is made. */
struct stream_maker {
	enum stream_kind kind;
	uint64_t low, start, high;
	uint64_t random;
	uint32_t *used; /* slots */
	uint32_t *unused;
	uint8_t *size_of; /* by slot */
	uint32_t nr_used, nr_unused, nr_slots;
	uint64_t live;
	bool grows;
};

static inline bool stream_is_allocation(uint32_t op)
{
	return op >> 31;
}

static inline unsigned int stream_size(uint32_t op)
{
	return op >> 27 & 15;
}

/*
 * How long after the one before it a call is made: one caller, who has time to
 * clear what it got, so that none waits for a CPU.
 */
static inline uint64_t stream_gap_ns(enum stream_kind kind, uint32_t op)
{
	if (kind == STREAM_SLAB || !stream_is_allocation(op))
		return 20000;
	return 20000 + (1000u << stream_size(op));
}

static inline unsigned int stream_draw_size(struct stream_maker *maker)
{
	uint64_t random = next_random(&maker->random);
	uint32_t tail = (uint32_t)random;

	if (maker->kind == STREAM_SLAB)
		return (random >> 32) * NR_SLAB_SIZES >> 32;
	if ((random >> 32) * 10 >> 32 < 7)
		return 0;
	while (!(tail & ((1u << STREAM_MAX_ORDER) - 1)))
		tail = (uint32_t)next_random(&maker->random);
	return 1 + __builtin_ctz(tail);
}

static inline uint64_t stream_weight(const struct stream_maker *maker,
				     unsigned int size)
{
	return maker->kind == STREAM_PAGES ? 1ull << size : 1;
}

static inline uint32_t stream_allocate(struct stream_maker *maker)
{
	unsigned int size = stream_draw_size(maker);
	uint32_t slot = maker->nr_unused ? maker->unused[--maker->nr_unused] :
					   maker->nr_slots++;

	maker->used[maker->nr_used++] = slot;
	maker->size_of[slot] = size;
	maker->live += stream_weight(maker, size);
	return 1u << 31 | size << 27 | slot;
}

static inline uint32_t stream_free(struct stream_maker *maker)
{
	uint32_t victim = random_below(&maker->random, maker->nr_used);
	uint32_t slot = maker->used[victim];
	unsigned int size = maker->size_of[slot];

	maker->used[victim] = maker->used[--maker->nr_used];
	maker->unused[maker->nr_unused++] = slot;
	maker->live -= stream_weight(maker, size);
	return size << 27 | slot;
}

static inline uint32_t stream_next(struct stream_maker *maker)
{
	if (maker->low == maker->high)
		maker->grows = maker->live < maker->low;
	else if (maker->live >= maker->high)
		maker->grows = false;
	else if (maker->live <= maker->low)
		maker->grows = true;
	return maker->grows ? stream_allocate(maker) : stream_free(maker);
}

/*
 * `ops` operations after those that fill: `target` pages or objects, steady or
 * breathing by `breath` of them to both sides. Nothing of it is given back.
 */
static inline struct stream stream_make(enum stream_kind kind, uint64_t target,
					uint64_t breath, size_t ops)
{
	struct stream_maker maker = {
		.kind = kind,
		.low = target - breath,
		.start = target,
		.high = target + breath,
		.random = RANDOM_SEED,
		.grows = true,
	};
	size_t slots = maker.high + 1024;
	struct stream stream = { .nr = 0 };

	if (breath > target || !ops || slots > STREAM_SLOT)
		die("no such live set");
	maker.used = map_table(slots, sizeof(*maker.used));
	maker.unused = map_table(slots, sizeof(*maker.unused));
	maker.size_of = map_table(slots, 1);
	stream.op = map_table(slots + ops + STREAM_AHEAD, sizeof(*stream.op));
	while (maker.live < maker.start)
		stream.op[stream.nr_fill++] = stream_next(&maker);
	stream.nr = stream.nr_fill;
	while (stream.nr < stream.nr_fill + ops)
		stream.op[stream.nr++] = stream_next(&maker);
	stream.nr_slots = maker.nr_slots;
	munmap(maker.used, slots * sizeof(*maker.used) + 1);
	munmap(maker.unused, slots * sizeof(*maker.unused) + 1);
	munmap(maker.size_of, slots + 1);
	return stream;
}

#endif
