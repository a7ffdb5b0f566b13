/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_EVENT_QUEUE_H
#define KMEMSIM_SIM_EVENT_QUEUE_H

/*
 * What will happen later: events in the order of their time, and of equal
 * times in the order in which they were put in.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event {
	uint64_t t_ns;
	uint32_t kind;	   /* enum engine_event of engine.c */
	uint32_t argument; /* the kind's own: a node, a CPU, a task */
};

struct event_bucket {
	struct event *events;
	size_t nr;
	size_t capacity;
	size_t taken; /* bucket 0 only: the events before it are gone */
};

#define EVENTS_NEAR 32

/*
 * The next few events, sorted, and a radix heap of those further off: bucket 0
 * holds the events of its current time, bucket b those whose time differs from
 * that in bit b - 1 at the highest.
 */
struct event_queue {
	struct event near[EVENTS_NEAR]; /* the next one at the end */
	size_t nr_near;
	struct event_bucket bucket[65];
	uint64_t nonempty; /* bit b - 1: bucket b holds events */
	uint64_t now_ns;   /* time of the event last taken from the buckets */
	uint64_t far_ns;   /* earliest in the buckets, where nr_far */
	size_t nr_far;	   /* in the buckets */
	uint64_t next_ns;  /* time of the next event, where there is one */
	size_t nr;
};

/* Internal to those below: whatever is not as with most events. */
int event_queue_push_any(struct event_queue *queue, struct event event);
int event_queue_pop_any(struct event_queue *queue, struct event *event);

static inline bool event_queue_has_room_near(const struct event_queue *queue,
					     uint64_t t_ns)
{
	return queue->nr_near < EVENTS_NEAR &&
	       (!queue->nr_far || t_ns < queue->far_ns);
}

/* Into the sorted list, which has room; behind others of its time. */
static inline void event_queue_put_near(struct event_queue *queue,
					struct event event)
{
	size_t i = queue->nr_near++;

	for (; i && queue->near[i - 1].t_ns <= event.t_ns; i--)
		queue->near[i] = queue->near[i - 1];
	queue->near[i] = event;
	queue->nr++;
}

/* A queue that was set to zeros is empty and ready. */

/*
 * `event` must not lie before the event last taken. Returns 0, or -1 when the
 * host has no memory.
 */
static inline int event_queue_push(struct event_queue *queue,
				   struct event event)
{
	bool next = !queue->nr || event.t_ns < queue->next_ns;

	if (!event_queue_has_room_near(queue, event.t_ns) ||
	    event.t_ns < queue->now_ns)
		return event_queue_push_any(queue, event);
	event_queue_put_near(queue, event);
	if (next)
		queue->next_ns = event.t_ns;
	return 0;
}

/* Is there an event at `t_ns` or before? */
static inline bool event_queue_is_due(const struct event_queue *queue,
				      uint64_t t_ns)
{
	return queue->nr && queue->next_ns <= t_ns;
}

/* The next event, if it is one of the near ones; NULL: there may be another. */
static inline const struct event *
event_queue_next_near(const struct event_queue *queue)
{
	const struct event *next;

	if (!queue->nr_near)
		return NULL;
	next = &queue->near[queue->nr_near - 1];
	return next->t_ns == queue->next_ns &&
			       (!queue->nr_far || next->t_ns <= queue->far_ns) ?
		       next :
		       NULL;
}

/*
 * Takes the next event, which there must be. Returns 0, or -1 when the host
 * has no memory.
 */
static inline int event_queue_pop(struct event_queue *queue,
				  struct event *event)
{
	size_t nr = queue->nr_near;

	/* The next one and the one behind it must both be in the list. */
	if (nr < 2 ||
	    (queue->nr_far && queue->near[nr - 2].t_ns > queue->far_ns))
		return event_queue_pop_any(queue, event);
	*event = queue->near[nr - 1];
	queue->nr_near = nr - 1;
	queue->nr--;
	queue->next_ns = queue->near[nr - 2].t_ns;
	return 0;
}

/* The same for one of the near ones, which is always there to be taken. */
static inline struct event event_queue_take_near(struct event_queue *queue)
{
	struct event event;

	(void)event_queue_pop(queue, &event);
	return event;
}

/* Is this all that is due by then? It is one of the near ones, or none. */
static inline bool event_queue_has_only(const struct event_queue *queue,
					struct event event)
{
	const struct event *next = event_queue_next_near(queue);

	return next && next->t_ns == event.t_ns && next->kind == event.kind &&
	       next->argument == event.argument &&
	       (queue->nr_near == 1 || next[-1].t_ns > event.t_ns) &&
	       (!queue->nr_far || queue->far_ns > event.t_ns);
}

/* The first of the near ones, which there must be. */
static inline const struct event *
event_queue_nearest(const struct event_queue *queue)
{
	return &queue->near[queue->nr_near - 1];
}

/*
 * The next event, a near one, comes at `t_ns` instead, behind others of that
 * time, which lies before event_queue_only_until().
 */
static inline void event_queue_move_near(struct event_queue *queue,
					 uint64_t t_ns)
{
	size_t i = queue->nr_near - 1;
	struct event event = queue->near[i];

	event.t_ns = t_ns;
	for (; i && queue->near[i - 1].t_ns <= t_ns; i--)
		queue->near[i] = queue->near[i - 1];
	queue->near[i] = event;
	queue->next_ns = event_queue_nearest(queue)->t_ns;
}

/*
 * All events before the time that is returned are near ones of the kind, as
 * long as none gets far.
 */
uint64_t event_queue_only_until(const struct event_queue *queue, uint32_t kind);

void event_queue_release(struct event_queue *queue);

#endif
