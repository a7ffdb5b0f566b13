/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUs that have more to do than they can: calls that queue for them, and plain
 * ones that begin from their queues.
 *
 *	batch    [d][e][f]…    d, e are made before the next look at a CPU:
 *	          |  |         they join their queues
 *	queues   CPU 0  a c | d      the look: a's time is over, c begins, and
 *	         CPU 1  b   | e      CPU 0 is looked at when c's is
 *	events         ^ look at CPU 0, put off to when c is over
 *
 * The loop of sim/engine.c asks before and after each step what else could
 * happen, and whom it could concern. While all that happens is that calls join
 * queues in which others wait, and that plain calls (sim/plain_calls.h) leave
 * them, the answers stay the same: they are asked once for many steps.
 *
 * - Calls join in rows, up to the next event: nothing that any of them does
 *   changes what is asked of the next one. Nearly all need no more than the
 *   place of their id's last call, and leave no more than a line behind.
 * - A call that begins is not copied, but read where it waited, and what it
 *   came to is written where it is kept. The call that ends, the one that
 *   begins and the next look at their CPU are one step, and that look is the
 *   event that is under way, moved.
 * - What is known of the first in a CPU's queue is that it can't begin before a
 *   look that is due, or that it is held (sim/engine_turns.c). Only who leaves
 *   a queue can change that, and the queue knows whether somebody waits for it.
 *
 * Whatever is not so is left to the loop: a call whose CPU nobody waits for, a
 * sample, who makes or takes down what has a name, an event that is no look at
 * a CPU, a caller that was woken, the end of the batch. A call that turns out
 * not to be plain, or whose CPU has a kernel task, begins as any other, and
 * then all is asked again.
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

/* What is asked once for many steps. */
struct rush {
	struct engine *engine;
	bool counts;	 /* each call that begins is counted, no more */
	uint64_t end_ns; /* a sample is due, or the run is over */
	/* Before end_ns: events before that are looks at CPUs, and near. */
	uint64_t looks_ns;
	uint64_t small_ids; /* below that: who joins needs queued.small[] */
	size_t nr_far;	    /* events, when this was asked */
	const struct call *row_end; /* before it the models aren't checked */
};

/* Do calls wait for CPUs, and nobody for anything else? */
static bool is_rush(const struct engine *engine)
{
	return engine_has_queued(engine) && engine_has_only_calls(engine) &&
	       !engine->nr_background;
}

/* ---- what is next -------------------------------------------------------- */

static void ask_events(struct rush *rush)
{
	const struct event_queue *queue = &rush->engine->queue;

	rush->looks_ns = event_queue_only_until(queue, EVENT_CPU);
	if (rush->looks_ns > rush->end_ns)
		rush->looks_ns = rush->end_ns;
	rush->nr_far = queue->nr_far;
}

static void ask_order(struct rush *rush)
{
	const struct queue_order *order = &rush->engine->queued;

	rush->small_ids =
		order->nr_cpus > 1 && !order->nr_changers ? order->nr_small : 0;
}

/*
 * Is it a rush, now that anything may have happened? Others may even have taken
 * calls from the batch, or read the next one: the loop goes on on their stacks.
 */
static bool ask_anew(struct rush *rush)
{
	if (!is_rush(rush->engine))
		return false;
	rush->row_end = rush->engine->batch + engine_row_end(rush->engine);
	ask_events(rush);
	ask_order(rush);
	return true;
}

enum next {
	NEXT_JOINS, /* the next call joins a queue */
	NEXT_LOOK,  /* a CPU is looked at */
	NEXT_OTHER, /* neither, or nobody here knows */
};

/* Is the next event a look at a CPU? */
static inline enum next next_event(struct rush *rush)
{
	const struct engine *engine = rush->engine;

	if (engine->queue.nr_far != rush->nr_far)
		ask_events(rush);
	return engine->queue.nr && engine->queue.next_ns < rush->looks_ns &&
			       engine_has_queued(engine) ?
		       NEXT_LOOK :
		       NEXT_OTHER;
}

