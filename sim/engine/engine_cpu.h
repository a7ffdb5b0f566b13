/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_ENGINE_ENGINE_CPU_H
#define KMEMSIM_SIM_ENGINE_ENGINE_CPU_H

/*
 * The CPUs, for the files of the engine: who has one, when it is free, who
 * waits for it.
 */

#include "sim/base/either.h"
#include "sim/engine/engine_internal.h"

/* --- engine_cpu.c --- */

int engine_cpus_init(struct engine *engine);
void engine_cpus_release(struct engine *engine);

/* A call of the workload arrives at its CPU, and begins or queues. */
enum engine_result engine_arrive(struct engine *engine, const struct call *call,
				 uint64_t seq);
/* The thread that has the CPU, if any, goes on `ns` later. */
enum engine_result engine_put_holder_off(struct engine *engine,
					 const struct cpu *cpu, uint64_t ns);

/* Internal to engine_use_cpu(): what runs below the level ends later. */
enum engine_result engine_put_off(struct engine *engine, cpu_t cpu,
				  uint8_t level, uint64_t ns, struct actor who);

/* Corrects the time until which the level is used. */
static inline void cpu_use_until(struct cpu *cpu, int level, uint64_t until_ns)
{
	cpu->until_ns[level] = until_ns;
	for (int l = level; l >= 0; l--)
		cpu->free_ns[l] = larger(cpu->until_ns[l], cpu->free_ns[l + 1]);
}

/* What is under way below the level ends `ns` later. */
static inline void cpu_put_off(struct cpu *cpu, int level, uint64_t ns,
			       uint64_t now_ns)
{
	for (int l = level - 1; l >= 0; l--) {
		/* A mask: of a condition gcc would make a branch. */
		uint64_t later_ns = ns & -(uint64_t)(cpu->until_ns[l] > now_ns);

		cpu->until_ns[l] += later_ns;
		cpu->put_off_ns[l] += later_ns;
		cpu->free_ns[l] = larger(cpu->until_ns[l], cpu->free_ns[l + 1]);
	}
	/* An NMI comes between whoever has interrupts off and their end. */
	if (level == CONTEXT_NMI && cpu->irqs_off_until_ns > now_ns)
		cpu->irqs_off_until_ns += ns;
}

/* A call that was made at `t_ns` had to wait for the CPU, and took it `ns`. */
static inline void cpu_note_late(struct cpu *cpu, uint64_t t_ns,
				 uint64_t wait_ns, uint64_t ns)
{
	struct lateness *late = &cpu->late;

	if (!wait_ns)
		return;
	if (!late->calls++)
		late->since_ns = t_ns;
	late->until_ns = t_ns;
	late->ns += wait_ns;
	late->last_ns = wait_ns;
	late->most_ns = larger(late->most_ns, wait_ns);
	late->busy_ns += ns;
}

/*
 * A call begins and takes `ns`: what is under way below its level ends later.
 * Nothing may be under way at its level or above.
 */
static inline void cpu_begin(struct cpu *cpu, int level, uint64_t ns,
			     uint64_t now_ns)
{
	cpu->until_ns[level] = cpu->free_ns[level] = now_ns + ns;
	cpu_put_off(cpu, level, ns, now_ns);
}

/*
 * The CPU is used at a level for `ns` from now on: what runs below it there
 * ends that much later.
 */
static inline enum engine_result engine_use_cpu(struct engine *engine,
						cpu_t number, uint8_t level,
						uint64_t ns, struct actor who)
{
	struct cpu *cpu = &engine->cpu[number];

	cpu_use_until(cpu, level, engine->now_ns + ns);
	if (level != CONTEXT_PROCESS)
		return ns ? engine_put_off(engine, number, level, ns, who) :
			    ENGINE_DONE;
	fair_ends(&engine->fair_tasks, &cpu->fair, cpu->until_ns[level]);
	return ENGINE_DONE;
}

/* `who` interrupts so many other CPUs. */
enum engine_result engine_send_ipis(struct engine *engine, cpu_t from,
				    uint32_t ipis, struct actor who);

/* Internal to engine_note_task(): the task does not lead on the CPU. */
void engine_note_other_task(struct engine *engine, cpu_t cpu,
			    const struct call *call, uint64_t end_ns);

/* engine_report_fast() out of line, for callers that seldom need it. */
enum engine_result engine_end_fast(struct engine *engine,
				   const struct call *call,
				   const struct fast_record *end,
				   uint64_t latency_ns);
