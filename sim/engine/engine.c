/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The discrete-event engine.
 *
 *	source --> calls, by time              \
 *	                                         > the earlier one next --> CPU
 *	queue  --> timers, CPUs, devices, …    /                            |
 *	                                     sinks, digest <-- outcome -- kernel
 *
 * Rules:
 *
 * - Simulated time is the `t` of the call or event that is being carried
 *   out. An event that is due at the time of a call comes before it.
 * - A sample of the clock is no event: time goes on past it
 *   (engine_advance()).
 * - Events of equal times come in the order in which they were scheduled.
 * - The run ends when all calls are over. What the kernel's own tasks would
 *   still do then, nobody waits for.
 * - When no call is left to be made, and for ten seconds none has ended nor has
 *   a page been freed, those who are in the middle of one are stuck: they have
 *   failed, and each is a violation that says what it waits for.
 */

#include "sim/engine/engine_sched.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "models/pressure.h"
#include "sim/base/host.h"

/* After this long without any progress, all that still wait are stuck. */
#define STUCK_AFTER_NS 10000000000ull

typedef enum engine_result event_handler(struct engine *engine,
					 uint32_t argument);

enum engine_result engine_check_models(struct engine *engine)
{
	char why[256];

	if (!engine->options->check ||
	    kernel_validate(engine->kernel, why, sizeof why))
		return ENGINE_DONE;
	error_host(engine->errors, "the models contradict themselves: %s", why);
	return ENGINE_FAILED;
}

/* ---- events ---- */

enum engine_result engine_schedule(struct engine *engine, uint64_t t_ns,
				   enum event_kind kind, uint32_t argument)
{
	if (event_queue_push(&engine->queue,
			     (struct event){ t_ns, kind, argument }) == 0)
		return ENGINE_DONE;
	error_host(engine->errors, "no memory for the event queue");
	return ENGINE_FAILED;
}

static event_handler *const event_handlers[NR_EVENT_KINDS] = {
	[EVENT_RETRY] = engine_retry,
	[EVENT_REAP] = engine_reap,
	[EVENT_FOLD] = engine_fold,
	[EVENT_TICK] = engine_tick,
	[EVENT_RESCHED] = engine_resched_event,
	[EVENT_THREAD] = engine_thread_event,
	[EVENT_IO] = engine_io_event,
};

enum engine_result engine_run_event(struct engine *engine)
{
	enum engine_result result;
	struct event event;

	if (event_queue_pop(&engine->queue, &event) < 0) {
		error_host(engine->errors, "no memory for the event queue");
		return ENGINE_FAILED;
	}
	result = engine_advance(engine, event.t_ns);
	return result == ENGINE_DONE ?
		       event_handlers[event.kind](engine, event.argument) :
		       result;
}

/* ---- calls ---- */

static bool is_interrupted(struct engine *engine)
{
	const volatile int *interrupted = engine->options->interrupted;

	if (!interrupted || !*interrupted)
		return false;
	engine->totals->status = RUN_INTERRUPTED;
	return true;
}

/* Is there a reason to stop before the workload's end? */
static bool stops_here(struct engine *engine, const struct call *call)
{
	const struct engine_options *options = engine->options;

	if (options->until_ns && call->t_ns > options->until_ns)
		return true;
	return is_interrupted(engine);
}

/* More calls from the source; none: that was all, or it is invalid. */
static void read_batch(struct engine *engine)
{
	const struct engine_options *options = engine->options;
	struct source *source = engine->source;
	long nr;

	if (engine->totals->ops && options->progress)
		options->progress(options->progress_argument,
				  engine->totals->ops, engine->now_ns,
				  source->ops->progress(source));
	nr = engine->errors->nr < ERRORS_MAX ?
		     source_read(source, engine->batch, BATCH, engine->errors) :
		     -1;
	engine->batch_at = 0;
	engine->batch_nr = nr > 0 ? (size_t)nr : 0;
	engine->batch[engine->batch_nr].t_ns = 0;
	engine->read_all = nr <= 0;
	/* It may end early then. */
	engine->cut |= nr == 0 && is_interrupted(engine);
	/* What was called above a mistake is carried out all the same. */
	if (nr < 0 && engine->errors->any_host)
		engine_note(engine, ENGINE_FAILED);
	engine->invalid |= nr < 0;
}

/* Is the queue that it would join full, and will that change? */
static bool waits_outside(const struct engine *engine, const struct call *call)
{
	return engine->queue.nr && engine_waits_outside(engine, call);
}

