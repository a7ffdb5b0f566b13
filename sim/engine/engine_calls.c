/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A call, from when it begins to its outcome.
 *
 *	call --> kernel --ends--> its time passes --> digest, sinks
 *	           |
 *	           +--waits--> sim/engine/engine_waiting.c
 *
 * Rules:
 *
 * - What a call leaves to a task of its CPU is done when the call is over, in
 *   the order in which it was left; then the callers that it has woken try
 *   again.
 * - A call's latency is the time that it waited for its CPU, spun for locks,
 *   slept, and ran. It gets its number (seq) when it is made.
 * - An outcome is reported to the sinks when the call's time is over, or
 *   earlier if nothing can happen before. So the order of outcomes follows from
 *   the workload alone, but is not that of their numbers.
 * - A task that is in the middle of a call can't make another: that one waits.
 */

#include "sim/engine/engine_cpu.h"

#include "sim/cost.h"
#include "sim/engine/engine_fast.h"
#include "sim/fast/fast_path_inline.h"

static enum engine_result invalid_call(struct engine *engine,
				       const struct call *call, const char *why)
{
	struct place place = { engine->source->file, call->line, call->column };

	/* An empty reason: the same was said before. */
	if (*why)
		error_input(engine->errors, place, "%s", why);
	engine->invalid = true;
	return ENGINE_DONE;
}

enum engine_result engine_report_outcome(struct engine *engine,
					 const struct call *call,
					 const struct outcome *outcome)
{
	struct run_totals *totals = engine->totals;

	engine->ends++;
	totals->failed += outcome->status == OUTCOME_FAILED;
	totals->skipped += outcome->status == OUTCOME_SKIPPED;
	digest_add(engine->digest, outcome);
	return sinks_operation(&engine->sinks, call, outcome) < 0 ?
		       ENGINE_FAILED :
		       ENGINE_DONE;
}

enum engine_result engine_report_effect(struct engine *engine,
					const struct call *call,
					const struct outcome *outcome)
{
	if (!engine->reports_steps)
		return ENGINE_DONE;
	return sinks_effect(&engine->sinks, call, outcome, engine->now_ns) < 0 ?
		       ENGINE_FAILED :
		       ENGINE_DONE;
}

enum engine_result engine_trace_end(struct engine *engine,
				    const struct thread *thread,
				    uint64_t end_ns)
{
	uint64_t now_ns = engine->now_ns;
	enum engine_result result;

	if (!engine->traces)
		return ENGINE_DONE;
	engine->now_ns = end_ns;
	result = engine_trace(engine, thread, TIMELINE_ENDS, nobody(), 0, 0);
	engine->now_ns = now_ns;
	return result;
}

static void keep_outcome(struct engine *engine, const struct call *call,
			 const struct outcome *outcome, uint64_t irqs_off_ns)
{
	struct unfinished *unfinished = engine_keep(engine, call, irqs_off_ns);

	unfinished->seq = outcome->seq;
	unfinished->call = *call;
	unfinished->outcome = *outcome;
	if (engine->keeps_work)
		unfinished->work = *outcome->work;
}

/* What is under way on the call's CPU and level ends, as it stands. */
static enum engine_result make_way(struct engine *engine,
				   const struct call *call)
{
	struct cpu *cpu;

	if (call->cpu >= engine->nr_cpus)
		return ENGINE_DONE;
	cpu = &engine->cpu[call->cpu];
	if (!cpu_has_unfinished(cpu, call->ctx))
		return ENGINE_DONE;
	return engine_finish_level(engine, call->cpu, call->ctx);
}

/* A call uses its CPU for `ns`, which is news to those who wait there. */
static enum engine_result pass_time(struct engine *engine,
				    const struct call *call, uint64_t ns,
				    struct actor who)
{
	enum engine_result result =
		engine_use_cpu(engine, call->cpu, call->ctx, ns, who);

	if (result == ENGINE_DONE && engine_somebody_waits(engine, call->cpu))
		result = engine_resched(engine, call->cpu);
	return result;
}

