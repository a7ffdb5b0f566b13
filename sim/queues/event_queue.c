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
 * out, the lowest bucket with events is dealt out again around its earliest
 * time; each event moves at most once a bit on its way, mostly in bulk.
 *
 * Order is stable: buckets keep their events in the order of arrival, and
 * dealing out keeps that order.
 *
 * Only few events are due at once, and most of them soon: a CPU will be free
 * within a microsecond. These never see the heap, but are kept in a short
 * sorted list before it:
 *
 *	near   90 84 84 61 58  <-- the next one     heap   90 97 1300 …
 *
 * - An event that is due before all of the heap goes to the list, all others to
 *   the heap. So of equal times those in the list came first, and are taken
 *   first.
 * - A new event goes behind all that are not later. For the nearest four this
 *   takes no branch: each is compared, and moves up by one or stays. Only
 *   beyond them is there a loop. Four at the far end are never due.
 * - A full list gives its latest events to the heap. If the heap has some of
 *   the same time, which came later and must stay behind them, the new event
 *   goes to the heap instead.
 *
 * Source: Ahuja, Mehlhorn, Orlin, Tarjan, "Faster Algorithms for the Shortest
 * Path Problem", J. ACM 37 (1990).
 */

#include "sim/queues/event_queue.h"

#include <stdlib.h>
#include <string.h>

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

/* Into the heap. `queue->nr` counts those that are in. */
static int put_far(struct event_queue *queue, struct event event)
{
	if (put(queue, event) < 0)
		return -1;
	queue->nr++;
	queue->nr_far++;
	if (event.t_ns < queue->far_ns)
		queue->far_ns = event.t_ns;
	return 0;
}

/* The latest of the list, all of a time, go to the heap, in their order. */
static int send_latest_off(struct event_queue *queue)
{
	struct event *near = &queue->near[EVENTS_PASSED];
	uint64_t latest_ns = near[0].t_ns;
	struct event latest[EVENTS_NEAR];
	size_t nr = 0;

	while (nr < queue->nr_near && near[nr].t_ns == latest_ns) {
		latest[nr] = near[nr];
		nr++;
	}
	queue->nr_near -= nr;
	queue->nr -= nr;
	memmove(near, near + nr, queue->nr_near * sizeof *near);
	while (nr--)
		if (put_far(queue, latest[nr]) < 0)
			return -1;
	return 0;
}

/* Does it belong into the list, and is there room or can be made? */
static bool is_near(const struct event_queue *queue, uint64_t t_ns)
{
	uint64_t latest_ns = queue->near[EVENTS_PASSED].t_ns;

	if (event_queue_has_room_near(queue, t_ns))
		return true;
	return queue->nr_near == EVENTS_NEAR && t_ns < latest_ns &&
	       latest_ns < queue->far_ns;
}

/* It is empty, and may be new: nothing in it is ever due. */
static void begin(struct event_queue *queue)
{
	for (int i = 0; i < EVENTS_PASSED; i++)
		queue->near[i].t_ns = UINT64_MAX;
	queue->far_ns = UINT64_MAX;
	queue->next_ns = UINT64_MAX;
}

int event_queue_push_any(struct event_queue *queue, struct event event)
{
	BUG_ON(event.t_ns < queue->now_ns);
	if (!queue->nr)
		begin(queue);
	if (is_near(queue, event.t_ns)) {
		if (queue->nr_near == EVENTS_NEAR && send_latest_off(queue) < 0)
			return -1;
		event_queue_put_near(queue, event);
	} else if (put_far(queue, event) < 0) {
		return -1;
	}
	if (event.t_ns < queue->next_ns)
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

static int take_far(struct event_queue *queue, struct event *event)
{
	struct event_bucket *now = &queue->bucket[0];

	if (now->taken == now->nr) {
		now->taken = 0;
		now->nr = 0;
		if (deal_out(queue) < 0)
			return -1;
	}
	*event = now->events[now->taken++];
	queue->nr--;
	queue->nr_far--;
	if (now->taken < now->nr)
		queue->far_ns = queue->now_ns;
	else if (queue->nr_far)
		queue->far_ns = earliest(&queue->bucket[lowest_bucket(queue)]);
	else
		queue->far_ns = UINT64_MAX;
	return 0;
}

int event_queue_pop_any(struct event_queue *queue, struct event *event)
{
	uint64_t near_ns;

	BUG_ON(!queue->nr);
	if (take_far(queue, event) < 0)
		return -1;
	near_ns = event_queue_nearest(queue)->t_ns;
	queue->next_ns = near_ns < queue->far_ns ? near_ns : queue->far_ns;
	return 0;
}

uint64_t event_queue_only_until(const struct event_queue *queue, uint32_t kind)
{
	const struct event *first = event_queue_nearest(queue);
	size_t nr = queue->nr_near;

	for (; nr && first->kind == kind; nr--)
		first--;
	if (!queue->nr)
		return UINT64_MAX;
	return first->t_ns < queue->far_ns ? first->t_ns : queue->far_ns;
}

void event_queue_release(struct event_queue *queue)
{
	for (int b = 0; b < 65; b++)
		free(queue->bucket[b].events);
	*queue = (struct event_queue){ .nr = 0 };
}
