/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Samples: readings of the state, by the clock and between the workload's
 * calls.
 *
 *	events      x        x   x          x
 *	clock    |     |     |     |     |     |   looks on from outside
 *	calls     a  b         S c  d              S has its place among them
 *
 * Rules:
 *
 * - Samples by the clock are no events. Each is taken when time reaches or
 *   passes it, before anything happens then. Nothing depends on them: a run is
 *   the same with them and without.
 * - A sample of the workload reads the state when all calls above it are over;
 *   those below it on its CPU begin after it. It does not wait for callers that
 *   sleep until somebody else's call.
 * - Where calls above it wait for calls below, the state is read when nothing
 *   else can go on, and that is a violation.
 */

#include "sim/engine/engine_cpu.h"

static enum engine_result report_sample(struct engine *engine, uint64_t t_ns,
					const char *label)
{
	return sinks_sample(&engine->sinks, t_ns, label) < 0 ?
		       ENGINE_FAILED :
		       engine_check_models(engine);
}

/* ---- the clock's --------------------------------------------------------- */

enum engine_result engine_sample_clock(struct engine *engine, uint64_t t_ns)
{
	enum engine_result result = ENGINE_DONE;

	/* In the last tries of those who wait, the clock has stopped. */
	while (engine->sample_ns <= t_ns && !engine->over &&
	       engine_is_in_time(engine, engine->sample_ns) &&
	       result == ENGINE_DONE) {
		result = report_sample(engine, engine->sample_ns, NULL);
		engine->sample_ns += engine->options->sample_every_ns;
	}
	return result;
}

/* ---- the workload's ------------------------------------------------------ */

/* Is a sample the first in the CPU's queue? */
static bool is_first(const struct cpu *cpu)
{
	return cpu->queue.nr &&
	       queued_head(call_queue_first(&cpu->queue))->op == OP_SAMPLE;
}

/* Is any call above it, whose number is at most `seq`, not over? */
static bool is_under_way(const struct engine *engine, uint64_t seq)
{
	for (uint32_t i = 0; i < engine->nr_cpus; i++) {
		const struct cpu *cpu = &engine->cpu[i];

		for (int l = 0; l < NR_CALL_CONTEXTS; l++)
			if (cpu->until_ns[l] > engine->now_ns &&
			    (!cpu_has_unfinished(cpu, l) ||
			     cpu_unfinished_seq(cpu, l) <= seq))
				return true;
		if (cpu->queue.nr &&
		    call_queue_first(&cpu->queue)->number.seq <= seq &&
		    !is_first(cpu))
			return true;
	}
	for (uint32_t i = 0; i < engine->nr_threads; i++) {
		const struct thread *thread = engine->thread[i];

		if (thread && thread->call && thread->who.number <= seq)
			return true;
	}
	return engine_woken_before(engine, seq);
}

static enum engine_result read_for(struct engine *engine,
				   const struct call *sample)
{
	return report_sample(engine, engine->now_ns,
			     names_text(engine->source->names, sample->name));
}

/* True if it could be read. */
static bool try_sample(struct engine *engine, const struct call *sample,
		       uint64_t seq, enum engine_result *result)
{
	if (is_under_way(engine, seq))
		return false;
	*result = engine_finish_ended(engine);
	if (*result == ENGINE_DONE)
		*result = read_for(engine, sample);
	return true;
}

bool engine_try_sample(struct engine *engine, const struct queued_call *sample,
		       enum engine_result *result)
{
	return try_sample(engine, queued_head(sample), sample->number.seq,
			  result);
}

enum engine_result engine_arrive_sample(struct engine *engine,
					const struct call *call)
{
	const struct queue_before nobody_before = { .id = QUEUE_NOBODY };
	uint64_t seq = engine->totals->ops;
	cpu_t cpu = call->cpu < engine->nr_cpus ? call->cpu : 0;
	enum engine_result result = ENGINE_DONE;
	uint64_t end_ns = engine_last_end(engine);

	if (!engine->cpu[cpu].queue.nr) {
		if (end_ns > engine->now_ns && !engine->nr_parked_calls &&
		    !engine_has_queued(engine) &&
		    engine_is_quiet(engine, CONTEXT_NMI, end_ns))
			result = engine_advance(engine, end_ns);
		if (result != ENGINE_DONE ||
		    try_sample(engine, call, seq, &result))
			return result;
	}
	engine->samples_waiting++;
	return engine_enqueue(engine, cpu, call, seq, nobody_before);
}

/* The sample at the head of the CPU's queue, if one is there. */
static enum engine_result retry_sample(struct engine *engine, uint32_t number)
{
	struct cpu *cpu = &engine->cpu[number];
	enum engine_result result = ENGINE_DONE;
	uint64_t end_ns = engine_last_end(engine);
	struct call sample;

	if (!is_first(cpu))
		return ENGINE_DONE;
	if (engine_try_sample(engine, call_queue_first(&cpu->queue), &result)) {
		engine_dequeue(engine, (cpu_t)number, &sample);
		return result == ENGINE_DONE ? engine_resched(engine, number) :
					       result;
	}
	if (end_ns == engine->now_ns ||
	    (cpu->resched_ns && cpu->resched_ns <= end_ns))
		return ENGINE_DONE;
	cpu->resched_ns = end_ns;
	return engine_schedule(engine, end_ns, EVENT_RESCHED, number);
}

enum engine_result engine_retry_samples(struct engine *engine)
{
	enum engine_result result = ENGINE_DONE;

	for (uint32_t i = 0; i < engine->nr_cpus; i++)
		if (result == ENGINE_DONE)
			result = retry_sample(engine, i);
	return result;
}

enum engine_result engine_force_sample(struct engine *engine, bool *any)
{
	enum engine_result result = ENGINE_DONE;

	*any = false;
	for (uint32_t i = 0; !*any && i < engine->nr_cpus; i++) {
		struct cpu *cpu = &engine->cpu[i];
		struct call_report report = {
			.rule = "sample-waits",
			.why = "the state is read before all calls above are "
			       "over: they wait for calls below",
		};
		struct call sample;

		if (!is_first(cpu))
			continue;
		*any = true;
		/* Those below it may help those above: they have their time. */
		engine->progress_ns = engine->now_ns;
		engine_dequeue(engine, (cpu_t)i, &sample);
		result = engine_report_violation(engine, &sample, 0, &report);
		if (result == ENGINE_DONE)
			result = read_for(engine, &sample);
		if (result == ENGINE_DONE)
			result = engine_resched(engine, i);
	}
	return result;
}