/* The call has taken effect: its time passes. */
static inline __attribute__((always_inline)) enum engine_result
settle(struct engine *engine, struct thread *thread, struct outcome *outcome)
{
	const struct call *call = thread->call;
	struct work *work = &engine->kernel->memory->work;
	uint64_t waited_ns = thread->lock_wait_ns;
	uint64_t ns = engine_charge(engine, thread);
	uint64_t end_ns = engine->now_ns + ns;
	uint64_t held_ns = 0;
	enum engine_result result;

	/* It no longer holds the locks of what it did before it slept. */
	if (thread->has_done) {
		held_ns = locks_hold_ns(&engine->locks, work);
		work_add(work, &thread->done);
	}
	outcome->seq = thread->who.number;
	outcome->cost_ns = thread->cost_ns;
	outcome->cpu_wait_ns = thread->cpu_wait_ns;
	outcome->lock_wait_ns = thread->lock_wait_ns;
	outcome->sleep_ns = thread->sleep_ns;
	outcome->latency_ns = end_ns - call->t_ns;
	engine->ended_ns = end_ns;
	result = engine_report_effect(engine, call, outcome);
	/* While this one slept another may have begun, with a ticket. */
	if (result == ENGINE_DONE)
		result = make_way(engine, call);
	if (result != ENGINE_DONE)
		return result;
	if (call->cpu >= engine->nr_cpus)
		return engine_report_outcome(engine, call, outcome);
	cpu_note_late(&engine->cpu[call->cpu], call->t_ns, thread->cpu_wait_ns,
		      thread->cost_ns + thread->lock_wait_ns);
	if (engine->cpu[call->cpu].holder == thread)
		engine->cpu[call->cpu].holder = NULL;
	result = pass_time(engine, call, ns, thread->who);
	if (result != ENGINE_DONE || !call_is_counted(call))
		return result;
	if (ns && !engine_is_quiet(engine, call->ctx, end_ns)) {
		if (!thread->has_done)
			held_ns = locks_hold_ns(&engine->locks, work);
		keep_outcome(engine, call, outcome,
			     thread->lock_wait_ns - waited_ns + held_ns);
		return ENGINE_DONE;
	}
	result = engine_trace_end(engine, thread, end_ns);
	if (result == ENGINE_DONE)
		result = engine_trace_below(engine, thread, TIMELINE_RESUMES,
					    end_ns, 0);
	return result == ENGINE_DONE ?
		       engine_report_outcome(engine, call, outcome) :
		       result;
}

/* A call ends, or is an error; *settles: its time passes. */
static enum engine_result
end_call(struct engine *engine, const struct thread *thread,
	 enum call_result done, struct outcome *outcome,
	 const struct call_report *report, bool *settles)
{
	const struct call *call = thread->call;
	enum engine_result result = ENGINE_DONE;

	switch (done) {
	case CALL_WAITS:
		BUG("a call that waits has no outcome");
	case CALL_DONE:
	case CALL_VIOLATION:
		break;
	case CALL_BAD_FREE:
		if (!engine->options->count_bad_frees)
			return invalid_call(engine, call, report->why);
		outcome->status = OUTCOME_SKIPPED;
		outcome->skipped = SKIP_BAD_FREE;
		break;
	case CALL_INVALID:
		return invalid_call(engine, call, report->why);
	case CALL_HOST:
		return ENGINE_FAILED;
	}
	if (done != CALL_DONE)
		result = engine_report_violation(engine, call,
						 thread->who.number, report);
	*settles = result == ENGINE_DONE;
	if (*settles && report->woken.what != WAIT_FOR_NOTHING)
		waiting_wake(&engine->waiting, report->woken.what,
			     report->woken.number);
	return result;
}

/* ---- calls that begin ---- */

/* May the call sleep? Not while it makes what others name. */
static bool may_sleep(const struct call *call)
{
	return call->ctx == CONTEXT_PROCESS && call->has & CALL_CAN_SLEEP &&
	       call->op != OP_CACHE_CREATE && call->op != OP_MEMPOOL_CREATE;
}

static inline __attribute__((always_inline)) void
init_thread(struct engine *engine, struct thread *thread,
	    const struct call *call, uint64_t seq)
{
	struct memory *memory = engine->kernel->memory;

	thread->who = call_actor(seq);
	thread->call = call;
	thread->ticket = TICKET_NONE;
	thread->slot = SLOT_NONE;
	thread->cpu = call->cpu;
	thread->level = call->ctx;
	thread->state = THREAD_RUNS;
	thread->may_sleep = may_sleep(call);
	thread->timed_out = false;
	thread->has_done = thread->own_ticket = thread->gave_way = false;
	thread->worker_ran = false;
	thread->due_ns = 0;
	thread->cost_ns = thread->lock_wait_ns = thread->sleep_ns = 0;
	thread->cpu_wait_ns = engine->now_ns - call->t_ns;
	engine_note_begin(engine, call, call->cpu);
	engine->current = thread;
	memory->cpu = call->cpu < engine->nr_cpus ? call->cpu : 0;
	memory->task = call->task;
	memory->dying = call->task &&
			kernel_task_is_dying(engine->kernel, call->task);
}

/*
 * Its task's earlier call is not over, or another waits to begin that names the
 * same: *waits.
 */
