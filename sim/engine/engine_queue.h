/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_ENGINE_ENGINE_QUEUE_H
#define KMEMSIM_SIM_ENGINE_ENGINE_QUEUE_H

/*
 * Calls join a CPU's run queue and leave it: inline for
 * sim/engine/engine_queue_loop.c, which does little else; out of line, in
 * sim/engine/engine_cpu.c, for everybody else. What a call will need is
 * prefetched: before it joins, the place of the last queued call of its id;
 * before it leaves, what it allocates or frees.
 */

#include "sim/engine/engine_fast.h"

static inline enum engine_result no_memory_to_wait(struct engine *engine)
{
	error_host(engine->errors, "no memory for calls that wait for a CPU");
	return ENGINE_FAILED;
}

static inline enum engine_result append_to_queue(struct engine *engine,
						 struct call_queue *queue,
						 const struct call *call,
						 uint64_t seq,
						 struct queue_before before)
{
	return call_queue_append(queue, call, seq, before) == 0 ?
		       ENGINE_DONE :
		       no_memory_to_wait(engine);
}

/* The call joins the end of the CPU's queue. `before`: whom it waits for. */
static inline enum engine_result join_queue(struct engine *engine, cpu_t cpu,
					    const struct call *call,
					    uint64_t seq,
					    struct queue_before before)
{
	struct call_queue *queue = &engine->cpu[cpu].queue;

	if (queue_order_enter(&engine->queued, call,
			      call_queue_next_place(queue)) < 0)
		return no_memory_to_wait(engine);
	return append_to_queue(engine, queue, call, seq, before);
}

/*
 * How many calls ahead in a queue the stages of sim/fast/prefetch.h are, and
 * the one before them: the queued call itself. Fewer than in a batch, for the
 * other CPUs' queues advance in the meantime.
 */
#define QUEUE_PREFETCH_CALL 10
#define QUEUE_PREFETCH_PLACE 7
#define QUEUE_PREFETCH_ENTRY 5
#define QUEUE_PREFETCH_BLOCK 3
#define QUEUE_PREFETCH_LINK 1

PREFETCH_INLINE const struct call *call_behind(const struct call_queue *queue,
					       size_t n)
{
	return queued_head(call_queue_at(queue, n));
}

PREFETCH_INLINE void prefetch_in_queue(const struct engine *engine,
				       struct cpu *cpu)
{
	const struct call_queue *queue = &cpu->queue;
	const struct kernel *kernel = engine->kernel;

	if (queue->nr <= QUEUE_PREFETCH_CALL)
		return;
	call_queue_prefetch(queue, QUEUE_PREFETCH_CALL);
	prefetch_place(kernel, call_behind(queue, QUEUE_PREFETCH_PLACE));
	prefetch_entry(&cpu->prefetch, queue->first + QUEUE_PREFETCH_ENTRY,
		       kernel, call_behind(queue, QUEUE_PREFETCH_ENTRY));
	prefetch_block(&cpu->prefetch, queue->first + QUEUE_PREFETCH_BLOCK,
		       kernel, call_behind(queue, QUEUE_PREFETCH_BLOCK));
	prefetch_link(&cpu->prefetch, queue->first + QUEUE_PREFETCH_LINK,
		      kernel);
}

/* A call has left the CPU's queue: those that wait for it may go on. */
static inline void note_dequeued(struct engine *engine, const struct cpu *cpu)
{
	engine->dequeued++;
	engine->dequeued_cpu = cpu->number;
}

/*
 * The first call leaves the queue; it creates or destroys nothing with a name.
 * note_dequeued() is up to the caller.
 */
static inline void leave_queue_unchanged(struct engine *engine, struct cpu *cpu)
{
	call_queue_drop(&cpu->queue);
	engine->nr_blocked -= cpu->is_blocked;
	cpu->is_blocked = false;
	queue_order_leave_unchanged(&engine->queued, cpu->number);
	prefetch_in_queue(engine, cpu);
}

/* The same for any call or sample, whose head `call` is. */
static inline void leave_queue(struct engine *engine, cpu_t number,
			       const struct call *call)
{
	engine->samples_waiting -= call->op == OP_SAMPLE;
	engine->queued.nr_changers -= id_key_is_changed(call);
	leave_queue_unchanged(engine, &engine->cpu[number]);
	note_dequeued(engine, &engine->cpu[number]);
}

/* How many calls before it joins a queue. */
#define PREFETCH_ORDER 12

/* What queue_order_before() will read, and the call's own second half. */
PREFETCH_INLINE void prefetch_order(const struct engine *engine,
				    const struct call *later)
{
	queue_order_prefetch(&engine->queued, later);
	__builtin_prefetch(later + 1);
}

/* The same for the call that will arrive that much later. */
PREFETCH_INLINE void prefetch_for_arrival(const struct engine *engine)
{
	if (engine->batch_nr - engine->batch_at > PREFETCH_ORDER)
		prefetch_order(
			engine,
			&engine->batch[engine->batch_at + PREFETCH_ORDER]);
}

/* The time of a fast call on the level is over. */
static inline enum engine_result
finish_fast(struct engine *engine, struct cpu *cpu, unsigned int level)
{
	struct fast_record *end = &cpu->fast[level];

	cpu->unfinished_levels &= (uint8_t) ~(1u << level);
	engine->nr_unfinished--;
	end->cpu_wait_ns += cpu->put_off_ns[level];
	return engine_report_fast(engine, &cpu->unfinished[level].call, end,
				  cpu->until_ns[level] - end->t_ns);
}

#endif
