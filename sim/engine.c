/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The discrete-event engine.
 *
 *	source --> calls, by time          \
 *	                                     > the earlier one next --> kernel
 *	queue  --> samples, kswapd, by time /                            |
 *	                                     sinks, digest <-- outcome --+
 *
 * Rules:
 *
 * - Simulated time is the `t` of the call or event that is being carried
 *   out. An event that is due at the time of a call comes before it: so a
 *   clock's sample at T reads the state before anything happens at T.
 * - Events of equal times come in the order in which they were scheduled.
 * - kswapd, woken by a call, runs when that call is over. There is nothing
 *   that it could reclaim, so what it does is to end the watermark boost of
 *   its node (the end of balance_pgdat(), mm/vmscan.c, Linux 6.1).
 * - A call takes no time: it ends when it is made, and calls on a CPU never
 *   wait for each other.
 *
 * Left out: what calls cost, tasks that sleep, preemption and locks.
 */

#include "sim/engine.h"

#include "sim/digest.h"
#include "sim/event_queue.h"
#include "sim/kernel.h"

#define BATCH 1024
/* With `check`, every model recounts itself once in so many calls. */
#define CALLS_PER_CHECK 4096

struct engine;
typedef enum engine_result event_handler(struct engine *engine,
					 uint32_t argument);

struct engine {
	struct kernel *kernel;
	struct source *source;
	struct sink *const *sinks;
	size_t nr_sinks;
	size_t nr_begun; /* sinks whose begin was called */
	const struct engine_options *options;
	struct run_totals *totals;
	struct errors *errors;
	struct digest *digest;
	struct event_queue queue;
	uint64_t now_ns;
	uint64_t kswapd_woken; /* bit n: memory->node[n]'s, not yet run */
	bool invalid;	       /* invalid input was met */
	struct call batch[BATCH];
};

enum event_kind { EVENT_SAMPLE, EVENT_KSWAPD, NR_EVENT_KINDS };

/* ---- sinks ---- */

static enum engine_result begin_sinks(struct engine *engine)
{
	for (size_t i = 0; i < engine->nr_sinks; i++) {
		struct sink *sink = engine->sinks[i];

		engine->nr_begun = i + 1;
		if (sink->ops->begin &&
		    sink->ops->begin(sink, engine->kernel,
				     engine->source->names,
				     engine->errors) < 0)
			return ENGINE_FAILED;
	}
	return ENGINE_DONE;
}

static enum engine_result tell_operation(struct engine *engine,
					 const struct call *call,
					 const struct outcome *outcome)
{
	for (size_t i = 0; i < engine->nr_sinks; i++) {
		struct sink *sink = engine->sinks[i];

		if (sink->ops->operation &&
		    sink->ops->operation(sink, call, outcome,
					 engine->errors) < 0)
			return ENGINE_FAILED;
	}
	return ENGINE_DONE;
}

static enum engine_result check_models(struct engine *engine)
{
	char why[256];

	if (!engine->options->check ||
	    kernel_validate(engine->kernel, why, sizeof why))
		return ENGINE_DONE;
	error_host(engine->errors, "the models contradict themselves: %s", why);
	return ENGINE_FAILED;
}

static enum engine_result tell_sample(struct engine *engine, const char *label)
{
	for (size_t i = 0; i < engine->nr_sinks; i++) {
		struct sink *sink = engine->sinks[i];

		if (sink->ops->sample &&
		    sink->ops->sample(sink, engine->now_ns, label,
				      engine->kernel, engine->errors) < 0)
			return ENGINE_FAILED;
	}
	return check_models(engine);
}

static enum engine_result tell_violation(struct engine *engine,
					 const struct call *call,
					 const struct call_report *report)
{
	struct violation violation = {
		.seq = engine->totals->ops,
		.t_ns = engine->now_ns,
		.rule = report->rule,
		.message = report->why,
		.file = engine->source->file,
		.line = call->line,
	};

	engine->totals->violations++;
	for (size_t i = 0; i < engine->nr_sinks; i++) {
		struct sink *sink = engine->sinks[i];

		if (sink->ops->violation &&
		    sink->ops->violation(sink, &violation, engine->errors) < 0)
			return ENGINE_FAILED;
	}
	return ENGINE_DONE;
}

/* What the kernel says of the call's context and flags. */
static enum engine_result tell_broken_rules(struct engine *engine,
					    const struct call *call,
					    rule_set broken)
{
	struct rule_case about = {
		.rules = &engine->kernel->rules,
		.call = call,
		.names = engine->source->names,
	};

	for (; broken; broken &= broken - 1) {
		enum rule_id rule = (enum rule_id)__builtin_ctzll(broken);
		struct call_report report = { .rule = rule_table[rule].id };
		enum engine_result result;

		rule_message(rule, &about, report.why, sizeof report.why);
		result = tell_violation(engine, call, &report);
		if (result != ENGINE_DONE)
			return result;
	}
	return ENGINE_DONE;
}

