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
 * which others wait, and plain calls (sim/fast_path.h) leave them, the
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
 *   or it is held (sim/engine/engine_sched.c). Only a call that leaves a queue
 *   can change that. The queue knows whether somebody waits for that call, and
 *   nobody else is asked (wake()).
 * - The looks stand in a list of their own (sim/resched_list.h), out of the events, as
 *   long as nothing else can happen before them
 *   (sim/engine/engine_queue_loop_state.c).
 *
 * All else is left to the loop: a call whose CPU nobody waits for, a sample, a
 * call that creates or destroys a cache or a pool, an event that is no look at
 * a CPU, a caller that was woken, the end of the batch. A call that turns out
 * not to be plain, or whose CPU has a kernel task, begins like any other:
 * before it the looks become events again, and afterwards everything is asked
 * again.
 *
 * The order of looks at the same time decides who is first. So all looks are
 * noted, in vain or not, as in sim/engine/engine_sched.c, whose parts are used
 * here (sim/engine/engine_sched.h). The results must be those of the loop:
 * tests/unit/does_a_short_cut_change_anything.c compares them.
 */

#include "sim/engine/engine_fast.h"
#include "sim/engine/engine_queue.h"
#include "sim/engine/engine_queue_loop.h"
#include "sim/engine/engine_sched.h"
#include "sim/fast_path_inline.h"

/* Steps after which the loop checks whether the run was interrupted. */
#define STEPS_MOST 4096

/* ---- what is next -------------------------------------------------------- */

enum next {
	NEXT_JOINS,   /* the next call joins a queue */
	NEXT_RESCHED, /* a CPU is looked at */
	NEXT_OTHER,   /* neither, or nobody here knows */
};

/* Is the next event a look at a CPU? */
static inline enum next next_event(struct queue_loop *loop)
{
	if (!loop->rescheds.nr)
		queue_loop_take_rescheds(loop);
	return loop->rescheds.nr ? NEXT_RESCHED : NEXT_OTHER;
}

/* No call is left. When nothing comes of anything, that may be the end. */
static enum next next_at_end(struct queue_loop *loop)
{
	const struct engine *engine = loop->engine;

	return engine->batch_at == engine->batch_nr && engine->read_all &&
			       !engine->options->until_ns &&
			       engine->progress_ns == engine->now_ns ?
		       next_event(loop) :
		       NEXT_OTHER;
}

static inline enum next what_is_next(struct queue_loop *loop)
{
	const struct engine *engine = loop->engine;
	const struct call *call = &engine->batch[engine->batch_at];

	if (!loop->to)
		return next_at_end(loop);
	if (resched_list_next(&loop->rescheds) <= loop->rescheds_before ||
	    loop->to->nr >= loop->most)
		return next_event(loop);
	return loop->rescheds.nr && loop->to->nr && call_is_counted(call) &&
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
	return cpu->resched_stands +
	       (cpu->is_blocked & !engine->queued.nr_changers);
}

/*
 * Does the call only join the queue of the CPU, where others wait? Its head is
 * all that is to be kept of it, and the place of its id all that must be known
 * to keep it in order.
 */
static inline bool joins_only(const struct queue_loop *loop,
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
	       call->id < loop->small_ids;
}

/*
 * What calls further on will need is fetched: whom they must not overtake, and
 * what they will find, if they begin soon.
 */
static void prefetch_for_next(struct engine *engine, const struct call *call)
{
	size_t at = (size_t)(call - engine->batch);

	prefetch_ahead(&engine->prefetch, engine->kernel, call, at,
		       engine->batch_nr - at);
}

/*
 * The next calls join, those that do so plainly and are made before that time;
 * none, if the first of them is not.
 */