/* The next call, not yet taken; NULL: there is none for now. */
static const struct call *peek(struct engine *engine)
{
	const struct call *call;

	if (engine->batch_at == engine->batch_nr && !engine->read_all)
		read_batch(engine);
	if (engine->batch_at == engine->batch_nr || engine->cut)
		return NULL;
	call = &engine->batch[engine->batch_at];
	engine->cut = stops_here(engine, call);
	if (engine->cut) {
		engine->read_all = true;
		engine->invalid |= engine->errors->nr > 0;
	}
	return engine->cut || waits_outside(engine, call) ? NULL : call;
}

/*
 * The common case: nobody waits anywhere, and the call's CPU is free.
 * engine_arrive() would come to the same after more questions.
 */
static inline bool begins_at_once(const struct engine *engine,
				  const struct call *call)
{
	const struct cpu *cpu = &engine->cpu[call->cpu];

	return engine->fast_paths && call->cpu < engine->nr_cpus &&
	       !engine_has_queued(engine) && !cpu->ready && !cpu->nr_woken &&
	       engine->now_ns == call->t_ns && cpu_is_idle(cpu, engine->now_ns);
}

static enum engine_result take_call(struct engine *engine)
{
	const struct call *call = &engine->batch[engine->batch_at];
	enum engine_result result = ENGINE_DONE;

	if (engine_begins_soon(engine))
		prefetch_ahead(&engine->prefetch, engine->kernel, call,
			       engine->batch_at,
			       engine->batch_nr - engine->batch_at);
	engine->batch_at++;
	if (engine->now_ns < call->t_ns)
		result = engine_advance(engine, call->t_ns);
	if (result != ENGINE_DONE)
		return result;
	if (call->op == OP_SAMPLE)
		return engine_arrive_sample(engine, call);
	engine->totals->ops += call_is_counted(call);
	if (begins_at_once(engine, call))
		result = engine_begin_call(engine, call, engine->totals->ops);
	else
		result = engine_arrive(engine, call, engine->totals->ops);
	if (result == ENGINE_DONE && engine->totals->ops % CALLS_PER_CHECK == 0)
		result = engine_check_models(engine);
	return result;
}

/* ---- the end ---- */

/* The thread sleeps, and nobody will wake it. */
static enum engine_result report_endless_sleep(struct engine *engine,
					       const struct thread *thread)
{
	struct call_report report = { .rule = "stuck" };

	snprintf(report.why, sizeof report.why,
		 "%s sleeps for %s %u since %" PRIu64
		 " ns, and nobody is left who could wake it",
		 call_op_names[thread->call->op],
		 sleep_queue_names[thread->queue], thread->number,
		 thread->since_ns);
	return engine_report_violation(engine, thread->call, thread->who.number,
				       &report);
}

/*
 * Those in the middle of a call that nothing will ever come of. Where the run
 * was cut short, they need not sleep.
 */
static enum engine_result report_stuck(struct engine *engine)
{
	enum engine_result result = ENGINE_DONE;

	for (uint32_t i = 0; i < engine->nr_threads; i++) {
		struct thread *thread = engine->thread[i];
		struct outcome outcome = {
			.status = OUTCOME_FAILED,
			.reason = REASON_STILL_WAITING,
			.pfn = PFN_NONE,
		};

		if (!thread || !thread->call || result != ENGINE_DONE)
			continue;
		if (!engine->cut)
			result = report_endless_sleep(engine, thread);
		outcome.seq = thread->who.number;
		outcome.cost_ns = thread->cost_ns;
		outcome.cpu_wait_ns = thread->cpu_wait_ns;
		outcome.lock_wait_ns = thread->lock_wait_ns;
		outcome.sleep_ns =
			thread->sleep_ns + engine->now_ns - thread->since_ns;
		outcome.latency_ns = engine->now_ns - thread->call->t_ns;
		if (result == ENGINE_DONE)
			result = engine_report_effect(engine, thread->call,
						      &outcome);
		if (result == ENGINE_DONE)
			result = engine_report_outcome(engine, thread->call,
						       &outcome);
		engine->thread[i] = NULL;
		engine->nr_parked_calls--;
	}
	return result;
}

/* Has there been no progress for so long that there will be none? */
static bool is_stuck(const struct engine *engine)
{
	return engine->now_ns > engine->progress_ns + STUCK_AFTER_NS &&
	       !engine_has_io(engine);
}

/*
 * The next call was made in time, and the run is over before it may queue. So
 * are all behind it: they would have been made later.
 */
static enum engine_result leave_outside(struct engine *engine)
{
	const struct call *call = &engine->batch[engine->batch_at++];

	engine->leaves_out = true;
	engine->may_be_fast = false;
	if (!call_is_counted(call))
		return ENGINE_DONE;
	return engine_leave_out(engine, call, ++engine->totals->ops,
				engine->options->until_ns);
}

