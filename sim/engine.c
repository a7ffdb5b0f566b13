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
 *   that it could reclaim, so what it does is to end the watermark boosts of
 *   its node, up to the highest zone that it was called for since it ran last;
 *   it is not woken where none of those is boosted (wakeup_kswapd() and the
 *   end of balance_pgdat(), mm/vmscan.c, Linux 6.1).
 * - Where the slab allocator wants to be reaped, each CPU does it every two
 *   seconds, first a second after the start and 12 ms more for each CPU
 *   before it, as the kernel spreads them: by three ticks of 4 ms
 *   (start_cpu_timer(), mm/slab.c, Linux 6.1).
 * - A call acts at once, unless it waits for something (sim/engine_calls.c),
 *   and ends later by what it costs (sim/cost.c). Calls on a CPU do not wait
 *   for each other to end.
 *
 * Left out: a CPU's time, preemption and locks.
 */

#include "sim/engine_internal.h"

/* With `check`, every model recounts itself once in so many calls. */
#define CALLS_PER_CHECK 4096
/* When CPU 0 reaps first, how much later the next one, and how often. */
#define REAP_FIRST_NS 1000000000ull
#define REAP_SPREAD_NS 12000000ull
#define REAP_EVERY_NS 2000000000ull

typedef enum engine_result event_handler(struct engine *engine,
					 uint32_t argument);

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
	if (sinks_sample(&engine->sinks, engine->now_ns, label) < 0)
		return ENGINE_FAILED;
	return check_models(engine);
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

static enum engine_result clock_sample(struct engine *engine, uint32_t argument)
{
	enum engine_result result;

	(void)argument;
	if (engine->over)
		return ENGINE_DONE;
	result = tell_sample(engine, NULL);
	if (result != ENGINE_DONE)
		return result;
	return engine_schedule(
		engine, engine->now_ns + engine->options->sample_every_ns,
		EVENT_SAMPLE, 0);
}

static enum engine_result kswapd(struct engine *engine, uint32_t n)
{
	struct node *node = &engine->kernel->memory->node[n];

	engine->kswapd_woken &= ~(1ull << n);
	for (uint32_t i = 0; i < node->nr_zones; i++)
		if (node->zones[i].type < engine->kswapd_zones[n])
			node->zones[i].watermark_boost = 0;
	engine->kswapd_zones[n] = 0;
	return ENGINE_DONE;
}

static enum engine_result reap(struct engine *engine, uint32_t cpu)
{
	uint64_t round = engine->now_ns / REAP_EVERY_NS + 1;

	if (engine->over)
		return ENGINE_DONE;
	slab_caches_reap(engine->kernel->caches, (cpu_t)cpu, round);
	return engine_schedule(engine, engine->now_ns + REAP_EVERY_NS,
			       EVENT_REAP, cpu);
}

static enum engine_result schedule_reaping(struct engine *engine)
{
	const struct machine_desc *machine = engine->kernel->machine;
	enum engine_result result = ENGINE_DONE;

	if (!slab_caches_need_reaping(engine->kernel->caches))
		return result;
	for (size_t n = 0; n < machine->nr_nodes; n++) {
		const struct node_desc *node = &machine->nodes[n];

		for (size_t i = 0; i < node->nr_cpus; i++) {
			uint64_t later = node->cpus[i] * REAP_SPREAD_NS;

			if (result == ENGINE_DONE)
				result = engine_schedule(engine,
							 REAP_FIRST_NS + later,
							 EVENT_REAP,
							 node->cpus[i]);
		}
	}
	return result;
}

static event_handler *const event_handlers[NR_EVENT_KINDS] = {
	[EVENT_SAMPLE] = clock_sample,
	[EVENT_KSWAPD] = kswapd,
	[EVENT_RETRY] = engine_retry,
	[EVENT_REAP] = reap,
};

enum engine_result engine_run_events(struct engine *engine, uint64_t t_ns)
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

