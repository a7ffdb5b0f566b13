/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_FAIR_H
#define KMEMSIM_SIM_FAIR_H

/*
 * Whether a kernel task that is woken takes the CPU from the task that has it:
 * as much of the fair scheduler as that needs.
 *
 *	a task's calls   |= =  = = =|           |= = =  =|
 *	its time                     asleep
 *	a kernel task                 ^woken: runs  ^woken: takes the CPU, waits
 *	                                             for a tick, or for a gap
 */

#include "models/machine.h"
#include "sim/base/either.h"

/* A task's share of a CPU: its virtual time, and where that counts. */
struct fair_task {
	uint64_t vruntime; /* unless it leads there */
	struct fair *on;   /* NULL: none yet */
};

/*
 * One CPU's. A task whose virtual time is the least one, as that of one that is
 * alone there, leads: min_vruntime is its virtual time, and there is none of
 * its own to be kept. If it goes to another CPU, it will do so when it comes
 * back: whoever comes to a CPU begins with min_vruntime.
 */
struct fair {
	/*
	 * So much is min_vruntime, which is the least virtual time, ahead of
	 * counted_ns: as long as the leader has the CPU, both advance alike.
	 */
	uint64_t ahead_ns;
	uint64_t began_ns;   /* the task that has it got it then */
	uint64_t last_ns;    /* and was last seen to have it then */
	uint64_t made_ns;    /* its last call was to be made then */
	uint64_t counted_ns; /* so far is its time since then counted */
	uint32_t task;	     /* one above its name, which may be 0; 0: nobody */
	uint32_t leader;     /* 0, or the same */
};

/* Of all CPUs. */
struct fair_tasks {
	struct fair_task *task; /* by name */
	size_t capacity;
	size_t nr;
	struct scheduler_desc desc;
	uint64_t latency_ns; /* the slice, scaled by the number of CPUs */
};

void fair_init(struct fair_tasks *tasks, const struct scheduler_desc *desc,
	       uint32_t nr_cpus);
void fair_release(struct fair_tasks *tasks);

/* The least virtual time of those who want the CPU. */
static inline uint64_t fair_min_vruntime(const struct fair *fair)
{
	return fair->ahead_ns + fair->counted_ns;
}

/* Has no task the CPU, as far as its calls tell? */
static inline bool fair_is_idle(const struct fair_tasks *tasks,
				const struct fair *fair, uint64_t now_ns)
{
	return !fair->task ||
	       now_ns >= fair->last_ns + tasks->desc.keeps_cpu_ns;
}

/*
 * The task begins a call at `now_ns`, which it was to make at `made_ns`, and
 * which will be over at `end_ns`; now_ns: nobody knows yet, fair_ends() will
 * tell. It is the leader, and the call will take some time: all that becomes of
 * it is that this passes, and what is between its calls, if it has kept the
 * CPU. false: it is not so, nothing was done: fair_begins(). Here, because it
 * is asked with each operation.
 */
static inline bool fair_goes_on(const struct fair_tasks *tasks,
				struct fair *fair, uint32_t task,
				uint64_t made_ns, uint64_t now_ns,
				uint64_t end_ns)
{
	uint64_t keeps_ns = tasks->desc.keeps_cpu_ns;
	uint64_t counted_ns = fair->counted_ns, began_ns = fair->began_ns;
	uint64_t ran = end_ns - now_ns;
	bool is_busy = now_ns < fair->last_ns + keeps_ns;
	bool had_cpu = is_busy & (made_ns - fair->made_ns < keeps_ns) &
		       (made_ns > counted_ns);

	if (task + 1 != fair->leader || !ran)
		return false;
	tasks->task[task].on = fair;
	fair->ahead_ns -= either(had_cpu, 0, made_ns - counted_ns);
	fair->began_ns = either(is_busy, began_ns, now_ns);
	fair->made_ns = made_ns;
	fair->last_ns = end_ns;
	fair->counted_ns = made_ns + ran;
	return true;
}

/*
 * The same of a call that begins when it is made, on a CPU that is idle: all
 * that was known of the task's time is over.
 */
static inline bool fair_goes_on_at_once(const struct fair_tasks *tasks,
					struct fair *fair, uint32_t task,
					uint64_t now_ns, uint64_t end_ns)
{
	uint64_t keeps_ns = tasks->desc.keeps_cpu_ns;

	if (task + 1 != fair->leader || end_ns == now_ns)
		return false;
	tasks->task[task].on = fair;
	fair->ahead_ns -= either(now_ns - fair->made_ns < keeps_ns, 0,
				 now_ns - fair->counted_ns);
	fair->began_ns = either(now_ns - fair->last_ns < keeps_ns,
				fair->began_ns, now_ns);
	fair->made_ns = now_ns;
	fair->last_ns = fair->counted_ns = end_ns;
	return true;
}

/* The same of any task, and any call. 0, or -1: the host has no memory. */
int fair_begins(struct fair_tasks *tasks, struct fair *fair, uint32_t task,
		uint64_t made_ns, uint64_t now_ns, uint64_t end_ns);

/* Internal to fair_ends(): so much longer than was known. */
void fair_goes_on_for(const struct fair_tasks *tasks, struct fair *fair,
		      uint64_t ns);

/* Its call will be over at `end_ns`. */
static inline void fair_ends(const struct fair_tasks *tasks, struct fair *fair,
			     uint64_t end_ns)
{
	if (fair->task && end_ns > fair->last_ns)
		fair_goes_on_for(tasks, fair, end_ns - fair->last_ns);
}

/* It sleeps: the CPU is nobody's. */
void fair_sleeps(const struct fair_tasks *tasks, struct fair *fair);

/* A kernel task has been woken for this CPU. */
void fair_wakes(const struct fair_tasks *tasks, const struct fair *fair,
		struct fair_task *woken);
/* It has run until `now_ns`, for `ns`; whom it took the CPU from goes on. */
void fair_ran(const struct fair_tasks *tasks, struct fair *fair,
	      struct fair_task *woken, uint64_t ns, uint64_t now_ns);

/* Does the woken task take the CPU at once? */
bool fair_preempts(const struct fair_tasks *tasks, const struct fair *fair,
		   const struct fair_task *woken, uint64_t now_ns);

/*
 * A kernel task has had the CPU since `began_ns`: has the last tick ended its
 * turn, if somebody else wants the CPU?
 */
bool fair_tick_ends(const struct fair_tasks *tasks, const struct fair *fair,
		    const struct fair_task *woken, uint64_t began_ns,
		    uint64_t now_ns);

/* Until `end_ns` a worker has the CPU, in the middle of the task's call. */
void fair_lends(struct fair *fair, uint64_t end_ns);
/* Is the kernel task ahead of whom it took the CPU from? */
bool fair_has_had_more(const struct fair_tasks *tasks, const struct fair *fair,
		       const struct fair_task *running);
/* Is the kernel task behind the task that has the CPU, or had it last? */
bool fair_has_had_less(const struct fair_tasks *tasks, const struct fair *fair,
		       const struct fair_task *woken);

/*
 * When a task that was woken at `since_ns` and did not get the CPU then will
 * get it, if nothing else happens: at a tick, or when the CPU has been idle
 * for long enough; now_ns: it can have it.
 */
uint64_t fair_turn(const struct fair_tasks *tasks, const struct fair *fair,
		   const struct fair_task *woken, uint64_t since_ns,
		   uint64_t now_ns);

#endif
