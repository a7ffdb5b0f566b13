/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_QUEUES_CALL_QUEUE_H
#define KMEMSIM_SIM_QUEUES_CALL_QUEUE_H

/*
 * A CPU's run queue: calls that wait for it, in the order in which they came.
 *
 * Many may wait. Each is written once and read once, much later, when it is in
 * none of the host's caches any more. So the queue is three rings. What is read
 * of nearly every call is one line of the host's cache in the first; where the
 * call was written lies apart, for those about which something is reported; and
 * the few that have more are kept whole in a third ring, which the others never
 * touch:
 *
 *	ring  … | 7: head  | 8: head  | 9: head  | …
 *	where … | 7: place | 8: place | 9: place | …
 *	rest               | 8: all   |
 */

#include <stddef.h>
#include <string.h>

#include "sim/call.h"
#include "sim/queues/queue_order.h"

/* The fields before `line` are a call's head. */
#define CALL_HEAD offsetof(struct call, line)

struct queued_call {
	_Alignas(struct call) unsigned char head[CALL_HEAD];
	struct queued_number {
		uint64_t seq : 63;
		uint64_t has_rest : 1; /* call_has_rest(), or a name */
	} number;
	queue_place id; /* the last call of its id: not to be overtaken */
};

_Static_assert(sizeof(struct queued_call) == 64, "a line of a cache");

/* What follows the head: call.line, column and pfn. */
struct queued_where {
	uint64_t word[2];
};

/* The fields from here on are its rest. */
#define CALL_REST offsetof(struct call, recorded_vaddr)
_Static_assert(CALL_REST - CALL_HEAD == sizeof(struct queued_where),
	       "nothing is left out");

struct queued_rest {
	struct call call; /* with its head */
	queue_place name; /* the last that changes its name: the same */
};

/* All zeros: empty, and ready for use. `first` may begin anywhere. */
struct call_queue {
	struct queued_call *ring;
	struct queued_where *where;
	struct queued_rest *rest;	/* NULL: none was needed yet */
	const struct queued_call *head; /* where the first is, or will be */
	size_t mask;			/* how many places, less 1: 2^n - 1 */
	size_t mapped;			/* places that there is room for */
	size_t first;			/* counts up with each that leaves */
	size_t nr;
};

void call_queue_release(struct call_queue *queue);

/* Internal to call_queue_append(): it takes more than to write a head. */
int call_queue_append_any(struct call_queue *queue, const struct call *call,
			  uint64_t seq, struct queue_before before);

/*
 * Has the call more than its head and where it was written, or is more to be
 * asked of it when it is the first than whether another call has begun?
 */
static inline bool call_has_rest(const struct call *call)
{
	const op_set asked = OP_BIT(OP_SAMPLE) | OP_BIT(OP_CACHE_DESTROY) |
			     OP_BIT(OP_MEMPOOL_DESTROY);
	const char *rest = (const char *)call + CALL_REST;
	uint64_t word[5];

	_Static_assert(sizeof *call - CALL_REST == sizeof word, "words");
	memcpy(word, rest, sizeof word);
	return word[0] | word[1] | word[2] | word[3] | word[4] ||
	       asked & OP_BIT(call->op);
}

/* Internal: writes what each call has, behind the last one; there is room. */
static inline void call_queue_write(struct call_queue *queue,
				    const struct call *call, uint64_t seq,
				    bool has_rest, queue_place id)
{
	size_t at = (queue->first + queue->nr++) & queue->mask;
	struct queued_call *last = &queue->ring[at];

	/* The next ones will write here. */
	__builtin_prefetch(last + 5, 1);
	memcpy(last->head, call, CALL_HEAD);
	last->number = (struct queued_number){ seq, has_rest };
	last->id = id;
	memcpy(&queue->where[at], (const char *)call + CALL_HEAD,
	       sizeof *queue->where);
}

/* The place of the call that joins next, as in sim/queues/queue_order.h. */
static inline queue_place call_queue_next_place(const struct call_queue *queue)
{
	return queue->first + queue->nr + 1;
}

/* Do others wait, and is there room behind them? */
static inline bool call_queue_has_room_behind(const struct call_queue *queue)
{
	return queue->nr - 1 < queue->mask;
}

/*
 * Appends a call without call_has_rest(); there must be room. `id`: the call
 * that it must not overtake.
 */
static inline void call_queue_append_head(struct call_queue *queue,
					  const struct call *call, uint64_t seq,
					  queue_place id)
{
	call_queue_write(queue, call, seq, false, id);
}

/* Appends a call. 0, or -1: the host has no memory. */
static inline int call_queue_append(struct call_queue *queue,
				    const struct call *call, uint64_t seq,
				    struct queue_before before)
{
	if (queue->nr > queue->mask || !queue->ring || call_has_rest(call) ||
	    before.name)
		return call_queue_append_any(queue, call, seq, before);
	call_queue_append_head(queue, call, seq, before.id);
	return 0;
}

/* The n-th behind the first. It must exist, unless it is only prefetched. */
static inline const struct queued_call *
call_queue_at(const struct call_queue *queue, size_t n)
{
	return &queue->ring[(queue->first + n) & queue->mask];
}

/*
 * Prefetches that one, and where it was written. Always inline, as all in
 * sim/fast/prefetch.h.
 */
static inline __attribute__((always_inline)) void
call_queue_prefetch(const struct call_queue *queue, size_t n)
{
	size_t at = (queue->first + n) & queue->mask;

	__builtin_prefetch(&queue->ring[at]);
	__builtin_prefetch(&queue->where[at]);
}

/* The call that waits longest; there must be one. */
static inline const struct queued_call *
call_queue_first(const struct call_queue *queue)
{
	return queue->head;
}

/* Only the fields of a head may be read of what is returned. */
static inline const struct call *queued_head(const struct queued_call *queued)
{
	return (const struct call *)queued->head;
}

/* The calls that must begin before the first. */
static inline struct queue_before
call_queue_before(const struct call_queue *queue)
{
	const struct queued_call *first = call_queue_first(queue);
	struct queue_before before = { .id = first->id };

	if (first->number.has_rest)
		before.name = queue->rest[queue->first & queue->mask].name;
	return before;
}

/* Copies the whole of the first one. */
static inline void call_queue_copy(const struct call_queue *queue,
				   struct call *call)
{
	size_t at = queue->first & queue->mask;
	const struct queued_call *first = queue->head;

	if (first->number.has_rest) {
		*call = queue->rest[at].call;
	} else {
		memcpy(call, first->head, CALL_HEAD);
		memcpy((char *)call + CALL_HEAD, &queue->where[at],
		       sizeof *queue->where);
		memset((char *)call + CALL_REST, 0, sizeof *call - CALL_REST);
	}
}

/*
 * The first leaves. What call_queue_first() returned can be read until another
 * call is appended.
 */
static inline void call_queue_drop(struct call_queue *queue)
{
	queue->first++;
	queue->nr--;
	queue->head = call_queue_at(queue, 0);
}

#endif
