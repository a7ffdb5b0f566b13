/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_QUEUES_WAITING_H
#define KMEMSIM_SIM_QUEUES_WAITING_H

/*
 * Calls that could not end when they were made: their callers sleep until
 * what they wait for is there.
 *
 *	asleep    --waiting_wake(), waiting_wake_one()--> runnable
 *	runnable  --waiting_take()--> being tried again
 *	            --waiting_end()--> gone, those behind it runnable
 *	            --waiting_sleep_on()--> asleep, in its old place
 *
 * Behind a call that waits for itself stand those that its task makes later,
 * and those that need its result: the free of what it will have got.
 *
 * Of all that are runnable, the call that was made first is tried first.
 */

#include "sim/call.h"

/* What is waited for; with a number, one queue of sleepers. */
enum wait_for {
	WAIT_FOR_NOTHING,
	WAIT_FOR_ELEMENT, /* of a mempool: its number */
	WAIT_FOR_SLOT,	  /* of kmap; number: 0 */
	WAIT_FOR_CALL,	  /* that an earlier call ends: its ticket */
	WAIT_FOR_CPU,	  /* the same is over; number: the CPU to begin on */
	WAIT_FOR_TASK, /* it is in the middle of its call: the engine knows */
	NR_WAIT_FOR
};

struct wait {
	enum wait_for what;
	uint32_t number;
	uint64_t
		timeout_ns; /* tried again after this, woken or not; 0: never */
};

#define TICKET_NONE UINT32_MAX /* no waiting call */

/* One call that waits. Its ticket is its place in waiting->waiter[]. */
struct waiter {
	struct call call;
	uint64_t seq;	   /* of the operation, given when it was made */
	uint64_t retry_ns; /* when its timeout is over; 0: none */
	uint64_t ready_ns; /* WAIT_FOR_CPU: since when */
	uint64_t arrival;  /* counts up in the order of calls */
	struct wait wait;
	uint32_t next; /* in the list it is in */
	uint32_t prev;
	uint32_t first_behind; /* calls that wait for this one */
	uint32_t last_behind;
	uint32_t task_older; /* of the same task: made before, */
	uint32_t task_newer; /* and after */
	uint8_t state;	     /* private: enum waiter_state */
	bool has_timer;	     /* an event of the engine's will ask about it */
};

struct waiter_list {
	uint32_t first;
	uint32_t last;
};

struct waiting {
	struct waiter *waiter; /* by ticket */
	size_t capacity;
	uint32_t nr_tickets; /* given out so far, free ones among them */
	uint32_t nr;	     /* calls that wait now, in any state */
	uint64_t arrivals;
	struct waiter_list asleep;
	struct waiter_list runnable;
	struct waiter_list unused;
	uint32_t *newest; /* by task: one above its newest call's; 0: none */
	size_t newest_capacity;
	uint32_t nr_of_tasks; /* of the calls that wait: a task's own */
};

void waiting_init(struct waiting *waiting);
void waiting_release(struct waiting *waiting);

/*
 * A call falls asleep for `wait`, at `now_ns`. WAIT_FOR_CALL: behind that
 * one. Returns its ticket, TICKET_NONE when the host has no memory.
 */
uint32_t waiting_add(struct waiting *waiting, const struct call *call,
		     uint64_t seq, const struct wait *wait, uint64_t now_ns);

/* The newest call of that task which waits; TICKET_NONE: none does. */
uint32_t waiting_newest_of(const struct waiting *waiting, uint32_t task);

/* All who sleep for that become runnable. */
void waiting_wake(struct waiting *waiting, enum wait_for what, uint32_t number);
void waiting_wake_one(struct waiting *waiting, uint32_t ticket);
bool waiting_is_asleep(const struct waiting *waiting, uint32_t ticket);

/*
 * The next one to be tried, off every list: it must be ended or put to sleep
 * before the next is taken. TICKET_NONE: nobody is runnable.
 */
uint32_t waiting_take(struct waiting *waiting);

/* The one that was taken waits on. */
void waiting_sleep_on(struct waiting *waiting, uint32_t ticket,
		      const struct wait *wait, uint64_t now_ns);

/* The one that was taken has ended: its ticket is free for another. */
void waiting_end(struct waiting *waiting, uint32_t ticket);

/* The same for one that waits for its own task, and was not taken. */
void waiting_end_asleep(struct waiting *waiting, uint32_t ticket);

/*
 * Nobody will wake them any more: takes whoever stood behind one that was
 * ended, else the one who has waited longest. TICKET_NONE: none is left.
 */
uint32_t waiting_take_abandoned(struct waiting *waiting);

/* The latest time at which a timeout of a sleeper is over; 0: none. */
uint64_t waiting_last_retry(const struct waiting *waiting);

/*
 * Whose call it is; 0: no task's. An interrupt on top of a task is not its own.
 */
static inline uint32_t call_task(const struct call *call)
{
	return call->ctx == CONTEXT_PROCESS ? call->task : 0;
}

static inline struct waiter *waiter_of(struct waiting *waiting, uint32_t ticket)
{
	return &waiting->waiter[ticket];
}

#endif
