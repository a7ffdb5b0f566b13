/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_ENGINE_ENGINE_QUEUE_LOOP_H
#define KMEMSIM_SIM_ENGINE_ENGINE_QUEUE_LOOP_H

/*
 * What is known while CPUs have more to do than they can, and need not be asked
 * at each step (sim/engine/engine_queue_loop.c): sim/engine/engine_queue_loop_state.c asks.
 */

#include "sim/engine/engine_cpu.h"
#include "sim/resched_list.h"

/* What is asked once for many steps. */
struct queue_loop {
	struct engine *engine;
	struct resched_list
		rescheds;   /* at CPUs, all that come before others_ns */
	uint64_t others_ns; /* all events come then, or later, or end_ns */
	uint64_t end_ns;    /* a sample is due, or the run is over */
	uint64_t small_ids; /* who joins with others: no more is asked */
	const struct call
		*batch_limit; /* before it the models aren't checked */
	/* Of the next call, if it may be made here: */
	const struct call_queue *to; /* which it joins; NULL: it may not */
	uint64_t call_ns;	     /* no call is made before then */
	uint64_t rescheds_before;    /* looks up to this come first, */
	size_t most;		     /* at this queue length all are */
	struct call whole; /* that begins, where its head is not enough */
	bool counts;	   /* each call that begins is counted, no more */
	bool knows_firsts; /* of all CPUs: whose turn it is, and when */
};

/* --- engine_queue_loop_state.c --- */

/*
 * Is it a rush, now that anything may have happened? Others may even have taken
 * calls from the batch, or read the next one: the loop goes on on their stacks.
 * Before, looks are put back, by queue_loop_put_rescheds_back().
 */
bool queue_loop_refresh(struct queue_loop *loop);

/* What is asked of the next call as long as it is the next one. */
void queue_loop_refresh_call(struct queue_loop *loop);

/* Looks that come before all other events, and are near, are taken. */
void queue_loop_take_rescheds(struct queue_loop *loop);

/* They are events again, for whoever else may ask for them. */
enum engine_result queue_loop_put_rescheds_back(struct queue_loop *loop);

/* They are, and all CPUs whose first may be able to begin are asked. */
enum engine_result queue_loop_retry_all(struct queue_loop *loop);

/* Internal: a look behind other events, or for which there is no room. */
enum engine_result queue_loop_note_far_resched(struct queue_loop *loop,
					       uint64_t t_ns, cpu_t cpu);

/* The CPU will be looked at then. */
static inline enum engine_result
queue_loop_note_resched(struct queue_loop *loop, uint64_t t_ns, cpu_t cpu)
{
	struct resched_list *list = &loop->rescheds;

	if (t_ns >= loop->others_ns || list->nr >= RESCHED_LIST_MOST)
		return queue_loop_note_far_resched(loop, t_ns, cpu);
	resched_list_put(list, resched_key(t_ns, cpu));
	return ENGINE_DONE;
}

/* The look that is under way, the next one, comes once more, then. */
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
	return queue_loop_note_far_resched(loop, t_ns, cpu);
}

#endif
