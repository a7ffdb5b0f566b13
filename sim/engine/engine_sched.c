/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who gets a CPU next, when it is free: calls that wait for it in the file's
 * order, callers that were woken, the kernel's own tasks.
 *
 * Rules:
 *
 * - A woken caller gets the CPU before calls that were made later, and before a
 *   call that waits for more than the CPU: that may wait for the woken one. So
 *   does a call that had to wait for another before it could begin.
 * - The kernel's own tasks run on a CPU of their node that is idle, if there
 *   is one, else where they were woken, else on the node's first one. Whether
 *   they take it from the task that has it is the scheduler's choice
 *   (sim/engine/fair.c).
 * - A call that such a task has taken the CPU from goes on until it asks
 *   whether it has to give way (elapse() of sim/engine/engine_tasks.c), or to
 *   its end. Then it is the first to have the CPU back. A kernel task asks the
 *   same at such points, and gives way when a tick has ended its turn.
 *
 * A resched (EVENT_RESCHED) is when the engine sees to a CPU, because something
 * may have changed there. It may be in vain. What it finds out about the first
 * call in the queue stays true (resched_is_valid) until the next one, or until
 * something happens that could let that call begin earlier. Whatever does so
 * also causes a resched, except for engine_keep() in sim/engine/engine_fast.h.
 * Kernel tasks wait for more than the CPU: while there is one,
 * resched_is_valid is false.
 *
 *	CPU 0   12:free b | …       is_blocked, until two more have left CPU 1
 *	CPU 1   7:kmalloc | 8:alloc b | …       wanted: 8
 *
 * The first in a queue may have to wait for a call in another one: it is
 * blocked, and that CPU's queue knows which of its calls is wanted
 * (sim/queues/queue_order.h). All that are blocked are asked again when a
 * wanted call has left, and whenever something else could make a resched due
 * earlier (nobody_awaits_left()). Where nothing else could,
 * sim/engine/engine_queue_loop.c asks only the CPU that wanted the call.
 */

#include "sim/engine/engine_sched.h"

void engine_note_use(struct engine *engine, struct thread *thread, uint64_t ns)
{
	struct fair *fair = &engine->cpu[thread->cpu].fair;

	if (thread->call)
		fair_ends(&engine->fair_tasks, fair, engine->now_ns + ns);
	else
		fair_ran(&engine->fair_tasks, fair, &thread->share, ns,
			 engine->now_ns + ns);
}

static void append(struct thread **list, struct thread *thread)
{
	while (*list)
		list = &(*list)->next;
	thread->next = NULL;
	*list = thread;
}

/* Takes the first of a list, if there is one. */
static struct thread *take_first(struct thread **list)
{
	struct thread *thread = *list;

	if (thread)
		*list = thread->next;
	return thread;
}

/* When a kernel task that waits for the CPU may have it. */
static uint64_t turn_of(const struct engine *engine, const struct cpu *cpu,
			const struct thread *task)
{
	return fair_turn(&engine->fair_tasks, &cpu->fair, &task->share,
			 task->since_ns, engine->now_ns);
}

bool engine_cpu_is_idle(const struct engine *engine, const struct cpu *cpu)
{
	return !cpu->ready && !cpu->background && !cpu->queue.nr &&
	       !cpu->nr_woken &&
	       cpu_free_at(cpu, CONTEXT_PROCESS) <= engine->now_ns &&
	       fair_is_idle(&engine->fair_tasks, &cpu->fair, engine->now_ns);
}

/* May the task run there? Tasks of a node without CPUs run on any. */
static bool is_allowed(const struct engine *engine, const struct thread *task,
		       cpu_t cpu)
{
	const struct memory *memory = engine->kernel->memory;
	node_t node = (node_t)task->who.number;

	if (memory->cpu_node[cpu] == NODE_ANY)
		return false;
	return task->who.kind == ACTOR_FLUSHER || !task->node_has_cpus ||
	       memory->cpu_node[cpu] == node;
}

/*
 * The CPU on which a task of the kernel's runs: the one where it ran last, if
 * that is idle, another idle one, the waker's, or any that it may use.
 */