/* No call is left. When nothing comes of anything, that may be the end. */
static inline enum next next_at_end(struct rush *rush)
{
	const struct engine *engine = rush->engine;

	return engine->read_all && !engine->options->until_ns &&
			       engine->progress_ns == engine->now_ns ?
		       next_event(rush) :
		       NEXT_OTHER;
}

static inline enum next what_is_next(struct rush *rush)
{
	const struct engine *engine = rush->engine;
	const struct call *call = &engine->batch[engine->batch_at];

	if (engine->batch_at == engine->batch_nr)
		return next_at_end(rush);
	if (call->t_ns >= rush->end_ns || call->cpu >= engine->nr_cpus)
		return NEXT_OTHER;
	if (engine->queue.next_ns <= call->t_ns ||
	    engine_waits_outside(engine, call))
		return next_event(rush);
	return engine->queue.nr && engine->cpu[call->cpu].queue.nr &&
			       call_is_counted(call) &&
			       !id_key_is_changed(call) ?
		       NEXT_JOINS :
		       NEXT_OTHER;
}

/* ---- a call joins -------------------------------------------------------- */

/*
 * Does it make no difference to what is known of the first who else joins? Here
 * and below, sums of bits, of which gcc makes one question, not two.
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
	       call->id < rush->small_ids && is_first_known(rush->engine, cpu);
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
 * The next calls join, those that do so plainly before the next event; none, if
 * the first of them does not.
 */
static inline void join_row(struct rush *rush)
{
	struct engine *engine = rush->engine;
	const struct call *first = &engine->batch[engine->batch_at];
	const struct call *call = first;
	uint64_t end_ns = engine->queue.next_ns;
	uint64_t now_ns = engine->now_ns;
	uint64_t seq = engine->totals->ops;
	bool begins_soon = engine_begins_soon(engine);
	bool waits = false;

	if (rush->end_ns < end_ns)
		end_ns = rush->end_ns;
	if (first == rush->row_end)
		rush->row_end = engine->batch + engine_row_end(engine);
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
		now_ns = engine_later(now_ns, call->t_ns);
		before = queue_order_join_small(
			&engine->queued, call,
			call_queue_next_place(&cpu->queue));
		waits |= !queue_order_has_begun(&engine->queued, before);
		call_queue_append_head(&cpu->queue, call, ++seq, before);
	}
	engine->batch_at += (size_t)(call - first);
	engine->now_ns = now_ns;
	engine->totals->ops = seq;
	engine->call_waits |= waits;
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
	rush->row_end = &engine->batch[engine->batch_at];
	engine->now_ns = engine_later(engine->now_ns, call->t_ns);
	engine->call_waits |= queue_order_must_wait(&engine->queued, &before);
	result = join_queue(engine, call->cpu, call, ++engine->totals->ops,
			    before);
	ask_order(rush);
	return result == ENGINE_DONE ? look_after_join(engine, call->cpu) :
				       result;
}

/* The next call joins, and those that follow it and need no more. */
static inline enum engine_result join(struct rush *rush)
{
	struct engine *engine = rush->engine;
	enum engine_result result = ENGINE_DONE;
	size_t first = engine->batch_at;

	join_row(rush);
	if (engine->batch_at == first)
		result = join_any(rush);
	return result == ENGINE_DONE &&
			       engine->totals->ops % CALLS_PER_CHECK == 0 ?
		       engine_check_models(engine) :
		       result;
}

/* ---- a CPU is looked at -------------------------------------------------- */

/* The calls whose time is over are told, the highest first. */
static inline enum engine_result end_calls(struct engine *engine,
					   struct cpu *cpu)
{
	enum engine_result result = ENGINE_DONE;
	unsigned int left = cpu_ended_levels(cpu, engine->now_ns);

	if (!left)
		return result;
	do {
		unsigned int level = 31 - (unsigned int)__builtin_clz(left);

		left ^= 1u << level;
		result = cpu->unfinished[level].is_plain ?
				 finish_plain(engine, cpu, level) :
				 engine_finish_level(engine, cpu->number,
						     (uint8_t)level);
	} while (left && result == ENGINE_DONE);
	return result;
}

