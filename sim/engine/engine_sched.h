/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_ENGINE_ENGINE_SCHED_H
#define KMEMSIM_SIM_ENGINE_ENGINE_SCHED_H

/*
 * When the first call in a CPU's queue can begin, and when the CPU's next
 * resched is due. sim/engine/engine_sched.c has the rules; most of it is here,
 * inline, for sim/engine/engine_queue_loop.c, which asks the same all the time.
 */

#include "sim/engine/engine_cpu.h"

/* --- engine_sched.c --- */

/*
 * When a thread that waits for the CPU can have it; or `queue_ns`, when its
 * queue can, if that is earlier.
 */
uint64_t engine_turn_of_threads(const struct engine *engine,
				const struct cpu *cpu, uint64_t queue_ns);

/* Whoever's turn it is gets the CPU, if it is free. */
enum engine_result engine_give_cpu(struct engine *engine, uint32_t cpu);

/* After calls have left queues: asks all CPUs whose first may begin now. */
enum engine_result engine_retry_all(struct engine *engine);

/* Internal to first_is_blocked(): by more than the last call of its id? */
bool engine_rest_blocks(const struct engine *engine, const struct cpu *cpu);

/* --- the first in a queue --- */

/* The first in the CPU's queue; only the fields of a head are there. */
static inline const struct call *first_call(const struct cpu *cpu)
{
	return queued_head(call_queue_first(&cpu->queue));
}

/* Does the first in the CPU's queue wait for more than the CPU? */
static inline bool first_is_blocked(const struct engine *engine,
				    const struct cpu *cpu)
{
	const struct queued_call *first = call_queue_first(&cpu->queue);

	return !queue_order_has_begun(&engine->queued, first->id) ||
	       (first->number.has_rest && engine_rest_blocks(engine, cpu));
}

/*
 * The first in the CPU's queue is blocked: it is asked again when the calls
 * that it waits for have left their queues (retry_queued()). Samples are asked
 * again elsewhere (engine_retry_samples()).
 */
static inline void note_blocked(struct engine *engine, struct cpu *cpu)
{
	const struct call *call = first_call(cpu);
	struct queue_before before = call_queue_before(&cpu->queue);

	if (call->op == OP_SAMPLE)
		return;
	engine->call_waits = true;
	engine->nr_blocked += !cpu->is_blocked;
	cpu->is_blocked = true;
	queue_order_want(&engine->queued, cpu->number, &before);
	/* It may wait for anybody. */
	engine->queued.wanted_left |= id_key_is_taken_down(call);
}

/*
 * When somebody who waits for the CPU can have it; NEVER: nobody can. *blocked:
 * the first in its queue is.
 */
static inline uint64_t next_turn(const struct engine *engine,
				 const struct cpu *cpu, bool *blocked)
{
	uint64_t turn = NEVER;

	*blocked = cpu->queue.nr && first_is_blocked(engine, cpu);
	if (cpu->queue.nr && !*blocked)
		turn = cpu_free_at(cpu, first_call(cpu)->ctx);
	if (cpu->ready || cpu->background || cpu->nr_woken)
		turn = engine_turn_of_threads(engine, cpu, turn);
	return turn;
}

/*
 * The CPU's next resched is at `turn`, unless one is due before. `blocked`: the
 * first in its queue is.
 */
static inline enum engine_result resched_at(struct engine *engine, cpu_t number,
					    uint64_t turn, bool blocked)
{
	struct cpu *cpu = &engine->cpu[number];

	if (turn == NEVER)
		return ENGINE_DONE;
	turn = larger(turn, engine->now_ns);
	cpu->resched_is_valid = !blocked && !cpu->background;
	if (cpu->resched_ns && cpu->resched_ns <= turn)
		return ENGINE_DONE;
	cpu->resched_ns = turn;
	return engine_schedule(engine, turn, EVENT_RESCHED, number);
}

/*
 * Does it concern nobody that one call has left a queue? Nobody waited for it,
 * and no CPU's resched may be due earlier than is known.
 */
static inline bool nobody_awaits_left(const struct engine *engine)
{
	const struct cpu *cpu = &engine->cpu[engine->dequeued_cpu];

	return engine->dequeued - engine->dequeued_seen == 1 &&
	       !engine->queued.wanted_left && !engine->nr_background &&
	       (!cpu->queue.nr || cpu->resched_is_valid || cpu->is_blocked);
}

