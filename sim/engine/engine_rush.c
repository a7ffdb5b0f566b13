/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUs that are overloaded: calls that queue for them, and plain calls that
 * begin from their queues.
 *
 *	batch    [d][e][f]…    d, e are made before the next look at a CPU:
 *	          |  |         they join their queues
 *	queues   CPU 0  a c | d      the look: a's time is over, c begins, and
 *	         CPU 1  b   | e      CPU 0 is looked at when c's is
 *	looks          ^ at CPU 0, put off to when c is over
 *
 * Before and after each step the loop of sim/engine/engine.c asks what else
 * could happen, and whom it could concern. As long as calls only join queues in
 * which others wait, and plain calls (sim/plain_calls.h) leave them, the
 * answers stay the same. So they are asked once for many steps.
 *
 * - Calls join in rows, up to the next look at a CPU: nothing that any of them
 *   does changes what is asked of the next one. Nearly all need no more than
 *   the place of their id's last call, and leave no more than a line behind.
 * - A call that begins is not copied, but read where it waited, and its result
 *   is written to where it will be kept. The end of one call, the beginning of
 *   the next and the next look at their CPU are one step; the present look is
 *   moved to become the next one. Where an interrupt may begin at once, in the
 *   middle of the call that has just begun, that is part of the same look.
 * - The first call in each CPU's queue can't begin before a look that is due,
 *   or it is held (sim/engine/engine_turns.c). Only a call that leaves a queue
 *   can change that. The queue knows whether somebody waits for that call, and
 *   nobody else is asked (wake()).
 * - The looks stand in a list of their own (sim/looks.h), out of the events, as
 *   long as nothing else can happen before them
 *   (sim/engine/engine_rush_asks.c).
 *
 * All else is left to the loop: a call whose CPU nobody waits for, a sample, a
 * call that creates or destroys a cache or a pool, an event that is no look at
 * a CPU, a caller that was woken, the end of the batch. A call that turns out
 * not to be plain, or whose CPU has a kernel task, begins like any other:
 * before it the looks become events again, and afterwards everything is asked
 * again.
 *
 * The order of looks at the same time decides who is first. So all looks are
 * noted, in vain or not, as in sim/engine/engine_turns.c, whose parts are used
 * here (sim/engine/engine_turns.h). The results must be those of the loop:
 * tests/unit/does_a_short_cut_change_anything.c compares them.
 */

#include "sim/engine/engine_plain.h"
#include "sim/engine/engine_queue.h"
#include "sim/engine/engine_rush.h"
#include "sim/engine/engine_turns.h"
#include "sim/plain_ways.h"

/* Steps after which the loop checks whether the run was interrupted. */
#define STEPS_MOST 4096

/* ---- what is next -------------------------------------------------------- */

enum next {
	NEXT_JOINS, /* the next call joins a queue */
	NEXT_LOOK,  /* a CPU is looked at */
	NEXT_OTHER, /* neither, or nobody here knows */
};

/* Is the next event a look at a CPU? */
static inline enum next next_event(struct rush *rush)
{
	if (!rush->looks.nr)
		rush_take_looks(rush);
	return rush->looks.nr ? NEXT_LOOK : NEXT_OTHER;
}

/* No call is left. When nothing comes of anything, that may be the end. */
static enum next next_at_end(struct rush *rush)
{
	const struct engine *engine = rush->engine;

	return engine->batch_at == engine->batch_nr && engine->read_all &&
			       !engine->options->until_ns &&
			       engine->progress_ns == engine->now_ns ?
		       next_event(rush) :
		       NEXT_OTHER;
}

static inline enum next what_is_next(struct rush *rush)
{
	const struct engine *engine = rush->engine;
	const struct call *call = &engine->batch[engine->batch_at];

	if (!rush->to)
		return next_at_end(rush);
	if (looks_next(&rush->looks) <= rush->looks_before ||
	    rush->to->nr >= rush->most)
		return next_event(rush);
	return rush->looks.nr && rush->to->nr && call_is_counted(call) &&
			       !id_key_is_changed(call) ?
		       NEXT_JOINS :
		       NEXT_OTHER;
}

/* ---- a call joins -------------------------------------------------------- */

/*
 * Does it make no difference to what is known of the first who else joins? Here
 * and below, sums of bits, of which gcc makes one question, not two. In a row
 * of calls, `knows_firsts` answers it for all.
 */