/*
 * The next calls wait for those in a queue, which wait for something else:
 * it may be a sample, and what it waits for one of the next calls.
 */
static enum engine_result wait_outside(struct engine *engine)
{
	uint64_t until_ns = engine->options->until_ns;
	bool any;

	if (until_ns && !event_queue_is_due(&engine->queue, until_ns))
		return leave_outside(engine);
	if (engine->samples_waiting && is_stuck(engine))
		return engine_force_sample(engine, &any);
	return engine_run_event(engine);
}

/* One step towards the end, when no call is left to be made; *done: there. */
static enum engine_result wind_up(struct engine *engine, bool *done)
{
	uint64_t until_ns = engine->options->until_ns;
	bool complete = engine->totals->status == RUN_COMPLETE;
	bool any = false;
	enum engine_result result;

	*done = false;
	if (complete && is_interrupted(engine)) {
		engine->cut = true;
		complete = false;
	}
	if (until_ns && complete) {
		if (engine_expects_events(engine) &&
		    event_queue_is_due(&engine->queue, until_ns))
			return engine_run_event(engine);
		if (engine->now_ns < until_ns)
			engine_note(engine, engine_advance(engine, until_ns));
	} else if (complete && (engine->nr_parked_calls || engine->nr_woken ||
				engine_has_queued(engine))) {
		bool stuck = is_stuck(engine);

		if (engine->nr_yielding && (stuck || !engine_is_busy(engine))) {
			result = engine_time_out_yielding(engine, &any);
			if (any || result != ENGINE_DONE)
				return result;
		}
		/* One that was woken may still wait for its CPU. */
		if (engine_expects_events(engine) &&
		    (!stuck || engine->nr_yielding))
			return engine_run_event(engine);
	}
	if (engine->samples_waiting && complete && !until_ns) {
		result = engine_force_sample(engine, &any);
		if (any || result != ENGINE_DONE)
			return result;
	}
	result = report_stuck(engine);
	if (result == ENGINE_DONE)
		result = engine_drop_queued(engine);
	if (result == ENGINE_DONE)
		result = engine_end_waiting(engine, done);
	return result;
}

/* The call or event that is next. */
static enum engine_result step(struct engine *engine, bool *done)
{
	const struct call *call = peek(engine);
	uint64_t t_ns = call ? call->t_ns : engine->now_ns;
	enum engine_result result = engine->result;

	*done = false;
	if (result != ENGINE_DONE)
		return result;
	if (event_queue_is_due(&engine->queue, t_ns))
		result = engine_run_event(engine);
	else if (call)
		result = engine->leaves_out ? leave_outside(engine) :
					      take_call(engine);
	else if (!engine->read_all)
		result = wait_outside(engine);
	else
		result = wind_up(engine, done);
	return end_step(engine, result);
}

/* Runs on any stack: all that it knows is in the engine. */
static void loop(void *argument)
{
	struct engine *engine = argument;
	bool done = false;

	engine_boot_tasks(engine);
	engine_note(engine, engine_advance(engine, engine->now_ns));
	while (engine->result == ENGINE_DONE && !done) {
		/* Calls woken with one that sleeps now don't wait for it. */
		if (engine->nr_parked_calls)
			engine_note(engine, engine_finish_calls(engine));
		engine_note(engine, step(engine, &done));
		engine_note(engine, engine_run_direct_loop(engine));
		engine_note(engine, engine_run_queue_loop(engine));
	}
}

/* To the end of the clock: what is due by `until`, or nothing more. */
static enum engine_result run(struct engine *engine)
{
	const struct engine_options *options = engine->options;
	enum engine_result result =
		sinks_begin(&engine->sinks, engine->source->names) < 0 ?
			ENGINE_FAILED :
			ENGINE_DONE;

	engine->traces = sinks_want_timeline(&engine->sinks);
	engine->reports_steps = sinks_want_steps(&engine->sinks);
	engine->keeps_work = sinks_read_work(&engine->sinks);
	engine->may_be_fast = engine->fast_paths && !engine->traces &&
			      !engine->reports_steps;
	engine->counts = sinks_count(&engine->sinks);
	engine->sample_ns = options->sample_every_ns ? 0 : NEVER;
	if (result == ENGINE_DONE)
		result = engine_start_timers(engine);
	if (result != ENGINE_DONE)
		return result;
	if (fibres_run(&engine->fibres, loop, engine) < 0) {
		error_host(engine->errors, "no memory for a stack");
		return ENGINE_FAILED;
	}
	result = engine->result;
	if (result == ENGINE_DONE && engine->invalid)
		result = ENGINE_INVALID;
	if (result != ENGINE_DONE)
		return result;
	/* Tries in vain after all calls were made are no part of the run. */
	engine->now_ns = engine_last_end(engine);
	result = engine_finish_ended(engine);
	if (engine->over)
		engine->now_ns = engine->ended_ns;
	return result == ENGINE_DONE ? engine_check_models(engine) : result;
}