static cpu_t choose_cpu(const struct engine *engine, const struct thread *task)
{
	cpu_t waker = engine->current ? engine->current->cpu : task->cpu;
	cpu_t allowed = waker;

	if (task->cpu != waker && is_allowed(engine, task, task->cpu) &&
	    engine_cpu_is_idle(engine, &engine->cpu[task->cpu]))
		return task->cpu;
	for (uint32_t i = engine->nr_cpus; i-- > 0;)
		if (is_allowed(engine, task, i))
			allowed = i;
	if (!engine->current && is_allowed(engine, task, waker) &&
	    engine_cpu_is_idle(engine, &engine->cpu[waker]))
		return waker;
	for (uint32_t i = 0; i < engine->nr_cpus; i++)
		if (i != waker && is_allowed(engine, task, i) &&
		    engine_cpu_is_idle(engine, &engine->cpu[i]))
			return i;
	return is_allowed(engine, task, waker) ? waker : allowed;
}

/* Behind those who have the CPU, until it is the kernel task's turn. */
static void wait_for_turn(struct engine *engine, struct cpu *cpu,
			  struct thread *task)
{
	append(&cpu->background, task);
	engine->nr_background++;
}

/* A kernel task: before all who wait, or behind those who go on. */
static void make_task_ready(struct engine *engine, struct thread *task)
{
	struct cpu *cpu;

	task->cpu = choose_cpu(engine, task);
	cpu = &engine->cpu[task->cpu];
	fair_wakes(&engine->fair_tasks, &cpu->fair, &task->share);
	if (fair_preempts(&engine->fair_tasks, &cpu->fair, &task->share,
			  engine->now_ns)) {
		task->next = cpu->ready;
		cpu->ready = task;
	} else {
		wait_for_turn(engine, cpu, task);
	}
}

enum engine_result engine_make_ready(struct engine *engine,
				     struct thread *thread)
{
	thread->state = THREAD_READY;
	thread->since_ns = engine->now_ns;
	if (thread->call)
		append(&engine->cpu[thread->cpu].ready, thread);
	else
		make_task_ready(engine, thread);
	return engine_resched(engine, thread->cpu);
}

bool engine_rest_blocks(const struct engine *engine, const struct cpu *cpu)
{
	const struct call *call = first_call(cpu);
	struct queue_before before = call_queue_before(&cpu->queue);
	uint64_t seq = call_queue_first(&cpu->queue)->number.seq;

	return call->op == OP_SAMPLE ||
	       !queue_order_has_begun(&engine->queued, before.name) ||
	       (id_key_is_taken_down(call) && engine_earlier_wait(engine, seq));
}

/* Does the woken thread go on before the first in the queue begins? */
static bool goes_on_first(const struct engine *engine, const struct cpu *cpu)
{
	const struct thread *ready = cpu->ready;

	return !ready->call || ready->gave_way || !cpu->queue.nr ||
	       first_is_blocked(engine, cpu) ||
	       first_call(cpu)->t_ns >= ready->since_ns;
}

uint64_t engine_turn_of_threads(const struct engine *engine,
				const struct cpu *cpu, uint64_t queue_ns)
{
	uint64_t process_ns = cpu_free_at(cpu, CONTEXT_PROCESS);
	uint64_t turn = smaller(queue_ns, engine_turn_of_woken(engine, cpu));

	if (process_ns == NEVER)
		return turn;
	/* It waits behind an interrupt that waits until they are on. */
	if (cpu->ready && process_ns < turn && goes_on_first(engine, cpu))
		turn = process_ns;
	if (cpu->background) {
		uint64_t task_ns = turn_of(engine, cpu, cpu->background);

		task_ns = larger(task_ns, process_ns);
		if (task_ns < turn)
			turn = task_ns;
	}
	return turn;
}

enum engine_result engine_resched(struct engine *engine, cpu_t number)
{
	struct cpu *cpu = &engine->cpu[number];
	bool blocked;
	uint64_t turn = next_turn(engine, cpu, &blocked);

