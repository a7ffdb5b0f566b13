/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_QUEUE_ORDER_H
#define KMEMSIM_SIM_QUEUE_ORDER_H

/*
 * Which calls in the queues of CPUs must begin before another one: the last
 * that speak of the same id or name (sim/id_key.h), or what it frees might not
 * have been allocated yet.
 *
 *	CPU 0   … 7:alloc b | 8:alloc a   9:free c
 *	CPU 1   … 3:kmalloc | 4:free a  <-- after the 8th of CPU 0
 *	                    ^ begun    they wait
 *
 * A call leaves its queue when it begins, and a queue is left in the order in
 * which it was entered. So a call is known by its place: the CPU, and the how
 * manieth it was to queue there. It has begun when so many have left. As one
 * number, with the CPU above the other, places of one CPU are compared as they
 * are.
 *
 * The engine asks queue_order_before() about a call before that joins a queue
 * by queue_order_enter(), keeps the answer, and compares it with what has left.
 */

#include "sim/base/scatter.h"
#include "sim/id_key.h"

/* The n-th call, from 1 on, that ever queued for the CPU; 0: nobody. */
typedef uint64_t queue_place;

#define QUEUE_PLACE_BITS 47 /* of n, below the CPU */
#define QUEUE_NOBODY ((queue_place)0)

static inline queue_place queue_place_of(cpu_t cpu, uint64_t n)
{
	return (queue_place)cpu << QUEUE_PLACE_BITS | n;
}

/*
 * Whom a call must wait for, by its id and by the name that it uses or changes;
 * for nobody, where both have begun.
 */
struct queue_before {
	queue_place id;
	queue_place name;
};

/* A key, and the place of the last call that queued and spoke of it. */
struct queue_order_entry {
	uint64_t key;
	uint64_t place : 63;	 /* queue_place */
	uint64_t is_spilled : 1; /* in a line's first entry: of the line */
};

#define QUEUE_ORDER_WIDTH 4 /* entries in a line of the host's cache */

struct queue_order_line {
	struct queue_order_entry entry[QUEUE_ORDER_WIDTH];
};

/* Of keys of one kind: sim/queue_order.c. */
struct queue_order_table {
	struct queue_order_line *line;
	unsigned int bits;   /* 2^bits lines, where there are any */
	size_t nr_spilled;   /* lines that are marked so */
	size_t most_spilled; /* with more, the table is rebuilt */
};

/* Small ids, those below this, are looked up in an array by the id itself. */
#define QUEUE_ORDER_SMALL ((uint64_t)1 << 22)

/* What has left a CPU's queue, and what its first waits for in another one. */
struct queue_left {
	queue_place last;   /* the last call or sample that has */
	queue_place wanted; /* when this one has, `wanted_left` is set */
	queue_place waits;  /* by its id; it may have begun */
};

struct queue_order {
	queue_place *small; /* [nr_small]: of small ids */
	uint64_t nr_small;  /* 0, or 2^n; grows as they come */
	struct queue_order_table table[NR_KEY_KINDS];
	struct queue_left *left; /* [nr_cpus] */
	uint64_t nr_waiting;	 /* calls and samples, in all queues */
	uint64_t nr_changers;	 /* who make or take down a name, among them */
	uint32_t nr_cpus;
	bool wanted_left; /* one has left that queue_order_want() asked for */
};

/* Nobody waits. 0, or -1: the host has no memory. */
int queue_order_init(struct queue_order *order, uint32_t nr_cpus);
void queue_order_release(struct queue_order *order);

/*
 * Internal to queue_order_before(): the last call of the same id, for a call
 * whose id has no place in `small`: it is larger, a name, or there is none.
 */
queue_place queue_order_of_id(const struct queue_order *order,
			      const struct call *call);
/* Internal, too: the last call that makes or takes down the call's name. */
queue_place queue_order_of_name(const struct queue_order *order,
				const struct call *call);

/* Whom the call, which is in no queue yet, must wait for. */
static inline struct queue_before
queue_order_before(const struct queue_order *order, const struct call *call)
{
	struct queue_before before = { .id = QUEUE_NOBODY };

	if (order->nr_cpus == 1 || !order->nr_waiting)
		return before;
	if (call->has & CALL_HAS_ID && call->id < order->nr_small)
		before.id = order->small[call->id];
	else
		before.id = queue_order_of_id(order, call);
	if (order->nr_changers)
		before.name = queue_order_of_name(order, call);
	return before;
}

