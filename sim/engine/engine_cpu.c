/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUs: a call takes its time on one, and others wait for it or come between.
 *
 *	hardirq         [== 3 ==]
 *	process [= 1 =..........===][== 2 ==]
 *	        ^t=1    ^t=3       ^ 1 ends later by what 3 took
 *	            ^t=2: waits until then
 *
 * Rules:
 *
 * - A call takes effect as soon as it begins, and ends when its cost has
 *   passed. Whatever runs in between sees what it did.
 * - A call of a higher context interrupts what runs below it (hardirq before
 *   softirq before process), which ends later by as much. Calls of the same
 *   context follow each other.
 * - Interrupts are off while a call holds a spinlock that the allocators take
 *   with interrupts off, and while it spins for one: they come in afterwards.
 *   Both lie at the beginning of a call. An NMI does not wait; what it
 *   interrupts has them off for as much longer.
 * - Calls on one CPU begin in the file's order: an interrupt does not overtake
 *   a call above it that waits for the CPU.
 *
 * Left out: that a lock whose holder an NMI interrupts is free later for other
 * CPUs, too; time slices (a call in process context runs until it sleeps or
 * ends), moving callers to other CPUs, softirqs put off to ksoftirqd.
 */

#include "sim/engine/engine_fast.h"
#include "sim/engine/engine_queue.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/host.h"
#include "sim/cost.h"

int engine_cpus_init(struct engine *engine)
{
	engine->nr_cpus = engine->kernel->memory->nr_cpus;
	engine->cpu = host_alloc(engine->nr_cpus, sizeof *engine->cpu);
	if (!engine->cpu)
		return -1;
	for (uint32_t i = 0; i < engine->nr_cpus; i++) {
		engine->cpu[i].number = (cpu_t)i;
		engine->cpu[i].queue.first = queue_place_of((cpu_t)i, 0);
	}
	return queue_order_init(&engine->queued, engine->nr_cpus);
}

/* ---- the queue of a CPU ---- */

void engine_cpus_release(struct engine *engine)
{
	for (uint32_t i = 0; engine->cpu && i < engine->nr_cpus; i++)
		call_queue_release(&engine->cpu[i].queue);
	free(engine->cpu);
	queue_order_release(&engine->queued);
}

enum engine_result engine_enqueue(struct engine *engine, cpu_t cpu,
				  const struct call *call, uint64_t seq,
				  struct queue_before before)
{
	return join_queue(engine, cpu, call, seq, before);
}

uint64_t engine_dequeue(struct engine *engine, cpu_t cpu, struct call *call)
{
	const struct call_queue *queue = &engine->cpu[cpu].queue;
	uint64_t seq = call_queue_first(queue)->number.seq;

	call_queue_copy(queue, call);
	leave_queue(engine, cpu, call);
	return seq;
}

bool engine_earlier_wait(const struct engine *engine, uint64_t seq)
{
	if (engine_woken_before(engine, seq - 1))
		return true;
	for (uint32_t i = 0; i < engine->nr_cpus; i++) {
		const struct call_queue *queue = &engine->cpu[i].queue;

		if (queue->nr && call_queue_first(queue)->number.seq < seq)
			return true;
	}
	return false;
}

/* ---- who has it ---- */

/* The call, as the timeline speaks of it. */
static struct thread thread_of(const struct unfinished *unfinished)
{
	return (struct thread){
		.who = call_actor(unfinished->seq),
		.call = &unfinished->call,
		.cpu = unfinished->call.cpu,
		.level = unfinished->call.ctx,
	};
}

void engine_note_other_task(struct engine *engine, cpu_t cpu,
			    const struct call *call, uint64_t end_ns)
{
	if (fair_begins(&engine->fair_tasks, &engine->cpu[cpu].fair, call->task,
			call->t_ns, engine->now_ns, end_ns) == 0)
		return;
	error_host(engine->errors, "no memory for the scheduler");
	engine_note(engine, ENGINE_FAILED);
}

enum engine_result engine_end_fast(struct engine *engine,
				   const struct call *call,
				   const struct fast_record *end,
				   uint64_t latency_ns)
{
	return engine_report_fast(engine, call, end, latency_ns);
}

/* The call at this level is over. */
static enum engine_result finish(struct engine *engine, struct cpu *cpu,
				 int level)
{
	struct unfinished *unfinished = &cpu->unfinished[level];
	struct outcome *outcome = &unfinished->outcome;
	uint64_t until_ns = cpu->until_ns[level];

	if (cpu->fast_levels & 1u << level)
		return finish_fast(engine, cpu, (unsigned int)level);
	cpu->unfinished_levels &= (uint8_t) ~(1u << level);
	engine->nr_unfinished--;
	outcome->cpu_wait_ns += cpu->put_off_ns[level];
	outcome->latency_ns = until_ns - unfinished->call.t_ns;
	outcome->work = engine->keeps_work ? &unfinished->work : NULL;
	if (engine->traces) {
		struct thread thread = thread_of(unfinished);
		enum engine_result result =
			engine_trace_end(engine, &thread, cpu->until_ns[level]);

		if (result == ENGINE_DONE)
			result = engine_trace_below(engine, &thread,
						    TIMELINE_RESUMES,
						    cpu->until_ns[level], 0);
		if (result != ENGINE_DONE)
			return result;
	}
	return engine_report_outcome(engine, &unfinished->call, outcome);
}