static enum engine_result end_sinks(struct engine *engine)
{
	enum engine_result result = ENGINE_DONE;

	for (size_t i = 0; i < engine->nr_begun; i++) {
		struct sink *sink = engine->sinks[i];

		if (sink->ops->end &&
		    sink->ops->end(sink, engine->totals, engine->kernel,
				   engine->errors) < 0)
			result = ENGINE_FAILED;
	}
	return result;
}

/* ---- events ---- */

static enum engine_result schedule(struct engine *engine, uint64_t t_ns,
				   enum event_kind kind, uint32_t argument)
{
	if (event_queue_push(&engine->queue,
			     (struct event){ t_ns, kind, argument }) == 0)
		return ENGINE_DONE;
	error_host(engine->errors, "no memory for the event queue");
	return ENGINE_FAILED;
}

static enum engine_result clock_sample(struct engine *engine, uint32_t argument)
{
	enum engine_result result = tell_sample(engine, NULL);

	(void)argument;
	if (result != ENGINE_DONE)
		return result;
	return schedule(engine,
			engine->now_ns + engine->options->sample_every_ns,
			EVENT_SAMPLE, 0);
}

static enum engine_result kswapd(struct engine *engine, uint32_t n)
{
	struct node *node = &engine->kernel->memory->node[n];

	engine->kswapd_woken &= ~(1ull << n);
	for (uint32_t i = 0; i < node->nr_zones; i++)
		node->zones[i].watermark_boost = 0;
	return ENGINE_DONE;
}

static event_handler *const event_handlers[NR_EVENT_KINDS] = {
	[EVENT_SAMPLE] = clock_sample,
	[EVENT_KSWAPD] = kswapd,
};

/* Carries out everything that is due at `t_ns` or before. */
static enum engine_result run_events(struct engine *engine, uint64_t t_ns)
{
	while (event_queue_is_due(&engine->queue, t_ns)) {
		enum engine_result result;
		struct event event;

		if (event_queue_pop(&engine->queue, &event) < 0) {
			error_host(engine->errors,
				   "no memory for the event queue");
			return ENGINE_FAILED;
		}
		engine->now_ns = event.t_ns;
		result = event_handlers[event.kind](engine, event.argument);
		if (result != ENGINE_DONE)
			return result;
	}
	return ENGINE_DONE;
}

/* A kswapd with a boost to end is worth an event; others find no work. */
static void wake_kswapd(struct memory *memory, void *argument,
			struct zone *zone, order_t order)
{
	struct engine *engine = argument;
	int n = memory->node_index[zone->node];

	(void)order;
	if (!zone->watermark_boost || engine->kswapd_woken >> n & 1)
		return;
	engine->kswapd_woken |= 1ull << n;
}

static enum engine_result schedule_kswapds(struct engine *engine)
{
	for (uint64_t woken = engine->kswapd_woken; woken; woken &= woken - 1) {
		enum engine_result result =
			schedule(engine, engine->now_ns, EVENT_KSWAPD,
				 __builtin_ctzll(woken));

		if (result != ENGINE_DONE)
			return result;
	}
	return ENGINE_DONE;
}

/* ---- calls ---- */

static enum engine_result invalid_call(struct engine *engine,
				       const struct call *call, const char *why)
{
	struct place place = { engine->source->file, call->line, call->column };

	error_input(engine->errors, place, "%s", why);
	engine->invalid = true;
	return ENGINE_DONE;
}

static enum engine_result operate(struct engine *engine,
				  const struct call *call)
{
	struct run_totals *totals = engine->totals;
	bool counted = call_is_counted(call);
	struct call_report report = { .rule = rule_table[RULE_BAD_FREE].id };
	struct outcome outcome;
	enum engine_result result;
	enum call_result done =
		kernel_call(engine->kernel, call, &outcome, &report);

	totals->ops += counted;
	result = tell_broken_rules(engine, call, report.broken);
	if (result != ENGINE_DONE)
		return result;
	switch (done) {
	case CALL_DONE:
	case CALL_VIOLATION:
		break;
	case CALL_BAD_FREE:
		if (!engine->options->count_bad_frees)
			return invalid_call(engine, call, report.why);
		outcome.status = OUTCOME_SKIPPED;
		outcome.skipped = SKIP_BAD_FREE;
		break;
	case CALL_INVALID:
		return invalid_call(engine, call, report.why);
	case CALL_MISSING:
		invalid_call(engine, call, report.why);
		return ENGINE_MISSING;
	case CALL_HOST:
		return ENGINE_FAILED;
	}
	if (done != CALL_DONE) {
		result = tell_violation(engine, call, &report);
		if (result != ENGINE_DONE)
			return result;
	}
	if (!counted)
		return ENGINE_DONE;
	outcome.seq = totals->ops;
	totals->failed += outcome.status == OUTCOME_FAILED;
	totals->skipped += outcome.status == OUTCOME_SKIPPED;
	digest_add(engine->digest, &outcome);
	return tell_operation(engine, call, &outcome);
}