static inline bool is_first_known(const struct engine *engine,
				  const struct cpu *cpu)
{
	return cpu->look_stands + (cpu->is_held & !engine->queued.nr_changers);
}

/*
 * Does the call only join the queue of the CPU, where others wait? Its head is
 * all that is to be kept of it, and the place of its id all that must be known
 * to keep it in order.
 */
static inline bool joins_plainly(const struct rush *rush,
				 const struct call *call, const struct cpu *cpu)
{
	const struct call_queue *queue = &cpu->queue;
	const op_set ops = OP_BIT(OP_ALLOC_PAGES) | OP_BIT(OP_GET_FREE_PAGES) |
			   OP_BIT(OP_GET_ZEROED_PAGE) | OP_BIT(OP_FREE_PAGES) |
			   OP_BIT(OP_KMALLOC) | OP_BIT(OP_KZALLOC) |
			   OP_BIT(OP_KFREE) | OP_BIT(OP_CACHE_ALLOC) |
			   OP_BIT(OP_CACHE_FREE);
	const unsigned int rest = CALL_HAS_PAGE | CALL_HAS_RECORDED_PFN |
				  CALL_HAS_RECORDED_VADDR;

	return call_queue_has_room_behind(queue) && queue->nr < QUEUE_MOST &&
	       ops & OP_BIT(call->op) &&
	       (call->has & (CALL_HAS_ID | rest)) == CALL_HAS_ID &&
	       call->id < rush->small_ids;
}

/*
 * What calls further on will need is fetched: whom they must not overtake, and
 * what they will find, if they begin soon.
 */
static void fetch_for_next(struct engine *engine, const struct call *call)
{
	size_t at = (size_t)(call - engine->batch);

	look_ahead(&engine->ahead, engine->kernel, call, at,
		   engine->batch_nr - at);
}

/*
 * The next calls join, those that do so plainly and are made before that time;
 * none, if the first of them is not.
 */
static inline enum engine_result join_row(struct rush *rush, uint64_t end_ns)
{
	struct engine *engine = rush->engine;
	const struct call *first = &engine->batch[engine->batch_at];
	const struct call *call = first;
	uint64_t seq = engine->totals->ops;
	bool begins_soon = engine_begins_soon(engine);

	if (first == rush->row_end)
		rush->row_end = engine->batch + engine_row_end(engine);
	if (rush->end_ns < end_ns)
		end_ns = rush->end_ns;
	if (!rush->knows_firsts)
		end_ns = 0;
	for (; call < rush->row_end && call->t_ns < end_ns; call++) {
		struct cpu *cpu = &engine->cpu[call->cpu];
		queue_place before;

		if (call->cpu >= engine->nr_cpus ||
		    !joins_plainly(rush, call, cpu))
			break;
		if (begins_soon)
			fetch_for_next(engine, call);
		if (rush->row_end - call > AHEAD_ORDER)
			fetch_order(engine, call + AHEAD_ORDER);
		before = queue_order_join_small(
			&engine->queued, call,
			call_queue_next_place(&cpu->queue));
		call_queue_append_head(&cpu->queue, call, ++seq, before);
	}
	if (call == first)
		return ENGINE_DONE;
	engine->batch_at += (size_t)(call - first);
	engine->now_ns = larger(engine->now_ns, call[-1].t_ns);
	engine->totals->ops = seq;
	rush_ask_call(rush);
	return seq % CALLS_PER_CHECK == 0 ? engine_check_models(engine) :
					    ENGINE_DONE;
}

/* What was known of the first in the queue may not hold, with another one. */
static enum engine_result look_after_join(struct engine *engine, cpu_t number)
{
	const struct cpu *cpu = &engine->cpu[number];

	return is_first_known(engine, cpu) ||
			       (cpu->is_held && is_held_back(engine, cpu)) ?
		       ENGINE_DONE :
		       engine_look_at(engine, number);
}

/* The next call is made, and joins the queue of its CPU, whatever it needs. */
static enum engine_result join_any(struct rush *rush)
{
	struct engine *engine = rush->engine;
	const struct call *call = &engine->batch[engine->batch_at];
	struct queue_before before = queue_order_before(&engine->queued, call);
	enum engine_result result;

