/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_QUEUES_EVENT_QUEUE_H
#define KMEMSIM_SIM_QUEUES_EVENT_QUEUE_H

/*
 * Events in the order of their time, and of equal times in the order in which
 * they were added.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event {
	uint64_t t_ns;
	uint32_t kind;	   /* enum event_kind of the engine */
	uint32_t argument; /* the kind's own: a CPU, a thread, a device */
};

struct event_bucket {
	struct event *events;
	size_t nr;
	size_t capacity;
	size_t taken; /* bucket 0 only: the events before it are gone */
};

#define EVENTS_NEAR 32
/* So many are passed without a branch, which no processor could predict. */
#define EVENTS_PASSED 4

/*
 * The next few events, sorted, and a radix heap of those further off: bucket 0
 * holds the events of its current time, bucket b those whose time differs from
 * that in bit b - 1 at the highest.
 */
struct event_queue {
	/* Those that are never due, then the latest one, and so on. */
	struct event near[EVENTS_PASSED + EVENTS_NEAR];
	size_t nr_near;
	struct event_bucket bucket[65];
	uint64_t nonempty; /* bit b - 1: bucket b holds events */
	uint64_t now_ns;   /* time of the event last taken from the buckets */
	uint64_t far_ns;   /* earliest in the buckets; UINT64_MAX: none */
	size_t nr_far;	   /* in the buckets */
	uint64_t next_ns;  /* time of the next event, where there is one */
	size_t nr;
};

/* Internal to event_queue_push() and event_queue_pop(): all rare cases. */
int event_queue_push_any(struct event_queue *queue, struct event event);
int event_queue_pop_any(struct event_queue *queue, struct event *event);

/* The next of the near ones; with none, one that is never due. */
static inline const struct event *
event_queue_nearest(const struct event_queue *queue)
{
	return &queue->near[EVENTS_PASSED - 1 + queue->nr_near];
}

static inline bool event_queue_has_room_near(const struct event_queue *queue,
					     uint64_t t_ns)
{
	return queue->nr_near < EVENTS_NEAR && t_ns < queue->far_ns;
}

/*
 * Internal: the n-th behind `place` moves up by one, unless it is later.
 * Returns whether it does.
 */
static inline size_t event_queue_pass(struct event *place, size_t n,
				      uint64_t t_ns)
{
	struct event *to = place - n;
	size_t passed = to[-1].t_ns <= t_ns;

	*to = *(to - passed);
	return passed;
}

/*
 * Internal: puts the event at `place`, the next one's, which is free, or behind
 * those that come before it.
 */
static inline void event_queue_sink(struct event *place, struct event event)
{
	uint64_t t_ns = event.t_ns;
	size_t n = event_queue_pass(place, 0, t_ns) +
		   event_queue_pass(place, 1, t_ns) +
		   event_queue_pass(place, 2, t_ns) +
		   event_queue_pass(place, 3, t_ns);

	_Static_assert(EVENTS_PASSED == 4, "as many as below");
	place -= n;
	if (n == EVENTS_PASSED)
		for (; place[-1].t_ns <= t_ns; place--)
			*place = place[-1];
	*place = event;
}

/* Into the sorted list, which has room; behind others of its time. */
static inline void event_queue_put_near(struct event_queue *queue,
					struct event event)
{
	event_queue_sink(&queue->near[EVENTS_PASSED + queue->nr_near++], event);
	queue->nr++;
}

/*
 * Adds an event; a queue of all zeros is empty, and ready for use. `event` must
 * not lie before the event last taken. 0, or -1: the host has no memory.
 */
static inline int event_queue_push(struct event_queue *queue,
				   struct event event)
{
	if (!queue->nr || !event_queue_has_room_near(queue, event.t_ns) ||
	    event.t_ns < queue->now_ns)
		return event_queue_push_any(queue, event);
	event_queue_put_near(queue, event);
	queue->next_ns = event.t_ns < queue->next_ns ? event.t_ns :
						       queue->next_ns;
	return 0;
}

/* Is there an event at `t_ns` or before? */
static inline bool event_queue_is_due(const struct event_queue *queue,
				      uint64_t t_ns)
{
	return queue->nr && queue->next_ns <= t_ns;
}

/* Takes the next event, which must be one of the near ones. */
static inline struct event event_queue_take_near(struct event_queue *queue)
{
	const struct event *next = event_queue_nearest(queue);
	uint64_t near_ns = next[-1].t_ns, far_ns = queue->far_ns;

	queue->nr_near--;
	queue->nr--;
	queue->next_ns = near_ns < far_ns ? near_ns : far_ns;
	return *next;
}

/* Takes the next event; there must be one. 0, or -1: the host has no memory. */
static inline int event_queue_pop(struct event_queue *queue,
				  struct event *event)
{
	if (!queue->nr_near || event_queue_nearest(queue)->t_ns > queue->far_ns)
		return event_queue_pop_any(queue, event);
	*event = event_queue_take_near(queue);
	return 0;
}

/* Is `event` there, near, and nothing else due by its time? */
static inline bool event_queue_has_only(const struct event_queue *queue,
					struct event event)
{
	const struct event *next = event_queue_nearest(queue);

	return next->t_ns == event.t_ns && next->kind == event.kind &&
	       next->argument == event.argument && next[-1].t_ns > event.t_ns &&
	       queue->far_ns > event.t_ns;
}

/*
 * Returns a time before which all events are near ones of the kind, as long as
 * none moves from the list to the heap.
 */
uint64_t event_queue_only_until(const struct event_queue *queue, uint32_t kind);

void event_queue_release(struct event_queue *queue);

#endif
