/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUs that have more to do than they can: calls that queue for them, and plain
 * ones that begin from their queues.
 *
 *	batch    [d][e][f]…    d, e are made before the next look at a CPU:
 *	          |  |         they join their queues
 *	queues   CPU 0  a c | d      the look: a's time is over, c begins, and
 *	         CPU 1  b   | e      CPU 0 is looked at when c's is
 *	events         ^ look at CPU 0
 *
 * The loop of sim/engine.c asks before and after each step what else could
 * happen, and whom it could concern. While all that happens is that calls join
 * queues in which others wait, and that plain calls (sim/plain_calls.h) leave
 * them, the answers stay the same: they are asked once for many steps. A call
 * that begins is not copied, but read where it waited, and the call that ends,
 * the one that begins and the next look at their CPU are one step.
 *
 * Whatever is not so is left to the loop: a call whose CPU nobody waits for, a
 * sample, who makes or takes down what has a name, an event that is no look at
 * a CPU, a caller that was woken, the end of the batch. A call that turns out
 * not to be plain begins as any other, and then all is asked again.
 *
 * The order of looks at the same time decides who is first. So all are noted,
 * in vain or not, as sim/engine_turns.c does it, whose parts are used here
 * (sim/engine_turns.h). Both ways must come to the same:
 * tests/unit/does_a_short_cut_change_anything.c goes one and the other.
 */

#include "sim/engine_plain.h"
#include "sim/engine_queue.h"
#include "sim/engine_turns.h"
#include "sim/plain_ways.h"

/* After so many steps the loop sees whether the run was interrupted. */
#define STEPS_MOST 4096

/* Do calls wait for CPUs, and nobody for anything else? */
static bool is_rush(const struct engine *engine)
{
	return engine_has_queued(engine) && engine_has_only_calls(engine) &&
	       !engine->nr_background;
}

enum next {
	NEXT_JOINS, /* the next call joins a queue */
	NEXT_LOOK,  /* a CPU is looked at */
	NEXT_OTHER, /* neither, or nobody here knows */
};

/* Is the next event a look at a CPU? */
static inline enum next next_event(const struct engine *engine)
{
	const struct event *event = event_queue_next_near(&engine->queue);

	return event && event->kind == EVENT_CPU && engine_has_queued(engine) ?
		       NEXT_LOOK :
		       NEXT_OTHER;
}

/* No call is left. When nothing comes of anything, that may be the end. */
static inline enum next next_at_end(const struct engine *engine)
{
	return engine->read_all && !engine->options->until_ns &&
			       engine->progress_ns == engine->now_ns ?
		       next_event(engine) :
		       NEXT_OTHER;
}

/* Is the call made before the run ends? */
static inline bool is_within(const struct engine *engine,
			     const struct call *call)
{
	uint64_t until_ns = engine->options->until_ns;

	return !until_ns || call->t_ns <= until_ns;
}

/* Does the call only join the queue of its CPU, where others wait? */
static inline bool joins(const struct engine *engine, const struct call *call)
{
	return engine->cpu[call->cpu].queue.nr && call_is_counted(call) &&
	       !id_key_is_changed(call);
}

static inline enum next what_is_next(const struct engine *engine)
{
	const struct call *call = &engine->batch[engine->batch_at];

	if (engine->batch_at == engine->batch_nr)
		return next_at_end(engine);
	if (!engine->queue.nr || call->cpu >= engine->nr_cpus ||
	    !is_within(engine, call))
		return NEXT_OTHER;
	if (engine->queue.next_ns <= call->t_ns ||
	    engine_waits_outside(engine, call))
		return next_event(engine);
	return joins(engine, call) ? NEXT_JOINS : NEXT_OTHER;
}

/*
 * A call has joined the CPU's queue, as the last: what was known of the first
 * in it still holds.
 */
static inline enum engine_result look_after_join(struct engine *engine,
						 cpu_t number)
{
	const struct cpu *cpu = &engine->cpu[number];

	return cpu->look_stands || (cpu->is_held && is_held_back(engine, cpu)) ?
		       ENGINE_DONE :
		       engine_look_at(engine, number);
}

/*
 * The call is the last in the queue of its CPU. Most have small ids, and nobody
 * waits who makes or takes down what has a name.
 */
