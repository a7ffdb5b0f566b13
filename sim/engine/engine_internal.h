/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_ENGINE_ENGINE_INTERNAL_H
#define KMEMSIM_SIM_ENGINE_ENGINE_INTERNAL_H

/*
 * What the files of the engine share. Nobody else sees this.
 *
 *	engine.c	 the general loop: calls and events in the order of time
 *	engine_calls.c	 a call, from when it begins to its outcome
 *	engine_fast.h	 the same for a fast call, once it has taken effect
 *	engine_direct_loop.c fast calls that begin when they are made
 *	engine_queue_loop.[ch] calls that queue, and fast ones that leave queues
 *	engine_queue_loop_state.c what that loop finds out once for many steps
 *	engine_reports.c violations, fast outcomes, the timeline: for the sinks
 *	engine_cpu.[ch]	 CPUs: who has one, who waits for it, who interrupts
 *	engine_queue.h	 joining a CPU's run queue and leaving it
 *	engine_sched.[ch] who gets a CPU next
 *	engine_samples.c readings of the state between calls
 *	engine_tasks.c	 who sleeps in the middle of something; kernel tasks
 *	engine_timers.c	 what kernels do by the clock
 *	engine_devices.c requests to the disk and to swap space
 *	engine_waiting.c calls that are tried again when they are woken
 *	engine_load.c	 could the CPUs do what was asked of them?
 *
 * docs/fast-paths.md shows how the three loops go together.
 *
 * A function that returns anything but ENGINE_DONE has added errors, and the
 * run is over. The loop goes on on another stack when somebody sleeps
 * (sim/engine/fibre.h): nothing that it needs may be kept in its frames alone.
 */

#include "sim/base/bug.h"
#include "sim/base/numbers.h"
#include "sim/queues/call_queue.h"
#include "sim/cost.h"
#include "sim/digest.h"
#include "sim/engine/engine.h"
#include "sim/queues/event_queue.h"
#include "sim/engine/fair.h"
#include "sim/engine/fibre.h"
#include "sim/ids/id_order.h"
#include "sim/kernel.h"
#include "sim/locks.h"
#include "sim/fast/prefetch.h"
#include "sim/fast/fast_path.h"
#include "sim/queues/queue_order.h"
#include "sim/rules/rule_texts.h"
#include "sim/sinks.h"
#include "sim/queues/waiting.h"

#define BATCH 1024 /* calls that are taken from the source at a time */
/* With `check`, every model recounts itself each time after this many calls. */
#define CALLS_PER_CHECK 4096
/* Calls that may wait for one CPU before no more are taken from the source. */
#define QUEUE_MOST 65536

/* A time that does not come. */
#define NEVER UINT64_MAX

enum event_kind {
	EVENT_RETRY,   /* a waiting call tries again unasked; its ticket */
	EVENT_REAP,    /* SLAB's reaper; its CPU */
	EVENT_FOLD,    /* CPUs' shares are added to counters */
	EVENT_TICK,    /* of the clock, while somebody has asked for it */
	EVENT_RESCHED, /* a CPU may be free for the next; its number */
	EVENT_THREAD,  /* its time on the CPU or its sleep is over; its slot */
	EVENT_IO,      /* the device's oldest request is done; which device */
	NR_EVENT_KINDS
};

enum thread_state {
	THREAD_RUNS,  /* its code is being carried out */
	THREAD_WORKS, /* has the CPU until `due_ns` for what it has done */
	THREAD_SLEEPS,
	THREAD_YIELDS, /* until somebody has freed something, or ended */
	THREAD_READY,  /* woken; waits for the CPU */
};

#define SLOT_NONE UINT32_MAX

/*
 * Somebody in the middle of something: a call, or a task of the kernel's.
 * It lives on the stack that it runs on.
 */
struct thread {
	struct actor who;
	const struct call *call; /* NULL: a task of the kernel's */
	uint32_t ticket;	 /* of a call that others wait for */
	uint32_t slot;		 /* in engine->thread[]; SLOT_NONE: none yet */
	cpu_t cpu;
	uint8_t level; /* enum call_context */
	uint8_t state; /* enum thread_state */
	bool may_sleep;
	bool node_has_cpus;  /* a kernel task's node */
	bool timed_out;	     /* what ended its last sleep */
	bool has_done;	     /* `done` counts */
	bool own_ticket;     /* it got its ticket when it was first left */
	bool gave_way;	     /* READY: it is to have the CPU back */
	bool worker_ran;     /* a kernel task: in the middle of its turn */
	uint8_t queue;	     /* SLEEPS: enum sleep_queue */
	uint32_t number;     /* of that queue */
	uint64_t due_ns;     /* WORKS: to when; SLEEPS: timeout; 0: none */
	uint64_t since_ns;   /* it is in this state */
	uint64_t got_cpu_ns; /* a kernel task: when its turn began */
	uint64_t cost_ns;
	uint64_t cpu_wait_ns;
	uint64_t lock_wait_ns;
	uint64_t sleep_ns;
	struct fibre *fibre;	/* where it was left */
	struct thread *next;	/* of its CPU's ready ones */
	struct fair_task share; /* a kernel task's */
	struct work done;	/* before the stretch that is under way */
};

