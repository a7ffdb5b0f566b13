/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A ring that is made twice as large when it is full, and a second one of as
 * many places for what only few calls have: what was recorded of a call, sizes
 * of caches and pools, a name that others change. It is mapped and not cleared
 * (host_map()), so a place costs nothing until somebody needs it.
 */

#include "sim/call_queue.h"

#include "sim/base/host.h"

#define LEAST_CALLS 64

void call_queue_release(struct call_queue *queue)
{
	host_unmap(queue->ring, queue->capacity * sizeof *queue->ring);
	host_unmap(queue->rest, queue->capacity * sizeof *queue->rest);
	*queue = (struct call_queue){ .nr = 0 };
}

/* Those who wait take their places in a ring of another size. */
static void move(const struct call_queue *from, struct call_queue *to)
{
	for (size_t i = from->first; i < from->first + from->nr; i++) {
		size_t old = i & (from->capacity - 1);
		size_t new = i &(to->capacity - 1);

		to->ring[new] = from->ring[old];
		if (from->ring[old].has_rest)
			to->rest[new] = from->rest[old];
	}
}

static int grow(struct call_queue *queue)
{
	struct call_queue grown = *queue;

	grown.capacity = queue->capacity ? 2 * queue->capacity : LEAST_CALLS;
	grown.ring = host_map(grown.capacity * sizeof *grown.ring);
	if (queue->rest)
		grown.rest = host_map(grown.capacity * sizeof *grown.rest);
	if (!grown.ring || (queue->rest && !grown.rest)) {
		grown.nr = 0;
		call_queue_release(&grown);
		return -1;
	}
	move(queue, &grown);
	call_queue_release(queue);
	*queue = grown;
	return 0;
}

/* Is there anything behind the call's head? */
static bool has_rest(const struct call *call)
{
	const char *rest = (const char *)call + CALL_HEAD;
	uint64_t any = 0;
	uint64_t word;

	_Static_assert((sizeof *call - CALL_HEAD) % sizeof word == 0, "words");
	for (size_t i = 0; i < sizeof *call - CALL_HEAD; i += sizeof word) {
		memcpy(&word, rest + i, sizeof word);
		any |= word;
	}
	return any;
}

static int put_rest(struct call_queue *queue, size_t at,
		    const struct call *call, struct queue_place name)
{
	if (!queue->rest)
		queue->rest = host_map(queue->capacity * sizeof *queue->rest);
	if (!queue->rest)
		return -1;
	queue->rest[at] = (struct queued_rest){ *call, name };
	return 0;
}

int call_queue_append(struct call_queue *queue, const struct call *call,
		      uint64_t seq, struct queue_before before)
{
	struct queued_call *last;
	size_t at;

	if (queue->nr == queue->capacity && grow(queue) < 0)
		return -1;
	at = (queue->first + queue->nr) & (queue->capacity - 1);
	last = &queue->ring[at];
	/* Those who queue next will write here. */
	__builtin_prefetch(last + 4, 1);
	memcpy(last->head, call, CALL_HEAD);
	last->seq = seq;
	last->has_rest = has_rest(call) || before.name.n;
	last->id = before.id;
	if (last->has_rest && put_rest(queue, at, call, before.name) < 0)
		return -1;
	queue->nr++;
	return 0;
}
