/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_ENGINE_ENGINE_PLAIN_H
#define KMEMSIM_SIM_ENGINE_ENGINE_PLAIN_H

/*
 * The end of a plain call (sim/plain_calls.h): its locks are taken, and it is
 * told or kept, whether it began by itself, in a row (sim/engine/engine_row.c)
 * or from a queue.
 */

#include "sim/engine/engine_cpu.h"

/*
 * The place in the batch of the first call that is in no row that begins now:
 * the models may have to be checked before, and the batch ends.
 */
static inline size_t engine_row_end(const struct engine *engine)
{
	uint64_t ops = engine->totals->ops;
	size_t most = CALLS_PER_CHECK - ops % CALLS_PER_CHECK;
	size_t left = engine->batch_nr - engine->batch_at;

	return engine->batch_at + (left < most ? left : most);
}

/*
 * May calls be plain, and does nothing else happen: does nobody sleep, yield or
 * go on, or wait for anything but a CPU?
 */
static inline bool engine_has_only_calls(const struct engine *engine)
{
	return engine->may_be_plain && engine->result == ENGINE_DONE &&
	       !engine->cut && !engine_may_come_after(engine) &&
	       !engine->samples_waiting && !engine->nr_yielding &&
	       !engine->kernel->work.nr &&
	       engine->waiting.runnable.first == TICKET_NONE;
}

/*
 * The locks of a plain call that begins then are taken. Returns what it takes,
 * in ns, with the waits for them.
 */
static inline uint64_t engine_charge_plain(struct engine *engine,
					   struct plain_outcome *outcome,
					   uint64_t t_ns)
{
	uint32_t slowest;

	if (!outcome->has_locks)
		return outcome->cost_ns;
	/* With one CPU nobody else can hold a lock. */
	outcome->lock_wait_ns =
		engine->nr_cpus > 1 ? locks_take(&engine->locks, outcome->work,
						 t_ns, &slowest) :
				      0;
	return outcome->cost_ns + outcome->lock_wait_ns;
}

/* How long interrupts are off while a plain call has its CPU, in ns. */
static inline uint64_t
engine_plain_irqs_off(const struct engine *engine,
		      const struct plain_outcome *outcome)
{
	return outcome->has_locks ?
		       outcome->lock_wait_ns +
			       locks_hold_ns(&engine->locks, outcome->work) :
		       0;
}

/* It is a plain call that has the CPU. */
static inline void engine_note_caller(struct engine *engine,
				      const struct call *call)
{
	struct memory *memory = engine->kernel->memory;

	memory->cpu = call->cpu;
	memory->task = call->task;
	memory->dying = false;
}

/* A plain call begins, now, and will be over then. */
static inline void engine_note_plain(struct engine *engine,
				     const struct call *call, uint64_t end_ns)
{
	engine_note_caller(engine, call);
	if (call->ctx == CONTEXT_PROCESS)
		engine_note_task(engine, call->cpu, call, end_ns);
}

_Static_assert(
	offsetof(struct outcome, path) == offsetof(struct outcome, status) + 1,
	"digest_entry.bytes, of a call that was neither refused, skipped "
	"nor a read");

/* digest_entry.bytes of a plain call: what went well, and how. */
static inline uint64_t engine_plain_said(const struct plain_outcome *outcome)
{
	return OUTCOME_OK | (unsigned int)outcome->path << 8;
}

/* Where the call will be counted, if it will. ENGINE_FAILED: no memory. */
static inline enum engine_result engine_find_tally(struct engine *engine,
						   const struct call *call,
						   struct plain_end *end)
{
	struct op_tally **tally = &end->outcome.counted->tally;

	end->tally = NULL;
	if (!engine->counts)
		return ENGINE_DONE;
	if (!*tally) {
		*tally = sinks_tally(&engine->sinks, call,
				     (enum alloc_path)end->outcome.path);
		end->outcome.counted->said = engine_plain_said(&end->outcome);
	}
	end->tally = *tally;
	return end->tally ? ENGINE_DONE : ENGINE_FAILED;
}

/* No memory for what was, or would have been, counted. */
static inline enum engine_result
engine_fail_to_count(const struct engine *engine)
{
	error_host(engine->errors, "no memory for statistics");
	return ENGINE_FAILED;
}

/* A plain call that has ended is added to its tally. */
static inline enum engine_result
engine_tally_plain(struct engine *engine, struct op_tally *tally,
		   const struct plain_outcome *outcome, uint64_t cpu_wait_ns,
		   uint64_t latency_ns)
{
	if (outcome->has_locks)
		tally->lock_wait_ns += outcome->lock_wait_ns;
	if (op_tally_add_plain(tally, outcome->requested, outcome->granted,
			       outcome->cost_ns, cpu_wait_ns, latency_ns) == 0)
		return ENGINE_DONE;
	return engine_fail_to_count(engine);
}

