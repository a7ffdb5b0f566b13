/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_ENGINE_PLAIN_H
#define KMEMSIM_SIM_ENGINE_PLAIN_H

/*
 * The end of a plain call (sim/plain_calls.h): it is told or kept, whether it
 * began by itself, in a row (sim/engine_row.c) or from a queue.
 */

#include "sim/engine_cpu.h"

/* A plain call begins, now, and will be over then. */
static inline void engine_note_plain(struct engine *engine,
				     const struct call *call, uint64_t end_ns)
{
	struct memory *memory = engine->kernel->memory;

	memory->cpu = call->cpu;
	memory->task = call->task;
	memory->dying = false;
	if (call->ctx == CONTEXT_PROCESS)
		engine_note_task(engine, call->cpu, call, end_ns);
}

/* Internal to engine_tell_plain(): only the one who counts is told. */
static inline enum engine_result engine_count_plain(struct engine *engine,
						    const struct call *call,
						    const struct plain_end *end,
						    uint64_t latency_ns)
{
	const struct plain_outcome *outcome = &end->outcome;

	if (!*outcome->tally)
		*outcome->tally = sinks_tally(&engine->sinks, call,
					      (enum alloc_path)outcome->path);
	if (!*outcome->tally)
		return ENGINE_FAILED;
	if (op_tally_add_plain(*outcome->tally, outcome->requested,
			       outcome->granted, outcome->cost_ns,
			       end->cpu_wait_ns, latency_ns) < 0) {
		error_host(engine->errors, "no memory for statistics");
		return ENGINE_FAILED;
	}
	return sinks_counted(&engine->sinks, end->seq, end->t_ns + latency_ns) <
			       0 ?
		       ENGINE_FAILED :
		       ENGINE_DONE;
}

/* Internal to engine_tell_plain(): a sink asks for each operation. */
enum engine_result engine_tell_plain_to_all(struct engine *engine,
					    const struct call *call,
					    const struct plain_end *end,
					    uint64_t latency_ns);

/*
 * A plain call's time is over: its outcome goes to the digest and the sinks.
 * `call` is asked of only where none is counted, or its kind for the first
 * time.
 */
static inline enum engine_result engine_tell_plain(struct engine *engine,
						   const struct call *call,
						   const struct plain_end *end,
						   uint64_t latency_ns)
{
	const struct plain_outcome *outcome = &end->outcome;
	struct digest_entry entry = {
		.seq = end->seq,
		.vaddr = outcome->vaddr,
		.latency_ns = latency_ns,
		.cost_ns = outcome->cost_ns,
		.zone = outcome->zone,
		.pfn = outcome->pfn,
		.bytes = OUTCOME_OK | (unsigned int)outcome->path << 8,
		.nr_bytes = 4,
	};

	engine->ends++;
	digest_put(engine->digest, &entry);
	return engine->counts ?
		       engine_count_plain(engine, call, end, latency_ns) :
		       engine_tell_plain_to_all(engine, call, end, latency_ns);
}

/*
 * Its outcome is kept until its time is over; interrupts are off so long.
 * Returns where it is to be put.
 */
static inline struct unfinished *engine_keep(struct engine *engine,
					     const struct call *call,
					     uint64_t irqs_off_ns)
{
	struct cpu *cpu = &engine->cpu[call->cpu];
	uint64_t irqs_off_until_ns = engine->now_ns + irqs_off_ns;

	BUG_ON(cpu_has_unfinished(cpu, call->ctx));
	cpu->unfinished_levels |= (uint8_t)(1u << call->ctx);
	cpu->put_off_ns[call->ctx] = 0;
	/* An interrupt in the queue may come in earlier now. */
	if (irqs_off_until_ns < cpu->irqs_off_until_ns)
		cpu->look_stands = false;
	cpu->irqs_off_until_ns = irqs_off_until_ns;
	return &cpu->unfinished[call->ctx];
}

/* The same for a plain call; `end` may be there already. */
static inline void engine_keep_plain(struct engine *engine,
				     const struct call *call,
				     const struct plain_end *end)
{
	struct unfinished *unfinished = engine_keep(engine, call, 0);

	unfinished->seq = end->seq;
	unfinished->is_plain = true;
	if (&unfinished->plain != end)
		unfinished->plain = *end;
	if (engine->keeps_work) {
		unfinished->work = *end->outcome.work;
		unfinished->plain.outcome.work = &unfinished->work;
	}
	if (!engine->counts || !*end->outcome.tally)
		unfinished->call = *call;
}

/* A call uses its CPU for `ns`; those who wait there are looked after. */
static inline enum engine_result pass_time(struct engine *engine,
					   const struct call *call, uint64_t ns,
					   struct actor who)
{
	enum engine_result result =
		engine_use_cpu(engine, call->cpu, call->ctx, ns, who);

	if (result == ENGINE_DONE && engine_somebody_waits(engine, call->cpu))
		result = engine_look_at(engine, call->cpu);
	return result;
}

/*
 * A plain call's effect is there: its time passes. It took no lock, needed
 * nobody and never slept: no thread is made for it.
 */
static inline enum engine_result settle_plainly(struct engine *engine,
						const struct call *call,
						struct plain_end *end)
{
	uint64_t ns = end->outcome.cost_ns;
	uint64_t end_ns = engine->now_ns + ns;
	enum engine_result result;

	engine_note_plain(engine, call, end_ns);
	if (engine->result != ENGINE_DONE)
		return engine->result;
	end->t_ns = call->t_ns;
	end->cpu_wait_ns = engine->now_ns - call->t_ns;
	engine->ended_ns = end_ns;
	result = pass_time(engine, call, ns, call_actor(end->seq));
	if (result != ENGINE_DONE)
		return result;
	if (!ns || engine_is_quiet(engine, call->ctx, end_ns))
		return engine_tell_plain(engine, call, end,
					 end_ns - call->t_ns);
	engine_keep_plain(engine, call, end);
	return ENGINE_DONE;
}

#endif
