/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that wait for somebody else's call, and try again.
 *
 *	call --> kernel --waits--> asleep --woken, or timeout--+
 *	           ^                                            |
 *	           +--------------------------------------------+
 *
 * Rules:
 *
 * - When a call has done what it does, the calls that it has woken try again,
 *   in the order in which they were made. Those that get nothing go back to
 *   their place.
 * - Calls that need the result of a waiting call wait too, as do its task's
 *   later ones. They are carried out when that one has ended, in the same
 *   order, and when their CPU is free: before those that queue for it, since
 *   they were made before them.
 * - When the workload is over, calls with a timeout go on trying until that
 *   helps none any more. A call that still waits then has failed; unless the
 *   run was cut short, that is a violation too. The clock does not move for
 *   tries in vain.
 *
 * Left out: a call that was woken in the middle, for an element of a pool or a
 * slot of kmap, does not wait for its CPU, though its time there counts.
 */

#include "sim/engine/engine_cpu.h"

#include "sim/cost.h"

/* A call has fallen asleep: its timeout. */
static enum engine_result start_timer(struct engine *engine, uint32_t ticket)
{
	struct waiter *waiter = waiter_of(&engine->waiting, ticket);

	if (!waiter->retry_ns || waiter->has_timer)
		return ENGINE_DONE;
	waiter->has_timer = true;
	return engine_schedule(engine, waiter->retry_ns, EVENT_RETRY, ticket);
}

/* It sleeps. If it has not begun, those that name the same wait behind it. */
static enum engine_result file_ticket(struct engine *engine,
				      const struct call *call, uint64_t seq,
				      const struct wait *wait, uint32_t ticket)
{
	if (wait->what != WAIT_FOR_CALL) {
		kernel_set_ticket(engine->kernel, call, ticket);
		return start_timer(engine, ticket);
	}
	if (id_order_add(&engine->task_order, call, seq, ticket) == 0)
		return ENGINE_DONE;
	error_host(engine->errors, "no memory for a call that waits");
	return ENGINE_FAILED;
}

enum engine_result engine_begin_to_wait(struct engine *engine,
					const struct call *call, uint64_t seq,
					const struct wait *wait,
					uint32_t *ticket)
{
	*ticket =
		waiting_add(&engine->waiting, call, seq, wait, engine->now_ns);
	if (*ticket == TICKET_NONE) {
		error_host(engine->errors, "no memory for a call that waits");
		return ENGINE_FAILED;
	}
	return file_ticket(engine, call, seq, wait, *ticket);
}

enum engine_result engine_wait_on(struct engine *engine,
				  const struct thread *thread,
				  const struct wait *wait)
{
	waiting_sleep_on(&engine->waiting, thread->ticket, wait,
			 engine->now_ns);
	return file_ticket(engine, thread->call, thread->who.number, wait,
			   thread->ticket);
}

static bool waits_to_begin(const struct waiter *waiter)
{
	return waiter->wait.what == WAIT_FOR_CALL ||
	       waiter->wait.what == WAIT_FOR_CPU;
}

/* A task has the CPU for so long: the call that is under way ends later. */
static enum engine_result put_task_between(struct engine *engine,
					   struct cpu *cpu, uint64_t ns)
{
	enum engine_result result = engine_finish_on(engine, cpu);
	uint64_t from_ns =
		larger(cpu->until_ns[CONTEXT_PROCESS], engine->now_ns);

	if (cpu_has_unfinished(cpu, CONTEXT_PROCESS))
		cpu->put_off_ns[CONTEXT_PROCESS] += ns;
	cpu_use_until(cpu, CONTEXT_PROCESS, from_ns + ns);
	return result == ENGINE_DONE ? engine_put_holder_off(engine, cpu, ns) :
				       result;
}

/* What calls have left for a task of their CPU, which it costs time. */
static enum engine_result do_work(struct engine *engine)
{
	struct memory *memory = engine->kernel->memory;
	enum engine_result result = ENGINE_DONE;
	int done = 0;
	cpu_t cpu;

	while (result == ENGINE_DONE &&
	       (done = kernel_do_work(engine->kernel, &cpu)) > 0) {
		uint64_t ns = cost_of_work(&engine->kernel->machine->costs,
					   &memory->work);

		result = put_task_between(engine, &engine->cpu[cpu], ns);
		if (result != ENGINE_DONE)
			break;
		result = engine_send_ipis(
			engine, cpu, memory->work.count[WORK_IPIS], nobody());
	}
	return done < 0 ? ENGINE_FAILED : result;
}

/*
 * Its task may have begun an older call meanwhile, one that had waited behind
 * the same, and be in the middle of that: who waits to begin waits on.
 */
static bool waits_for_task_again(struct engine *engine, uint32_t ticket)
{
	const struct waiter *waiter = waiter_of(&engine->waiting, ticket);
	struct wait wait = { WAIT_FOR_CALL, waiter->task_older, 0 };

	if (!waits_to_begin(waiter) || wait.number == TICKET_NONE)
		return false;
	waiting_sleep_on(&engine->waiting, ticket, &wait, engine->now_ns);
	return true;
}

/* Who waits to begin waits for its CPU, too. */
static bool waits_for_cpu(struct engine *engine, uint32_t ticket)
{
	struct waiter *waiter = waiter_of(&engine->waiting, ticket);
	struct wait wait = { WAIT_FOR_CPU, waiter->call.cpu, 0 };
	struct cpu *cpu;

	if (!waits_to_begin(waiter) || waiter->call.cpu >= engine->nr_cpus)
		return false;
	cpu = &engine->cpu[waiter->call.cpu];
	if (cpu_free_at(cpu, waiter->call.ctx) <= engine->now_ns)
		return false;
	if (waiter->wait.what != WAIT_FOR_CPU)
		waiter->ready_ns = engine->now_ns;
	waiting_sleep_on(&engine->waiting, ticket, &wait, engine->now_ns);
	cpu->nr_woken++;
	engine->nr_woken++;
	engine_note(engine, engine_resched(engine, cpu->number));
	return true;
}