/* Reports the outcomes of all calls whose time is over. */
enum engine_result engine_finish_ended(struct engine *engine);
/*
 * Reports that of the call that is under way on a level of a CPU, as it stands:
 * another begins there that has waited for something else than the CPU.
 */
enum engine_result engine_finish_level(struct engine *engine, cpu_t cpu,
				       uint8_t level);
/* When the last call that has begun is over. */
uint64_t engine_last_end(const struct engine *engine);
/* Does a call, or a sample, wait for a CPU? */
static inline bool engine_has_queued(const struct engine *engine)
{
	return engine->queued.nr_waiting;
}
/*
 * Do so many calls wait for its CPU that this one may not queue yet? With one
 * CPU, one is enough: no later call could begin before it.
 */
static inline bool engine_waits_outside(const struct engine *engine,
					const struct call *call)
{
	size_t most = engine->nr_cpus == 1 ? 1 : QUEUE_MOST;

	return engine_has_queued(engine) && call->cpu < engine->nr_cpus &&
	       engine->cpu[call->cpu].queue.nr >= most;
}

/*
 * Will the calls of the batch begin before what is prefetched for them has left
 * the caches? With many in the queues it is prefetched later, when they come
 * near the head of theirs.
 */
static inline bool engine_begins_soon(const struct engine *engine)
{
	return engine->queued.nr_waiting <= BATCH;
}

/* Does the run end before its workload does? */
static inline bool engine_ends_early(const struct engine *engine)
{
	return engine->cut || engine->options->until_ns;
}

/* A call has not begun before the end of the run. */
static inline void engine_skip_not_begun(struct engine *engine,
					 struct outcome *outcome)
{
	outcome->status = OUTCOME_SKIPPED;
	outcome->skipped = SKIP_NOT_BEGUN;
	outcome->reason = REASON_NONE;
	engine->totals->not_begun++;
}

/*
 * Reports a call that has not begun at the end: as skipped if the run ends
 * early, else as failed, for it would wait for ever.
 */
enum engine_result engine_leave_out(struct engine *engine,
				    const struct call *call, uint64_t seq,
				    uint64_t end_ns);

/* The same for all calls that are still in queues. */
enum engine_result engine_drop_queued(struct engine *engine);

/* Is a call of this level under way? */
static inline bool cpu_has_unfinished(const struct cpu *cpu, int level)
{
	return cpu->unfinished_levels >> level & 1;
}

/* The call joins the end of the CPU's queue. `before`: whom it waits for. */
enum engine_result engine_enqueue(struct engine *engine, cpu_t cpu,
				  const struct call *call, uint64_t seq,
				  struct queue_before before);
/* The first in the queue leaves it, as *call. Returns its number. */
uint64_t engine_dequeue(struct engine *engine, cpu_t cpu, struct call *call);

/* When the calls that keep one of this level from the CPU will be over. */
static inline uint64_t cpu_is_over_at(const struct cpu *cpu, uint8_t level)
{
	bool is_irq = level == CONTEXT_SOFTIRQ || level == CONTEXT_HARDIRQ;

	return larger(cpu->free_ns[level],
		      either(is_irq, cpu->irqs_off_until_ns, 0));
}

/* When a call of the level can begin; NEVER: a thread has the CPU. */
static inline uint64_t cpu_free_at(const struct cpu *cpu, uint8_t level)
{
	return level == CONTEXT_PROCESS && cpu->holder ?
		       NEVER :
		       cpu_is_over_at(cpu, level);
}

/*
 * Is it certain that no call is under way on the CPU, at any level? If not, the
 * CPU may still be free for a call: cpu_free_at().
 */
static inline bool cpu_is_idle(const struct cpu *cpu, uint64_t now_ns)
{
	return !cpu->holder && cpu->free_ns[CONTEXT_PROCESS] <= now_ns &&
	       cpu->irqs_off_until_ns <= now_ns;
}

/* The number of the call that is under way on the level. */
static inline uint64_t cpu_unfinished_seq(const struct cpu *cpu, int level)
{
	return cpu->fast_levels & 1u << level ? cpu->fast[level].seq :
						cpu->unfinished[level].seq;
}

/* The levels on which a call is under way whose time is over: bits. */
static inline unsigned int cpu_ended_levels(const struct cpu *cpu,
					    uint64_t now_ns)
{
	const uint64_t *until_ns = cpu->until_ns;
	unsigned int over = (unsigned int)(until_ns[0] <= now_ns) |
			    (unsigned int)(until_ns[1] <= now_ns) << 1 |
			    (unsigned int)(until_ns[2] <= now_ns) << 2 |
			    (unsigned int)(until_ns[3] <= now_ns) << 3;

	_Static_assert(NR_CALL_CONTEXTS == 4, "all levels");
	return over & cpu->unfinished_levels;
}

