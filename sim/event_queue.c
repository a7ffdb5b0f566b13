/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A radix heap: a queue for times that never go back.
 *
 * With the time last taken as a yardstick, an event belongs into the bucket
 * of the highest bit in which its time differs from it:
 *
 *	last taken  … 0101 1000
 *	bucket 0    … 0101 1000   the same
 *	bucket 1    … 0101 1001   bit 0 differs
 *	bucket 3    … 0101 11xx   bit 2 is the highest that differs
 *	bucket 6    … 011x xxxx   bit 5
 *
 * All of a bucket lies before all of the next one. When bucket 0 has run
 * out, the lowest bucket with events is dealt out anew around its earliest
 * time; each event moves at most once a bit on its way, mostly in bulk.
 *
 * Order is stable: buckets keep their events in the order of arrival, and
 * dealing out keeps that order.
 *
 * Source: Ahuja, Mehlhorn, Orlin, Tarjan, "Faster Algorithms for the Shortest
 * Path Problem", J. ACM 37 (1990).
 */

#include "sim/event_queue.h"

#include <stdlib.h>

#include "sim/base/bug.h"
#include "sim/base/host.h"

static int put(struct event_queue *queue, struct event event)
{
	uint64_t differs = event.t_ns ^ queue->now_ns;
	unsigned int b = differs ? 64 - __builtin_clzll(differs) : 0;
	struct event_bucket *bucket = &queue->bucket[b];

	if (bucket->nr == bucket->capacity) {
		struct event *events =
			host_grow(bucket->events, &bucket->capacity,
				  bucket->nr + 1, sizeof *events);

		if (!events)
			return -1;
		bucket->events = events;
	}
	bucket->events[bucket->nr++] = event;
	if (b)
		queue->nonempty |= 1ull << (b - 1);
	return 0;
}

int event_queue_push(struct event_queue *queue, struct event event)
{
	BUG_ON(event.t_ns < queue->now_ns);
	if (put(queue, event) < 0)
		return -1;
	if (!queue->nr++ || event.t_ns < queue->next_ns)
		queue->next_ns = event.t_ns;
	return 0;
}

static unsigned int lowest_bucket(const struct event_queue *queue)
{
	return __builtin_ctzll(queue->nonempty) + 1;
}

static uint64_t earliest(const struct event_bucket *bucket)
{
	uint64_t t_ns = bucket->events[0].t_ns;

	for (size_t i = 1; i < bucket->nr; i++)
		if (bucket->events[i].t_ns < t_ns)
			t_ns = bucket->events[i].t_ns;
	return t_ns;
}

/* Deals the lowest bucket out around its earliest time. */
static int deal_out(struct event_queue *queue)
{
	struct event_bucket *bucket = &queue->bucket[lowest_bucket(queue)];
	size_t nr = bucket->nr;

	queue->now_ns = earliest(bucket);
	queue->nonempty &= queue->nonempty - 1;
	bucket->nr = 0;
	/* Every event goes to a lower bucket: its place is not written over. */
	for (size_t i = 0; i < nr; i++)
		if (put(queue, bucket->events[i]) < 0)
			return -1;
	return 0;
}

int event_queue_pop(struct event_queue *queue, struct event *event)
{
	struct event_bucket *now = &queue->bucket[0];

	BUG_ON(!queue->nr);
	if (now->taken == now->nr) {
		now->taken = 0;
		now->nr = 0;
		if (deal_out(queue) < 0)
			return -1;
	}
	*event = now->events[now->taken++];
	queue->nr--;
	if (now->taken < now->nr)
		queue->next_ns = queue->now_ns;
	else if (queue->nr)
		queue->next_ns = earliest(&queue->bucket[lowest_bucket(queue)]);
	return 0;
}

void event_queue_release(struct event_queue *queue)
{
	for (int b = 0; b < 65; b++)
		free(queue->bucket[b].events);
	*queue = (struct event_queue){ .nr = 0 };
}
