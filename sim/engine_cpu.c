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
 * - What a call does is there as soon as it begins; it ends when its cost has
 *   passed. Who comes between its beginning and its end sees what it did.
 * - A call of a higher context interrupts what runs below it (hardirq before
 *   softirq before process), which ends later by as much. Calls of the same
 *   context follow each other.
 * - Interrupts are off while a call holds a spinlock that the allocators take
 *   with interrupts off, and while it spins for one: they come in afterwards.
 *   Both lie at the beginning of a call. An NMI does not wait.
 * - Calls on one CPU begin in the file's order: an interrupt does not overtake
 *   a call above it that waits for the CPU.
 * - Who was woken gets the CPU before calls that were made later.
 * - The kernel's own tasks run on a CPU of their node that is idle, if there
 *   is one, else where they were woken, else on the node's first one. Whether
 *   they take it from the task that has it is the scheduler's choice
 *   (sim/fair.c).
 * - A sample reads the state when all calls above it are over; those below it
 *   on its CPU begin after it. It does not wait for callers that sleep until
 *   somebody else's call.
 *
 * Left out: time slices (who runs in process context runs on until it sleeps
 * or is through), moving callers to other CPUs, softirqs put off to ksoftirqd.
 */

#include "sim/engine_internal.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/host.h"
#include "sim/cost.h"

#define NEVER UINT64_MAX

