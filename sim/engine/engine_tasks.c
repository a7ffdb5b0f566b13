/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads: calls in the middle of what they do, which reclaim, wait for a
 * device or for each other, and the kernel's own tasks.
 *
 *	runs --elapse--> works ---------its time is over----------> runs
 *	  |
 *	  +---sleep---> sleeps --woken, or timeout--> ready --CPU--> runs
 *	  +---let_others_run--> yields --somebody did something--> ready
 *
 * Rules:
 *
 * - Where others may come in, the time of what a thread has done so far passes.
 *   It keeps its CPU meanwhile; other CPUs go on, and so do interrupts, once it
 *   has released the locks that it took, which it held first
 *   (spin_lock_irqsave()).
 * - A sleeper gives its CPU up, and needs one again when it is woken.
 * - There it also gives its CPU up to whoever is to have it (cond_resched()): a
 *   kernel task that was woken, or somebody who waits for the end of a kernel
 *   task's turn.
 * - Calls that may not sleep (in an interrupt, under a spinlock) do neither:
 *   their time passes when they are over.
 * - While a call sleeps, its id stands for nothing yet: a call that frees it
 *   waits for it, as do later calls of the same task.
 *
 * The kernel's tasks (kswapd and kcompactd of each node, the flusher) begin
 * with the run and sleep until they are woken.
 */

#include "sim/engine/engine_cpu.h"

#include <stdlib.h>

#include "models/compaction/compaction.h"
#include "models/reclaim/folio.h"
#include "models/reclaim/reclaim.h"
#include "sim/base/host.h"

/* ---- slots ---- */

static bool take_slot(struct engine *engine, struct thread *thread)
{
	struct thread **grown;

	if (thread->slot != SLOT_NONE)
		return true;
	for (uint32_t i = 0; i < engine->nr_threads; i++)
		if (!engine->thread[i]) {
			thread->slot = i;
			engine->thread[i] = thread;
			return true;
		}
	grown = host_grow(engine->thread, &engine->thread_capacity,
			  engine->nr_threads + (size_t)1, sizeof *grown);
	if (!grown)
		return false;
	engine->thread = grown;
	thread->slot = engine->nr_threads++;
	grown[thread->slot] = thread;
	return true;
}

/* A call sleeps for the first time: others may have to wait for it. */
static bool file_call(struct engine *engine, struct thread *thread)
{
	struct wait wait = { .what = WAIT_FOR_TASK };

	engine->nr_parked_calls++;
	if (thread->ticket == TICKET_NONE) {
		thread->ticket = waiting_add(&engine->waiting, thread->call,
					     thread->who.number, &wait,
					     engine->now_ns);
		if (thread->ticket == TICKET_NONE)
			return false;
		thread->own_ticket = true;
	}
	/* Calls that name the same wait behind it. */
	if (!call_makes_allocation(thread->call))
		return id_order_add(&engine->task_order, thread->call,
				    thread->who.number, thread->ticket) == 0;
	return kernel_call_sleeps(engine->kernel, thread->call, thread->ticket);
}

void engine_forget_parked(struct engine *engine, struct thread *thread)
{
	engine->thread[thread->slot] = NULL;
	thread->slot = SLOT_NONE;
	if (thread->call)
		engine->nr_parked_calls--;
	if (thread->call && !call_makes_allocation(thread->call))
		id_order_remove(&engine->task_order, thread->call,
				thread->who.number);
	if (thread->own_ticket)
		waiting_end_asleep(&engine->waiting, thread->ticket);
}

bool engine_is_busy(const struct engine *engine)
{
	for (uint32_t i = 0; i < engine->nr_threads; i++) {
		const struct thread *thread = engine->thread[i];

		if (thread && thread != engine->current &&
		    thread->state != THREAD_SLEEPS &&
		    thread->state != THREAD_YIELDS)
			return true;
	}
	return engine_has_io(engine);
}

/* ---- leaving, and coming back ---- */

static void fail(struct engine *engine, const char *what)
{
	error_host(engine->errors, "no memory for %s", what);
	engine_note(engine, ENGINE_FAILED);
}

/* Tells the models who runs now. */
static void take_over(struct engine *engine, struct thread *thread)
{
	struct memory *memory = engine->kernel->memory;

	engine->current = thread;
	memory->cpu = thread->cpu;
	memory->task = thread->call ? thread->call->task : 0;
	memory->dying = thread->call &&
			kernel_task_is_dying(engine->kernel, memory->task);
	memory->work = (struct work){ .zones = 0 };
	memory->switches++;
}