/* What is kept of a fast call until its time is over. */
struct fast_record {
	struct fast_outcome outcome;
	struct op_tally *tally; /* where it is counted; NULL: nowhere */
	uint64_t seq;
	uint64_t t_ns;
	uint64_t cpu_wait_ns;
};

/* A call that has taken effect, and whose time is not over yet. */
struct unfinished {
	uint64_t seq;
	uint64_t from_ns; /* not of a fast one: it has had its CPU since */
	struct call call; /* of a fast one: if it has no tally */
	struct outcome outcome;
	struct work work; /* where a sink reads it */
};

/* Of the calls that had to wait for their CPU. */
struct lateness {
	uint64_t calls;
	uint64_t ns;	   /* by how much they began late: sum */
	uint64_t most_ns;  /* the longest, */
	uint64_t last_ns;  /* and that of the last one */
	uint64_t busy_ns;  /* what they took of the CPU themselves */
	uint64_t since_ns; /* when the first of them was made */
	uint64_t until_ns; /* and the last one */
};

struct cpu {
	struct call_queue queue;
	uint64_t resched_ns; /* when the next EVENT_RESCHED is due; 0: none */
	uint64_t until_ns[NR_CALL_CONTEXTS]; /* until when each level is busy */
	/* The latest of these, from each level on; the last one is 0. */
	uint64_t free_ns[NR_CALL_CONTEXTS + 1];
	uint64_t irqs_off_until_ns;
	/* By how much the unfinished call of each level was put off. */
	uint64_t put_off_ns[NR_CALL_CONTEXTS];
	cpu_t number;
	uint8_t unfinished_levels; /* bit l: unfinished[l] is one, */
	uint8_t fast_levels;	   /* and a fast one: fast[l] */
	/* The first in the queue can't begin before resched_ns, */
	bool resched_is_valid;
	bool is_blocked;       /* or waits for a call in another queue */
	uint32_t nr_woken;     /* calls that have waited, and want to go on */
	struct thread *holder; /* has the CPU in the middle of its work */
	struct thread *ready;  /* woken: first come, first served */
	struct thread *background; /* kernel tasks that did not come first */
	struct fair fair;
	struct lateness late;
	struct prefetch prefetch; /* in the queue: by how many left before */
	struct fast_record fast[NR_CALL_CONTEXTS];
	struct unfinished unfinished[NR_CALL_CONTEXTS];
};

/* A device's requests, in the order in which they will be done: a ring. */
struct device {
	struct io_request *ring;
	size_t capacity; /* 2^n */
	size_t first;
	size_t nr;
	uint64_t free_ns; /* its bus is busy until then */
};
enum { DEVICE_DISK, DEVICE_SWAP, NR_DEVICES };

struct engine {
	struct kernel *kernel;
	struct source *source;
	struct sinks sinks;
	const struct engine_options *options;
	struct run_totals *totals;
	struct errors *errors;
	struct digest *digest;
	struct event_queue queue;
	struct waiting waiting; /* calls whose callers sleep */
	struct fibres fibres;
	struct locks locks;
	struct cpu *cpu;	    /* [nr_cpus] */
	struct queue_order queued;  /* calls in the CPUs' queues */
	struct id_order task_order; /* of calls that wait for another to end */
	struct fair_tasks fair_tasks;
	uint32_t nr_cpus;
	struct device device[NR_DEVICES];

	struct thread *current; /* whose code runs now; NULL: the loop's */
	struct thread **thread; /* by slot: those parked now, or NULL */
	size_t thread_capacity;
	uint32_t nr_threads; /* slots in use and free ones between */
	uint32_t nr_parked_calls;
	uint32_t nr_woken; /* of all CPUs */
	uint32_t nr_yielding;
	uint64_t frees_seen; /* by the threads that yield */
	bool has_progress;   /* for the threads that yield */
	uint64_t ends;	     /* calls and I/O that have ended */
	uint64_t ends_seen;