static inline enum engine_result join_many(struct queue_loop *loop,
					   uint64_t end_ns)
{
	struct engine *engine = loop->engine;
	const struct call *first = &engine->batch[engine->batch_at];
	const struct call *call = first;
	uint64_t seq = engine->totals->ops;
	bool begins_soon = engine_begins_soon(engine);

	if (first == loop->batch_limit)
		loop->batch_limit = engine->batch + engine_batch_limit(engine);
	if (loop->end_ns < end_ns)
		end_ns = loop->end_ns;
	if (!loop->knows_firsts)
		end_ns = 0;
	for (; call < loop->batch_limit && call->t_ns < end_ns; call++) {
		struct cpu *cpu = &engine->cpu[call->cpu];
		queue_place before;

		if (call->cpu >= engine->nr_cpus ||
		    !joins_only(loop, call, cpu))
			break;
		if (begins_soon)
			prefetch_for_next(engine, call);
		if (loop->batch_limit - call > PREFETCH_ORDER)
			prefetch_order(engine, call + PREFETCH_ORDER);
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
	queue_loop_refresh_call(loop);
	return seq % CALLS_PER_CHECK == 0 ? engine_check_models(engine) :
					    ENGINE_DONE;
}

/* What was known of the first in the queue may not hold, with another one. */
static enum engine_result resched_after_join(struct engine *engine,
					     cpu_t number)
{
	const struct cpu *cpu = &engine->cpu[number];

	return is_first_known(engine, cpu) || (cpu->is_blocked &&
					       first_is_blocked(engine, cpu)) ?
		       ENGINE_DONE :
		       engine_resched(engine, number);
}

/* The next call is made, and joins the queue of its CPU, whatever it needs. */
static enum engine_result join_any(struct queue_loop *loop)
{
	struct engine *engine = loop->engine;
	const struct call *call = &engine->batch[engine->batch_at];
	struct queue_before before = queue_order_before(&engine->queued, call);
	enum engine_result result;

	if (engine_begins_soon(engine))
		prefetch_for_next(engine, call);
	prefetch_for_arrival(engine);
	engine->batch_at++;
	engine->now_ns = larger(engine->now_ns, call->t_ns);
	engine->call_waits |= queue_order_must_wait(&engine->queued, &before);
	result = join_queue(engine, call->cpu, call, ++engine->totals->ops,
			    before);
	if (result == ENGINE_DONE)
		result = queue_loop_put_rescheds_back(loop);
	if (result == ENGINE_DONE)
		result = resched_after_join(engine, call->cpu);
	return result == ENGINE_DONE &&
			       engine->totals->ops % CALLS_PER_CHECK == 0 ?
		       engine_check_models(engine) :
		       result;
}

/*
 * The next call joins, and those that follow it and need no more. *valid: it
 * needs no more, either.
 */
static inline enum engine_result join(struct queue_loop *loop, bool *valid)
{
	const struct engine *engine = loop->engine;
	size_t first = engine->batch_at;
	uint64_t end_ns = resched_key_time(resched_list_next(&loop->rescheds));
	enum engine_result result = join_many(loop, end_ns);

	*valid = engine->batch_at != first;
	return *valid ? result : join_any(loop);
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
		result = cpu->fast_levels & 1u << level ?
				 finish_fast(engine, cpu, level) :
				 engine_finish_level(engine, cpu->number,
						     (uint8_t)level);
	}
	return result;
}

/*
 * The look at the CPU that is under way, the next event, is over: it comes
 * again when the first in the queue can have the CPU, as by engine_resched().
 */
static inline enum engine_result resched_for_next(struct queue_loop *loop,
						  struct cpu *cpu)
{
	struct engine *engine = loop->engine;
	uint64_t turn;

	if (cpu->queue.nr && first_is_blocked(engine, cpu)) {
		note_blocked(engine, cpu);
	} else if (cpu->queue.nr) {
		turn = cpu_is_over_at(cpu, first_call(cpu)->ctx);
		turn = larger(turn, engine->now_ns);
		cpu->resched_stands = true;
		if (!cpu->resched_ns || turn < cpu->resched_ns) {
			cpu->resched_ns = turn;
			/* It stays the next one, if no other is due. */
			return turn == engine->now_ns &&
					       resched_list_is_only(
						       &loop->rescheds) ?
				       ENGINE_DONE :
				       queue_loop_move_resched(loop, turn);
		}
	}
	resched_list_take(&loop->rescheds);
	return ENGINE_DONE;
}

/*
 * Is it certain that nothing else happens before that time, as by
 * engine_is_quiet()? Where calls wait to be made, it is not.
 */
static inline bool is_quiet(const struct queue_loop *loop, uint8_t level,
			    uint64_t t_ns)
{
	const struct engine *engine = loop->engine;

	return !(loop->call_ns < t_ns && engine->nr_cpus > 1) &&
	       resched_list_next(&loop->rescheds) > resched_key_until(t_ns) &&
	       engine_is_quiet(engine, level, t_ns);
}

/*
 * A plain call's effect is there, in the look at its CPU that is under way: its
 * time passes, as by engine_settle_fast(). What it came to lies where it is
 * kept until its time is over, and all that is left to be said is that it does,
 * unless `whole` may be asked for more.
 */