	cpu->resched_is_valid = false;
	if (blocked)
		note_blocked(engine, cpu);
	return resched_at(engine, number, turn, blocked);
}

/*
 * Of the 64 CPUs from that one on, those that must be asked again: bits. None
 * counts as blocked until it has been.
 */
static uint64_t unblock(struct engine *engine, uint32_t from)
{
	uint32_t nr = engine->nr_cpus - from < 64 ? engine->nr_cpus - from : 64;
	uint64_t asked = 0;

	for (uint32_t i = 0; i < nr; i++) {
		struct cpu *cpu = &engine->cpu[from + i];

		cpu->is_blocked = false;
		asked |= (uint64_t)(!cpu->resched_is_valid & !!cpu->queue.nr)
			 << i;
	}
	return asked;
}

/* The first in the CPU's queue is asked whether it may begin. */
static inline enum engine_result retry(struct engine *engine, cpu_t number)
{
	struct cpu *cpu = &engine->cpu[number];
	bool blocked;
	uint64_t turn = next_turn(engine, cpu, &blocked);

	if (!blocked)
		return resched_at(engine, number, turn, false);
	note_blocked(engine, cpu);
	return ENGINE_DONE;
}

enum engine_result engine_retry_all(struct engine *engine)
{
	enum engine_result result = ENGINE_DONE;

	engine->dequeued_seen = engine->dequeued;
	engine->call_waits = false;
	engine->nr_blocked = 0;
	queue_order_want_none(&engine->queued);
	for (uint32_t from = 0; from < engine->nr_cpus; from += 64) {
		uint64_t asked = unblock(engine, from);

		for (; asked && result == ENGINE_DONE; asked &= asked - 1)
			result = retry(engine,
				       (cpu_t)(from + (uint32_t)__builtin_ctzll(
							      asked)));
	}
	return result;
}

/* Who goes on in process context, now that the CPU is free? */
static struct thread *next_thread(struct engine *engine, struct cpu *cpu)
{
	const struct thread *ready = cpu->ready;

	if ((!ready && !cpu->background) ||
	    cpu_free_at(cpu, CONTEXT_PROCESS) > engine->now_ns)
		return NULL;
	if (ready && goes_on_first(engine, cpu))
		return take_first(&cpu->ready);
	if (!cpu->background ||
	    turn_of(engine, cpu, cpu->background) > engine->now_ns)
		return NULL;
	engine->nr_background--;
	return take_first(&cpu->background);
}

/* The call at the head of the queue begins, if it can. */
static enum engine_result begin_queued(struct engine *engine, uint32_t number,
				       bool *any)
{
	struct cpu *cpu = &engine->cpu[number];
	enum engine_result result = ENGINE_DONE;
	struct call call;
	uint64_t seq;

	*any = false;
	if (!cpu->queue.nr)
		return ENGINE_DONE;
	if (first_call(cpu)->op == OP_SAMPLE) {
		*any = engine_try_sample(engine, call_queue_first(&cpu->queue),
					 &result);
		if (*any)
			engine_dequeue(engine, (cpu_t)number, &call);
		return result;
	}
	if (cpu_free_at(cpu, first_call(cpu)->ctx) > engine->now_ns)
		return ENGINE_DONE;
	if (first_is_blocked(engine, cpu)) {
		note_blocked(engine, cpu);
		return ENGINE_DONE;
	}
	*any = true;
	seq = engine_dequeue(engine, (cpu_t)number, &call);
	return engine_begin_call(engine, &call, seq);
}

enum engine_result engine_give_cpu(struct engine *engine, uint32_t number)
{
	struct cpu *cpu = &engine->cpu[number];
	struct thread *thread = next_thread(engine, cpu);
	enum engine_result result = ENGINE_DONE;
	bool any = false;

	if (thread) {
		engine_resume(engine, thread);
		return engine->result;
	}
	if (cpu->nr_woken)
		result = engine_begin_woken(engine, cpu, &any);
	if (result == ENGINE_DONE && !any)
		result = begin_queued(engine, number, &any);
	if (result != ENGINE_DONE)
		return result;
	return any ? resched_once_more(engine, (cpu_t)number) :
		     engine_resched(engine, (cpu_t)number);
}