static enum engine_result wait_for_task(struct engine *engine,
					const struct call *call, uint64_t seq,
					bool *waits)
{
	struct wait wait = { WAIT_FOR_CALL, TICKET_NONE, 0 };
	uint32_t ticket;

	*waits = id_order_comes_after(&engine->task_order, call, seq,
				      &wait.number);
	if (!*waits && call_task(call))
		wait.number = waiting_newest_of(&engine->waiting, call->task);
	*waits = wait.number != TICKET_NONE;
	return *waits ?
		       engine_begin_to_wait(engine, call, seq, &wait, &ticket) :
		       ENGINE_DONE;
}

/* A call that is not is_simple(); *settles: its time passes. */
static __attribute__((noinline)) enum engine_result
finish_unusual(struct engine *engine, struct thread *thread,
	       const struct wait *waited, enum call_result done,
	       struct outcome *outcome, const struct call_report *report,
	       bool *settles)
{
	const struct call *call = thread->call;
	enum engine_result result = ENGINE_DONE;
	uint32_t ticket;

	*settles = false;
	if (report->broken)
		result = engine_report_broken_rules(
			engine, call, thread->who.number, report->broken);
	if (result != ENGINE_DONE)
		return result;
	if (done == CALL_WAITS && !waited)
		return engine_begin_to_wait(engine, call, thread->who.number,
					    &report->wait, &ticket);
	if (done == CALL_WAITS)
		return engine_wait_on(engine, thread, &report->wait);
	/* A call that had waited gives its ticket back first. */
	if (waited)
		waiting_end(&engine->waiting, thread->ticket);
	return end_call(engine, thread, done, outcome, report, settles);
}

/* Is the call done at once, did it break no rule, and wake nobody? */
static inline bool is_simple(enum call_result done, const struct wait *waited,
			     const struct call_report *report)
{
	return done == CALL_DONE && !waited && !report->broken &&
	       report->woken.what == WAIT_FOR_NOTHING;
}

static inline __attribute__((always_inline)) enum engine_result
carry_out(struct engine *engine, struct thread *thread,
	  const struct wait *waited)
{
	struct call_report report;
	struct outcome outcome;
	enum engine_result result = ENGINE_DONE;
	const struct call *call = thread->call;
	enum call_result done;
	bool settles = true;

	if (engine->traces)
		engine_note(engine, engine_trace(engine, thread, TIMELINE_RUNS,
						 nobody(), 0, 0));
	if (engine->reports_steps &&
	    sinks_begins(&engine->sinks, call, thread->who.number,
			 engine->now_ns) < 0)
		return ENGINE_FAILED;
	done = waited ? kernel_try_again(engine->kernel, call, waited, &outcome,
					 &report) :
			kernel_call(engine->kernel, call, &outcome, &report);
	if (engine->result != ENGINE_DONE)
		return engine->result;
	if (!is_simple(done, waited, &report))
		result = finish_unusual(engine, thread, waited, done, &outcome,
					&report, &settles);
	if (settles)
		result = settle(engine, thread, &outcome);
	engine_forget_thread(engine, thread);
	engine->current = NULL;
	if (!settles && call->cpu < engine->nr_cpus &&
	    engine->cpu[call->cpu].holder == thread)
		engine_note(engine, engine_leave_cpu(engine, thread));
	return result;
}

/*
 * A call begins, or goes on after it has waited with a ticket, as `waiter`.
 * Always inline, so that the questions that don't arise when a call begins are
 * left out there.
 */
static inline __attribute__((always_inline)) enum engine_result
run_call(struct engine *engine, const struct call *made, uint64_t seq,
	 uint32_t ticket, const struct waiter *waiter)
{
	/* The caller's may be gone when this one wakes up again. */
	struct call call = *made;
	struct thread thread;

	if (call.node == NODE_RECORDED)
		call.node = kernel_recorded_node(engine->kernel, &call);
	init_thread(engine, &thread, &call, seq);
	if (!waiter)
		return carry_out(engine, &thread, NULL);
	thread.ticket = ticket;
	thread.cpu_wait_ns =
		waiter->ready_ns ? engine->now_ns - waiter->ready_ns : 0;
	thread.sleep_ns = engine->now_ns - call.t_ns - thread.cpu_wait_ns;
	return carry_out(engine, &thread, &waiter->wait);
}

enum engine_result engine_settle_fast(struct engine *engine,
				      const struct call *call,
				      struct fast_record *end, rule_set broken)
{
	uint64_t wait_ns = engine->now_ns - call->t_ns;
	uint64_t ns = engine_charge_fast(engine, &end->outcome, engine->now_ns);
	uint64_t end_ns = engine->now_ns + ns;
	enum engine_result result = engine_find_tally(engine, call, end);