	if (engine_begins_soon(engine))
		fetch_for_next(engine, call);
	fetch_for_arrival(engine);
	engine->batch_at++;
	engine->now_ns = larger(engine->now_ns, call->t_ns);
	engine->call_waits |= queue_order_must_wait(&engine->queued, &before);
	result = join_queue(engine, call->cpu, call, ++engine->totals->ops,
			    before);
	if (result == ENGINE_DONE)
		result = rush_put_looks_back(rush);
	if (result == ENGINE_DONE)
		result = look_after_join(engine, call->cpu);
	return result == ENGINE_DONE &&
			       engine->totals->ops % CALLS_PER_CHECK == 0 ?
		       engine_check_models(engine) :
		       result;
}

/*
 * The next call joins, and those that follow it and need no more. *plain: it
 * needs no more, either.
 */
static inline enum engine_result join(struct rush *rush, bool *plain)
{
	const struct engine *engine = rush->engine;
	size_t first = engine->batch_at;
	uint64_t end_ns = look_time(looks_next(&rush->looks));
	enum engine_result result = join_row(rush, end_ns);

	*plain = engine->batch_at != first;
	return *plain ? result : join_any(rush);
}

/* ---- a CPU is looked at -------------------------------------------------- */

/* The calls whose time is over are told, the highest first. */
static inline enum engine_result end_calls(struct engine *engine,
					   struct cpu *cpu)
{
	enum engine_result result = ENGINE_DONE;
	unsigned int levels;

	while ((levels = cpu->unfinished_levels) && result == ENGINE_DONE) {
		unsigned int level = 31 - (unsigned int)__builtin_clz(levels);

		/* Those below aren't over, either. */
		if (cpu->until_ns[level] > engine->now_ns)
			break;
		result = cpu->plain_levels & 1u << level ?
				 finish_plain(engine, cpu, level) :
				 engine_finish_level(engine, cpu->number,
						     (uint8_t)level);
	}
	return result;
}

/*
 * The look at the CPU that is under way, the next event, is over: it comes
 * again when the first in the queue can have the CPU, as by engine_look_at().
 */
static inline enum engine_result look_for_next(struct rush *rush,
					       struct cpu *cpu)
{
	struct engine *engine = rush->engine;
	uint64_t turn;

	if (cpu->queue.nr && is_held_back(engine, cpu)) {
		note_held_back(engine, cpu);
	} else if (cpu->queue.nr) {
		turn = cpu_is_over_at(cpu, first_call(cpu)->ctx);
		turn = larger(turn, engine->now_ns);
		cpu->look_stands = true;
		if (!cpu->look_ns || turn < cpu->look_ns) {
			cpu->look_ns = turn;
			/* It stays the next one, if no other is due. */
			return turn == engine->now_ns &&
					       looks_is_only(&rush->looks) ?
				       ENGINE_DONE :
				       rush_move_look(rush, turn);
		}
	}
	looks_take(&rush->looks);
	return ENGINE_DONE;
}

/*
 * Is it certain that nothing else happens before that time, as by
 * engine_is_quiet()? Where calls wait to be made, it is not.
 */
static inline bool is_quiet(const struct rush *rush, uint8_t level,
			    uint64_t t_ns)
{
	const struct engine *engine = rush->engine;

	return !(rush->call_ns < t_ns && engine->nr_cpus > 1) &&
	       looks_next(&rush->looks) > looks_until(t_ns) &&
	       engine_is_quiet(engine, level, t_ns);
}

/*
 * A plain call's effect is there, in the look at its CPU that is under way: its
 * time passes, as by engine_settle_plain(). What it came to lies where it is
 * kept until its time is over, and all that is left to be said is that it does,
 * unless `whole` may be asked for more.
 */
static inline enum engine_result settle(struct rush *rush, struct cpu *cpu,
					const struct call *call,
					struct plain_end *end, bool is_whole)
{
	struct engine *engine = rush->engine;
	uint64_t now_ns = engine->now_ns;
	uint64_t ns = engine_charge_plain(engine, &end->outcome, now_ns);
	uint64_t end_ns = now_ns + ns;
	enum engine_result result;
	bool is_earlier;

