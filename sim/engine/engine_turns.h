/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_ENGINE_ENGINE_TURNS_H
#define KMEMSIM_SIM_ENGINE_ENGINE_TURNS_H

/*
 * The first call in a CPU's queue: whether it is its turn, and when the CPU is
 * looked at next. sim/engine/engine_turns.c says by which rules;
 * sim/engine/engine_rush.c asks the same of calls that follow each other fast.
 */

#include "sim/engine/engine_cpu.h"

/* --- engine_turns.c --- */

/*
 * When those who go on can have the CPU, or `queue_ns`, when its queue can, if
 * that is earlier.
 */
uint64_t engine_turn_of_threads(const struct engine *engine,
				const struct cpu *cpu, uint64_t queue_ns);

/* Whoever waits longest for the CPU goes on or begins, if it can. */
enum engine_result engine_give_cpu(struct engine *engine, uint32_t cpu);

/* CPUs whose queues may have to be asked again are: something has left one. */
enum engine_result engine_retry_all(struct engine *engine);

/* Internal to is_held_back(): for more than for an id? */
bool engine_rest_holds(const struct engine *engine, const struct cpu *cpu);

/* --- the first in a queue --- */

/* The first in the CPU's queue; of it, the fields of a head are there. */
static inline const struct call *first_call(const struct cpu *cpu)
{
	return queued_head(call_queue_first(&cpu->queue));
}

/* Does the first in the CPU's queue wait for more than the CPU? */
static inline bool is_held_back(const struct engine *engine,
				const struct cpu *cpu)
{
	const struct queued_call *first = call_queue_first(&cpu->queue);

	return !queue_order_has_begun(&engine->queued, first->id) ||
	       (first->number.has_rest && engine_rest_holds(engine, cpu));
}

/*
 * The first in the CPU's queue is held back: the CPU is asked again when those
 * it waits for have left their queues (retry_queued()). A sample is looked
 * after elsewhere (engine_retry_samples()).
 */
static inline void note_held_back(struct engine *engine, struct cpu *cpu)
{
	const struct call *call = first_call(cpu);
	struct queue_before before = call_queue_before(&cpu->queue);

	if (call->op == OP_SAMPLE)
		return;
	engine->call_waits = true;
	engine->nr_held += !cpu->is_held;
	cpu->is_held = true;
	queue_order_want(&engine->queued, cpu->number, &before);
	/* It may wait for anybody. */
	engine->queued.wanted_left |= id_key_is_taken_down(call);
}

/*
 * When somebody who waits for the CPU can have it; NEVER: nobody waits, or
 * *held: who does is held back.
 */
static inline uint64_t next_turn(const struct engine *engine,
				 const struct cpu *cpu, bool *held)
{
	uint64_t turn = NEVER;

	*held = cpu->queue.nr && is_held_back(engine, cpu);
	if (cpu->queue.nr && !*held)
		turn = cpu_free_at(cpu, first_call(cpu)->ctx);
	if (cpu->ready || cpu->background || cpu->nr_woken)
		turn = engine_turn_of_threads(engine, cpu, turn);
	return turn;
}

/* The CPU is looked at then, unless it is before. `held`: its queue is. */
static inline enum engine_result look_then(struct engine *engine, cpu_t number,
					   uint64_t turn, bool held)
{
	struct cpu *cpu = &engine->cpu[number];

	if (turn == NEVER)
		return ENGINE_DONE;
	turn = larger(turn, engine->now_ns);
	cpu->look_stands = !held && !cpu->background;
	if (cpu->look_ns && cpu->look_ns <= turn)
		return ENGINE_DONE;
	cpu->look_ns = turn;
	return engine_schedule(engine, turn, EVENT_CPU, number);
}

/*
 * Is there nothing to be done after what has left the queues of CPUs? Nobody
 * waited for it, and no other look at a CPU may be due earlier than is known.
 */
static inline bool left_unwanted(const struct engine *engine)
{
	const struct cpu *cpu = &engine->cpu[engine->dequeued_cpu];

	return engine->dequeued - engine->dequeued_seen == 1 &&
	       !engine->queued.wanted_left && !engine->nr_background &&
	       (!cpu->queue.nr || cpu->look_stands || cpu->is_held);
}

/* Calls that waited for others which name the same may go on. */
static inline enum engine_result retry_queued(struct engine *engine)
{
	/* They wait for others to leave their queues. */
	if (engine->dequeued_seen == engine->dequeued)
		return ENGINE_DONE;
	if (!engine->short_cuts || !left_unwanted(engine))
		return engine_retry_all(engine);
	engine->dequeued_seen = engine->dequeued;
	engine->call_waits = engine->nr_held;
	return ENGINE_DONE;
}

/*
 * Is it certain that nobody who waits for the CPU can have it yet? So it is in
 * most looks, for each call that begins has its CPU looked at once more. *turn,
 * if so: when the first in its queue can, but for whom else that waits.
 */
static inline bool is_looked_at_in_vain(const struct engine *engine,
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
 * The CPU's calls whose time is over have ended, and the look at it that was
 * due is under way. True if the first in its queue is known to wait for nothing
 * but the CPU: that it did by the last look, and does not change.
 */
static inline bool begin_look(const struct engine *engine, struct cpu *cpu)
{
	bool is_first_free = cpu->look_stands;

	cpu->look_stands = false;
	cpu->look_ns = either(cpu->look_ns > engine->now_ns, cpu->look_ns, 0);
	return is_first_free;
}

/* It was in vain, by is_looked_at_in_vain(): the same as engine_look_at(). */
static inline enum engine_result look_in_vain(struct engine *engine,
					      cpu_t number, uint64_t turn,
					      bool is_first_free)
{
	struct cpu *cpu = &engine->cpu[number];

	if (is_first_free || !is_held_back(engine, cpu))
		return look_then(engine, number, turn, false);
	note_held_back(engine, cpu);
	return ENGINE_DONE;
}

/*
 * May the next call come before an event that is due now? One that was made
 * before now does, where it may queue.
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
 * A call has just begun: the CPU is to be looked at once more. That look would
 * be in vain, nearly always: by what was noted when the call had its time on
 * the CPU, the next one waits for another CPU's, or can't begin before a look
 * that is due later.
 */
static inline bool would_look_in_vain(const struct engine *engine,
				      const struct cpu *cpu)
{
	bool in_vain = (cpu->look_stands && cpu->look_ns > engine->now_ns) ||
		       (cpu->is_held && is_held_back(engine, cpu));

	return in_vain && engine->short_cuts && cpu->queue.nr && !cpu->ready &&
	       !cpu->background && !cpu->nr_woken &&
	       !cpu_ended_levels(cpu, engine->now_ns);
}

/*
 * A call has begun from the queue: the CPU is looked at once more, now. What
 * would be in vain, and come next, is left out: that look, and one that is due
 * before it, for the call that has begun.
 */
static inline enum engine_result look_once_more(struct engine *engine,
						cpu_t number)
{
	struct event look = { engine->now_ns, EVENT_CPU, number };

	if (would_look_in_vain(engine, &engine->cpu[number]) &&
	    !call_comes_first(engine) && !engine->samples_waiting &&
	    !engine->nr_yielding) {
		if (!event_queue_is_due(&engine->queue, engine->now_ns))
			return ENGINE_DONE;
		if (event_queue_has_only(&engine->queue, look)) {
			event_queue_take_near(&engine->queue);
			return ENGINE_DONE;
		}
	}
	return engine_schedule(engine, look.t_ns, EVENT_CPU, number);
}

/* After each call that was made and each event, which came to that. */
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
