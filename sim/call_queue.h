/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_CALL_QUEUE_H
#define KMEMSIM_SIM_CALL_QUEUE_H

/*
 * Calls that wait for a CPU, in the order they came: a ring. Many may wait, and
 * each is written once and read once, much later, when it is in no cache of the
 * host's any more. So what nearly all calls are asked for lies together, in one
 * line of the host's cache; where they were written lies apart, for those of
 * which something is to be said; and the few that have more lie whole in a
 * third ring, of which the others touch nothing:
 *
 *	ring  … | 7: head  | 8: head  | 9: head  | …
 *	where … | 7: place | 8: place | 9: place | …
 *	rest               | 8: all   |
 */

#include <stddef.h>
#include <string.h>

#include "sim/call.h"
#include "sim/queue_order.h"

/* The fields before this are a call's head. */
#define CALL_HEAD offsetof(struct call, line)

struct queued_call {
	_Alignas(struct call) unsigned char head[CALL_HEAD];
	struct queued_number {
		uint64_t seq : 63;
		uint64_t has_rest : 1; /* call_has_rest(), or a name */
	} number;
	queue_place id; /* it must not overtake this one, */
};

_Static_assert(sizeof(struct queued_call) == 64, "a line of a cache");

/* What follows the head: call.line, column and pfn. */
struct queued_where {
	uint64_t word[2];
};

/* And behind these. */
#define CALL_REST offsetof(struct call, recorded_vaddr)
_Static_assert(CALL_REST - CALL_HEAD == sizeof(struct queued_where),
	       "nothing is left out");

struct queued_rest {
	struct call call; /* with its head */
	queue_place name; /* nor this one */
};

/* Set to zeros it is empty and ready; `first` may begin at any place. */
struct call_queue {
	struct queued_call *ring;
	struct queued_where *where;
	struct queued_rest *rest;	/* NULL: none was needed yet */
	const struct queued_call *head; /* where the first is, or will be */
	size_t mask;			/* how many places, less 1: 2^n - 1 */
	size_t mapped;			/* places that there is room for */
	size_t first;			/* counts up: the last that left */
	size_t nr;
};

void call_queue_release(struct call_queue *queue);

/* Internal to call_queue_append(): there is more to do than to write a head. */
int call_queue_append_any(struct call_queue *queue, const struct call *call,
			  uint64_t seq, struct queue_before before);

/*
 * Is there anything but the call's head and where it was written, or more to be
 * asked of it, when it is the first, than whom it must not overtake?
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

/* Internal: what each call has, behind the last one. There is room. */
static inline void call_queue_write(struct call_queue *queue,
				    const struct call *call, uint64_t seq,
				    bool has_rest, queue_place id)
{
	size_t at = (queue->first + queue->nr++) & queue->mask;
	struct queued_call *last = &queue->ring[at];

	/* Those who queue next will write here. */
	__builtin_prefetch(last + 5, 1);
	memcpy(last->head, call, CALL_HEAD);
	last->number = (struct queued_number){ seq, has_rest };
	last->id = id;
	memcpy(&queue->where[at], (const char *)call + CALL_HEAD,
	       sizeof *queue->where);
}

/* The place of the call that joins next, as in sim/queue_order.h. */
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
 * A call without call_has_rest() comes last; there is room for it. `id`: whom
 * it must not overtake.
 */
static inline void call_queue_append_head(struct call_queue *queue,
					  const struct call *call, uint64_t seq,
					  queue_place id)
{
	call_queue_write(queue, call, seq, false, id);
}

/* The call comes last. 0, or -1: the host has no memory. */
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
 * Asks the host's memory for that one, and for where it was written. Always
 * inline: a function that only fetches is nothing to gcc, and goes.
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

	if (first->number.has_rest)
		before.name = queue->rest[queue->first & queue->mask].name;
	return before;
}

/* The whole of the first one. */
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
 * The first leaves. What was said of it can be read until another one comes
 * last.
 */
static inline void call_queue_drop(struct call_queue *queue)
{
	queue->first++;
	queue->nr--;
	queue->head = call_queue_at(queue, 0);
}

#endif
