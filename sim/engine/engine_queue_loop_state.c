/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the queue loop finds out once for many steps.
 *
 *	events      58:2 61:0 84:1  87 a timer  90:3
 *	            -------v------
 *	rescheds    58:2 61:0 84:1              time:CPU
 *
 * - Before the next event of another kind, nothing can happen but calls and
 *   rescheds. These rescheds are taken out of the events, into a list that is
 *   faster for them (sim/queues/resched_list.h). Before anybody else may read
 *   the events, they are put back, in their order; whatever was scheduled in
 *   the meantime comes after them.
 * - Of each CPU it is known when the first in its queue can begin, or that it
 *   is blocked. As long as that is known of all CPUs, a call that begins
 *   concerns nobody but the CPU whose first waits for it.
 * - Calls that are under way on one CPU end in the order of their levels, the
 *   highest first: so a resched asks level by level, and stops at the first
 *   one that goes on.
 *
 * Where this does not hold, nothing is taken, and the general loop of
 * sim/engine/engine.c goes on.
 */

#include "sim/engine/engine_fast.h"
#include "sim/engine/engine_queue_loop.h"
#include "sim/engine/engine_sched.h"

/* Do calls wait for CPUs, and does nobody wait for anything else? */
static bool waits_for_cpus_only(const struct engine *engine)
{
	return engine_has_queued(engine) && engine_has_only_calls(engine) &&
	       !engine->nr_background;
}

/* ---- the next call ------------------------------------------------------- */

void queue_loop_refresh_call(struct queue_loop *loop)
{
	const struct engine *engine = loop->engine;
	const struct call *call = &engine->batch[engine->batch_at];
	bool is_left = engine->batch_at < engine->batch_nr;

	loop->to = NULL;
	loop->call_ns = is_left ? call->t_ns : NEVER;
	if (!is_left || call->t_ns >= loop->end_ns ||
	    call->cpu >= engine->nr_cpus)
		return;
	loop->to = &engine->cpu[call->cpu].queue;
	loop->most = engine->nr_cpus == 1 ? 1 : QUEUE_MOST;
	loop->rescheds_before = resched_key_until(call->t_ns);
}

/* ---- rescheds ------------------------------------------------------------ */

void queue_loop_take_rescheds(struct queue_loop *loop)
{
	struct event_queue *queue = &loop->engine->queue;
	struct resched_list *list = &loop->rescheds;

	resched_list_init(list);
	loop->others_ns = event_queue_only_until(queue, EVENT_RESCHED);
	if (loop->others_ns > loop->end_ns)
		loop->others_ns = loop->end_ns;
	if (loop->others_ns > RESCHED_END_NS)
		loop->others_ns = RESCHED_END_NS;
	while (queue->nr && queue->next_ns < loop->others_ns) {
		struct event event = event_queue_take_near(queue);

		resched_list_put(list, resched_key(event.t_ns,
						   (cpu_t)event.argument));
	}
	queue_loop_refresh_call(loop);
}

enum engine_result queue_loop_put_rescheds_back(struct queue_loop *loop)
{
	enum engine_result result = ENGINE_DONE;

	while (loop->rescheds.nr && result == ENGINE_DONE) {
		uint64_t key = resched_list_take(&loop->rescheds);

		result = engine_schedule(loop->engine, resched_key_time(key),
					 EVENT_RESCHED, resched_key_cpu(key));
	}
	return result;
}

enum engine_result queue_loop_add_far_resched(struct queue_loop *loop,
					      uint64_t t_ns, cpu_t cpu)
{
	struct engine *engine = loop->engine;
	enum engine_result result;

	if (t_ns >= loop->others_ns)
		return engine_schedule(engine, t_ns, EVENT_RESCHED, cpu);
	result = queue_loop_put_rescheds_back(loop);
	if (result == ENGINE_DONE)
		result = engine_schedule(engine, t_ns, EVENT_RESCHED, cpu);
	queue_loop_take_rescheds(loop);
	return result;
}

enum engine_result queue_loop_retry_all(struct queue_loop *loop)
{
	enum engine_result result = queue_loop_put_rescheds_back(loop);

	return result == ENGINE_DONE ? engine_retry_all(loop->engine) : result;
}

/* ---- all of it ----------------------------------------------------------- */

static void refresh_small_ids(struct queue_loop *loop)
{
	const struct queue_order *order = &loop->engine->queued;

	loop->small_ids =
		order->nr_cpus > 1 && !order->nr_changers ? order->nr_small : 0;
}

/*
 * Do the calls that are under way on the CPU end in the order of their levels,
 * the highest first, as interrupts do that began one within the other?
 */
static bool is_nested(const struct cpu *cpu)
{
	unsigned int levels = cpu->unfinished_levels;
	uint64_t until_ns = 0;

	/* Most often there is one at the most. */
	if (!(levels & (levels - 1)))
		return true;
	for (int l = NR_CALL_CONTEXTS - 1; l >= 0; l--) {
		if (!cpu_has_unfinished(cpu, l))
			continue;
		if (cpu->until_ns[l] < until_ns)
			return false;
		until_ns = cpu->until_ns[l];
	}
	return true;
}

/* Is it known when the first in the CPU's queue, if any, can begin? */
static inline bool is_known(const struct cpu *cpu)
{
	return cpu->resched_is_valid | cpu->is_blocked | !cpu->queue.nr;
}

bool queue_loop_refresh(struct queue_loop *loop)
{
	struct engine *engine = loop->engine;

	if (!waits_for_cpus_only(engine))
		return false;
	queue_loop_take_rescheds(loop);
	if (!loop->rescheds.nr)
		return false;
	/* If nobody is blocked, nobody has waited for a call that left. */
	if (!engine->nr_blocked)
		engine->queued.wanted_left = false;
	loop->knows_firsts = !engine->queued.wanted_left;
	for (uint32_t i = 0; i < engine->nr_cpus; i++) {
		const struct cpu *cpu = &engine->cpu[i];

		if (!is_nested(cpu))
			return false;
		loop->knows_firsts &= is_known(cpu);
	}
	/* Then nobody need be asked because of calls that have left. */
	if (loop->knows_firsts) {
		engine->dequeued_seen = engine->dequeued;
		engine->call_waits = engine->nr_blocked;
	}
	loop->batch_limit = engine->batch + engine_batch_limit(engine);
	refresh_small_ids(loop);
	return true;
}