/* The look that is under way, the next event, comes once more, then. */
static inline enum engine_result move_look(struct rush *rush, uint64_t t_ns)
{
	struct engine *engine = rush->engine;
	struct event look;

	if (t_ns < rush->looks_ns) {
		event_queue_move_near(&engine->queue, t_ns);
		return ENGINE_DONE;
	}
	look = event_queue_take_near(&engine->queue);
	return engine_schedule(engine, t_ns, EVENT_CPU, look.argument);
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
		turn = engine_later(turn, engine->now_ns);
		cpu->look_stands = true;
		if (!cpu->look_ns || turn < cpu->look_ns) {
			cpu->look_ns = turn;
			return move_look(rush, turn);
		}
	}
	event_queue_take_near(&engine->queue);
	return ENGINE_DONE;
}

/*
 * A call has begun: the CPU would be looked at once more, now. Is there nothing
 * to be seen there, and nothing else due before?
 */
static inline bool is_seen_through(struct engine *engine, const struct cpu *cpu)
{
	struct event look = { engine->now_ns, EVENT_CPU, cpu->number };

	if (!(cpu->is_held +
	      (cpu->look_stands & (cpu->look_ns > engine->now_ns))))
		return false;
	/* With somebody held, calls that come before it change nothing. */
	if (!engine->nr_held && call_comes_first(engine))
		return false;
	if (!event_queue_is_due(&engine->queue, engine->now_ns))
		return true;
	if (!event_queue_has_only(&engine->queue, look))
		return false;
	event_queue_take_near(&engine->queue);
	return true;
}

/*
 * A plain call's effect is there, in the look at its CPU that is under way: its
 * time passes, as by engine_settle_plain(). It is counted, and nobody asks for
 * more: what it came to lies where it is kept until its time is over, and all
 * that is left to be said is that it does.
 */
static inline enum engine_result settle(struct rush *rush, struct cpu *cpu,
					const struct call *call,
					struct plain_end *end)
{
	struct engine *engine = rush->engine;
	uint64_t now_ns = engine->now_ns;
	uint64_t ns = engine_charge_plain(engine, &end->outcome, now_ns);
	struct unfinished *unfinished;
	enum engine_result result;

	engine_note_plain(engine, call, now_ns + ns);
	if (engine->result != ENGINE_DONE)
		return engine->result;
	end->t_ns = call->t_ns;
	end->cpu_wait_ns = now_ns - call->t_ns;
	engine->ended_ns = now_ns + ns;
	cpu_begin(cpu, call->ctx, ns, now_ns);
	result = look_for_next(rush, cpu);
	if (result != ENGINE_DONE)
		return result;
	if (!ns || engine_is_quiet(engine, call->ctx, now_ns + ns))
		return engine_end_plain(engine, call, end,
					end->cpu_wait_ns + ns);
	unfinished = engine_keep(engine, call,
				 engine_plain_irqs_off(engine, &end->outcome));
	unfinished->seq = end->seq;
	unfinished->is_plain = true;
	return ENGINE_DONE;
}

/* The same, where nobody knows yet where it is counted, or more is asked. */
static __attribute__((noinline)) enum engine_result
settle_whole(struct engine *engine, struct cpu *cpu, struct plain_end *end,
	     rule_set broken)
{
	struct call call;

	engine_dequeue(engine, cpu->number, &call);
	event_queue_take_near(&engine->queue);
	return engine_settle_plain(engine, &call, end, broken);
}

/* What the first in the CPU's queue has broken is told. */
static __attribute__((noinline)) enum engine_result
tell_broken(struct engine *engine, const struct cpu *cpu, uint64_t seq,
	    rule_set broken)
{
	struct call call;

	call_queue_copy(&cpu->queue, &call);
	return engine_tell_broken_rules(engine, &call, seq, broken);
}

/* The first in the CPU's queue has had its effect; it is counted. */
static inline enum engine_result
begin_counted(struct rush *rush, struct cpu *cpu, const struct call *call,
	      struct plain_end *end, rule_set broken)
{
	enum engine_result result = ENGINE_DONE;

	if (broken)
		result = tell_broken(rush->engine, cpu, end->seq, broken);
	if (result != ENGINE_DONE)
		return result;
	leave_queue_plainly(rush->engine, cpu);
	return settle(rush, cpu, call, end);
}