static inline enum engine_result settle(struct queue_loop *loop,
					struct cpu *cpu,
					const struct call *call,
					struct fast_record *end, bool is_whole)
{
	struct engine *engine = loop->engine;
	uint64_t now_ns = engine->now_ns;
	uint64_t ns = engine_charge_fast(engine, &end->outcome, now_ns);
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
	result = resched_for_next(loop, cpu);
	if (result != ENGINE_DONE)
		return result;
	if (!ns || is_quiet(loop, call->ctx, end_ns))
		return engine_end_fast(engine, &loop->whole, end,
				       end->cpu_wait_ns + ns);
	if (is_whole)
		is_earlier = engine_keep_fast(engine, &loop->whole, end);
	else
		is_earlier = engine_keep_on(
			engine, cpu, call->ctx,
			engine_fast_irqs_off(engine, &end->outcome), true);
	if (is_earlier)
		loop->knows_firsts = false;
	return ENGINE_DONE;
}

/*
 * The first in the CPU's queue has had its effect; nobody knows yet where it is
 * counted, or more is asked: of the whole of it.
 */
static __attribute__((noinline)) enum engine_result
report_whole(struct queue_loop *loop, const struct cpu *cpu,
	     struct fast_record *end, rule_set broken)
{
	struct engine *engine = loop->engine;
	enum engine_result result;

	call_queue_copy(&cpu->queue, &loop->whole);
	result = engine_find_tally(engine, &loop->whole, end);
	return broken && result == ENGINE_DONE ?
		       engine_report_broken_rules(engine, &loop->whole,
						  end->seq, broken) :
		       result;
}

/*
 * In the look that is under way, the first in the CPU's queue begins, if it is
 * plain; false: nothing was done.
 */
static inline bool begin_fast(struct queue_loop *loop, struct cpu *cpu,
			      enum engine_result *result)
{
	const struct queued_call *first = call_queue_first(&cpu->queue);
	const struct call *call = queued_head(first);
	/* What began before on its level is over: end_calls(). */
	struct fast_record *end = &cpu->fast[call->ctx];
	bool is_whole;
	rule_set broken;

	if (first->number.has_rest ||
	    !fast_call(loop->engine->kernel, call, &end->outcome, &broken))
		return false;
	end->seq = first->number.seq;
	end->tally = end->outcome.counted->tally;
	is_whole = broken || !end->tally || !loop->counts;
	*result = is_whole ? report_whole(loop, cpu, end, broken) : ENGINE_DONE;
	if (*result == ENGINE_DONE) {
		leave_queue_unchanged(loop->engine, cpu);
		*result = settle(loop, cpu, call, end, is_whole);
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
	       (is_free || !first_is_blocked(engine, cpu));
}

/* ---- what becomes of a look ---------------------------------------------- */

/*
 * A call has begun: the CPU is to be looked at once more, now. What would be in
 * vain and come next is left out, as in resched_once_more(): that look, and one
 * that is due before it, for the call that has begun. *again: another call may
 * begin, and that look comes next.
 */
static inline enum engine_result see_through(struct queue_loop *loop,
					     struct cpu *cpu, bool *again)
{
	struct engine *engine = loop->engine;
	struct resched_list *list = &loop->rescheds;
	uint64_t key = resched_key(engine->now_ns, cpu->number);