/* pgdat_watermark_boosted() */
static bool is_boosted(const struct node *node, enum zone_type highest)
{
	for (uint32_t i = 0; i < node->nr_zones; i++)
		if (node->zones[i].type <= highest &&
		    node->zones[i].watermark_boost)
			return true;
	return false;
}

/*
 * A kswapd with a boost to end is worth an event; others find no work, but
 * which zone they were called for is remembered. Source: wakeup_kswapd().
 */
static void wake_kswapd(struct memory *memory, void *argument,
			struct zone *zone, gfp_t gfp, order_t order,
			enum zone_type highest)
{
	struct engine *engine = argument;
	int n = memory->node_index[zone->node];

	(void)gfp;
	(void)order;
	if (engine->kswapd_zones[n] <= highest)
		engine->kswapd_zones[n] = highest + 1;
	if (is_boosted(&memory->node[n], highest))
		engine->kswapd_woken |= 1ull << n;
}

enum engine_result engine_schedule_kswapds(struct engine *engine)
{
	for (uint64_t woken = engine->kswapd_woken; woken; woken &= woken - 1) {
		enum engine_result result =
			engine_schedule(engine, engine->now_ns, EVENT_KSWAPD,
					__builtin_ctzll(woken));

		if (result != ENGINE_DONE)
			return result;
	}
	return ENGINE_DONE;
}

/* ---- calls ---- */

static enum engine_result carry_out(struct engine *engine,
				    const struct call *call)
{
	enum engine_result result = engine_run_events(engine, call->t_ns);

	if (result != ENGINE_DONE)
		return result;
	engine->now_ns = call->t_ns;
	if (call->op == OP_SAMPLE)
		return tell_sample(engine, names_text(engine->source->names,
						      call->name));
	result = engine_operate(engine, call);
	if (result == ENGINE_DONE)
		result = engine_finish_calls(engine);
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

			engine->cut = stops_here(engine, &engine->batch[i]);
			if (engine->cut)
				return engine->errors->nr ? ENGINE_INVALID :
							    ENGINE_DONE;
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
	return nr || engine->invalid ? ENGINE_INVALID : ENGINE_DONE;
}

/* To the end of the clock: what is due by `until`, or nothing more. */
static enum engine_result run(struct engine *engine)
{
	const struct engine_options *options = engine->options;
	enum engine_result result =
		sinks_begin(&engine->sinks, engine->source->names) < 0 ?
			ENGINE_FAILED :
			ENGINE_DONE;

	if (result == ENGINE_DONE && options->sample_every_ns)
		result = engine_schedule(engine, 0, EVENT_SAMPLE, 0);
	if (result == ENGINE_DONE)
		result = schedule_reaping(engine);
	if (result == ENGINE_DONE)
		result = run_calls(engine);
	if (result == ENGINE_DONE && engine->invalid)
		result = ENGINE_INVALID;
	if (result == ENGINE_DONE && options->until_ns > engine->now_ns &&
	    engine->totals->status == RUN_COMPLETE) {
		result = engine_run_events(engine, options->until_ns);
		engine->now_ns = options->until_ns;
	}
	if (result == ENGINE_DONE && engine->waiting.nr)
		result = engine_end_waiting(engine);
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
		.sinks = { .sink = sinks, .nr = nr_sinks, .errors = errors },
		.options = options,
		.totals = totals,
		.errors = errors,
	};
	enum engine_result result = ENGINE_FAILED;

	waiting_init(&engine.waiting);
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
		engine.sinks.kernel = engine.kernel;
		engine.kernel->memory->pressure = &tasks;
		engine.kernel->memory->pressure_argument = &engine;
		result = run(&engine);
		if (result != ENGINE_DONE)
			totals->status = RUN_FAILED;
		totals->sim_ns = engine.now_ns;
		totals->wall_s = wall_clock(options) - start;
		digest_text(engine.digest, totals->digest);
		if (sinks_end(&engine.sinks, totals) < 0 &&
		    result == ENGINE_DONE)
			result = ENGINE_FAILED;
	}
	kernel_free(engine.kernel);
	digest_free(engine.digest);
	event_queue_release(&engine.queue);
	waiting_release(&engine.waiting);
	return result;
}