static enum engine_result carry_out(struct engine *engine,
				    const struct call *call)
{
	enum engine_result result = run_events(engine, call->t_ns);

	if (result != ENGINE_DONE)
		return result;
	engine->now_ns = call->t_ns;
	if (call->op == OP_SAMPLE)
		return tell_sample(engine,
				   names_text(engine->source->names,
					      call->name));
	result = operate(engine, call);
	if (result == ENGINE_DONE && engine->kswapd_woken)
		result = schedule_kswapds(engine);
	if (result == ENGINE_DONE && engine->totals->ops % CALLS_PER_CHECK == 0)
		result = check_models(engine);
	return result;
}

/* Is there a reason to stop before the workload's end? */
static bool stops_here(struct engine *engine, const struct call *call)
{
	const struct engine_options *options = engine->options;

	if (options->until_ns && call->t_ns > options->until_ns)
		return true;
	if (options->interrupted && *options->interrupted) {
		engine->totals->status = RUN_INTERRUPTED;
		return true;
	}
	return false;
}

static enum engine_result run_calls(struct engine *engine)
{
	const struct engine_options *options = engine->options;
	struct source *source = engine->source;
	long nr;

	while ((nr = source_read(source, engine->batch, BATCH,
				 engine->errors)) > 0) {
		for (long i = 0; i < nr; i++) {
			enum engine_result result;

			if (stops_here(engine, &engine->batch[i]))
				return ENGINE_DONE;
			result = carry_out(engine, &engine->batch[i]);
			if (result != ENGINE_DONE)
				return result;
		}
		if (engine->errors->nr >= ERRORS_MAX)
			break;
		if (options->progress)
			options->progress(options->progress_argument,
					  engine->totals->ops, engine->now_ns,
					  source->ops->progress(source));
	}
	if (nr < 0 && engine->errors->any_host)
		return ENGINE_FAILED;
	return nr < 0 || engine->invalid ? ENGINE_INVALID : ENGINE_DONE;
}

/* To the end of the clock: what is due by `until`, or nothing more. */
static enum engine_result run(struct engine *engine)
{
	const struct engine_options *options = engine->options;
	enum engine_result result = begin_sinks(engine);

	if (result == ENGINE_DONE && options->sample_every_ns)
		result = schedule(engine, options->sample_every_ns,
				  EVENT_SAMPLE, 0);
	if (result == ENGINE_DONE)
		result = run_calls(engine);
	if (result == ENGINE_DONE && engine->invalid)
		result = ENGINE_INVALID;
	if (result == ENGINE_DONE && options->until_ns > engine->now_ns &&
	    engine->totals->status == RUN_COMPLETE) {
		result = run_events(engine, options->until_ns);
		engine->now_ns = options->until_ns;
	}
	if (result == ENGINE_DONE)
		result = check_models(engine);
	return result;
}

static double wall_clock(const struct engine_options *options)
{
	return options->wall_clock ? options->wall_clock() : 0;
}

enum engine_result engine_run(const struct machine_desc *machine,
			      struct source *source, struct sink *const *sinks,
			      size_t nr_sinks,
			      const struct engine_options *options,
			      struct run_totals *totals, struct errors *errors)
{
	struct pressure_ops tasks = no_pressure_ops;
	double start = wall_clock(options);
	struct engine engine = {
		.source = source,
		.sinks = sinks,
		.nr_sinks = nr_sinks,
		.options = options,
		.totals = totals,
		.errors = errors,
	};
	enum engine_result result = ENGINE_FAILED;
	enum engine_result ended;

	tasks.name = "engine";
	tasks.wake_kswapd = wake_kswapd;
	*totals = (struct run_totals){ .status = RUN_COMPLETE };
	engine.digest = digest_new();
	if (!engine.digest)
		error_host(errors, "no memory for the digest");
	else
		engine.kernel = kernel_new(machine, source->names,
					   options->seed, errors);
	if (engine.kernel) {
		engine.kernel->memory->pressure = &tasks;
		engine.kernel->memory->pressure_argument = &engine;
		result = run(&engine);
		if (result != ENGINE_DONE)
			totals->status = RUN_FAILED;
		totals->sim_ns = engine.now_ns;
		totals->wall_s = wall_clock(options) - start;
		digest_text(engine.digest, totals->digest);
		ended = end_sinks(&engine);
		if (result == ENGINE_DONE)
			result = ended;
	}
	kernel_free(engine.kernel);
	digest_free(engine.digest);
	event_queue_release(&engine.queue);
	return result;
}
