/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a rush asks once for many steps.
 *
 *	looks    58:2 61:0 84:1 | 90:3   behind another event: one as well
 *	events                  | 87 a timer  | 90 look at CPU 3
 *
 * - Up to the next event of another kind, looks at CPUs are all that can happen
 *   but calls: they are taken out of the events, into a list that is faster for
 *   them (sim/resched_list.h). Whoever may ask the events finds them there again: they
 *   are put back in their order, behind none that was noted later, for all
 *   that are left come behind them.
 * - Of each CPU it is known when the first in its queue has its turn, or that
 *   it is held. As long as that is so, of all CPUs, nobody must be asked again
 *   but what waits for the very call that begins.
 * - Calls that are under way on a CPU end in the order of their levels: so each
 *   look asks for the highest first, and for no more if that one goes on.
 *
 * Where it is not so, nothing is taken, and the loop of sim/engine/engine.c
 * goes on.
 */

#include "sim/engine/engine_fast.h"
#include "sim/engine/engine_queue_loop.h"
#include "sim/engine/engine_sched.h"

/* Do calls wait for CPUs, and nobody for anything else? */
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

/* ---- looks at CPUs ------------------------------------------------------- */

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

enum engine_result queue_loop_note_far_resched(struct queue_loop *loop,
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

static void ask_order(struct queue_loop *loop)
{
	const struct queue_order *order = &loop->engine->queued;

	loop->small_ids =
		order->nr_cpus > 1 && !order->nr_changers ? order->nr_small : 0;
}

/*
 * Are the calls that are under way on a CPU over in the order of their levels,
 * the highest first, as it is where each begins in the other's midst?
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

/* Is it known when the first in the CPU's queue, if any, has its turn? */
static inline bool is_known(const struct cpu *cpu)
{
	return cpu->resched_stands | cpu->is_blocked | !cpu->queue.nr;
}

bool queue_loop_refresh(struct queue_loop *loop)
{
	struct engine *engine = loop->engine;

	if (!waits_for_cpus_only(engine))
		return false;
	queue_loop_take_rescheds(loop);
	if (!loop->rescheds.nr)
		return false;
	/* If nobody is held, nobody has waited for a call that has left. */
	if (!engine->nr_blocked)
		engine->queued.wanted_left = false;
	loop->knows_firsts = !engine->queued.wanted_left;
	for (uint32_t i = 0; i < engine->nr_cpus; i++) {
		const struct cpu *cpu = &engine->cpu[i];

		if (!is_nested(cpu))
			return false;
		loop->knows_firsts &= is_known(cpu);
	}
	/* Then it is known already which calls have left the queues. */
	if (loop->knows_firsts) {
		engine->dequeued_seen = engine->dequeued;
		engine->call_waits = engine->nr_blocked;
	}
	loop->batch_limit = engine->batch + engine_batch_limit(engine);
	ask_order(loop);
	return true;
}