	uint64_t now_ns;
	uint64_t sample_ns;   /* the clock's next sample; NEVER: none */
	uint64_t ended_ns;    /* when the last call ended */
	uint64_t progress_ns; /* when a call ended or a page was freed last */
	uint64_t tries_until_ns; /* the last tries of calls that wait */
	uint64_t tries_since_ns;
	enum engine_result result;
	bool invalid;	 /* invalid input was met */
	bool cut;	 /* stopped before the workload's end */
	bool read_all;	 /* no call is left in the source */
	bool leaves_out; /* the next calls can't queue before the run is over */
	bool over;	 /* all calls were made: the clock has stopped */
	bool folds;	 /* there is an EVENT_FOLD to come */
	bool ticks;	 /* there is an EVENT_TICK to come */
	bool traces;
	bool reports_steps; /* a sink wants call_begins and call_effect */
	bool keeps_work;
	bool fast_paths;
	bool may_be_fast; /* fast_paths, and no sink looks at each step */
	bool counts;	  /* fast calls are only counted: sinks_count() */
	struct rule_texts *rule_texts; /* NULL: no rule was broken yet */
	uint32_t samples_waiting;      /* in the CPUs' queues */
	uint32_t nr_unfinished;	       /* on all CPUs and levels */
	uint64_t dequeued; /* calls that have left a queue of a CPU */
	uint64_t dequeued_seen;
	cpu_t dequeued_cpu;	/* where the last one of them was */
	bool call_waits;	/* some call, for one in another CPU's queue */
	uint32_t nr_blocked;	/* CPUs with `is_blocked` */
	uint32_t nr_background; /* kernel tasks on the CPUs' background lists */
	uint32_t booted; /* kernel tasks that have started, node by node */
	uint32_t waking_device; /* one above the device that wakes; 0: none */
	struct prefetch prefetch;
	size_t batch_nr;
	size_t batch_at;
	/*
	 * Behind the last one, t_ns is 0; prefetch_ahead_unchecked() reads on.
	 */
	struct call batch[BATCH + PREFETCH_PLACE];
};

/* The first failure stays. */
static inline void engine_note(struct engine *engine, enum engine_result result)
{
	if (engine->result == ENGINE_DONE)
		engine->result = result;
}

/* --- engine.c --- */

/* An event at `t_ns`, now or later. `argument`: the kind's own. */
enum engine_result engine_schedule(struct engine *engine, uint64_t t_ns,
				   enum event_kind kind, uint32_t argument);

/* Carries out the next event. */
enum engine_result engine_run_event(struct engine *engine);

/* --- engine_samples.c --- */

/* Internal to engine_advance(). */
enum engine_result engine_sample_clock(struct engine *engine, uint64_t t_ns);

/*
 * Moves the clock on to `t_ns`; nothing happens before then. Takes the samples
 * by the clock that are due until then, which changes nothing else.
 */
static inline enum engine_result engine_advance(struct engine *engine,
						uint64_t t_ns)
{
	enum engine_result result = ENGINE_DONE;

	if (engine->sample_ns <= t_ns)
		result = engine_sample_clock(engine, t_ns);
	engine->now_ns = t_ns;
	return result;
}

/* --- engine.c --- */

/* May anything begin at `t_ns`, or is the run over before that? */
static inline bool engine_is_in_time(const struct engine *engine, uint64_t t_ns)
{
	uint64_t until_ns = engine->options->until_ns;

	return !until_ns || t_ns <= until_ns;
}

/* The time from which on no call is made: a sample is due, or the run ends. */
static inline uint64_t engine_calls_end_ns(const struct engine *engine)
{
	uint64_t until_ns = engine->options->until_ns;

	return smaller(engine->sample_ns, until_ns ? until_ns + 1 : NEVER);
}

/*
 * True if nothing can happen before `t_ns`, the run's end included, but, with
 * one CPU, for calls at this level or below, which wait their turn anyway.
 */
static inline bool engine_is_quiet(const struct engine *engine, uint8_t level,
				   uint64_t t_ns)
{
	const struct call *next = &engine->batch[engine->batch_at];

	if (event_queue_is_due(&engine->queue, t_ns) ||
	    engine->samples_waiting || !engine_is_in_time(engine, t_ns))
		return false;
	if (engine->batch_at == engine->batch_nr)
		return engine->read_all;
	if (next->t_ns >= t_ns)
		return true;
	return engine->nr_cpus == 1 &&
	       (next->ctx <= level || next->op == OP_SAMPLE);
}

enum engine_result engine_check_models(struct engine *engine);

/* --- engine_load.c --- */

/*
 * Which CPUs fell behind, once all is over, and how many; the caller's to
 * free(). NULL: the host has no memory.
 */