	if (broken && result == ENGINE_DONE)
		result = engine_report_broken_rules(engine, call, end->seq,
						    broken);
	if (result != ENGINE_DONE)
		return result;
	engine_note_fast(engine, call, end_ns);
	if (engine->result != ENGINE_DONE)
		return engine->result;
	end->t_ns = call->t_ns;
	end->cpu_wait_ns = wait_ns;
	cpu_note_late(&engine->cpu[call->cpu], call->t_ns, wait_ns, ns);
	engine->ended_ns = end_ns;
	result = pass_time(engine, call, ns, call_actor(end->seq));
	if (result != ENGINE_DONE)
		return result;
	if (!ns || engine_is_quiet(engine, call->ctx, end_ns))
		return engine_report_fast(engine, call, end, wait_ns + ns);
	engine_keep_fast(engine, call, end);
	return ENGINE_DONE;
}

/* A call begins that is not fast. */
static __attribute__((noinline)) enum engine_result
begin_any(struct engine *engine, const struct call *call, uint64_t seq)
{
	enum engine_result result = ENGINE_DONE;

	if (engine_may_come_after(engine)) {
		bool waits;

		result = wait_for_task(engine, call, seq, &waits);
		if (waits)
			return result;
	}
	if (result == ENGINE_DONE)
		result = run_call(engine, call, seq, TICKET_NONE, NULL);
	return result == ENGINE_DONE ? engine_finish_calls(engine) : result;
}

/* May a call be fast, if it is like those before? */
static inline bool may_be_fast(const struct engine *engine)
{
	return engine->may_be_fast && !engine_may_come_after(engine);
}

enum engine_result engine_begin_call(struct engine *engine,
				     const struct call *call, uint64_t seq)
{
	enum engine_result result = make_way(engine, call);
	struct fast_record end;
	rule_set broken;

	if (result != ENGINE_DONE)
		return result;
	if (!may_be_fast(engine) ||
	    !fast_call(engine->kernel, call, &end.outcome, &broken))
		return begin_any(engine, call, seq);
	end.seq = seq;
	result = engine_settle_fast(engine, call, &end, broken);
	return result == ENGINE_DONE ? engine_finish_calls(engine) : result;
}

enum engine_result engine_try_again(struct engine *engine, uint32_t ticket)
{
	struct waiter waiter = *waiter_of(&engine->waiting, ticket);
	enum engine_result result = make_way(engine, &waiter.call);

	if (result != ENGINE_DONE)
		return result;
	if (engine->task_order.nr)
		id_order_remove(&engine->task_order, &waiter.call, waiter.seq);
	/* The kernel knows no CPUs; should it wait again, that is no more. */
	if (waiter.wait.what == WAIT_FOR_CPU)
		waiter.wait.what = WAIT_FOR_CALL;
	waiter_of(&engine->waiting, ticket)->ready_ns = 0;
	return run_call(engine, &waiter.call, waiter.seq, ticket, &waiter);
}

/* Nobody can wake them any more. */
enum engine_result engine_abandon(struct engine *engine, uint32_t ticket)
{
	struct waiter waiter = *waiter_of(&engine->waiting, ticket);
	struct call_report report;
	enum engine_result result = ENGINE_DONE;
	struct outcome outcome;
	uint64_t cpu_wait_ns = 0;

	if (waiter.wait.what == WAIT_FOR_CPU) {
		engine_forget_woken(engine, waiter.call.cpu);
		waiter.wait.what = WAIT_FOR_CALL;
		cpu_wait_ns = engine->now_ns - waiter.ready_ns;
	}
	kernel_abandon(engine->kernel, &waiter.call, &waiter.wait, &outcome,
		       &report);
	/* It waits for the end of another call, to begin. */
	if (waiter.wait.what == WAIT_FOR_CALL && engine_ends_early(engine))
		engine_skip_not_begun(engine, &outcome);
	waiting_end(&engine->waiting, ticket);
	if (report.rule && !engine->cut)
		result = engine_report_violation(engine, &waiter.call,
						 waiter.seq, &report);
	if (result != ENGINE_DONE)
		return result;
	outcome.seq = waiter.seq;
	outcome.latency_ns = engine->now_ns - waiter.call.t_ns;
	outcome.cpu_wait_ns = cpu_wait_ns;
	outcome.sleep_ns = outcome.latency_ns - cpu_wait_ns;
	result = engine_report_effect(engine, &waiter.call, &outcome);
	if (result != ENGINE_DONE)
		return result;
	return engine_report_outcome(engine, &waiter.call, &outcome);
}