enum engine_result engine_resched_event(struct engine *engine, uint32_t number)
{
	struct cpu *cpu = &engine->cpu[number];
	enum engine_result result = engine_finish_on(engine, cpu);
	bool first_is_free = begin_resched(engine, cpu);
	uint64_t turn;

	if (result != ENGINE_DONE)
		return result;
	return resched_is_in_vain(engine, cpu, &turn) ?
		       resched_in_vain(engine, (cpu_t)number, turn,
				       first_is_free) :
		       engine_give_cpu(engine, number);
}

/* With one CPU, calls that wait for it need not have queued yet. */
static bool call_is_due(const struct engine *engine)
{
	return engine->nr_cpus == 1 && engine->batch_at < engine->batch_nr &&
	       engine->batch[engine->batch_at].t_ns <= engine->now_ns;
}

void engine_begin_turn_anew(struct engine *engine, cpu_t number)
{
	struct cpu *cpu = &engine->cpu[number];
	struct thread *task = cpu->background;

	if (!task ||
	    !fair_has_had_less(&engine->fair_tasks, &cpu->fair, &task->share))
		return;
	task = take_first(&cpu->background);
	engine->nr_background--;
	task->next = cpu->ready;
	cpu->ready = task;
}

/* Does anybody want the CPU that a kernel task has? */
static bool is_wanted(const struct engine *engine, const struct cpu *cpu)
{
	if (cpu->ready || cpu->nr_woken)
		return true;
	return cpu->queue.nr ? !first_is_blocked(engine, cpu) :
			       call_is_due(engine);
}

bool engine_has_to_give_way(const struct engine *engine,
			    const struct thread *thread)
{
	const struct cpu *cpu = &engine->cpu[thread->cpu];

	if (thread->call)
		return cpu->ready && !cpu->ready->call;
	if (!is_wanted(engine, cpu))
		return false;
	if (thread->worker_ran &&
	    fair_has_had_more(&engine->fair_tasks, &cpu->fair, &thread->share))
		return true;
	return fair_tick_ends(&engine->fair_tasks, &cpu->fair, &thread->share,
			      thread->got_cpu_ns, engine->now_ns);
}

/*
 * The thread has the CPU no more. One that was woken there meanwhile may be
 * under way beside it, and ends when its own time is over.
 */
static enum engine_result drop_cpu(struct engine *engine,
				   const struct thread *thread)
{
	struct cpu *cpu = &engine->cpu[thread->cpu];
	enum engine_result result = engine_finish_on(engine, cpu);

	if (cpu->holder == thread)
		cpu->holder = NULL;
	if (!cpu_has_unfinished(cpu, CONTEXT_PROCESS))
		cpu_use_until(cpu, CONTEXT_PROCESS, engine->now_ns);
	return result;
}

enum engine_result engine_give_way(struct engine *engine, struct thread *thread)
{
	struct cpu *cpu = &engine->cpu[thread->cpu];
	enum engine_result result = drop_cpu(engine, thread);

	if (result != ENGINE_DONE)
		return result;
	thread->due_ns = 0;
	if (thread->call) {
		fair_ends(&engine->fair_tasks, &cpu->fair, engine->now_ns);
		thread->gave_way = true;
		return engine_make_ready(engine, thread);
	}
	thread->state = THREAD_READY;
	thread->since_ns = engine->now_ns;
	wait_for_turn(engine, cpu, thread);
	return engine_resched(engine, thread->cpu);
}

enum engine_result engine_leave_cpu(struct engine *engine,
				    struct thread *thread)
{
	struct cpu *cpu = &engine->cpu[thread->cpu];
	enum engine_result result = drop_cpu(engine, thread);

	if (result != ENGINE_DONE)
		return result;
	if (thread->call) {
		fair_ends(&engine->fair_tasks, &cpu->fair, engine->now_ns);
		fair_sleeps(&engine->fair_tasks, &cpu->fair);
	}
	return engine_resched(engine, thread->cpu);
}
