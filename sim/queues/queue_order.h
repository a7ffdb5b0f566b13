/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_QUEUES_QUEUE_ORDER_H
#define KMEMSIM_SIM_QUEUES_QUEUE_ORDER_H

/*
 * Which calls in CPUs' queues must begin before another one: the last ones that
 * use the same id or name (sim/ids/id_key.h). Otherwise a call could free what
 * has not been allocated yet.
 *
 *	CPU 0   … 7:alloc b | 8:alloc a   9:free c
 *	CPU 1   … 3:kmalloc | 4:free a  <-- after the 8th of CPU 0
 *	                    ^ begun    they wait
 *
 * A call leaves its queue when it begins, and calls leave a queue in the order
 * in which they joined it. So a call is known by its place: its CPU, and a
 * number n, for the n-th call that ever queued there. It has begun when n calls
 * have left. Both are one number, with the CPU in the upper bits, so that two
 * places of one CPU can be compared directly.
 *
 * The engine asks queue_order_before() about a call, which then joins a queue
 * by queue_order_enter(). It keeps the answer, and compares it with what has
 * left.
 */

#include "sim/base/scatter.h"
#include "sim/ids/id_key.h"

/*
 * The CPU, and n: the n-th call that ever queued there, from 1 on; 0: nobody.
 */
typedef uint64_t queue_place;

#define QUEUE_PLACE_BITS 47 /* of n, below the CPU */
#define QUEUE_NOBODY ((queue_place)0)

static inline queue_place queue_place_of(cpu_t cpu, uint64_t n)
{
	return (queue_place)cpu << QUEUE_PLACE_BITS | n;
}

/*
 * The calls that must begin before another one, by its id and by the name that
 * it uses or changes. It need not wait if both have begun.
 */
struct queue_before {
	queue_place id;
	queue_place name;
};

/* A key, and the place of the last queued call that uses it. */
struct queue_order_entry {
	uint64_t key;
	uint64_t place : 63;	 /* queue_place */
	uint64_t is_spilled : 1; /* in a line's first entry: of the line */
};

#define QUEUE_ORDER_WIDTH 4 /* entries in a line of the host's cache */

struct queue_order_line {
	struct queue_order_entry entry[QUEUE_ORDER_WIDTH];
};

/* Of keys of one kind: sim/queues/queue_order.c. */
struct queue_order_table {
	struct queue_order_line *line;
	unsigned int bits;   /* 2^bits lines, where there are any */
	size_t nr_spilled;   /* lines that are marked so */
	size_t most_spilled; /* with more, the table is rebuilt */
};

/* Small ids, those below this, are looked up in an array by the id itself. */
#define QUEUE_ORDER_SMALL ((uint64_t)1 << 22)

/*
 * What has left a CPU's queue, who waits for that, and what its first awaits.
 */
struct queue_left {
	queue_place last;   /* the last call or sample that has left */
	queue_place wanted; /* when this one has, `wanted_left` is set */
	queue_place waits;  /* the first is blocked by this one's id */
};

struct queue_order {
	queue_place *small; /* [nr_small]: of small ids */
	uint64_t nr_small;  /* 0, or 2^n; grows as they come */
	struct queue_order_table table[NR_KEY_KINDS];
	struct queue_left *left; /* [nr_cpus] */
	uint64_t nr_waiting;	 /* calls and samples, in all queues */
	uint64_t nr_changers;	 /* of these, who create or destroy a name */
	uint32_t nr_cpus;
	bool wanted_left; /* a call that queue_order_want() named has left */
};

/* Nobody waits. 0, or -1: the host has no memory. */
int queue_order_init(struct queue_order *order, uint32_t nr_cpus);
void queue_order_release(struct queue_order *order);

/*
 * Internal to queue_order_before(): the last call of the same id, if that is
 * not in `small`: it is too large, a name, or there is none.
 */
queue_place queue_order_of_id(const struct queue_order *order,
			      const struct call *call);
/* The same: the last call that creates or destroys what the call names. */
queue_place queue_order_of_name(const struct queue_order *order,
				const struct call *call);

/* Which calls the call, which is in no queue yet, must wait for. */
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

/* Internal to queue_order_enter(): it takes more than to write small[]. */
int queue_order_enter_any(struct queue_order *order, const struct call *call,
			  queue_place place);

/*
 * The call or sample joins a queue, at that place: later calls that use the
 * same id or name wait for it. 0, or -1: the host has no memory.
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
 * The first in the CPU's queue has left it. If it creates or destroys a name,
 * the caller has to take it out of nr_changers.
 */
static inline void queue_order_leave_unchanged(struct queue_order *order,
					       cpu_t cpu)
{
	struct queue_left *left = &order->left[cpu];

	order->wanted_left |= ++left->last >= left->wanted;
	order->nr_waiting--;
}

/* Has the call at that place begun? True of QUEUE_NOBODY. */
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
 * The first in the CPU's queue waits for these calls: when one of them leaves
 * its queue, `wanted_left` is set.
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
 * The last call that left the CPU's queue was wanted: *waiter is the CPU whose
 * first waits for it. There is at most one, for a call waits for the one just
 * before it of its id. No call in a queue may create or destroy a name. false:
 * nobody waits for it. Also finds out which call of that queue is wanted next.
 */
bool queue_order_take_waiter(struct queue_order *order, cpu_t cpu,
			     cpu_t *waiter);

/* Forgets all that queue_order_want() was told. */
void queue_order_want_none(struct queue_order *order);

/* The line where a key belongs, in a table that has lines. */
static inline size_t queue_order_home(const struct queue_order_table *table,
				      uint64_t key)
{
	return key * GOLDEN_RATIO >> (64 - table->bits);
}

/*
 * Prefetches what the call's id will be looked up in. Always inline, as all in
 * sim/fast/prefetch.h.
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