enum engine_result engine_finish_level(struct engine *engine, cpu_t cpu,
				       uint8_t level)
{
	return finish(engine, &engine->cpu[cpu], level);
}

enum engine_result engine_finish_levels(struct engine *engine, struct cpu *cpu,
					unsigned int levels)
{
	enum engine_result result = ENGINE_DONE;

	/* The highest first. */
	for (; levels && result == ENGINE_DONE;) {
		int l = 31 - __builtin_clz(levels);

		levels &= ~(1u << l);
		result = finish(engine, cpu, l);
	}
	return result;
}

enum engine_result engine_finish_ended(struct engine *engine)
{
	enum engine_result result = ENGINE_DONE;

	for (uint32_t i = 0; result == ENGINE_DONE && i < engine->nr_cpus; i++)
		result = engine_finish_on(engine, &engine->cpu[i]);
	return result;
}

uint64_t engine_last_end(const struct engine *engine)
{
	uint64_t last = engine->now_ns;

	for (uint32_t i = 0; i < engine->nr_cpus; i++)
		last = larger(last, engine->cpu[i].free_ns[0]);
	return last;
}

/* Is a call under way on the level, then? */
static bool is_under_way(const struct cpu *cpu, int level, uint64_t t_ns)
{
	return cpu_has_unfinished(cpu, level) && cpu->until_ns[level] > t_ns;
}

enum engine_result engine_trace_below(struct engine *engine,
				      const struct thread *above,
				      enum timeline_kind kind, uint64_t t_ns,
				      uint64_t ns)
{
	const struct cpu *cpu = &engine->cpu[above->cpu];
	uint64_t now_ns = engine->now_ns;
	enum engine_result result = ENGINE_DONE;
	struct thread below;
	int l = above->level;

	if (!engine->traces)
		return ENGINE_DONE;
	while (--l >= 0 && !is_under_way(cpu, l, t_ns))
		;
	/* An end may be told late: what began after it was not held up. */
	if (l >= 0 && kind == TIMELINE_RESUMES &&
	    cpu->unfinished[l].from_ns >= t_ns)
		return ENGINE_DONE;
	if (l >= 0)
		below = thread_of(&cpu->unfinished[l]);
	else if (above->level > CONTEXT_PROCESS && cpu->holder &&
		 cpu->holder->state == THREAD_WORKS &&
		 cpu->holder->due_ns > t_ns)
		below = *cpu->holder;
	else
		return ENGINE_DONE;
	engine->now_ns = t_ns;
	result = engine_trace(engine, &below, kind, above->who, ns, 0);
	engine->now_ns = now_ns;
	return result;
}

/* What runs below a level is preempted by `who`, as the timeline tells it. */
static enum engine_result trace_preempted(struct engine *engine, cpu_t cpu,
					  uint8_t level, uint64_t ns,
					  struct actor who)
{
	struct thread by = { .who = who, .cpu = cpu, .level = level };

	return engine_trace_below(engine, &by, TIMELINE_PREEMPTED,
				  engine->now_ns, ns);
}

enum engine_result engine_put_holder_off(struct engine *engine,
					 const struct cpu *cpu, uint64_t ns)
{
	struct thread *holder = cpu->holder;

	if (!holder || holder->state != THREAD_WORKS ||
	    holder->due_ns <= engine->now_ns)
		return ENGINE_DONE;
	holder->due_ns += ns;
	holder->cpu_wait_ns += ns;
	return engine_schedule(engine, holder->due_ns, EVENT_THREAD,
			       holder->slot);
}

enum engine_result engine_put_off(struct engine *engine, cpu_t number,
				  uint8_t level, uint64_t ns, struct actor who)
{
	struct cpu *cpu = &engine->cpu[number];
	enum engine_result result = ENGINE_DONE;

	if (engine->traces)
		result = trace_preempted(engine, number, level, ns, who);
	cpu_put_off(cpu, level, ns, engine->now_ns);
	return result != ENGINE_DONE || level == CONTEXT_PROCESS ?
		       result :
		       engine_put_holder_off(engine, cpu, ns);
}