static uint64_t later_of(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

int engine_cpus_init(struct engine *engine)
{
	engine->nr_cpus = engine->kernel->memory->nr_cpus;
	engine->cpu = host_alloc(engine->nr_cpus, sizeof *engine->cpu);
	return engine->cpu ? 0 : -1;
}

void engine_cpus_release(struct engine *engine)
{
	for (uint32_t i = 0; engine->cpu && i < engine->nr_cpus; i++)
		free(engine->cpu[i].queue.ring);
	free(engine->cpu);
}

/* ---- the queue of a CPU ---- */

static struct queued_call *queue_head(const struct call_queue *queue)
{
	return &queue->ring[queue->first & (queue->capacity - 1)];
}

/* Twice as large, and in order from its start. */
static int queue_grow(struct call_queue *queue)
{
	size_t capacity = queue->capacity ? 2 * queue->capacity : 64;
	struct queued_call *ring = host_alloc(capacity, sizeof *ring);

	if (!ring)
		return -1;
	for (size_t i = 0; i < queue->nr; i++)
		ring[i] = queue->ring[(queue->first + i) &
				      (queue->capacity - 1)];
	free(queue->ring);
	*queue = (struct call_queue){ ring, capacity, 0, queue->nr };
	return 0;
}

static enum engine_result enqueue(struct engine *engine, struct cpu *cpu,
				  const struct call *call, uint64_t seq)
{
	struct call_queue *queue = &cpu->queue;

	if (queue->nr == queue->capacity && queue_grow(queue) < 0) {
		error_host(engine->errors,
			   "no memory for calls that wait for a CPU");
		return ENGINE_FAILED;
	}
	queue->ring[(queue->first + queue->nr++) & (queue->capacity - 1)] =
		(struct queued_call){ *call, seq };
	/* With one CPU nobody could overtake it. */
	if (engine->nr_cpus == 1 || call->op == OP_SAMPLE ||
	    id_order_add(&engine->id_order, call, seq) == 0)
		return ENGINE_DONE;
	error_host(engine->errors, "no memory for calls that wait for a CPU");
	return ENGINE_FAILED;
}

static struct queued_call dequeue(struct engine *engine, struct cpu *cpu)
{
	struct queued_call next = *queue_head(&cpu->queue);

	cpu->queue.first++;
	cpu->queue.nr--;
	engine->samples_waiting -= next.call.op == OP_SAMPLE;
	if (engine->nr_cpus > 1 && next.call.op != OP_SAMPLE)
		id_order_remove(&engine->id_order, &next.call, next.seq);
	return next;
}

/* Must it wait for one on another CPU that names the same? */
static bool comes_after(const struct engine *engine, const struct call *call,
			uint64_t seq)
{
	return engine->nr_cpus > 1 &&
	       id_order_comes_after(&engine->id_order, call, seq);
}

bool engine_has_queued(const struct engine *engine)
{
	for (uint32_t i = 0; i < engine->nr_cpus; i++)
		if (engine->cpu[i].queue.nr)
			return true;
	return false;
}

/* ---- who has it ---- */

/* When a call of the level can begin; NEVER: whoever has it must let go. */
static uint64_t free_at(const struct cpu *cpu, uint8_t level)
{
	uint64_t t_ns = 0;

	if (level == CONTEXT_PROCESS && cpu->holder)
		return NEVER;
	for (int l = level; l < NR_CALL_CONTEXTS; l++)
		t_ns = later_of(t_ns, cpu->until_ns[l]);
	if (level != CONTEXT_PROCESS && level != CONTEXT_NMI)
		t_ns = later_of(t_ns, cpu->irqs_off_until_ns);
	return t_ns;
}

/* The call, as the timeline speaks of it. */
static struct thread thread_of(const struct unfinished *unfinished)
{
	return (struct thread){
		.who = call_actor(unfinished->outcome.seq),
		.call = &unfinished->call,
		.cpu = unfinished->call.cpu,
		.level = unfinished->call.ctx,
	};
}

/* The call at this level is over. */
static enum engine_result finish(struct engine *engine, struct cpu *cpu,
				 int level)
{
	struct unfinished *unfinished = &cpu->unfinished[level];
	struct outcome *outcome = &unfinished->outcome;

	unfinished->is = false;
	outcome->latency_ns = cpu->until_ns[level] - unfinished->call.t_ns;
	outcome->work = &unfinished->work;
	if (engine->tells_timeline) {
		struct thread thread = thread_of(unfinished);
		enum engine_result result =
			engine_tell_end(engine, &thread, cpu->until_ns[level]);

		if (result == ENGINE_DONE)
			result = engine_tell_below(engine, &thread,
						   TIMELINE_RESUMES,
						   cpu->until_ns[level], 0);
		if (result != ENGINE_DONE)
			return result;
	}
	return engine_tell_outcome(engine, &unfinished->call, outcome);
}

static enum engine_result finish_on(struct engine *engine, struct cpu *cpu)
{
	enum engine_result result = ENGINE_DONE;

	for (int l = NR_CALL_CONTEXTS - 1; l >= 0; l--)
		if (result == ENGINE_DONE && cpu->unfinished[l].is &&
		    cpu->until_ns[l] <= engine->now_ns)
			result = finish(engine, cpu, l);
	return result;
}

enum engine_result engine_finish_ended(struct engine *engine)
{
	enum engine_result result = ENGINE_DONE;

	for (uint32_t i = 0; result == ENGINE_DONE && i < engine->nr_cpus; i++)
		result = finish_on(engine, &engine->cpu[i]);
	return result;
}

uint64_t engine_last_end(const struct engine *engine)
{
	uint64_t last = engine->now_ns;

	for (uint32_t i = 0; i < engine->nr_cpus; i++)
		for (int l = 0; l < NR_CALL_CONTEXTS; l++)
			last = later_of(last, engine->cpu[i].until_ns[l]);
	return last;
}

enum engine_result engine_tell_below(struct engine *engine,
				     const struct thread *above,
				     enum timeline_kind kind, uint64_t t_ns,
				     uint64_t ns)
{
	const struct cpu *cpu = &engine->cpu[above->cpu];
	uint64_t now_ns = engine->now_ns;
	enum engine_result result = ENGINE_DONE;
	struct thread below;
	int l = above->level;

	if (!engine->tells_timeline)
		return ENGINE_DONE;
	while (--l >= 0 &&
	       !(cpu->unfinished[l].is && cpu->until_ns[l] > t_ns))
		;
	if (l >= 0)
		below = thread_of(&cpu->unfinished[l]);
	else if (above->level > CONTEXT_PROCESS && cpu->holder &&
		 cpu->holder->state == THREAD_WORKS &&
		 cpu->holder->due_ns > t_ns)
		below = *cpu->holder;
	else
		return ENGINE_DONE;
	engine->now_ns = t_ns;
	result = engine_tell(engine, &below, kind, above->who, ns, 0);
	engine->now_ns = now_ns;
	return result;
}

/* What runs below the level comes later by `ns`. */
static enum engine_result put_off(struct engine *engine, cpu_t number,
				  uint8_t level, uint64_t ns, struct actor who)
{
	struct cpu *cpu = &engine->cpu[number];
	struct thread *holder = cpu->holder;
	struct thread by = { .who = who, .cpu = number, .level = level };
	enum engine_result result = engine_tell_below(
		engine, &by, TIMELINE_PREEMPTED, engine->now_ns, ns);

	for (int l = 0; l < level; l++) {
		if (cpu->until_ns[l] <= engine->now_ns)
			continue;
		cpu->until_ns[l] += ns;
		cpu->unfinished[l].outcome.cpu_wait_ns += ns;
	}
	if (result != ENGINE_DONE || level == CONTEXT_PROCESS || !holder ||
	    holder->state != THREAD_WORKS || holder->due_ns <= engine->now_ns)
		return result;
	holder->due_ns += ns;
	holder->cpu_wait_ns += ns;
	return engine_schedule(engine, holder->due_ns, EVENT_THREAD,
			       holder->slot);
}

enum engine_result engine_use_cpu(struct engine *engine, cpu_t number,
				  uint8_t level, uint64_t ns, struct actor who)
{
	struct cpu *cpu = &engine->cpu[number];
	enum engine_result result = ENGINE_DONE;

	if (ns && level > CONTEXT_PROCESS)
		result = put_off(engine, number, level, ns, who);
	cpu->until_ns[level] = engine->now_ns + ns;
	if (level == CONTEXT_PROCESS)
		fair_ends(&engine->fair_tasks, &cpu->fair,
			  cpu->until_ns[level]);
	return result;
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
		result = put_off(engine, i, CONTEXT_HARDIRQ, ns, ipi.who);
		if (result == ENGINE_DONE)
			result = engine_tell_below(engine, &ipi,
						   TIMELINE_RESUMES,
						   engine->now_ns + ns, 0);
	}
	return result;
}