	engine_note_caller(engine, call);
	if (call->ctx == CONTEXT_PROCESS) {
		result = cpu_note_task(engine, cpu, call, end_ns);
		if (result != ENGINE_DONE)
			return result;
	}
	end->t_ns = call->t_ns;
	end->cpu_wait_ns = now_ns - call->t_ns;
	cpu_note_late(cpu, call->t_ns, end->cpu_wait_ns, ns);
	engine->ended_ns = end_ns;
	cpu_begin(cpu, call->ctx, ns, now_ns);
	result = look_for_next(rush, cpu);
	if (result != ENGINE_DONE)
		return result;
	if (!ns || is_quiet(rush, call->ctx, end_ns))
		return engine_end_plain(engine, &rush->whole, end,
					end->cpu_wait_ns + ns);
	if (is_whole)
		is_earlier = engine_keep_plain(engine, &rush->whole, end);
	else
		is_earlier = engine_keep_on(
			engine, cpu, call->ctx,
			engine_plain_irqs_off(engine, &end->outcome), true);
	if (is_earlier)
		rush->knows_firsts = false;
	return ENGINE_DONE;
}

/*
 * The first in the CPU's queue has had its effect; nobody knows yet where it is
 * counted, or more is asked: of the whole of it.
 */
static __attribute__((noinline)) enum engine_result
tell_whole(struct rush *rush, const struct cpu *cpu, struct plain_end *end,
	   rule_set broken)
{
	struct engine *engine = rush->engine;
	enum engine_result result;

	call_queue_copy(&cpu->queue, &rush->whole);
	result = engine_find_tally(engine, &rush->whole, end);
	return broken && result == ENGINE_DONE ?
		       engine_tell_broken_rules(engine, &rush->whole, end->seq,
						broken) :
		       result;
}

/*
 * In the look that is under way, the first in the CPU's queue begins, if it is
 * plain; false: nothing was done.
 */
static inline bool begin_plain(struct rush *rush, struct cpu *cpu,
			       enum engine_result *result)
{
	const struct queued_call *first = call_queue_first(&cpu->queue);
	const struct call *call = queued_head(first);
	/* What began before on its level is over: end_calls(). */
	struct plain_end *end = &cpu->plain[call->ctx];
	bool is_whole;
	rule_set broken;

	if (first->number.has_rest ||
	    !plain_call(rush->engine->kernel, call, &end->outcome, &broken))
		return false;
	end->seq = first->number.seq;
	end->tally = end->outcome.counted->tally;
	is_whole = broken || !end->tally || !rush->counts;
	*result = is_whole ? tell_whole(rush, cpu, end, broken) : ENGINE_DONE;
	if (*result == ENGINE_DONE) {
		leave_queue_plainly(rush->engine, cpu);
		*result = settle(rush, cpu, call, end, is_whole);
	}
	return true;
}

/*
 * Can the first in the CPU's queue begin, and is nobody else there, who is no
 * call of the queue? `is_free`: it waits for nobody.
 */
static inline bool can_begin(const struct engine *engine, const struct cpu *cpu,
			     bool is_free)
{
	return cpu->queue.nr && !cpu->ready && !cpu->holder &&
	       cpu_is_over_at(cpu, first_call(cpu)->ctx) <= engine->now_ns &&
	       (is_free || !is_held_back(engine, cpu));
}

/* ---- what becomes of a look ---------------------------------------------- */

/*
 * A call has begun: the CPU is to be looked at once more, now. What would be in
 * vain and come next is left out, as in look_once_more(): that look, and one
 * that is due before it, for the call that has begun. *again: another call may
 * begin, and that look comes next.
 */
static inline enum engine_result see_through(struct rush *rush, struct cpu *cpu,
					     bool *again)
{
	struct engine *engine = rush->engine;
	struct looks *looks = &rush->looks;
	uint64_t look = look_of(engine->now_ns, cpu->number);

	*again = false;
	if (!(cpu->is_held +
	      (cpu->look_stands & (cpu->look_ns > engine->now_ns)))) {
		*again = looks_next(looks) == look && looks_is_only(looks) &&
			 looks->nr < LOOKS_MOST && !call_comes_first(engine);
		if (!*again)
			return rush_note_look(rush, engine->now_ns,
					      cpu->number);
		looks_put_first(looks, look);
		return ENGINE_DONE;
	}
	/* With somebody held, calls that come before it change nothing. */
	if (!engine->nr_held && call_comes_first(engine))
		return rush_note_look(rush, engine->now_ns, cpu->number);
	return looks_next(looks) > look_until(look) ||
			       looks_take_only(looks, look) ?
		       ENGINE_DONE :
		       rush_note_look(rush, engine->now_ns, cpu->number);
}