/* The loop goes on, until somebody resumes the thread. */
static void park(struct engine *engine, struct thread *thread)
{
	bool first = thread->slot == SLOT_NONE;

	if (!take_slot(engine, thread) ||
	    (first && thread->call && !file_call(engine, thread))) {
		fail(engine, "somebody who sleeps");
		return;
	}
	if (thread->due_ns)
		engine_note(engine,
			    engine_schedule(engine, thread->due_ns,
					    EVENT_THREAD, thread->slot));
	thread->fibre = engine->fibres.current;
	engine->current = NULL;
	if (!fibre_park(&engine->fibres))
		fail(engine, "another stack");
	take_over(engine, thread);
	thread->state = THREAD_RUNS;
}

void engine_resume(struct engine *engine, struct thread *thread)
{
	struct cpu *cpu = &engine->cpu[thread->cpu];

	if (thread->state == THREAD_READY) {
		engine_note_begin(engine, thread->call, thread->cpu);
		thread->cpu_wait_ns += engine->now_ns - thread->since_ns;
		engine_note(engine, engine_trace(engine, thread, TIMELINE_RUNS,
						 nobody(), 0, 0));
		thread->got_cpu_ns = engine->now_ns;
	}
	cpu->holder = thread;
	engine->queued.wanted_left = true;
	fibre_resume(&engine->fibres, thread->fibre);
}

uint64_t engine_charge_others(struct engine *engine, struct thread *thread)
{
	const struct work *work = &engine->kernel->memory->work;
	uint64_t wait = 0;
	uint32_t slowest;

	/* With one CPU nobody else can hold a lock. */
	if (engine->nr_cpus > 1 && (work->zones | work->nodes))
		wait = locks_take(&engine->locks, work, engine->now_ns,
				  &slowest);
	if (wait && engine->traces)
		engine_note(engine, engine_trace(engine, thread, TIMELINE_SPINS,
						 nobody(), wait, slowest));
	thread->lock_wait_ns += wait;
	if (work->count[WORK_IPIS])
		engine_note(engine, engine_send_ipis(engine, thread->cpu,
						     work->count[WORK_IPIS],
						     thread->who));
	return wait;
}

/* Adds the work to that of the stretches before: a new stretch begins. */
static void begin_stretch(struct engine *engine, struct thread *thread)
{
	struct work *work = &engine->kernel->memory->work;

	if (!thread->has_done)
		thread->done = (struct work){ .zones = 0 };
	thread->has_done = true;
	work_add(&thread->done, work);
	*work = (struct work){ .zones = 0 };
}

/*
 * The running thread, if it may let others go on, or NULL. When the run has
 * failed, a thread that would try again and again is left where it is.
 */
static struct thread *who_may_sleep(struct engine *engine)
{
	struct thread *thread = engine->current;

	if (!thread || !thread->may_sleep)
		return NULL;
	if (engine->result != ENGINE_DONE)
		fibres_stop(&engine->fibres);
	return thread;
}

/*
 * Charges a stretch that begins now: interrupts are off while it spins for its
 * locks and holds them. Returns how long it takes, in ns.
 */
static uint64_t charge_stretch(struct engine *engine, struct thread *thread)
{
	const struct work *work = &engine->kernel->memory->work;
	struct cpu *cpu = &engine->cpu[thread->cpu];
	uint64_t waited_ns = thread->lock_wait_ns;
	uint64_t ns = engine_charge(engine, thread);
	uint64_t off_ns = thread->lock_wait_ns - waited_ns +
			  locks_hold_ns(&engine->locks, work);

	cpu->irqs_off_until_ns =
		larger(cpu->irqs_off_until_ns, engine->now_ns + off_ns);
	return ns;
}

static void pass_stretch(struct engine *engine, bool is_own)
{
	struct thread *thread = who_may_sleep(engine);
	uint64_t ns;

	if (!thread)
		return;
	ns = charge_stretch(engine, thread);
	begin_stretch(engine, thread);
	if (!ns)
		return;
	thread->due_ns = engine->now_ns + ns;
	if (is_own)
		engine_note_use(engine, thread, ns);
	else
		fair_lends(&engine->cpu[thread->cpu].fair, thread->due_ns);
	engine->cpu[thread->cpu].holder = thread;
	/* Behind one that has just begun an interrupt may wait: it comes in. */
	if (engine_somebody_waits(engine, thread->cpu))
		engine_note(engine, engine_resched(engine, thread->cpu));
	if (engine_is_quiet(engine, CONTEXT_PROCESS, thread->due_ns)) {
		engine_note(engine, engine_advance(engine, thread->due_ns));
		return;
	}
	thread->state = THREAD_WORKS;
	thread->since_ns = engine->now_ns;
	park(engine, thread);
}

/* The CPU is given to whoever has taken it. */
static void give_way(struct engine *engine)
{
	struct thread *thread = who_may_sleep(engine);
	bool goes;

	if (!thread)
		return;
	goes = engine_has_to_give_way(engine, thread);
	/* It is as if it got the CPU once more. */
	if (thread->worker_ran)
		thread->got_cpu_ns = engine->now_ns;
	thread->worker_ran = false;
	if (!goes)
		return;
	engine_note(engine, engine_give_way(engine, thread));
	if (engine->result == ENGINE_DONE)
		park(engine, thread);
	thread->gave_way = false;
}