/* The first from that ticket on who waits for the CPU; TICKET_NONE: nobody. */
static uint32_t woken_from(const struct engine *engine, uint32_t ticket,
			   const struct cpu *cpu)
{
	while (ticket != TICKET_NONE) {
		const struct waiter *waiter = &engine->waiting.waiter[ticket];

		if (waiter->wait.what == WAIT_FOR_CPU &&
		    (!cpu || waiter->wait.number == cpu->number))
			return ticket;
		ticket = waiter->next;
	}
	return TICKET_NONE;
}

/* Of those who wait for the CPU, the first that can begin; when: *turn. */
static uint32_t first_woken(const struct engine *engine, const struct cpu *cpu,
			    uint64_t *turn)
{
	uint32_t ticket = cpu->nr_woken ? engine->waiting.asleep.first :
					  TICKET_NONE;
	uint32_t first = TICKET_NONE;

	*turn = NEVER;
	while ((ticket = woken_from(engine, ticket, cpu)) != TICKET_NONE) {
		const struct waiter *waiter = &engine->waiting.waiter[ticket];
		uint64_t free_ns = cpu_free_at(cpu, waiter->call.ctx);

		if (free_ns < *turn) {
			*turn = free_ns;
			first = ticket;
		}
		ticket = waiter->next;
	}
	return first;
}

uint64_t engine_turn_of_woken(const struct engine *engine,
			      const struct cpu *cpu)
{
	uint64_t turn;

	first_woken(engine, cpu, &turn);
	return turn;
}

void engine_forget_woken(struct engine *engine, cpu_t cpu)
{
	engine->cpu[cpu].nr_woken--;
	engine->nr_woken--;
}

enum engine_result engine_begin_woken(struct engine *engine, struct cpu *cpu,
				      bool *any)
{
	uint64_t turn;
	uint32_t ticket = first_woken(engine, cpu, &turn);

	*any = turn <= engine->now_ns;
	if (!*any)
		return ENGINE_DONE;
	engine_forget_woken(engine, cpu->number);
	/* Who takes down what it uses may have waited for it. */
	engine->dequeued++;
	waiting_wake_one(&engine->waiting, ticket);
	return engine_finish_left(engine);
}

bool engine_woken_before(const struct engine *engine, uint64_t seq)
{
	uint32_t ticket = engine->nr_woken ? engine->waiting.asleep.first :
					     TICKET_NONE;

	while ((ticket = woken_from(engine, ticket, NULL)) != TICKET_NONE) {
		const struct waiter *waiter = &engine->waiting.waiter[ticket];

		if (waiter->seq <= seq)
			return true;
		ticket = waiter->next;
	}
	return false;
}

enum engine_result engine_finish_left(struct engine *engine)
{
	enum engine_result result = ENGINE_DONE;

	while (result == ENGINE_DONE) {
		uint32_t ticket;

		result = do_work(engine);
		if (result != ENGINE_DONE)
			break;
		ticket = waiting_take(&engine->waiting);
		if (ticket == TICKET_NONE)
			break;
		engine->queued.wanted_left = true;
		if (!waits_for_task_again(engine, ticket) &&
		    !waits_for_cpu(engine, ticket))
			result = engine_try_again(engine, ticket);
	}
	return result == ENGINE_DONE ? engine->result : result;
}

/*
 * A ticket has one timer at most, which may outlive its call and serve the
 * next one: it looks when that is really due.
 */
enum engine_result engine_retry(struct engine *engine, uint32_t ticket)
{
	struct waiter *waiter = waiter_of(&engine->waiting, ticket);

	waiter->has_timer = false;
	if (!waiting_is_asleep(&engine->waiting, ticket) || !waiter->retry_ns)
		return ENGINE_DONE;
	if (waiter->retry_ns > engine->now_ns)
		return start_timer(engine, ticket);
	waiting_wake_one(&engine->waiting, ticket);
	return engine_finish_left(engine);
}

/* One of the last tries; *any: there was one. */
static enum engine_result last_try(struct engine *engine, bool *any)
{
	if (!engine->over) {
		engine->over = true;
		engine->now_ns = engine_last_end(engine);
		engine->ended_ns = engine->tries_since_ns = engine->now_ns;
		engine->tries_until_ns = waiting_last_retry(&engine->waiting);
	} else if (!event_queue_is_due(&engine->queue,
				       engine->tries_until_ns) &&
		   engine->ended_ns != engine->tries_since_ns) {
		engine->tries_since_ns = engine->ended_ns;
		engine->tries_until_ns = waiting_last_retry(&engine->waiting);
	}
	*any = event_queue_is_due(&engine->queue, engine->tries_until_ns);
	return *any ? engine_run_event(engine) : ENGINE_DONE;
}

enum engine_result engine_end_waiting(struct engine *engine, bool *done)
{
	enum engine_result result = ENGINE_DONE;
	uint32_t ticket;
	bool any = false;

	*done = false;
	if (!engine->cut && !engine->options->until_ns)
		result = last_try(engine, &any);
	if (any || result != ENGINE_DONE)
		return result;
	if (engine->over)
		engine->now_ns = engine->ended_ns;
	ticket = waiting_take_abandoned(&engine->waiting);
	if (ticket != TICKET_NONE)
		return engine_abandon(engine, ticket);
	*done = true;
	return ENGINE_DONE;
}