struct overload *engine_overloads(const struct engine *engine, size_t *nr);

/* --- engine_calls.c --- */

/* A call of the workload begins, now. */
enum engine_result engine_begin_call(struct engine *engine,
				     const struct call *call, uint64_t seq);

/* Tries a call again that has waited and was woken. */
enum engine_result engine_try_again(struct engine *engine, uint32_t ticket);

/* Gives up a call that nobody can wake any more. */
enum engine_result engine_abandon(struct engine *engine, uint32_t ticket);

/* For sinks that look at each step: the call has taken effect. */
enum engine_result engine_report_effect(struct engine *engine,
					const struct call *call,
					const struct outcome *outcome);

/* A call's time is over: its outcome goes to the digest and the sinks. */
enum engine_result engine_report_outcome(struct engine *engine,
					 const struct call *call,
					 const struct outcome *outcome);

/* --- engine_reports.c --- */

/* Reports the rules that the call breaks by its context and flags. */
enum engine_result engine_report_broken_rules(struct engine *engine,
					      const struct call *call,
					      uint64_t seq, rule_set broken);

enum engine_result engine_report_violation(struct engine *engine,
					   const struct call *call,
					   uint64_t seq,
					   const struct call_report *report);

/* --- engine_direct_loop.c --- */

/* The direct loop: fast calls that begin when they are made. */
enum engine_result engine_run_direct_loop(struct engine *engine);

/* --- engine_queue_loop.c --- */

/* The queue loop: calls that queue, and fast ones that leave queues. */
enum engine_result engine_run_queue_loop(struct engine *engine);

/* --- engine_waiting.c --- */

/*
 * A call can't begin, or not end, before what it waits for has happened; it is
 * tried again by *ticket.
 */
enum engine_result engine_begin_to_wait(struct engine *engine,
					const struct call *call, uint64_t seq,
					const struct wait *wait,
					uint32_t *ticket);

/* The same of a call that has waited before, and keeps its ticket. */
enum engine_result engine_wait_on(struct engine *engine,
				  const struct thread *thread,
				  const struct wait *wait);

/* What calls leave behind: work for a task, and those whom they have woken. */
enum engine_result engine_finish_left(struct engine *engine);

/* The same, after each call: most leave nothing. */
static inline enum engine_result engine_finish_calls(struct engine *engine)
{
	if (!engine->kernel->work.nr &&
	    engine->waiting.runnable.first == TICKET_NONE)
		return ENGINE_DONE;
	return engine_finish_left(engine);
}

/*
 * Of the calls that have waited for another, and now for their CPU: when the
 * first of them can begin there; NEVER: nobody knows.
 */
uint64_t engine_turn_of_woken(const struct engine *engine,
			      const struct cpu *cpu);
/* One of them no longer waits there. */
void engine_forget_woken(struct engine *engine, cpu_t cpu);
/* It begins, if the CPU is free for it; *any: there was one. */
enum engine_result engine_begin_woken(struct engine *engine, struct cpu *cpu,
				      bool *any);
/* Does one before number `seq` wait so, wherever? */
bool engine_woken_before(const struct engine *engine, uint64_t seq);

/*
 * Does somebody sleep, or wait to begin, whom a call that begins may have to
 * wait for? (What its id or its task waits for.)
 */
static inline bool engine_may_come_after(const struct engine *engine)
{
	return engine->nr_parked_calls || engine->task_order.nr ||
	       engine->waiting.nr_of_tasks;
}

/* The timer of a ticket is due: EVENT_RETRY. */
enum engine_result engine_retry(struct engine *engine, uint32_t ticket);

/* Is there an event to come that may make a difference to somebody? */
static inline bool engine_expects_events(const struct engine *engine)
{
	return engine->queue.nr > engine->folds;
}

/* struct task_ops: somebody waits for ticks. */
bool engine_call_rcu(struct memory *memory, void *argument);

/* Schedules what kernels do by the clock: the next events' handlers. */
enum engine_result engine_start_timers(struct engine *engine);
enum engine_result engine_tick(struct engine *engine, uint32_t argument);
enum engine_result engine_reap(struct engine *engine, uint32_t cpu);
enum engine_result engine_fold(struct engine *engine, uint32_t argument);

/*
 * The workload is over: one step towards the end of those who still wait.
 * *done: nobody waits any more.
 */
enum engine_result engine_end_waiting(struct engine *engine, bool *done);

/* --- engine_samples.c --- */

/* A `sample` of the workload: read now, or when all before it is done. */
enum engine_result engine_arrive_sample(struct engine *engine,
					const struct call *call);