static double wall_clock(const struct engine_options *options)
{
	return options->wall_clock ? options->wall_clock() : 0;
}

/*
 * The statistics of the locks, for the sinks' end; NULL with an error added:
 * the host has no memory.
 */
static struct lock_stats *lock_stats(const struct engine *engine, size_t *nr)
{
	struct lock_stats *stats = host_alloc(engine->locks.nr, sizeof *stats);

	*nr = 0;
	if (!stats)
		error_host(engine->errors, "no memory for the locks' counts");
	for (uint32_t i = 0; stats && i < engine->locks.nr; i++)
		stats[(*nr)++] = engine->locks.lock[i].stats;
	return stats;
}

static enum engine_result run_and_end(struct engine *engine)
{
	struct run_totals *totals = engine->totals;
	double start = wall_clock(engine->options);
	enum engine_result result = run(engine);
	struct lock_stats *stats = lock_stats(engine, &totals->nr_locks);
	struct overload *overloads =
		engine_overloads(engine, &totals->nr_overloads);

	if (!overloads)
		error_host(engine->errors, "no memory for the CPUs' counts");
	if (!stats || !overloads)
		result = ENGINE_FAILED;
	if (result != ENGINE_DONE)
		totals->status = RUN_FAILED;
	totals->locks = stats;
	totals->sim_ns = engine->now_ns;
	totals->overloads = overloads;
	totals->wall_s = wall_clock(engine->options) - start;
	digest_text(engine->digest, totals->digest);
	if (fast_path_sum_up(engine->kernel->fast) < 0) {
		error_host(engine->errors, "no memory for statistics");
		totals->status = RUN_FAILED;
		result = ENGINE_FAILED;
	}
	if (sinks_end(&engine->sinks, totals) < 0 && result == ENGINE_DONE)
		result = ENGINE_FAILED;
	totals->locks = NULL;
	totals->overloads = NULL;
	free(stats);
	free(overloads);
	return result;
}

static bool build(struct engine *engine, const struct machine_desc *machine)
{
	struct memory *memory;

	engine->digest = digest_new();
	if (!engine->digest) {
		error_host(engine->errors, "no memory for the digest");
		return false;
	}
	engine->kernel = kernel_new(machine, engine->source->names,
				    engine->options->seed, engine->errors);
	if (!engine->kernel)
		return false;
	memory = engine->kernel->memory;
	if (engine_cpus_init(engine) < 0 ||
	    locks_init(&engine->locks, memory, &machine->costs) < 0) {
		error_host(engine->errors, "no memory for the CPUs");
		return false;
	}
	fair_init(&engine->fair_tasks, &machine->scheduler, engine->nr_cpus);
	engine->sinks.kernel = engine->kernel;
	memory->pressure = &kernel_pressure_ops;
	memory->tasks = &engine_task_ops;
	memory->tasks_argument = engine;
	return true;
}

enum engine_result engine_run(const struct machine_desc *machine,
			      struct source *source, struct sink *const *sinks,
			      size_t nr_sinks,
			      const struct engine_options *options,
			      struct run_totals *totals, struct errors *errors)
{
	struct engine *engine = host_alloc(1, sizeof *engine);
	struct machine_desc traced = *machine;
	enum engine_result result = ENGINE_FAILED;

	traced_add_costs(&source->traced, &traced.costs);
	*totals = (struct run_totals){ .status = RUN_COMPLETE };
	if (!engine) {
		error_host(errors, "no memory for the engine");
		return result;
	}
	source->seed = options->seed;
	source->until_ns = options->until_ns;
	source->interrupted = options->interrupted;
	engine->source = source;
	engine->sinks = (struct sinks){ .sink = sinks,
					.nr = nr_sinks,
					.errors = errors };
	engine->options = options;
	engine->fast_paths = !options->no_fast_paths;
	engine->totals = totals;
	engine->errors = errors;
	waiting_init(&engine->waiting);
	if (build(engine, &traced))
		result = run_and_end(engine);
	kernel_free(engine->kernel);
	digest_free(engine->digest);
	rule_texts_free(engine->rule_texts);
	event_queue_release(&engine->queue);
	waiting_release(&engine->waiting);
	locks_release(&engine->locks);
	engine_cpus_release(engine);
	id_order_release(&engine->task_order);
	fair_release(&engine->fair_tasks);
	engine_tasks_release(engine);
	free(engine);
	return result;
}