/* ---- samples ---- */

/* Is any call above it, whose number is at most `seq`, not over? */
static bool is_under_way(const struct engine *engine, uint64_t seq)
{
	for (uint32_t i = 0; i < engine->nr_cpus; i++) {
		const struct cpu *cpu = &engine->cpu[i];

		for (int l = 0; l < NR_CALL_CONTEXTS; l++)
			if (cpu->until_ns[l] > engine->now_ns &&
			    (!cpu->unfinished[l].is ||
			     cpu->unfinished[l].outcome.seq <= seq))
				return true;
		if (cpu->queue.nr && queue_head(&cpu->queue)->seq <= seq &&
		    queue_head(&cpu->queue)->call.op != OP_SAMPLE)
			return true;
	}
	for (uint32_t i = 0; i < engine->nr_threads; i++) {
		const struct thread *thread = engine->thread[i];

		if (thread && thread->call && thread->who.number <= seq)
			return true;
	}
	return false;
}

/* True if it could be read. */
static bool try_sample(struct engine *engine, const struct queued_call *sample,
		       enum engine_result *result)
{
	if (is_under_way(engine, sample->seq))
		return false;
	*result = engine_finish_ended(engine);
	if (*result == ENGINE_DONE)
		*result = engine_tell_sample(
			engine, names_text(engine->source->names,
					   sample->call.name));
	return true;
}

enum engine_result engine_arrive_sample(struct engine *engine,
					const struct call *call)
{
	struct queued_call sample = { *call, engine->totals->ops };
	struct cpu *cpu = &engine->cpu[call->cpu < engine->nr_cpus ? call->cpu :
								     0];
	enum engine_result result;
	uint64_t end_ns = engine_last_end(engine);

	if (!cpu->queue.nr) {
		if (end_ns > engine->now_ns && !engine->nr_parked_calls &&
		    !engine_has_queued(engine) &&
		    engine_is_quiet(engine, call->cpu, CONTEXT_NMI, end_ns))
			engine->now_ns = end_ns;
		if (try_sample(engine, &sample, &result))
			return result;
	}
	engine->samples_waiting++;
	return enqueue(engine, cpu, call, sample.seq);
}

/* The sample at the head of the CPU's queue, if one is there. */
static enum engine_result retry_sample(struct engine *engine, uint32_t number)
{
	struct cpu *cpu = &engine->cpu[number];
	enum engine_result result = ENGINE_DONE;
	uint64_t end_ns = engine_last_end(engine);

