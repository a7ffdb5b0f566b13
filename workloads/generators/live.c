/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Times come from a heap, whose nodes have four children each: half as deep
 * as one of two, and the four are beside each other in the host's cache.
 * Which allocation is freed then, the order says:
 *
 *	expiry   the one whose time it is: it is in the heap itself
 *	fifo     the oldest      queue:  [first …………] and round again
 *	lifo     the youngest    queue:  [……… last]
 *	random   any             queue:  [… one … last], the last moves there
 */
#include "workloads/generators/live.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/host.h"

#define CHILDREN 4

/* In one comparison of 128 bits: which is less can't be predicted. */
static inline unsigned __int128 rank_of(const struct live_item *item)
{
	return (unsigned __int128)item->t_ns << 64 | item->number;
}

/* Puts the item in its place on the way from `at` to the first. */
static void sift_up(struct live_item *heap, size_t at,
		    const struct live_item *item)
{
	unsigned __int128 rank = rank_of(item);

	while (at) {
		size_t parent = (at - 1) / CHILDREN;

		if (rank > rank_of(&heap[parent]))
			break;
		heap[at] = heap[parent];
		at = parent;
	}
	heap[at] = *item;
}

/*
 * The first leaves; there are `nr` left. The hole goes all the way down, and
 * the last item, which mostly belongs there, up again from it.
 */
static void heap_take(struct live_item *heap, size_t nr)
{
	const struct live_item last = heap[nr];
	size_t at = 0, child;

	while ((child = at * CHILDREN + 1) < nr) {
		size_t end = child + CHILDREN < nr ? child + CHILDREN : nr;
		unsigned __int128 least = rank_of(&heap[child]);
		size_t best = child;

		__builtin_prefetch(&heap[child * CHILDREN + 1]);
		__builtin_prefetch(&heap[child * CHILDREN + 5]);
		__builtin_prefetch(&heap[child * CHILDREN + 9]);
		__builtin_prefetch(&heap[child * CHILDREN + 13]);
		while (++child < end) {
			unsigned __int128 rank = rank_of(&heap[child]);
			bool less = rank < least;

			least = less ? rank : least;
			best = less ? child : best;
		}
		heap[at] = heap[best];
		at = best;
	}
	sift_up(heap, at, &last);
}

/* What is behind the end of the queue's old room moves to that of the new. */
static int grow_queue(struct live *live)
{
	size_t old_room = live->queue_room;
	struct live_item *queue;
	size_t behind;

	if (live->nr < old_room)
		return 0;
	queue = host_grow(live->queue, &live->queue_room, live->nr + 1,
			  sizeof(*queue));
	if (!queue)
		return -1;
	live->queue = queue;
	if (!live->first)
		return 0;
	behind = old_room - live->first;
	memmove(queue + live->queue_room - behind, queue + live->first,
		behind * sizeof(*queue));
	live->first = live->queue_room - behind;
	return 0;
}

static inline size_t queue_place(const struct live *live, size_t nth)
{
	size_t at = live->first + nth;

	return at < live->queue_room ? at : at - live->queue_room;
}

int live_add(struct live *live, const struct live_item *item)
{
	struct live_item *heap = live->heap;

	if (live->nr >= live->heap_room) {
		heap = host_grow(heap, &live->heap_room, live->nr + 1,
				 sizeof(*heap));
		if (!heap)
			return -1;
		live->heap = heap;
	}
	if (live->order != FREE_EXPIRY) {
		if (grow_queue(live) < 0)
			return -1;
		live->queue[queue_place(live, live->nr)] = *item;
	}
	sift_up(heap, live->nr, item);
	live->nr++;
	return 0;
}

/* Takes one of `nr` out of the queue. */
static struct live_item queue_take(struct live *live, size_t nr,
				   struct random *random)
{
	struct live_item *queue = live->queue;
	struct live_item item;
	size_t at = nr - 1;

	if (live->order == FREE_FIFO) {
		item = queue[live->first];
		live->first = queue_place(live, 1);
		return item;
	}
	if (live->order == FREE_RANDOM)
		at = random_below(random, nr);
	item = queue[at];
	queue[at] = queue[nr - 1];
	return item;
}

struct live_item live_take(struct live *live, struct random *random)
{
	struct live_item item = live->heap[0];
	uint64_t t_ns = item.t_ns;

	if (live->order != FREE_EXPIRY)
		item = queue_take(live, live->nr, random);
	live->nr--;
	heap_take(live->heap, live->nr);
	item.t_ns = t_ns;
	return item;
}

void live_release(struct live *live)
{
	free(live->heap);
	free(live->queue);
	*live = (struct live){ .order = live->order };
}