/* The first in a CPU's queue is one. True if it could be read: *result. */
bool engine_try_sample(struct engine *engine, const struct queued_call *sample,
		       enum engine_result *result);

/* Samples that wait for calls above them. */
enum engine_result engine_retry_samples(struct engine *engine);
/* What the first of them waits for will never be over; *any: there was one. */
enum engine_result engine_force_sample(struct engine *engine, bool *any);

/* --- engine_devices.c --- */

/* struct task_ops: takes a request; its end is an EVENT_IO. */
void engine_submit_io(struct memory *memory, void *argument,
		      const struct io_request *request);

/* The device is done with its oldest request. */
enum engine_result engine_io_event(struct engine *engine, uint32_t device);

void engine_devices_release(struct engine *engine);

/* --- engine_tasks.c --- */

extern const struct task_ops engine_task_ops;
void engine_tasks_release(struct engine *engine);

/* Internal to engine_charge(): waits for locks, and other CPUs interrupted. */
uint64_t engine_charge_others(struct engine *engine, struct thread *thread);

/* What was done since the last time, in ns, with the waits for its locks. */
static inline uint64_t engine_charge(struct engine *engine,
				     struct thread *thread)
{
	const struct work *work = &engine->kernel->memory->work;
	uint64_t ns = cost_of_work(&engine->kernel->machine->costs, work);

	thread->cost_ns += ns;
	/* Most calls need nobody else for what they do. */
	if (work->zones | work->nodes | work->count[WORK_IPIS])
		ns += engine_charge_others(engine, thread);
	return ns;
}

/* Starts the kernel's own tasks: kswapd, kcompactd, the flusher. */
enum engine_result engine_boot_tasks(struct engine *engine);

/* A thread goes on where it was left. Returns to the loop, much later. */
void engine_resume(struct engine *engine, struct thread *thread);

enum engine_result engine_thread_event(struct engine *engine, uint32_t slot);

/* Internal to engine_forget_thread(): it has been parked. */
void engine_forget_parked(struct engine *engine, struct thread *thread);

/* A thread is through: nobody will resume it. */
static inline void engine_forget_thread(struct engine *engine,
					struct thread *thread)
{
	if (thread->slot != SLOT_NONE)
		engine_forget_parked(engine, thread);
}

/* Internal to engine_wake_yielding(): there is something new for them. */
enum engine_result engine_wake_longest(struct engine *engine);

/* Notes whether anything has happened that may help those who yield. */
static inline void engine_note_progress(struct engine *engine)
{
	uint64_t frees = engine->kernel->memory->vm_event[VM_PGFREE];

	if ((frees ^ engine->frees_seen) | (engine->ends ^ engine->ends_seen)) {
		engine->frees_seen = frees;
		engine->ends_seen = engine->ends;
		engine->progress_ns = engine->now_ns;
		engine->has_progress = true;
	}
}

/* After each step: if anything has happened, those who yield try again. */
static inline enum engine_result engine_wake_yielding(struct engine *engine)
{
	engine_note_progress(engine);
	return engine->nr_yielding && engine->has_progress ?
		       engine_wake_longest(engine) :
		       ENGINE_DONE;
}

/*
 * Nobody is left whom those who yield could wait for: they wake up with a
 * timeout. *any: there was one.
 */
enum engine_result engine_time_out_yielding(struct engine *engine, bool *any);

/* Has a device requests that are not done? */
static inline bool engine_has_io(const struct engine *engine)
{
	return engine->device[DEVICE_DISK].nr || engine->device[DEVICE_SWAP].nr;
}

/* Does somebody work, or is woken, or is a request under way? */
bool engine_is_busy(const struct engine *engine);

/* --- for the timeline --- */

/* The call's time is over at `end_ns`, now or later. */
enum engine_result engine_trace_end(struct engine *engine,
				    const struct thread *thread,
				    uint64_t end_ns);

/* What runs next below `above` on its CPU: is preempted, or resumes. */
enum engine_result engine_trace_below(struct engine *engine,
				      const struct thread *above,
				      enum timeline_kind kind, uint64_t t_ns,
				      uint64_t ns);

/* Only where engine->traces. */
enum engine_result engine_trace(struct engine *engine,
				const struct thread *thread,
				enum timeline_kind kind, struct actor other,
				uint64_t ns, uint32_t number);

static inline struct actor call_actor(uint64_t seq)
{
	return (struct actor){ ACTOR_CALL, seq };
}

static inline struct actor nobody(void)
{
	return (struct actor){ ACTOR_NOBODY, 0 };
}

#endif
