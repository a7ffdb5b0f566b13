/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_ENGINE_ENGINE_FAST_H
#define KMEMSIM_SIM_ENGINE_ENGINE_FAST_H

/*
 * What becomes of a fast call (sim/fast/fast_path.h) once it has taken effect:
 * it takes its locks, its outcome is kept until its time is over, and is
 * reported then. Shared by all three loops (docs/fast-paths.md).
 */

#include "sim/engine/engine_cpu.h"

/*
 * How far a fast loop that begins now may go in the batch: to its end, or to
 * where the models may have to be checked.
 */
static inline size_t engine_batch_limit(const struct engine *engine)
{
	uint64_t ops = engine->totals->ops;
	size_t most = CALLS_PER_CHECK - ops % CALLS_PER_CHECK;
	size_t left = engine->batch_nr - engine->batch_at;

	return engine->batch_at + (left < most ? left : most);
}

/*
 * May calls be fast, and is nothing else under way: does nobody sleep, yield or
 * go on, or wait for anything but a CPU?
 */
static inline bool engine_has_only_calls(const struct engine *engine)
{
	return engine->may_be_fast && engine->result == ENGINE_DONE &&
	       !engine->cut && !engine_may_come_after(engine) &&
	       !engine->samples_waiting && !engine->nr_yielding &&
	       !engine->kernel->work.nr &&
	       engine->waiting.runnable.first == TICKET_NONE;
}

/*
 * A fast call that begins at `t_ns` takes its locks. Returns its time in ns:
 * its cost and its waits for locks.
 */
static inline uint64_t engine_charge_fast(struct engine *engine,
					  struct fast_outcome *outcome,
					  uint64_t t_ns)
{
	uint32_t slowest;

	if (!outcome->has_locks)
		return outcome->cost_ns;
	/* With one CPU, nobody else can hold a lock. */
	outcome->lock_wait_ns =
		engine->nr_cpus > 1 ? locks_take(&engine->locks, outcome->work,
						 t_ns, &slowest) :
				      0;
	return outcome->cost_ns + outcome->lock_wait_ns;
}

/* For how long a fast call keeps interrupts off, in ns. */
static inline uint64_t engine_fast_irqs_off(const struct engine *engine,
					    const struct fast_outcome *outcome)
{
	return outcome->has_locks ?
		       outcome->lock_wait_ns +
			       locks_hold_ns(&engine->locks, outcome->work) :
		       0;
}

/* The models are told whose call it is. */
static inline void engine_note_caller(struct engine *engine,
				      const struct call *call)
{
	struct memory *memory = engine->kernel->memory;

	memory->cpu = call->cpu;
	memory->task = call->task;
	memory->dying = false;
}