	if (!cpu->queue.nr || queue_head(&cpu->queue)->call.op != OP_SAMPLE)
		return ENGINE_DONE;
	if (try_sample(engine, queue_head(&cpu->queue), &result)) {
		dequeue(engine, cpu);
		return result == ENGINE_DONE ? engine_look_at(engine, number) :
					       result;
	}
	if (end_ns == engine->now_ns ||
	    (cpu->look_ns && cpu->look_ns <= end_ns))
		return ENGINE_DONE;
	cpu->look_ns = end_ns;
	return engine_schedule(engine, end_ns, EVENT_CPU, number);
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
		struct queued_call sample;

		if (!cpu->queue.nr ||
		    queue_head(&cpu->queue)->call.op != OP_SAMPLE)
			continue;
		*any = true;
		sample = dequeue(engine, cpu);
		result = engine_tell_violation(engine, &sample.call, 0,
					       &report);
		if (result == ENGINE_DONE)
			result = engine_tell_sample(
				engine, names_text(engine->source->names,
						   sample.call.name));
		if (result == ENGINE_DONE)
			result = engine_look_at(engine, i);
	}
	return result;
}

/* ---- who gets it next ---- */

void engine_note_begin(struct engine *engine, const struct call *call,
		       cpu_t cpu)
{
	if (!call || call->ctx != CONTEXT_PROCESS || cpu >= engine->nr_cpus)
		return;
	if (fair_begins(&engine->fair_tasks, &engine->cpu[cpu].fair, cpu,
			call->task, call->t_ns, engine->now_ns) == 0)
		return;
	error_host(engine->errors, "no memory for the scheduler");
	engine_note(engine, ENGINE_FAILED);
}

void engine_note_use(struct engine *engine, struct thread *thread, uint64_t ns)
{
	struct fair *fair = &engine->cpu[thread->cpu].fair;

	if (thread->call)
		fair_ends(&engine->fair_tasks, fair, engine->now_ns + ns);
	else
		fair_ran(fair, &thread->share, ns, engine->now_ns + ns);
}

static void append(struct thread **list, struct thread *thread)
{
	while (*list)
		list = &(*list)->next;
	thread->next = NULL;
	*list = thread;
}

/* When a kernel task that waits for the CPU may have it. */
static uint64_t turn_of(const struct engine *engine, const struct cpu *cpu,
			const struct thread *task)
{
	return fair_turn(&engine->fair_tasks, &cpu->fair, &task->share,
			 task->since_ns, engine->now_ns);
}

/* Has nobody anything to do there? */
static bool is_idle(const struct engine *engine, const struct cpu *cpu)
{
	return !cpu->ready && !cpu->background && !cpu->queue.nr &&
	       free_at(cpu, CONTEXT_PROCESS) <= engine->now_ns &&
	       fair_is_idle(&engine->fair_tasks, &cpu->fair, engine->now_ns);
}

/* The CPU on which a task of the kernel's runs. */
static cpu_t choose_cpu(const struct engine *engine,
			const struct thread *task)
{
	const struct memory *memory = engine->kernel->memory;
	node_t node = task->who.kind == ACTOR_FLUSHER ?
			      NODE_ANY :
			      (node_t)task->who.number;
	cpu_t waker = engine->current ? engine->current->cpu : task->cpu;
	cpu_t first = waker;
	bool has_cpus = false;

	for (uint32_t i = 0; i < engine->nr_cpus; i++)
		has_cpus |= node != NODE_ANY && memory->cpu_node[i] == node;
	for (uint32_t i = engine->nr_cpus; i-- > 0;) {
		const struct cpu *cpu = &engine->cpu[i];

		if (memory->cpu_node[i] == NODE_ANY ||
		    (has_cpus && memory->cpu_node[i] != node))
			continue;
		first = i;
		if (i != waker && is_idle(engine, cpu))
			return i;
	}
	return has_cpus && memory->cpu_node[waker] != node ? first : waker;
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
		append(&cpu->background, task);
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
	return engine_look_at(engine, thread->cpu);
}

/* Does it wait for more than the CPU? */
static bool is_held_back(const struct engine *engine,
			 const struct queued_call *queued)
{
	return queued->call.op == OP_SAMPLE ||
	       comes_after(engine, &queued->call, queued->seq);
}

