/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_ENGINE_ENGINE_QUEUE_H
#define KMEMSIM_SIM_ENGINE_ENGINE_QUEUE_H

/*
 * Calls join the queue of a CPU and leave it, for sim/engine/engine_cpu.c,
 * which has it done by whoever asks, and sim/engine/engine_rush.c, where it is
 * done all the time. What a call will need is fetched before: the place of its
 * id's last call before it joins, what it allocates or frees before it leaves.
 */

#include "sim/engine/engine_plain.h"

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

/* A call waits for its CPU, behind those that do, and for others. */
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
 * What the next calls of the queue will need is fetched meanwhile, as for those
 * that are read (sim/look_ahead.h), and the call itself before. The other CPUs'
 * queues advance as well: fewer calls ahead are as long a time.
 */
#define QUEUE_AHEAD_CALL 10
#define QUEUE_AHEAD_PLACE 7
#define QUEUE_AHEAD_ENTRY 5
#define QUEUE_AHEAD_BLOCK 3
#define QUEUE_AHEAD_LINK 1

LOOKS_AHEAD const struct call *call_behind(const struct call_queue *queue,
					   size_t n)
{
	return queued_head(call_queue_at(queue, n));
}

LOOKS_AHEAD void look_ahead_in_queue(const struct engine *engine,
				     struct cpu *cpu)
{
	const struct call_queue *queue = &cpu->queue;
	const struct kernel *kernel = engine->kernel;

	if (queue->nr <= QUEUE_AHEAD_CALL)
		return;
	call_queue_fetch(queue, QUEUE_AHEAD_CALL);
	ahead_place(kernel, call_behind(queue, QUEUE_AHEAD_PLACE));
	ahead_entry(&cpu->ahead, queue->first + QUEUE_AHEAD_ENTRY, kernel,
		    call_behind(queue, QUEUE_AHEAD_ENTRY));
	ahead_block(&cpu->ahead, queue->first + QUEUE_AHEAD_BLOCK, kernel,
		    call_behind(queue, QUEUE_AHEAD_BLOCK));
	ahead_link(&cpu->ahead, queue->first + QUEUE_AHEAD_LINK, kernel);
}

/* A call has left the CPU's queue: who waits for it must be asked again. */
static inline void note_dequeued(struct engine *engine, const struct cpu *cpu)
{
	engine->dequeued++;
	engine->dequeued_cpu = cpu->number;
}

/*
 * The first in the queue begins, a call that changes no name. note_dequeued()
 * is the caller's.
 */
static inline void leave_queue_plainly(struct engine *engine, struct cpu *cpu)
{
	call_queue_drop(&cpu->queue);
	engine->nr_held -= cpu->is_held;
	cpu->is_held = false;
	queue_order_leave_plainly(&engine->queued, cpu->number);
	look_ahead_in_queue(engine, cpu);
}

/* The same for any call, or sample, of which `call` is the head. */
static inline void leave_queue(struct engine *engine, cpu_t number,
			       const struct call *call)
{
	engine->samples_waiting -= call->op == OP_SAMPLE;
	engine->queued.nr_changers -= id_key_is_changed(call);
	leave_queue_plainly(engine, &engine->cpu[number]);
	note_dequeued(engine, &engine->cpu[number]);
}

/* How many calls ahead of those that have been read. */
#define AHEAD_ORDER 12

/* The place of the last call of its id, and the call's own second half. */
LOOKS_AHEAD void fetch_order(const struct engine *engine,
			     const struct call *later)
{
	queue_order_fetch(&engine->queued, later);
	__builtin_prefetch(later + 1);
}

/* The same for the call that will come as much later as the fetch is early. */
LOOKS_AHEAD void fetch_for_arrival(const struct engine *engine)
{
	if (engine->batch_nr - engine->batch_at > AHEAD_ORDER)
		fetch_order(engine,
			    &engine->batch[engine->batch_at + AHEAD_ORDER]);
}

/* The time of a plain call on the level is over. */
static inline enum engine_result
finish_plain(struct engine *engine, struct cpu *cpu, unsigned int level)
{
	struct plain_end *end = &cpu->plain[level];

	cpu->unfinished_levels &= (uint8_t) ~(1u << level);
	engine->nr_unfinished--;
	end->cpu_wait_ns += cpu->put_off_ns[level];
	return engine_tell_plain(engine, &cpu->unfinished[level].call, end,
				 cpu->until_ns[level] - end->t_ns);
}

#endif