/* Internal to engine_tell_plain(): only the one who counts is told. */
static inline enum engine_result engine_count_plain(struct engine *engine,
						    const struct plain_end *end,
						    uint64_t latency_ns)
{
	enum engine_result result =
		engine_tally_plain(engine, end->tally, &end->outcome,
				   end->cpu_wait_ns, latency_ns);

	return result == ENGINE_DONE &&
			       sinks_counted(&engine->sinks, end->seq,
					     end->t_ns + latency_ns) < 0 ?
		       ENGINE_FAILED :
		       result;
}

/* Internal to engine_tell_plain(): a sink asks for each operation. */
enum engine_result engine_tell_plain_to_all(struct engine *engine,
					    const struct call *call,
					    const struct plain_end *end,
					    uint64_t latency_ns);

/* A plain call has ended: its outcome goes to the digest. */
static inline void engine_digest_plain(struct engine *engine,
				       const struct plain_outcome *outcome,
				       uint64_t seq, uint64_t latency_ns)
{
	struct digest_entry entry = {
		.seq = seq,
		.vaddr = outcome->vaddr,
		.latency_ns = latency_ns,
		.cost_ns = outcome->cost_ns,
		.pfn = outcome->pfn,
		.bytes = engine_plain_said(outcome),
	};

	digest_put(engine->digest, &entry);
}

/*
 * A plain call's time is over: its outcome goes to the digest and the sinks.
 * `call` is asked of only where it has no tally.
 */
static inline enum engine_result engine_tell_plain(struct engine *engine,
						   const struct call *call,
						   const struct plain_end *end,
						   uint64_t latency_ns)
{
	engine->ends++;
	engine_digest_plain(engine, &end->outcome, end->seq, latency_ns);
	return end->tally ?
		       engine_count_plain(engine, end, latency_ns) :
		       engine_tell_plain_to_all(engine, call, end, latency_ns);
}

/*
 * A call has begun on the level of the CPU, and its outcome will be kept until
 * its time is over; interrupts are off so long. True if one that is in the
 * queue may come in earlier than was known.
 */
static inline bool engine_keep_on(struct engine *engine, struct cpu *cpu,
				  unsigned int level, uint64_t irqs_off_ns,
				  bool is_plain)
{
	uint64_t off_ns = engine->now_ns + irqs_off_ns;
	/* Those that an NMI has interrupted have them off for longer. */
	uint64_t irqs_off_until_ns =
		level == CONTEXT_NMI ? larger(off_ns, cpu->irqs_off_until_ns) :
				       off_ns;
	bool is_earlier = irqs_off_until_ns < cpu->irqs_off_until_ns;

	BUG_ON(cpu_has_unfinished(cpu, (int)level));
	cpu->unfinished_levels |= (uint8_t)(1u << level);
	cpu->plain_levels &= (uint8_t) ~(1u << level);
	cpu->plain_levels |= (uint8_t)(is_plain << level);
	engine->nr_unfinished++;
	cpu->put_off_ns[level] = 0;
	if (is_earlier)
		cpu->look_stands = false;
	cpu->irqs_off_until_ns = irqs_off_until_ns;
	return is_earlier;
}

/* The same for any call but a plain one. Returns where it is to be put. */
static inline struct unfinished *engine_keep(struct engine *engine,
					     const struct call *call,
					     uint64_t irqs_off_ns)
{
	struct cpu *cpu = &engine->cpu[call->cpu];

	engine_keep_on(engine, cpu, call->ctx, irqs_off_ns, false);
	cpu->unfinished[call->ctx].from_ns = engine->now_ns;
	return &cpu->unfinished[call->ctx];
}

/* The same for a plain call; `end` may be there already. */
static inline bool engine_keep_plain(struct engine *engine,
				     const struct call *call,
				     const struct plain_end *end)
{
	struct cpu *cpu = &engine->cpu[call->cpu];
	struct unfinished *unfinished = &cpu->unfinished[call->ctx];
	struct plain_end *plain = &cpu->plain[call->ctx];
	const struct work *work = end->outcome.work;
	uint64_t irqs_off_ns = engine_plain_irqs_off(engine, &end->outcome);

	if (plain != end)
		*plain = *end;
	plain->outcome.work = NULL;
	if (engine->keeps_work) {
		unfinished->work = *work;
		plain->outcome.work = &unfinished->work;
	}
	if (!end->tally)
		unfinished->call = *call;
	return engine_keep_on(engine, cpu, call->ctx, irqs_off_ns, true);
}

/* --- engine_calls.c --- */

/*
 * A plain call's effect is there: what it has broken is told, and its time
 * passes. It needed nobody and never slept: no thread is made for it. Of *end,
 * the outcome and seq are filled.
 */
enum engine_result engine_settle_plain(struct engine *engine,
				       const struct call *call,
				       struct plain_end *end, rule_set broken);

#endif
