/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_ENGINE_ENGINE_QUEUE_LOOP_H
#define KMEMSIM_SIM_ENGINE_ENGINE_QUEUE_LOOP_H

/*
 * The state of the queue loop (sim/engine/engine_queue_loop.c): what it knows,
 * and need not ask at each step. sim/engine/engine_queue_loop_state.c finds it
 * out.
 */

#include "sim/engine/engine_cpu.h"
#include "sim/queues/resched_list.h"

struct queue_loop {
	struct engine *engine;
	/* All that come before others_ns: no longer among the events. */
	struct resched_list rescheds;
	uint64_t others_ns; /* no event comes before, nor is it after end_ns */
	uint64_t end_ns;    /* a sample is due, or the run is over */
	/* Calls with an id below this may join by join_many(). */
	uint64_t small_ids;
	/* Before this call of the batch the models aren't checked. */
	const struct call *batch_limit;
	/* Of the next call: */
	const struct call_queue *to; /* which it joins; NULL: not here */
	uint64_t call_ns;	     /* when it is made; NEVER: none is left */
	/* Rescheds up to this key come before it, */
	uint64_t rescheds_before;
	size_t most; /* and all do while its queue is that long */
	/* A copy of the call that begins, where its head is not enough. */
	struct call whole;
	bool counts;	   /* sinks only count the calls that begin */
	bool knows_firsts; /* of each queue, when its first can begin */
};

/* --- engine_queue_loop_state.c --- */

/*
 * Finds out all of it, now that anything may have happened. Others may even
 * have taken calls from the batch or read the next batch, while the loop ran on
 * their stacks. Rescheds must have been put back among the events before
 * (queue_loop_put_rescheds_back()). false: the queue loop can do nothing.
 */
bool queue_loop_refresh(struct queue_loop *loop);

/* What depends on which call is the next one. */
void queue_loop_refresh_call(struct queue_loop *loop);

/* Takes from the events the rescheds that come before all others. */
void queue_loop_take_rescheds(struct queue_loop *loop);

/* Puts them back, for whoever else may read the events. */
enum engine_result queue_loop_put_rescheds_back(struct queue_loop *loop);

/* The same, and asks all CPUs whose first in the queue may be able to begin. */
enum engine_result queue_loop_retry_all(struct queue_loop *loop);

/* Internal: one that comes after other events, or finds the list full. */
enum engine_result queue_loop_add_far_resched(struct queue_loop *loop,
					      uint64_t t_ns, cpu_t cpu);

/* Adds a resched of the CPU. */
static inline enum engine_result
queue_loop_add_resched(struct queue_loop *loop, uint64_t t_ns, cpu_t cpu)
{
	struct resched_list *list = &loop->rescheds;

	if (t_ns >= loop->others_ns || list->nr >= RESCHED_LIST_MOST)
		return queue_loop_add_far_resched(loop, t_ns, cpu);
	resched_list_put(list, resched_key(t_ns, cpu));
	return ENGINE_DONE;
}

/* The resched that is being carried out, the next one, is moved to `t_ns`. */
static inline enum engine_result
queue_loop_move_resched(struct queue_loop *loop, uint64_t t_ns)
{
	struct resched_list *list = &loop->rescheds;
	cpu_t cpu = resched_key_cpu(resched_list_next(list));

	if (t_ns < loop->others_ns) {
		resched_list_move(list, resched_key(t_ns, cpu));
		return ENGINE_DONE;
	}
	resched_list_take(list);
	return queue_loop_add_far_resched(loop, t_ns, cpu);
}

#endif