/* After calls have left queues: those that waited for them may begin. */
static inline enum engine_result retry_queued(struct engine *engine)
{
	/* They wait for others to leave their queues. */
	if (engine->dequeued_seen == engine->dequeued)
		return ENGINE_DONE;
	if (!engine->fast_paths || !nobody_awaits_left(engine))
		return engine_retry_all(engine);
	engine->dequeued_seen = engine->dequeued;
	engine->call_waits = engine->nr_blocked;
	return ENGINE_DONE;
}

/*
 * Is it certain that nobody who waits for the CPU can have it yet? True of most
 * rescheds, for each call that begins causes one more. *turn, if so: when the
 * first in its queue can have it, unless that is blocked.
 */
static inline bool resched_is_in_vain(const struct engine *engine,
				      const struct cpu *cpu, uint64_t *turn)
{
	const struct call *head;

	if (cpu->ready || cpu->background || cpu->nr_woken || !cpu->queue.nr)
		return false;
	head = first_call(cpu);
	if (head->op == OP_SAMPLE)
		return false;
	*turn = cpu_free_at(cpu, head->ctx);
	return *turn > engine->now_ns;
}

/*
 * The CPU's resched begins; its calls whose time is over have ended. True if
 * the first in its queue is known to be not blocked: the last resched found
 * that out, and a call does not become blocked later.
 */
static inline bool begin_resched(const struct engine *engine, struct cpu *cpu)
{
	bool first_is_free = cpu->resched_is_valid;

	cpu->resched_is_valid = false;
	cpu->resched_ns =
		either(cpu->resched_ns > engine->now_ns, cpu->resched_ns, 0);
	return first_is_free;
}

/* After resched_is_in_vain(): comes to the same as engine_resched(). */
static inline enum engine_result resched_in_vain(struct engine *engine,
						 cpu_t number, uint64_t turn,
						 bool first_is_free)
{
	struct cpu *cpu = &engine->cpu[number];

	if (first_is_free || !first_is_blocked(engine, cpu))
		return resched_at(engine, number, turn, false);
	note_blocked(engine, cpu);
	return ENGINE_DONE;
}

/*
 * May the next call come before an event that is due now? It does if it was
 * made before now, and may queue.
 */
static inline bool call_comes_first(const struct engine *engine)
{
	const struct call *next = &engine->batch[engine->batch_at];

	if (engine->batch_at == engine->batch_nr)
		return !engine->read_all || engine->cut;
	return next->t_ns < engine->now_ns &&
	       !engine_waits_outside(engine, next);
}

/*
 * A call has just begun, which causes one more resched of its CPU. Nearly
 * always that would be in vain: it is known already that the next call in the
 * queue is blocked, or can't begin before a resched that is due later.
 */
static inline bool would_resched_in_vain(const struct engine *engine,
					 const struct cpu *cpu)
{
	bool in_vain =
		(cpu->resched_is_valid && cpu->resched_ns > engine->now_ns) ||
		(cpu->is_blocked && first_is_blocked(engine, cpu));

	return in_vain && engine->fast_paths && cpu->queue.nr && !cpu->ready &&
	       !cpu->background && !cpu->nr_woken &&
	       !cpu_ended_levels(cpu, engine->now_ns);
}

/*
 * A call has begun from the queue: one more resched of its CPU, now. It is left
 * out if it would come next and be in vain, along with one that is due before
 * it for the call that has begun.
 */
static inline enum engine_result resched_once_more(struct engine *engine,
						   cpu_t number)
{
	struct event resched = { engine->now_ns, EVENT_RESCHED, number };

	if (would_resched_in_vain(engine, &engine->cpu[number]) &&
	    !call_comes_first(engine) && !engine->samples_waiting &&
	    !engine->nr_yielding) {
		if (!event_queue_is_due(&engine->queue, engine->now_ns))
			return ENGINE_DONE;
		if (event_queue_has_only(&engine->queue, resched)) {
			event_queue_take_near(&engine->queue);
			return ENGINE_DONE;
		}
	}
	return engine_schedule(engine, resched.t_ns, EVENT_RESCHED, number);
}

/* After each call and each event, which came to `result`. */
static inline enum engine_result end_step(struct engine *engine,
					  enum engine_result result)
{
	if (result == ENGINE_DONE)
		result = engine_wake_yielding(engine);
	if (result == ENGINE_DONE && engine->call_waits)
		result = retry_queued(engine);
	if (result == ENGINE_DONE && engine->samples_waiting)
		result = engine_retry_samples(engine);
	return result;
}

#endif