static inline enum engine_result join_plainly(struct engine *engine,
					      const struct call *call)
{
	struct call_queue *queue = &engine->cpu[call->cpu].queue;
	uint64_t seq = engine->totals->ops;
	struct queue_before before = { .name = QUEUE_NOBODY };

	if (!queue_order_is_small(&engine->queued, call)) {
		before = queue_order_before(&engine->queued, call);
		engine->call_waits |=
			queue_order_must_wait(&engine->queued, &before);
		return join_queue(engine, call->cpu, call, seq, before);
	}
	before.id = queue_order_join_small(&engine->queued, call,
					   call_queue_next_place(queue));
	engine->call_waits |=
		!queue_order_has_begun(&engine->queued, before.id);
	return append_to_queue(engine, queue, call, seq, before);
}

/* The next call is made, and joins the queue of its CPU. */
static inline enum engine_result join(struct engine *engine)
{
	const struct call *call = &engine->batch[engine->batch_at];
	enum engine_result result;

	if (engine_begins_soon(engine))
		look_ahead(&engine->ahead, engine->kernel, call,
			   engine->batch_at,
			   engine->batch_nr - engine->batch_at);
	engine->batch_at++;
	fetch_for_arrival(engine);
	if (engine->now_ns < call->t_ns)
		engine->now_ns = call->t_ns;
	engine->totals->ops++;
	result = join_plainly(engine, call);
	if (result == ENGINE_DONE)
		result = look_after_join(engine, call->cpu);
	if (result == ENGINE_DONE && engine->totals->ops % CALLS_PER_CHECK == 0)
		result = engine_check_models(engine);
	return result;
}

/*
 * The first in the CPU's queue begins, if it is plain; false: nothing was done.
 */
static inline bool begin_plain(struct engine *engine, cpu_t number,
			       enum engine_result *result)
{
	struct cpu *cpu = &engine->cpu[number];
	const struct queued_call *first = call_queue_first(&cpu->queue);
	const struct call *call = queued_head(first);
	/* What began before on its level is over: engine_finish_on(). */
	struct plain_end *end = &cpu->unfinished[call->ctx].plain;
	rule_set broken;
	struct call whole;

	if (first->number.has_rest ||
	    !plain_call(engine->kernel, call, &end->outcome, &broken))
		return false;
	end->seq = first->number.seq;
	/* Somebody asks for more of it than is asked of a plain call. */
	if (broken || !engine->counts || !*end->outcome.tally) {
		call_queue_copy(&cpu->queue, &whole);
		call = &whole;
	}
	leave_queue(engine, number, call);
	*result = engine_settle_plain(engine, call, end, broken, NULL);
	return true;
}

/* The CPU is free for the first in its queue. *plain: that began, and is. */
static inline enum engine_result begin_first(struct engine *engine,
					     cpu_t number, bool *plain)
{
	enum engine_result result;

	*plain = begin_plain(engine, number, &result);
	if (!*plain)
		return engine_give_cpu(engine, number);
	return result == ENGINE_DONE ? look_once_more(engine, number) : result;
}

/*
 * What is to be done at a CPU, where the calls that are over have ended.
 * *plain: it changes nothing that is_rush() asks for.
 */
static inline enum engine_result look_at(struct engine *engine, cpu_t number,
					 bool *plain)
{
	struct cpu *cpu = &engine->cpu[number];
	bool is_first_free = begin_look(engine, cpu);
	uint64_t turn;

	*plain = true;
	if (is_looked_at_in_vain(engine, cpu, &turn))
		return look_in_vain(engine, number, turn, is_first_free);
	if (cpu->queue.nr && !cpu->ready &&
	    (is_first_free || !is_held_back(engine, cpu)))
		return begin_first(engine, number, plain);
	*plain = !cpu->ready;
	return engine_give_cpu(engine, number);
}

/* The next event. */
static inline enum engine_result look(struct engine *engine, bool *plain)
{
	struct event event = event_queue_take_near(&engine->queue);
	enum engine_result result;

	engine->now_ns = event.t_ns;
	result = engine_finish_on(engine, &engine->cpu[event.argument]);
	if (result == ENGINE_DONE)
		result = look_at(engine, (cpu_t)event.argument, plain);
	return end_step(engine, result);
}

enum engine_result engine_run_rush(struct engine *engine)
{
	enum engine_result result = ENGINE_DONE;
	bool goes_on = is_rush(engine);

	for (int i = 0; i < STEPS_MOST && goes_on; i++) {
		bool plain = true;

		switch (what_is_next(engine)) {
		case NEXT_JOINS:
			result = join(engine);
			break;
		case NEXT_LOOK:
			result = look(engine, &plain);
			break;
		case NEXT_OTHER:
			return ENGINE_DONE;
		}
		goes_on = result == ENGINE_DONE && (plain || is_rush(engine));
	}
	return result;
}
