/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A CPU's run queue, in rings that double when they are full. Two rings hold
 * what all calls have. A third, with as many places, holds what few have: what
 * was recorded of a call, sizes of caches and pools, a name that other calls
 * change. The rings are mapped and not cleared (host_map()), so a place costs
 * nothing until it is used. More is mapped than is used, so that a ring mostly
 * grows in place: only the calls at its start move, behind the last one.
 *
 *	[6][7][8][3][4][5] · · · · · ·    full: 3 is the first
 *	 ·  ·  · [3][4][5][6][7][8] · · ·
 */

#include "sim/queues/call_queue.h"

#include "sim/base/host.h"

#define LEAST_CALLS 64
/* How many times a ring can grow without being mapped anew. */
#define ROOM_FOR 32

void call_queue_release(struct call_queue *queue)
{
	host_unmap(queue->ring, queue->mapped * sizeof *queue->ring);
	host_unmap(queue->where, queue->mapped * sizeof *queue->where);
	host_unmap(queue->rest, queue->mapped * sizeof *queue->rest);
	*queue = (struct call_queue){ .nr = 0 };
}

/* The calls take their places in a larger ring, here or elsewhere. */
static void move(const struct call_queue *from, struct call_queue *to)
{
	for (size_t i = from->first; i < from->first + from->nr; i++) {
		size_t old = i & from->mask;
		size_t new = i & to->mask;

		/* Where it grows in place, nobody is in the new half yet. */
		if (from->ring == to->ring && old == new)
			continue;
		to->ring[new] = from->ring[old];
		to->where[new] = from->where[old];
		if (from->ring[old].number.has_rest)
			to->rest[new] = from->rest[old];
	}
}

/* Moves the queue to where it has room for many times as many. */
static int map_anew(struct call_queue *queue, struct call_queue *grown)
{
	grown->mapped = ROOM_FOR * (grown->mask + 1);
	grown->ring = host_map(grown->mapped * sizeof *grown->ring);
	grown->where = host_map(grown->mapped * sizeof *grown->where);
	if (queue->rest)
		grown->rest = host_map(grown->mapped * sizeof *grown->rest);
	if (!grown->ring || !grown->where || (queue->rest && !grown->rest)) {
		call_queue_release(grown);
		return -1;
	}
	move(queue, grown);
	call_queue_release(queue);
	return 0;
}

static int grow(struct call_queue *queue)
{
	struct call_queue grown = *queue;

	grown.mask = queue->ring ? 2 * queue->mask + 1 : LEAST_CALLS - 1;
	if (grown.mask < queue->mapped)
		move(queue, &grown);
	else if (map_anew(queue, &grown) < 0)
		return -1;
	*queue = grown;
	queue->head = call_queue_at(queue, 0);
	return 0;
}

static int put_rest(struct call_queue *queue, size_t at,
		    const struct call *call, queue_place name)
{
	if (!queue->rest)
		queue->rest = host_map(queue->mapped * sizeof *queue->rest);
	if (!queue->rest)
		return -1;
	queue->rest[at] = (struct queued_rest){ *call, name };
	return 0;
}

int call_queue_append_any(struct call_queue *queue, const struct call *call,
			  uint64_t seq, struct queue_before before)
{
	bool has_rest = call_has_rest(call) || before.name;
	size_t at;

	if ((queue->nr > queue->mask || !queue->ring) && grow(queue) < 0)
		return -1;
	at = (queue->first + queue->nr) & queue->mask;
	if (has_rest && put_rest(queue, at, call, before.name) < 0)
		return -1;
	call_queue_write(queue, call, seq, has_rest, before.id);
	return 0;
}