/* Internal to engine_finish_on(): the calls of these levels are over. */
enum engine_result engine_finish_levels(struct engine *engine, struct cpu *cpu,
					unsigned int levels);

/* Reports the outcomes of the CPU's calls whose time is over. */
static inline enum engine_result engine_finish_on(struct engine *engine,
						  struct cpu *cpu)
{
	unsigned int ended = cpu_ended_levels(cpu, engine->now_ns);

	return ended ? engine_finish_levels(engine, cpu, ended) : ENGINE_DONE;
}

/*
 * Does a call with a lower number than `seq` wait in a queue? A call that
 * destroys a cache or a pool waits for all of these: any of them may use it.
 */
bool engine_earlier_wait(const struct engine *engine, uint64_t seq);

/* --- engine_sched.c --- */

/* Whoever has the CPU in process context lets go of it now. */
enum engine_result engine_leave_cpu(struct engine *engine,
				    struct thread *thread);

/* Is the CPU idle: does nobody have it or wait for it? */
bool engine_cpu_is_idle(const struct engine *engine, const struct cpu *cpu);

/*
 * A worker has taken the CPU from a call for a moment: a kernel task that waits
 * for the CPU gets it now, if it has had less of it.
 */
void engine_begin_turn_anew(struct engine *engine, cpu_t cpu);

/* Has a kernel task, woken meanwhile, taken the CPU from a call that has it? */
bool engine_has_to_give_way(const struct engine *engine,
			    const struct thread *thread);
/* The thread gives the CPU up, and waits until it can go on. */
enum engine_result engine_give_way(struct engine *engine,
				   struct thread *thread);

/* A thread was woken: it waits for a CPU. */
enum engine_result engine_make_ready(struct engine *engine,
				     struct thread *thread);

/*
 * For the scheduler: a task begins a call, or goes on, on its CPU. `end_ns`:
 * when it will be over; now_ns: not known yet.
 */
static inline enum engine_result cpu_note_task(struct engine *engine,
					       struct cpu *cpu,
					       const struct call *call,
					       uint64_t end_ns)
{
	if (!fair_goes_on(&engine->fair_tasks, &cpu->fair, call->task,
			  call->t_ns, engine->now_ns, end_ns))
		engine_note_other_task(engine, cpu->number, call, end_ns);
	return engine->result;
}

/* The same; a failure stays in engine->result. */
static inline void engine_note_task(struct engine *engine, cpu_t cpu,
				    const struct call *call, uint64_t end_ns)
{
	cpu_note_task(engine, &engine->cpu[cpu], call, end_ns);
}

/* The same for a call that begins when it is made, on an idle CPU. */
static inline void engine_note_task_at_once(struct engine *engine,
					    const struct call *call,
					    uint64_t end_ns)
{
	if (!fair_goes_on_at_once(&engine->fair_tasks,
				  &engine->cpu[call->cpu].fair, call->task,
				  call->t_ns, end_ns))
		engine_note_other_task(engine, call->cpu, call, end_ns);
}

/* The same for any call, or NULL; how long it takes is not known yet. */
static inline void engine_note_begin(struct engine *engine,
				     const struct call *call, cpu_t cpu)
{
	if (call && call->ctx == CONTEXT_PROCESS && cpu < engine->nr_cpus)
		engine_note_task(engine, cpu, call, engine->now_ns);
}

/* For the scheduler: a thread has used its CPU. */
void engine_note_use(struct engine *engine, struct thread *thread, uint64_t ns);

static inline bool engine_somebody_waits(const struct engine *engine, cpu_t cpu)
{
	return engine->cpu[cpu].queue.nr || engine->cpu[cpu].ready ||
	       engine->cpu[cpu].background || engine->cpu[cpu].nr_woken;
}

/* Schedules the CPU's next resched, now or when it is free, if it needs one. */
enum engine_result engine_resched(struct engine *engine, cpu_t cpu);

/* The same, where nothing has changed for the first in its queue. */
static inline enum engine_result
engine_resched_if_changed(struct engine *engine, cpu_t cpu)
{
	return engine->cpu[cpu].resched_is_valid ? ENGINE_DONE :
						   engine_resched(engine, cpu);
}

enum engine_result engine_resched_event(struct engine *engine, uint32_t cpu);

#endif