enum engine_result engine_send_ipis(struct engine *engine, cpu_t from,
				    uint32_t ipis, struct actor who)
{
	struct work work = { .zones = 0 };
	struct thread ipi = {
		.who = { ACTOR_IPI, who.kind == ACTOR_CALL ? who.number : 0 },
		.level = CONTEXT_HARDIRQ,
	};
	enum engine_result result = ENGINE_DONE;
	uint64_t ns;

	work.count[WORK_IPIS] = 1;
	ns = cost_of_work(&engine->kernel->machine->costs, &work);
	for (uint32_t i = 0; ipis && i < engine->nr_cpus; i++) {
		if (i == from || result != ENGINE_DONE ||
		    engine->kernel->memory->cpu_node[i] == NODE_ANY)
			continue;
		ipis--;
		ipi.cpu = i;
		result =
			engine_put_off(engine, i, CONTEXT_HARDIRQ, ns, ipi.who);
		if (result == ENGINE_DONE)
			result = engine_trace_below(engine, &ipi,
						    TIMELINE_RESUMES,
						    engine->now_ns + ns, 0);
	}
	return result;
}

/* From the time on when it was made: that may be seen only later. */
static enum engine_result trace_waits(struct engine *engine,
				      const struct call *call, uint64_t seq)
{
	const struct thread *holder = engine->cpu[call->cpu].holder;
	struct thread thread = { .who = call_actor(seq),
				 .call = call,
				 .cpu = call->cpu };
	uint64_t now_ns = engine->now_ns;
	enum engine_result result;

	engine->now_ns = call->t_ns;
	result = engine_trace(engine, &thread, TIMELINE_WAITS,
			      holder ? holder->who : nobody(), 0, 0);
	engine->now_ns = now_ns;
	return result;
}

/* It has the CPU, now. */
static enum engine_result begin_arrived(struct engine *engine,
					const struct call *call, uint64_t seq)
{
	enum engine_result result = ENGINE_DONE;

	if (engine->traces && call->t_ns < engine->now_ns)
		result = trace_waits(engine, call, seq);
	return result == ENGINE_DONE ? engine_begin_call(engine, call, seq) :
				       result;
}

enum engine_result engine_arrive(struct engine *engine, const struct call *call,
				 uint64_t seq)
{
	struct cpu *cpu;
	enum engine_result result = ENGINE_DONE;
	struct queue_before before;
	uint64_t start_ns;
	bool must_wait;

	if (call->cpu >= engine->nr_cpus)
		return engine_begin_call(engine, call, seq);
	prefetch_for_arrival(engine);
	cpu = &engine->cpu[call->cpu];
	before = queue_order_before(&engine->queued, call);
	must_wait = queue_order_must_wait(&engine->queued, &before) ||
		    (id_key_is_taken_down(call) &&
		     engine_earlier_wait(engine, seq));
	if (!cpu->queue.nr && !cpu->ready && !cpu->nr_woken && !must_wait) {
		start_ns = cpu_free_at(cpu, call->ctx);
		/* With one CPU nobody else can do anything before that. */
		if (start_ns > engine->now_ns && start_ns != NEVER &&
		    engine_is_quiet(engine, CONTEXT_NMI, start_ns))
			result = engine_advance(engine, start_ns);
		if (result != ENGINE_DONE)
			return result;
		if (start_ns <= engine->now_ns)
			return begin_arrived(engine, call, seq);
	}
	result = engine_enqueue(engine, call->cpu, call, seq, before);
	if (result == ENGINE_DONE && engine->traces)
		result = trace_waits(engine, call, seq);
	engine->call_waits |= must_wait;
	if (result != ENGINE_DONE)
		return result;
	return cpu->queue.nr == 1 ?
		       engine_resched(engine, call->cpu) :
		       engine_resched_if_changed(engine, call->cpu);
}

enum engine_result engine_leave_out(struct engine *engine,
				    const struct call *call, uint64_t seq,
				    uint64_t end_ns)
{
	struct outcome outcome = {
		.seq = seq,
		.status = OUTCOME_FAILED,
		.reason = REASON_STILL_WAITING,
		.cpu_wait_ns = end_ns - call->t_ns,
		.latency_ns = end_ns - call->t_ns,
		.pfn = PFN_NONE,
	};

	if (engine_ends_early(engine)) {
		engine_skip_not_begun(engine, &outcome);
	} else if (!call_makes_allocation(call)) {
		outcome.status = OUTCOME_SKIPPED;
		outcome.reason = REASON_NONE;
		outcome.skipped = SKIP_STILL_WAITING;
	}
	return engine_report_outcome(engine, call, &outcome);
}

enum engine_result engine_drop_queued(struct engine *engine)
{
	enum engine_result result = ENGINE_DONE;

	for (uint32_t i = 0; i < engine->nr_cpus; i++) {
		struct cpu *cpu = &engine->cpu[i];

		while (cpu->queue.nr && result == ENGINE_DONE) {
			struct call next;
			uint64_t seq = engine_dequeue(engine, (cpu_t)i, &next);

			if (call_is_counted(&next))
				result = engine_leave_out(engine, &next, seq,
							  engine->now_ns);
		}
	}
	return result;
}
