/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The queue loop: CPUs have more to do than they can, calls queue for them, and
 * fast calls begin from their queues (docs/fast-paths.md).
 *
 *	batch     [d][e][f]…   d, e are made before the next resched:
 *	           |  |        they join their queues
 *	queues    CPU 0  a c | d     the resched: a is over, c begins, and the
 *	          CPU 1  b   | e     next resched of CPU 0 is when c is over
 *	rescheds        ^ of CPU 0, moved to when c is over
 *
 * Before and after each step the general loop (sim/engine/engine.c) asks what
 * else could happen, and whom it could concern. As long as calls only join
 * queues in which others wait, and fast calls leave them, the answers stay the
 * same. So they are asked once for many steps.
 *
 * - Calls join many at a time, up to the next resched: nothing that one of them
 *   does changes what is asked of the next. Nearly all need only the queue
 *   place of the last call of their id, and write only one line of the host's
 *   cache.
 * - A call that begins is not copied: it is read where it waited, and its
 *   result is written where it is kept until its time is over. The end of one
 *   call, the beginning of the next and the next resched of their CPU are one
 *   step, in which the present resched is moved to become the next one. An
 *   interrupt that may begin at once, in the middle of the call that has just
 *   begun, is part of the same step.
 * - The first call in a CPU's queue can't begin before a resched that is due,
 *   or it is blocked (sim/engine/engine_sched.c). Only a call that leaves a
 *   queue can change that. The queue knows whether somebody waits for that
 *   call, and nobody else is asked (wake()).
 * - Rescheds are kept in a list of their own (sim/queues/resched_list.h), as
 *   long as no other event comes before them
 *   (sim/engine/engine_queue_loop_state.c).
 *
 * All else is left to the general loop: a call for whose CPU nobody waits, a
 * sample, a call that creates or destroys a cache or a pool, any event but a
 * resched, a caller that was woken, the end of the batch. A call that turns out
 * not to be fast, or whose CPU has a kernel task, begins here, but as any other
 * call does: the rescheds become events again before it, and everything is
 * asked again after it.
 *
 * The order of rescheds of the same time decides who is first. So all of them
 * are scheduled, even in vain, as in sim/engine/engine_sched.c, whose parts are
 * used here (sim/engine/engine_sched.h). The results must be those of the
 * general loop: tests/unit/do_fast_paths_change_anything.c compares them.
 */

#include "sim/engine/engine_fast.h"
#include "sim/engine/engine_queue.h"
#include "sim/engine/engine_queue_loop.h"
#include "sim/engine/engine_sched.h"
#include "sim/fast/fast_path_inline.h"

/* Steps after which the loop checks whether the run was interrupted. */
#define STEPS_MOST 4096

/* ---- what is next -------------------------------------------------------- */

enum next {
	NEXT_JOINS,   /* the next call joins a queue */
	NEXT_RESCHED, /* a resched is due */
	NEXT_OTHER,   /* neither, or not known here */
};

/* Is the next event a resched? */
static inline enum next next_event(struct queue_loop *loop)
{
	if (!loop->rescheds.nr)
		queue_loop_take_rescheds(loop);
	return loop->rescheds.nr ? NEXT_RESCHED : NEXT_OTHER;
}

/* No call is left. Where nothing makes progress, that may be the end. */
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
 * Does what is known of the first in the CPU's queue hold, whoever joins? Sums
 * of bits, here and below: gcc makes one branch of them, not two. join_many()
 * need not ask, for `knows_firsts` answers it for all CPUs.
 */
static inline bool is_first_known(const struct engine *engine,
				  const struct cpu *cpu)
{
	return cpu->resched_is_valid +
	       (cpu->is_blocked & !engine->queued.nr_changers);
}

/*
 * Does the call only join the queue of the CPU, where others wait? Then its
 * head is all that has to be kept of it, and the place of the last call of its
 * id all that must be known to keep it in order.
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

/* Prefetches what calls further on will need when they begin. */
static void prefetch_for_next(struct engine *engine, const struct call *call)
{
	size_t at = (size_t)(call - engine->batch);

	prefetch_ahead(&engine->prefetch, engine->kernel, call, at,
		       engine->batch_nr - at);
}

/*
 * The next calls join, up to the first that joins_only() does not fit or that
 * is not made before `end_ns`. It may be the first of all.
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

/* With one more in the queue, what was known of the first may not hold. */
static enum engine_result resched_after_join(struct engine *engine,
					     cpu_t number)
{
	const struct cpu *cpu = &engine->cpu[number];

	return is_first_known(engine, cpu) || (cpu->is_blocked &&
					       first_is_blocked(engine, cpu)) ?
		       ENGINE_DONE :
		       engine_resched(engine, number);
}

/* The next call is made and joins the queue of its CPU, whatever it needs. */
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
 * The next call joins, or as many as do so alike. *valid: the loop's state
 * still holds.
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

/* ---- a resched ----------------------------------------------------------- */

/* Calls whose time is over end, the highest level first. */
static inline enum engine_result end_calls(struct engine *engine,
					   struct cpu *cpu)
{
	enum engine_result result = ENGINE_DONE;
	unsigned int levels;