/* cond_resched() */
static void elapse(struct memory *memory, void *argument)
{
	struct engine *engine = argument;

	(void)memory;
	pass_stretch(engine, true);
	give_way(engine);
}

static void interlude(struct memory *memory, void *argument)
{
	struct engine *engine = argument;
	struct thread *thread;

	(void)memory;
	thread = who_may_sleep(engine);
	if (!thread)
		return;
	pass_stretch(engine, !thread->call);
	if (thread->call)
		engine_begin_turn_anew(engine, thread->cpu);
	else
		thread->worker_ran = true;
	give_way(engine);
}

/* Leaves the CPU in a state; returns when it has one again. */
static void leave(struct engine *engine, struct thread *thread,
		  enum thread_state state)
{
	thread->state = state;
	thread->since_ns = engine->now_ns;
	engine_note(engine, engine_leave_cpu(engine, thread));
	if (engine->result == ENGINE_DONE)
		park(engine, thread);
}

static uint64_t sleep_on(struct memory *memory, void *argument,
			 enum sleep_queue queue, uint32_t number,
			 uint64_t timeout_ns)
{
	struct engine *engine = argument;
	struct thread *thread;

	(void)memory;
	pass_stretch(engine, true);
	thread = who_may_sleep(engine);
	if (!thread)
		return 0;
	thread->queue = queue;
	thread->number = number;
	thread->due_ns = timeout_ns ? engine->now_ns + timeout_ns : 0;
	engine_note(engine, engine_trace(engine, thread, TIMELINE_SLEEPS,
					 nobody(), timeout_ns, number));
	leave(engine, thread, THREAD_SLEEPS);
	return thread->timed_out || !timeout_ns ||
			       thread->due_ns <= engine->now_ns ?
		       0 :
		       thread->due_ns - engine->now_ns;
}

static enum engine_result wake_up(struct engine *engine, struct thread *thread,
				  bool timed_out)
{
	struct actor by = engine->current ? engine->current->who : nobody();
	enum engine_result result = ENGINE_DONE;

	if (engine->waking_device)
		by = (struct actor){ ACTOR_DEVICE, engine->waking_device - 1 };
	thread->sleep_ns += engine->now_ns - thread->since_ns;
	thread->timed_out = timed_out;
	if (thread->state == THREAD_SLEEPS)
		result = engine_trace(engine, thread, TIMELINE_WOKEN,
				      timed_out ? nobody() : by, 0, 0);
	return result == ENGINE_DONE ? engine_make_ready(engine, thread) :
				       result;
}

static bool sleeps_on(const struct thread *thread, enum sleep_queue queue,
		      uint32_t number)
{
	return thread && thread->state == THREAD_SLEEPS &&
	       thread->queue == queue && thread->number == number;
}

static void wake(struct memory *memory, void *argument, enum sleep_queue queue,
		 uint32_t number)
{
	struct engine *engine = argument;

	(void)memory;
	for (uint32_t i = 0; i < engine->nr_threads; i++)
		if (sleeps_on(engine->thread[i], queue, number))
			engine_note(engine,
				    wake_up(engine, engine->thread[i], false));
}

static bool is_asleep(struct memory *memory, void *argument,
		      enum sleep_queue queue, uint32_t number)
{
	const struct engine *engine = argument;

	(void)memory;
	for (uint32_t i = 0; i < engine->nr_threads; i++)
		if (sleeps_on(engine->thread[i], queue, number))
			return true;
	return false;
}

enum engine_result engine_thread_event(struct engine *engine, uint32_t slot)
{
	struct thread *thread =
		slot < engine->nr_threads ? engine->thread[slot] : NULL;

	/* An event may outlive what it was for. */
	if (!thread || !thread->due_ns || thread->due_ns != engine->now_ns)
		return ENGINE_DONE;
	if (thread->state == THREAD_SLEEPS)
		return wake_up(engine, thread, true);
	if (thread->state == THREAD_WORKS)
		engine_resume(engine, thread);
	return engine->result;
}

/* ---- threads that yield ---- */

/* Could anybody still do something that helps? */
static bool has_hope(const struct engine *engine)
{
	return !engine->read_all || engine_has_queued(engine) ||
	       engine_is_busy(engine) ||
	       engine_last_end(engine) > engine->now_ns;
}