enum engine_result engine_retry_queued(struct engine *engine)
{
	enum engine_result result = ENGINE_DONE;

	engine->call_waits = false;
	for (uint32_t i = 0; i < engine->nr_cpus; i++) {
		const struct cpu *cpu = &engine->cpu[i];

		if (!cpu->queue.nr || result != ENGINE_DONE)
			continue;
		if (is_held_back(engine, queue_head(&cpu->queue)))
			engine->call_waits = true;
		else
			result = engine_look_at(engine, i);
	}
	return result;
}

/* When somebody who waits for the CPU can have it; NEVER: nobody waits. */
static uint64_t next_turn(const struct engine *engine, const struct cpu *cpu)
{
	uint64_t process_ns = free_at(cpu, CONTEXT_PROCESS);
	uint64_t turn = NEVER;

	if (cpu->queue.nr && !is_held_back(engine, queue_head(&cpu->queue)))
		turn = free_at(cpu, queue_head(&cpu->queue)->call.ctx);
	if (process_ns == NEVER)
		return turn;
	if (cpu->ready && process_ns < turn)
		turn = process_ns;
	if (cpu->background) {
		uint64_t task_ns = turn_of(engine, cpu, cpu->background);

		task_ns = later_of(task_ns, process_ns);
		if (task_ns < turn)
			turn = task_ns;
	}
	return turn;
}

enum engine_result engine_look_at(struct engine *engine, cpu_t number)
{
	struct cpu *cpu = &engine->cpu[number];
	uint64_t turn = next_turn(engine, cpu);

	if (turn == NEVER)
		return ENGINE_DONE;
	turn = later_of(turn, engine->now_ns);
	if (cpu->look_ns && cpu->look_ns <= turn)
		return ENGINE_DONE;
	cpu->look_ns = turn;
	return engine_schedule(engine, turn, EVENT_CPU, number);
}

/* Takes the first of a list, if there is one. */
static struct thread *take_first(struct thread **list)
{
	struct thread *thread = *list;

	if (thread)
		*list = thread->next;
	return thread;
}

/* Who goes on in process context, now that nobody has the CPU? */
static struct thread *next_thread(struct engine *engine, struct cpu *cpu)
{
	const struct thread *ready = cpu->ready;

	if (free_at(cpu, CONTEXT_PROCESS) > engine->now_ns)
		return NULL;
	if (ready && (!ready->call || !cpu->queue.nr ||
		      queue_head(&cpu->queue)->call.t_ns >= ready->since_ns))
		return take_first(&cpu->ready);
	if (!cpu->background ||
	    turn_of(engine, cpu, cpu->background) > engine->now_ns)
		return NULL;
	return take_first(&cpu->background);
}

/* The call at the head of the queue begins, if it can. */
static enum engine_result begin_queued(struct engine *engine, struct cpu *cpu,
				       bool *any)
{
	const struct queued_call *head = queue_head(&cpu->queue);
	struct queued_call next;
	enum engine_result result = ENGINE_DONE;

	*any = false;
	if (!cpu->queue.nr)
		return ENGINE_DONE;
	if (head->call.op == OP_SAMPLE) {
		*any = try_sample(engine, head, &result);
		if (*any)
			dequeue(engine, cpu);
		return result;
	}
	if (free_at(cpu, head->call.ctx) > engine->now_ns)
		return ENGINE_DONE;
	if (comes_after(engine, &head->call, head->seq)) {
		engine->call_waits = true;
		return ENGINE_DONE;
	}
	*any = true;
	next = dequeue(engine, cpu);
	return engine_begin_call(engine, &next.call, next.seq);
}

/* So that a timeline tells of an end when it is there, not when it is seen. */
static enum engine_result await_end(struct engine *engine, uint32_t number)
{
	const struct cpu *cpu = &engine->cpu[number];
	enum engine_result result = ENGINE_DONE;

	for (int l = 0; l < NR_CALL_CONTEXTS; l++)
		if (cpu->unfinished[l].is && result == ENGINE_DONE &&
		    cpu->until_ns[l] > engine->now_ns)
			result = engine_schedule(engine, cpu->until_ns[l],
						 EVENT_CPU, number);
	return result;
}

enum engine_result engine_cpu_event(struct engine *engine, uint32_t number)
{
	struct cpu *cpu = &engine->cpu[number];
	enum engine_result result = finish_on(engine, cpu);
	struct thread *thread;
	bool any = false;