/*
 * In the look that is under way, the first in the CPU's queue begins, if it is
 * plain; false: nothing was done.
 */
static inline bool begin_plain(struct rush *rush, struct cpu *cpu,
			       enum engine_result *result)
{
	struct engine *engine = rush->engine;
	const struct queued_call *first = call_queue_first(&cpu->queue);
	const struct call *call = queued_head(first);
	/* What began before on its level is over: end_calls(). */
	struct plain_end *end = &cpu->unfinished[call->ctx].plain;
	rule_set broken;

	if (first->number.has_rest ||
	    !plain_call(engine->kernel, call, &end->outcome, &broken))
		return false;
	end->seq = first->number.seq;
	end->tally = *end->outcome.tally;
	*result = either(rush->counts, (uintptr_t)end->tally, 0) ?
			  begin_counted(rush, cpu, call, end, broken) :
			  settle_whole(engine, cpu, end, broken);
	if (*result == ENGINE_DONE && !is_seen_through(engine, cpu))
		*result = engine_schedule(engine, engine->now_ns, EVENT_CPU,
					  cpu->number);
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

/*
 * A plain call has begun from the CPU's queue: those that it held may go on, as
 * by retry_queued(), which also asks for what is never so in a rush.
 */
static inline enum engine_result retry_held(struct engine *engine,
					    const struct cpu *cpu)
{
	bool is_known = cpu->look_stands | cpu->is_held | !cpu->queue.nr;

	if ((engine->dequeued - engine->dequeued_seen - 1) |
	    engine->queued.wanted_left | !is_known)
		return engine_retry_all(engine);
	engine->dequeued_seen = engine->dequeued;
	engine->call_waits = engine->nr_held;
	return ENGINE_DONE;
}

/* What else is to be done in the look that is under way; *plain: nothing. */
static enum engine_result look_at(struct engine *engine, struct cpu *cpu,
				  bool is_first_free, bool *plain)
{
	uint64_t turn;

	event_queue_take_near(&engine->queue);
	*plain = is_looked_at_in_vain(engine, cpu, &turn);
	return end_step(engine, *plain ? look_in_vain(engine, cpu->number, turn,
						      is_first_free) :
					 engine_give_cpu(engine, cpu->number));
}

/*
 * The next event. *plain: it changes nothing that is_rush() asks for.
 */
static inline enum engine_result look(struct rush *rush, bool *plain)
{
	struct engine *engine = rush->engine;
	const struct event *event = event_queue_nearest(&engine->queue);
	struct cpu *cpu = &engine->cpu[event->argument];
	enum engine_result result;
	bool is_free;

	engine->now_ns = event->t_ns;
	result = end_calls(engine, cpu);
	if (result != ENGINE_DONE)
		return result;
	is_free = begin_look(engine, cpu);
	*plain = can_begin(engine, cpu, is_free) &&
		 begin_plain(rush, cpu, &result);
	if (!*plain)
		return look_at(engine, cpu, is_free, plain);
	engine_note_news(engine);
	return result == ENGINE_DONE && engine->call_waits ?
		       retry_held(engine, cpu) :
		       result;
}

enum engine_result engine_run_rush(struct engine *engine)
{
	enum engine_result result = ENGINE_DONE;
	uint64_t until_ns = engine->options->until_ns;
	uint64_t over_ns = until_ns ? until_ns + 1 : NEVER;
	uint64_t sample_ns = engine->sample_ns;
	struct rush rush = { .engine = engine,
			     .counts = engine->counts && !engine->keeps_work,
			     .end_ns = sample_ns < over_ns ? sample_ns :
							     over_ns };
	bool goes_on = ask_anew(&rush);

	for (int i = 0; i < STEPS_MOST && goes_on; i++) {
		enum next next = what_is_next(&rush);
		bool plain = true;

		if (next == NEXT_OTHER)
			break;
		result = next == NEXT_LOOK ? look(&rush, &plain) : join(&rush);
		goes_on = result == ENGINE_DONE && (plain || ask_anew(&rush));
	}
	return result;
}