static bool let_others_run(struct memory *memory, void *argument)
{
	struct engine *engine = argument;
	struct thread *thread;

	(void)memory;
	pass_stretch(engine, true);
	thread = who_may_sleep(engine);
	if (!thread || !has_hope(engine))
		return false;
	engine->nr_yielding++;
	thread->due_ns = 0;
	thread->state = THREAD_YIELDS;
	engine_note(engine, engine_trace(engine, thread, TIMELINE_SLEEPS,
					 nobody(), 0, 0));
	leave(engine, thread, THREAD_YIELDS);
	engine->nr_yielding--;
	return !thread->timed_out;
}

/*
 * The thread that has yielded longest; time must have passed since it tried.
 * One at a time, for what has been freed will rarely be enough for all.
 */
enum engine_result engine_wake_longest(struct engine *engine)
{
	struct thread *longest = NULL;

	for (uint32_t i = 0; i < engine->nr_threads; i++) {
		struct thread *thread = engine->thread[i];

		if (thread && thread->state == THREAD_YIELDS &&
		    thread->since_ns < engine->now_ns &&
		    (!longest || thread->since_ns < longest->since_ns))
			longest = thread;
	}
	if (!longest)
		return ENGINE_DONE;
	engine->has_progress = false;
	return wake_up(engine, longest, false);
}

enum engine_result engine_time_out_yielding(struct engine *engine, bool *any)
{
	enum engine_result result = ENGINE_DONE;

	*any = false;
	for (uint32_t i = 0; i < engine->nr_threads; i++) {
		struct thread *thread = engine->thread[i];

		if (result != ENGINE_DONE || !thread ||
		    thread->state != THREAD_YIELDS)
			continue;
		*any = true;
		result = wake_up(engine, thread, true);
	}
	return result;
}

/* ---- what models ask for ---- */

static void pass_report_on(struct memory *memory, void *argument,
			   const struct report *report)
{
	struct engine *engine = argument;
	const struct thread *thread = engine->current;
	struct kernel_message message = {
		.t_ns = engine->now_ns,
		.who = thread ? thread->who : nobody(),
		.task = memory->task,
		.report = report,
	};

	if (engine->result == ENGINE_DONE &&
	    sinks_report(&engine->sinks, &message) < 0)
		engine_note(engine, ENGINE_FAILED);
}

const struct task_ops engine_task_ops = {
	.name = "engine",
	.elapse = elapse,
	.interlude = interlude,
	.sleep = sleep_on,
	.wake = wake,
	.is_asleep = is_asleep,
	.let_others_run = let_others_run,
	.submit_io = engine_submit_io,
	.call_rcu = engine_call_rcu,
	.report = pass_report_on,
};

/* ---- the kernel's tasks ---- */

/* A task may be woken for nothing, and sleeps again. */
static void flusher(struct memory *memory, uint32_t node_index)
{
	const struct engine *engine = memory->tasks_argument;

	(void)node_index;
	do
		reclaim_flusher(memory);
	while (engine->result == ENGINE_DONE);
}

struct task_kind {
	enum actor_kind actor;
	void (*life)(struct memory *memory, uint32_t node_index);
	bool of_each_node;
};

static const struct task_kind task_kinds[] = {
	{ ACTOR_KSWAPD, reclaim_kswapd, true },
	{ ACTOR_KCOMPACTD, compaction_kcompactd, true },
	{ ACTOR_FLUSHER, flusher, false },
};
#define NR_TASK_KINDS (sizeof task_kinds / sizeof *task_kinds)

/*
 * A task's whole life: it stays in here, on this stack, until the run is over.
 * No time passes before it sleeps for the first time.
 */
static void live(struct engine *engine, const struct task_kind *kind,
		 uint32_t node_index)
{
	struct memory *memory = engine->kernel->memory;
	struct thread thread = {
		.who = { kind->actor,
			 kind->of_each_node ?
				 (uint64_t)memory->node[node_index].id :
				 0 },
		.ticket = TICKET_NONE,
		.slot = SLOT_NONE,
		.may_sleep = true,
	};

	while (memory->cpu_node[thread.cpu] == NODE_ANY)
		thread.cpu++;
	for (uint32_t i = 0; i < engine->nr_cpus; i++)
		thread.node_has_cpus |= memory->cpu_node[i] ==
					memory->node[node_index].id;
	take_over(engine, &thread);
	kind->life(memory, node_index);
	engine_forget_thread(engine, &thread);
	engine->current = NULL;
}

enum engine_result engine_boot_tasks(struct engine *engine)
{
	uint32_t nr_nodes = engine->kernel->memory->nr_nodes;

	while (engine->result == ENGINE_DONE &&
	       engine->booted < NR_TASK_KINDS * nr_nodes) {
		const struct task_kind *kind =
			&task_kinds[engine->booted / nr_nodes];
		uint32_t n = engine->booted++ % nr_nodes;

		if (n == 0 || kind->of_each_node)
			live(engine, kind, n);
	}
	return engine->result;
}

void engine_tasks_release(struct engine *engine)
{
	engine_devices_release(engine);
	free(engine->thread);
}
