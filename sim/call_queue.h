/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_CALL_QUEUE_H
#define KMEMSIM_SIM_CALL_QUEUE_H

/*
 * Calls that wait for a CPU, in the file's order: a ring. Many may wait, and
 * each is written once and read once, much later, when it is in no cache of the
 * host's any more. So what nearly all calls have lies close together, 80 bytes
 * each, and the few that have more lie whole in a second ring, of which the
 * others touch nothing:
 *
 *	ring  … | 7: head | 8: head | 9: head | …
 *	rest              | 8: all  |
 */

#include <stddef.h>
#include <string.h>

#include "sim/call.h"
#include "sim/queue_order.h"

/* The fields before this are a call's head. */
#define CALL_HEAD offsetof(struct call, recorded_vaddr)

struct queued_call {
	_Alignas(struct call) unsigned char head[CALL_HEAD];
	uint64_t seq : 63;
	uint64_t has_rest : 1;
	struct queue_place id; /* it must not overtake this one, */
};

struct queued_rest {
	struct call call;	 /* with its head */
	struct queue_place name; /* nor this one */
};

/* Set to zeros it is empty and ready. */
struct call_queue {
	struct queued_call *ring;
	struct queued_rest *rest; /* NULL: none was needed yet */
	size_t capacity;	  /* 2^n */
	size_t first;		  /* counts up: so many have left */
	size_t nr;
};

void call_queue_release(struct call_queue *queue);

/* The call comes last. 0, or -1: the host has no memory. */
int call_queue_append(struct call_queue *queue, const struct call *call,
		      uint64_t seq, struct queue_before before);

/* The n-th behind the first, which there must be, but for who only fetches. */
static inline const struct queued_call *
call_queue_at(const struct call_queue *queue, size_t n)
{
	return &queue->ring[(queue->first + n) & (queue->capacity - 1)];
}

/* The call that waits longest; there must be one. */
static inline const struct queued_call *
call_queue_first(const struct call_queue *queue)
{
	return call_queue_at(queue, 0);
}

/* Of what is returned, only the fields of a head are there. */
static inline const struct call *queued_head(const struct queued_call *queued)
{
	return (const struct call *)queued->head;
}

/* Whom the first must not overtake. */
static inline struct queue_before
call_queue_before(const struct call_queue *queue)
{
	const struct queued_call *first = call_queue_first(queue);
	struct queue_before before = { .id = first->id };

	if (first->has_rest)
		before.name =
			queue->rest[queue->first & (queue->capacity - 1)].name;
	return before;
}

/* The first leaves, as *call. Returns its number. */
static inline uint64_t call_queue_take(struct call_queue *queue,
				       struct call *call)
{
	const struct queued_call *first = call_queue_first(queue);

	if (first->has_rest) {
		*call = queue->rest[queue->first & (queue->capacity - 1)].call;
	} else {
		memcpy(call, first->head, CALL_HEAD);
		memset((char *)call + CALL_HEAD, 0, sizeof *call - CALL_HEAD);
	}
	queue->first++;
	queue->nr--;
	return first->seq;
}

#endif