/* Whatever waits for the call that has left the CPU's queue may go on. */
static enum engine_result wake(struct rush *rush, const struct cpu *left,
			       bool *plain)
{
	struct engine *engine = rush->engine;
	struct cpu *cpu;
	uint64_t turn;
	cpu_t number;

	*plain =
		!engine->queued.nr_changers &&
		queue_order_take_waiter(&engine->queued, left->number, &number);
	if (!*plain)
		return rush_ask_all(rush);
	cpu = &engine->cpu[number];
	*plain = cpu->is_held && !cpu->ready && !cpu->holder &&
		 !is_held_back(engine, cpu);
	if (!*plain)
		return rush_ask_all(rush);
	cpu->is_held = false;
	engine->nr_held--;
	engine->call_waits = engine->nr_held;
	cpu->look_stands = true;
	turn = larger(cpu_is_over_at(cpu, first_call(cpu)->ctx),
		      engine->now_ns);
	if (cpu->look_ns && cpu->look_ns <= turn)
		return ENGINE_DONE;
	cpu->look_ns = turn;
	return rush_note_look(rush, turn, number);
}

/*
 * A plain call has begun from the CPU's queue: who waits for it may go on, as
 * by retry_queued(), which also asks for what is never so where all firsts are
 * known. *plain: nobody else can.
 */
static inline enum engine_result go_on(struct rush *rush, const struct cpu *cpu,
				       bool *plain)
{
	struct engine *engine = rush->engine;

	if (rush->knows_firsts)
		return engine->queued.wanted_left ? wake(rush, cpu, plain) :
						    ENGINE_DONE;
	note_dequeued(engine, cpu);
	*plain = !engine->call_waits;
	return *plain ? ENGINE_DONE : rush_ask_all(rush);
}

/* What else is to be done in the look that is under way. */
static enum engine_result look_at(struct rush *rush, struct cpu *cpu,
				  bool is_first_free, bool *plain)
{
	struct engine *engine = rush->engine;
	enum engine_result result;
	uint64_t turn;

	/* The CPU is looked at later, and nothing can begin before. */
	*plain = is_first_free && cpu->look_ns && cpu->queue.nr &&
		 !cpu->ready && !cpu->holder && rush->knows_firsts;
	if (*plain) {
		cpu->look_stands = true;
		looks_take(&rush->looks);
		engine_note_news(engine);
		return ENGINE_DONE;
	}
	result = rush_put_looks_back(rush);
	if (result != ENGINE_DONE)
		return result;
	event_queue_take_near(&engine->queue);
	return end_step(engine, is_looked_at_in_vain(engine, cpu, &turn) ?
					look_in_vain(engine, cpu->number, turn,
						     is_first_free) :
					engine_give_cpu(engine, cpu->number));
}

/*
 * The next look. *plain: it changes nothing that rush_ask_anew() asks for.
 * Interrupts may begin one upon the other: then the looks that follow are part
 * of this one.
 */
static inline enum engine_result look(struct rush *rush, bool *plain)
{
	struct engine *engine = rush->engine;
	uint64_t look = looks_next(&rush->looks);
	struct cpu *cpu = &engine->cpu[look_cpu(look)];
	enum engine_result result;
	bool again = false;

	engine->now_ns = look_time(look);
	result = end_calls(engine, cpu);
	while (result == ENGINE_DONE) {
		bool is_free = begin_look(engine, cpu);

		if (!can_begin(engine, cpu, is_free) ||
		    !begin_plain(rush, cpu, &result))
			return look_at(rush, cpu, is_free, plain);
		if (result == ENGINE_DONE)
			result = see_through(rush, cpu, &again);
		engine_note_news(engine);
		if (result == ENGINE_DONE)
			result = go_on(rush, cpu, plain);
		if (!again || !*plain)
			break;
	}
	return result;
}

enum engine_result engine_run_rush(struct engine *engine)
{
	enum engine_result result = ENGINE_DONE;
	struct rush rush;
	bool goes_on;

	rush.engine = engine;
	rush.counts = engine->counts && !engine->keeps_work;
	rush.end_ns = engine_calls_end_ns(engine);
	rush.looks.nr = 0;
	goes_on = rush_ask_anew(&rush);
	for (int i = 0; i < STEPS_MOST && goes_on; i++) {
		enum next next = what_is_next(&rush);
		bool plain = true;

		if (next == NEXT_OTHER)
			break;
		result = next == NEXT_LOOK ? look(&rush, &plain) :
					     join(&rush, &plain);
		goes_on = result == ENGINE_DONE &&
			  (plain || rush_ask_anew(&rush));
	}
	return result == ENGINE_DONE ? rush_put_looks_back(&rush) : result;
}