	while ((levels = cpu->unfinished_levels) && result == ENGINE_DONE) {
		unsigned int level = 31 - (unsigned int)__builtin_clz(levels);

		/* Then those below aren't over, either. */
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
 * The CPU's resched has been carried out: it is moved to when the first in the
 * queue can have the CPU, as by engine_resched().
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
		cpu->resched_is_valid = true;
		if (!cpu->resched_ns || turn < cpu->resched_ns) {
			cpu->resched_ns = turn;
			/* With no other one due, it stays where it is. */
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
 * engine_is_quiet()? It is not, if a call is made before.
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
 * In the resched that is being carried out, a fast call has taken effect: its
 * time passes, as by engine_settle_fast(). Its record lies already where it is
 * kept until that time is over; `is_whole`: loop->whole is the call, and may
 * have to be kept as well.
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
 * The first in the CPU's queue has taken effect, and the whole of it is needed:
 * to report the rules that it broke, or to find out where it is counted.
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
 * In the resched that is being carried out, the first in the CPU's queue
 * begins, if it is fast; false: nothing was done.
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
 * Can the first in the CPU's queue begin, and does no thread have or want the
 * CPU? `is_free`: the first is known to wait for no other call.
 */
static inline bool can_begin(const struct engine *engine, const struct cpu *cpu,
			     bool is_free)
{
	return cpu->queue.nr && !cpu->ready && !cpu->holder &&
	       cpu_is_over_at(cpu, first_call(cpu)->ctx) <= engine->now_ns &&
	       (is_free || !first_is_blocked(engine, cpu));
}

/* ---- after a call has begun ---------------------------------------------- */

/*
 * A call has begun, which causes one more resched of its CPU, now. As in
 * resched_once_more(), it is left out where it would come next and be in vain,
 * along with one that is due before it for the call that has begun. *again:
 * another call may begin, and that resched comes next.
 */
static inline enum engine_result resched_again(struct queue_loop *loop,
					       struct cpu *cpu, bool *again)
{
	struct engine *engine = loop->engine;
	struct resched_list *list = &loop->rescheds;
	uint64_t key = resched_key(engine->now_ns, cpu->number);

	*again = false;
	if (!(cpu->is_blocked +
	      (cpu->resched_is_valid & (cpu->resched_ns > engine->now_ns)))) {
		*again = resched_list_next(list) == key &&
			 resched_list_is_only(list) &&
			 list->nr < RESCHED_LIST_MOST &&
			 !call_comes_first(engine);
		if (!*again)
			return queue_loop_add_resched(loop, engine->now_ns,
						      cpu->number);
		resched_list_put_first(list, key);
		return ENGINE_DONE;
	}
	/* With somebody blocked, calls that come before it change nothing. */
	if (!engine->nr_blocked && call_comes_first(engine))
		return queue_loop_add_resched(loop, engine->now_ns,
					      cpu->number);
	return resched_list_next(list) > resched_key_last(key) ||
			       resched_list_take_only(list, key) ?
		       ENGINE_DONE :
		       queue_loop_add_resched(loop, engine->now_ns,
					      cpu->number);
}

/* The call that waits for the one that has left the CPU's queue may go on. */
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
	cpu->resched_is_valid = true;
	turn = larger(cpu_is_over_at(cpu, first_call(cpu)->ctx),
		      engine->now_ns);
	if (cpu->resched_ns && cpu->resched_ns <= turn)
		return ENGINE_DONE;
	cpu->resched_ns = turn;
	return queue_loop_add_resched(loop, turn, number);
}

/*
 * A fast call has begun from the CPU's queue: whoever waits for it may go on,
 * as by retry_queued(), which also asks what is never so where all firsts are
 * known. *valid: nobody else can go on.
 */
static inline enum engine_result
wake_blocked(struct queue_loop *loop, const struct cpu *cpu, bool *valid)
{
	struct engine *engine = loop->engine;

	if (loop->knows_firsts)
		return engine->queued.wanted_left ? wake(loop, cpu, valid) :
						    ENGINE_DONE;
	note_dequeued(engine, cpu);
	*valid = !engine->call_waits;
	return *valid ? ENGINE_DONE : queue_loop_retry_all(loop);
}

/* The resched is more than ending calls and beginning fast ones. */
static enum engine_result resched_slowly(struct queue_loop *loop,
					 struct cpu *cpu, bool first_is_free,
					 bool *valid)
{
	struct engine *engine = loop->engine;
	enum engine_result result;
	uint64_t turn;

	/* Another one is due later, and nothing can begin before that. */
	*valid = first_is_free && cpu->resched_ns && cpu->queue.nr &&
		 !cpu->ready && !cpu->holder && loop->knows_firsts;
	if (*valid) {
		cpu->resched_is_valid = true;
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
							turn, first_is_free) :
					engine_give_cpu(engine, cpu->number));
}

/*
 * The next resched. *valid: it changes nothing that queue_loop_refresh() asks
 * for. Interrupts may begin one upon the other: the rescheds that this takes
 * are part of this one.
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
			result = resched_again(loop, cpu, &again);
		engine_note_progress(engine);
		if (result == ENGINE_DONE)
			result = wake_blocked(loop, cpu, valid);
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