	if (cpu->look_ns <= engine->now_ns)
		cpu->look_ns = 0;
	if (result != ENGINE_DONE)
		return result;
	thread = next_thread(engine, cpu);
	if (thread) {
		engine_resume(engine, thread);
		return engine->result;
	}
	result = begin_queued(engine, cpu, &any);
	if (result == ENGINE_DONE && engine->tells_timeline)
		result = await_end(engine, number);
	if (result != ENGINE_DONE)
		return result;
	if (any)
		return engine_schedule(engine, engine->now_ns, EVENT_CPU,
				       number);
	return engine_look_at(engine, number);
}

enum engine_result engine_leave_cpu(struct engine *engine,
				    struct thread *thread)
{
	struct cpu *cpu = &engine->cpu[thread->cpu];

	if (cpu->holder == thread)
		cpu->holder = NULL;
	cpu->until_ns[CONTEXT_PROCESS] = engine->now_ns;
	if (thread->call) {
		fair_ends(&engine->fair_tasks, &cpu->fair, engine->now_ns);
		fair_sleeps(&cpu->fair);
	}
	return engine_look_at(engine, thread->cpu);
}

/* From the time on when it was made: that may be seen only later. */
static enum engine_result tell_waits(struct engine *engine,
				     const struct call *call, uint64_t seq)
{
	const struct thread *holder = engine->cpu[call->cpu].holder;
	struct thread thread = { .who = call_actor(seq),
				 .call = call,
				 .cpu = call->cpu };
	uint64_t now_ns = engine->now_ns;
	enum engine_result result;

	engine->now_ns = call->t_ns;
	result = engine_tell(engine, &thread, TIMELINE_WAITS,
			     holder ? holder->who : nobody(), 0, 0);
	engine->now_ns = now_ns;
	return result;
}

/* It has the CPU, now. */
static enum engine_result begin_arrived(struct engine *engine,
					const struct call *call, uint64_t seq)
{
	enum engine_result result = ENGINE_DONE;

	if (call->t_ns < engine->now_ns)
		result = tell_waits(engine, call, seq);
	return result == ENGINE_DONE ? engine_begin_call(engine, call, seq) :
				       result;
}

enum engine_result engine_arrive(struct engine *engine,
				 const struct call *call, uint64_t seq)
{
	struct cpu *cpu;
	enum engine_result result;
	uint64_t start_ns;

	if (call->cpu >= engine->nr_cpus)
		return engine_begin_call(engine, call, seq);
	cpu = &engine->cpu[call->cpu];
	if (!cpu->queue.nr && !cpu->ready &&
	    !comes_after(engine, call, seq)) {
		start_ns = free_at(cpu, call->ctx);
		/* With one CPU nobody else can do anything before that. */
		if (start_ns > engine->now_ns && start_ns != NEVER &&
		    engine_is_quiet(engine, call->cpu, CONTEXT_NMI, start_ns))
			engine->now_ns = start_ns;
		if (start_ns <= engine->now_ns)
			return begin_arrived(engine, call, seq);
	}
	result = enqueue(engine, cpu, call, seq);
	if (result == ENGINE_DONE)
		result = tell_waits(engine, call, seq);
	engine->call_waits |= comes_after(engine, call, seq);
	if (result == ENGINE_DONE)
		result = engine_look_at(engine, call->cpu);
	return result;
}

enum engine_result engine_drop_queued(struct engine *engine)
{
	enum engine_result result = ENGINE_DONE;

	for (uint32_t i = 0; i < engine->nr_cpus; i++) {
		struct cpu *cpu = &engine->cpu[i];

		while (cpu->queue.nr && result == ENGINE_DONE) {
			struct queued_call next = dequeue(engine, cpu);
			struct outcome outcome = {
				.seq = next.seq,
				.status = OUTCOME_FAILED,
				.reason = REASON_STILL_WAITING,
				.pfn = PFN_NONE,
			};

			outcome.cpu_wait_ns = engine->now_ns - next.call.t_ns;
			outcome.latency_ns = outcome.cpu_wait_ns;
			if (call_is_counted(&next.call))
				result = engine_tell_outcome(
					engine, &next.call, &outcome);
		}
	}
	return result;
}