/* A fast call begins now, and will be over at `end_ns`. */
static inline void engine_note_fast(struct engine *engine,
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

/* digest_entry.bytes of a fast call: its status and path. */
static inline uint64_t engine_fast_said(const struct fast_outcome *outcome)
{
	return OUTCOME_OK | (unsigned int)outcome->path << 8;
}

/* Sets end->tally, where the call will be counted, if sinks only count. */
static inline enum engine_result engine_find_tally(struct engine *engine,
						   const struct call *call,
						   struct fast_record *end)
{
	struct op_tally **tally = &end->outcome.counted->tally;

	end->tally = NULL;
	if (!engine->counts)
		return ENGINE_DONE;
	if (!*tally) {
		*tally = sinks_tally(&engine->sinks, call,
				     (enum alloc_path)end->outcome.path);
		end->outcome.counted->said = engine_fast_said(&end->outcome);
	}
	end->tally = *tally;
	return end->tally ? ENGINE_DONE : ENGINE_FAILED;
}

/* The host has no memory for what is counted. Returns ENGINE_FAILED. */
static inline enum engine_result
engine_fail_to_count(const struct engine *engine)
{
	error_host(engine->errors, "no memory for statistics");
	return ENGINE_FAILED;
}

/* A fast call that has ended is added to its tally. */
static inline enum engine_result
engine_tally_fast(struct engine *engine, struct op_tally *tally,
		  const struct fast_outcome *outcome, uint64_t cpu_wait_ns,
		  uint64_t latency_ns)
{
	if (outcome->has_locks)
		tally->lock_wait_ns += outcome->lock_wait_ns;
	if (op_tally_add_fast(tally, outcome->requested, outcome->granted,
			      outcome->cost_ns, cpu_wait_ns, latency_ns) == 0)
		return ENGINE_DONE;
	return engine_fail_to_count(engine);
}

/* Internal to engine_report_fast(): sinks only count it. */
static inline enum engine_result
engine_count_fast(struct engine *engine, const struct fast_record *end,
		  uint64_t latency_ns)
{
	enum engine_result result =
		engine_tally_fast(engine, end->tally, &end->outcome,
				  end->cpu_wait_ns, latency_ns);

	return result == ENGINE_DONE &&
			       sinks_counted(&engine->sinks, end->seq,
					     end->t_ns + latency_ns) < 0 ?
		       ENGINE_FAILED :
		       result;
}

/* Internal to engine_report_fast(): a sink wants each operation. */
enum engine_result engine_report_fast_to_all(struct engine *engine,
					     const struct call *call,
					     const struct fast_record *end,
					     uint64_t latency_ns);

/* A fast call's outcome goes to the digest. */
static inline void engine_digest_fast(struct engine *engine,
				      const struct fast_outcome *outcome,
				      uint64_t seq, uint64_t latency_ns)
{
	struct digest_entry entry = {
		.seq = seq,
		.vaddr = outcome->vaddr,
		.latency_ns = latency_ns,
		.cost_ns = outcome->cost_ns,
		.pfn = outcome->pfn,
		.bytes = engine_fast_said(outcome),
	};

	digest_put(engine->digest, &entry);
}

/*
 * A fast call's time is over: its outcome goes to the digest and the sinks.
 * `call` is read only if it has no tally.
 */
static inline enum engine_result
engine_report_fast(struct engine *engine, const struct call *call,
		   const struct fast_record *end, uint64_t latency_ns)
{
	engine->ends++;
	engine_digest_fast(engine, &end->outcome, end->seq, latency_ns);
	return end->tally ?
		       engine_count_fast(engine, end, latency_ns) :
		       engine_report_fast_to_all(engine, call, end, latency_ns);
}

/*
 * A call has begun on the level of the CPU, and its outcome will be kept until
 * its time is over. `irqs_off_ns`: interrupts are off that long. True if an
 * interrupt that waits in the queue may begin earlier than was known.
 */
static inline bool engine_keep_on(struct engine *engine, struct cpu *cpu,
				  unsigned int level, uint64_t irqs_off_ns,
				  bool is_fast)
{
	uint64_t off_ns = engine->now_ns + irqs_off_ns;
	/* Those that an NMI has interrupted have them off for longer. */
	uint64_t irqs_off_until_ns =
		level == CONTEXT_NMI ? larger(off_ns, cpu->irqs_off_until_ns) :
				       off_ns;
	bool is_earlier = irqs_off_until_ns < cpu->irqs_off_until_ns;

	BUG_ON(cpu_has_unfinished(cpu, (int)level));
	cpu->unfinished_levels |= (uint8_t)(1u << level);
	cpu->fast_levels &= (uint8_t) ~(1u << level);
	cpu->fast_levels |= (uint8_t)(is_fast << level);
	engine->nr_unfinished++;
	cpu->put_off_ns[level] = 0;
	if (is_earlier)
		cpu->resched_is_valid = false;
	cpu->irqs_off_until_ns = irqs_off_until_ns;
	return is_earlier;
}

/* The same for any call but a fast one. Returns where its outcome goes. */
static inline struct unfinished *engine_keep(struct engine *engine,
					     const struct call *call,
					     uint64_t irqs_off_ns)
{
	struct cpu *cpu = &engine->cpu[call->cpu];

	engine_keep_on(engine, cpu, call->ctx, irqs_off_ns, false);
	cpu->unfinished[call->ctx].from_ns = engine->now_ns;
	return &cpu->unfinished[call->ctx];
}

/* The same for a fast call; `end` may be where it is kept already. */
static inline bool engine_keep_fast(struct engine *engine,
				    const struct call *call,
				    const struct fast_record *end)
{
	struct cpu *cpu = &engine->cpu[call->cpu];
	struct unfinished *unfinished = &cpu->unfinished[call->ctx];
	struct fast_record *kept = &cpu->fast[call->ctx];
	const struct work *work = end->outcome.work;
	uint64_t irqs_off_ns = engine_fast_irqs_off(engine, &end->outcome);

	if (kept != end)
		*kept = *end;
	kept->outcome.work = NULL;
	if (engine->keeps_work) {
		unfinished->work = *work;
		kept->outcome.work = &unfinished->work;
	}
	if (!end->tally)
		unfinished->call = *call;
	return engine_keep_on(engine, cpu, call->ctx, irqs_off_ns, true);
}

/* --- engine_calls.c --- */

/*
 * A fast call has taken effect: the rules that it broke are reported, and its
 * time passes. It never sleeps, so no thread is made for it. Of *end, outcome
 * and seq must be set.
 */
enum engine_result engine_settle_fast(struct engine *engine,
				      const struct call *call,
				      struct fast_record *end, rule_set broken);

#endif