	*again = false;
	if (!(cpu->is_blocked +
	      (cpu->resched_stands & (cpu->resched_ns > engine->now_ns)))) {
		*again = resched_list_next(list) == key &&
			 resched_list_is_only(list) &&
			 list->nr < RESCHED_LIST_MOST &&
			 !call_comes_first(engine);
		if (!*again)
			return queue_loop_note_resched(loop, engine->now_ns,
						       cpu->number);
		resched_list_put_first(list, key);
		return ENGINE_DONE;
	}
	/* With somebody held, calls that come before it change nothing. */
	if (!engine->nr_blocked && call_comes_first(engine))
		return queue_loop_note_resched(loop, engine->now_ns,
					       cpu->number);
	return resched_list_next(list) > resched_key_last(key) ||
			       resched_list_take_only(list, key) ?
		       ENGINE_DONE :
		       queue_loop_note_resched(loop, engine->now_ns,
					       cpu->number);
}

/* Whatever waits for the call that has left the CPU's queue may go on. */
static enum engine_result wake(struct queue_loop *loop, const struct cpu *left,
			       bool *valid)
{
	struct engine *engine = loop->engine;
	struct cpu *cpu;
	uint64_t turn;
	cpu_t number;

	*valid =
		!engine->queued.nr_changers &&
		queue_order_take_waiter(&engine->queued, left->number, &number);
	if (!*valid)
		return queue_loop_retry_all(loop);
	cpu = &engine->cpu[number];
	*valid = cpu->is_blocked && !cpu->ready && !cpu->holder &&
		 !first_is_blocked(engine, cpu);
	if (!*valid)
		return queue_loop_retry_all(loop);
	cpu->is_blocked = false;
	engine->nr_blocked--;
	engine->call_waits = engine->nr_blocked;
	cpu->resched_stands = true;
	turn = larger(cpu_is_over_at(cpu, first_call(cpu)->ctx),
		      engine->now_ns);
	if (cpu->resched_ns && cpu->resched_ns <= turn)
		return ENGINE_DONE;
	cpu->resched_ns = turn;
	return queue_loop_note_resched(loop, turn, number);
}

/*
 * A plain call has begun from the CPU's queue: who waits for it may go on, as
 * by retry_queued(), which also asks for what is never so where all firsts are
 * known. *valid: nobody else can.
 */
static inline enum engine_result go_on(struct queue_loop *loop,
				       const struct cpu *cpu, bool *valid)
{
	struct engine *engine = loop->engine;

	if (loop->knows_firsts)
		return engine->queued.wanted_left ? wake(loop, cpu, valid) :
						    ENGINE_DONE;
	note_dequeued(engine, cpu);
	*valid = !engine->call_waits;
	return *valid ? ENGINE_DONE : queue_loop_retry_all(loop);
}

/* What else is to be done in the look that is under way. */
static enum engine_result resched_slowly(struct queue_loop *loop,
					 struct cpu *cpu, bool is_first_free,
					 bool *valid)
{
	struct engine *engine = loop->engine;
	enum engine_result result;
	uint64_t turn;

	/* The CPU is looked at later, and nothing can begin before. */
	*valid = is_first_free && cpu->resched_ns && cpu->queue.nr &&
		 !cpu->ready && !cpu->holder && loop->knows_firsts;
	if (*valid) {
		cpu->resched_stands = true;
		resched_list_take(&loop->rescheds);
		engine_note_progress(engine);
		return ENGINE_DONE;
	}
	result = queue_loop_put_rescheds_back(loop);
	if (result != ENGINE_DONE)
		return result;
	event_queue_take_near(&engine->queue);
	return end_step(engine, resched_is_in_vain(engine, cpu, &turn) ?
					resched_in_vain(engine, cpu->number,
							turn, is_first_free) :
					engine_give_cpu(engine, cpu->number));
}

/*
 * The next look. *valid: it changes nothing that queue_loop_refresh() asks for.
 * Interrupts may begin one upon the other: then the looks that follow are part
 * of this one.
 */
static inline enum engine_result resched(struct queue_loop *loop, bool *valid)
{
	struct engine *engine = loop->engine;
	uint64_t key = resched_list_next(&loop->rescheds);
	struct cpu *cpu = &engine->cpu[resched_key_cpu(key)];
	enum engine_result result;
	bool again = false;

	engine->now_ns = resched_key_time(key);
	result = end_calls(engine, cpu);
	while (result == ENGINE_DONE) {
		bool is_free = begin_resched(engine, cpu);

		if (!can_begin(engine, cpu, is_free) ||
		    !begin_fast(loop, cpu, &result))
			return resched_slowly(loop, cpu, is_free, valid);
		if (result == ENGINE_DONE)
			result = see_through(loop, cpu, &again);
		engine_note_progress(engine);
		if (result == ENGINE_DONE)
			result = go_on(loop, cpu, valid);
		if (!again || !*valid)
			break;
	}
	return result;
}

enum engine_result engine_run_queue_loop(struct engine *engine)
{
	enum engine_result result = ENGINE_DONE;
	struct queue_loop loop;
	bool goes_on;

	loop.engine = engine;
	loop.counts = engine->counts && !engine->keeps_work;
	loop.end_ns = engine_calls_end_ns(engine);
	loop.rescheds.nr = 0;
	goes_on = queue_loop_refresh(&loop);
	for (int i = 0; i < STEPS_MOST && goes_on; i++) {
		enum next next = what_is_next(&loop);
		bool valid = true;

		if (next == NEXT_OTHER)
			break;
		result = next == NEXT_RESCHED ? resched(&loop, &valid) :
						join(&loop, &valid);
		goes_on = result == ENGINE_DONE &&
			  (valid || queue_loop_refresh(&loop));
	}
	return result == ENGINE_DONE ? queue_loop_put_rescheds_back(&loop) :
				       result;
}