/* Internal to queue_order_enter(): more is to be done than to write small[]. */
int queue_order_enter_any(struct queue_order *order, const struct call *call,
			  queue_place place);

/*
 * The call, or a sample, joins the queue of place.cpu as the place.n-th: those
 * who come later and speak of the same wait for it. 0, or -1: the host has no
 * memory.
 */
static inline int queue_order_enter(struct queue_order *order,
				    const struct call *call, queue_place place)
{
	bool changes = id_key_is_changed(call);

	order->nr_waiting++;
	order->nr_changers += changes;
	if (!(call->has & CALL_HAS_ID) || call->id >= order->nr_small ||
	    changes || order->nr_cpus == 1)
		return queue_order_enter_any(order, call, place);
	order->small[call->id] = place;
	return 0;
}

/*
 * queue_order_before() and queue_order_enter() at once, where small[] is all
 * that must be read and written, as for most: there are several CPUs, the
 * call's id is below nr_small, and neither it nor anybody who waits changes a
 * name. Returns queue_before.id; there is no `name`.
 */
static inline queue_place queue_order_join_small(struct queue_order *order,
						 const struct call *call,
						 queue_place place)
{
	queue_place before = order->small[call->id];

	order->small[call->id] = place;
	order->nr_waiting++;
	return before;
}

/*
 * The first in the CPU's queue has left it; if it changes a name, it is its
 * caller's to count it out of nr_changers.
 */
static inline void queue_order_leave_unchanged(struct queue_order *order,
					       cpu_t cpu)
{
	struct queue_left *left = &order->left[cpu];

	order->wanted_left |= ++left->last >= left->wanted;
	order->nr_waiting--;
}

/* Has the call that queued there begun? True for nobody. */
static inline bool queue_order_has_begun(const struct queue_order *order,
					 queue_place place)
{
	return order->left[place >> QUEUE_PLACE_BITS].last >= place;
}

static inline bool queue_order_must_wait(const struct queue_order *order,
					 const struct queue_before *before)
{
	return !queue_order_has_begun(order, before->id) ||
	       !queue_order_has_begun(order, before->name);
}

/*
 * The first in the CPU's queue waits for these: when one of them begins,
 * `wanted_left` is set.
 */
static inline void queue_order_want(struct queue_order *order, cpu_t cpu,
				    const struct queue_before *before)
{
	const queue_place place[] = { before->id, before->name };

	order->left[cpu].waits = before->id;
	for (int i = 0; i < 2; i++) {
		struct queue_left *left =
			&order->left[place[i] >> QUEUE_PLACE_BITS];

		if (left->last < place[i] && place[i] < left->wanted)
			left->wanted = place[i];
	}
}

/*
 * The last call that has left the CPU's queue was wanted: *waiter is the CPU
 * whose first waits for it. It is one at the most, for each call waits for the
 * one just before it of its id; names must be nobody's concern. false: it is
 * none. What is wanted of that queue next is known then.
 */
bool queue_order_take_waiter(struct queue_order *order, cpu_t cpu,
			     cpu_t *waiter);

/* Takes back all that was asked for by queue_order_want(). */
void queue_order_want_none(struct queue_order *order);

/* The line where a key belongs, in a table that has lines. */
static inline size_t queue_order_home(const struct queue_order_table *table,
				      uint64_t key)
{
	return key * GOLDEN_RATIO >> (64 - table->bits);
}

/*
 * Asks the host's memory for what the call's id will be looked up in. Always
 * inline: a function that only fetches is nothing to gcc, and goes.
 */
static inline __attribute__((always_inline)) void
queue_order_prefetch(const struct queue_order *order, const struct call *call)
{
	const struct queue_order_table *table = &order->table[KEY_NUMBER];

	if (call->id < order->nr_small)
		__builtin_prefetch(&order->small[call->id]);
	else if (table->line)
		__builtin_prefetch(
			&table->line[queue_order_home(table, call->id)]);
}

#endif
