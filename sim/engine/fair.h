/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_ENGINE_FAIR_H
#define KMEMSIM_SIM_ENGINE_FAIR_H

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

/* From tick to tick of every CPU's clock: CONFIG_HZ=250. */
#define TICK_NS 4000000ull

/* A task's virtual time, and the CPU on which it counts. */
struct fair_task {
	uint64_t vruntime; /* unless the task leads on its CPU */
	struct fair *on;   /* NULL: none yet */
};

/*
 * The state of one CPU. The task with the least virtual time leads, as one that
 * is alone there does: min_vruntime is its virtual time, so none of its own is
 * kept. That is still so after it has been on another CPU, for whoever comes to
 * a CPU begins with min_vruntime.
 */
struct fair {
	/*
	 * By how much min_vruntime, the least virtual time, is ahead of
	 * counted_ns: as long as the leader has the CPU, both advance alike.
	 */
	uint64_t ahead_ns;
	/* Of the task that has the CPU: */
	uint64_t began_ns;   /* when it got it */
	uint64_t last_ns;    /* when it was last seen to have it */
	uint64_t counted_ns; /* up to when its time is counted */
	uint32_t task;	     /* its name, which may be 0, plus 1; 0: nobody */
	uint32_t leader;     /* the same, if it leads; else 0 */
};

/* All tasks, and what holds for all CPUs. */
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

/* The least virtual time of the tasks that want the CPU. */
static inline uint64_t fair_min_vruntime(const struct fair *fair)
{
	return fair->ahead_ns + fair->counted_ns;
}

/* Does no task have the CPU, as far as calls show? */
static inline bool fair_is_idle(const struct fair_tasks *tasks,
				const struct fair *fair, uint64_t now_ns)
{
	return !fair->task ||
	       now_ns >= fair->last_ns + tasks->desc.keeps_cpu_ns;
}

/*
 * The task begins a call at `now_ns`, which it was to make at `made_ns`, and
 * which will be over at `end_ns` (now_ns: not known yet, fair_ends() will say).
 * If it leads, and the call takes some time, that time is added, and the time
 * since its last call, if it has kept the CPU. false: otherwise; nothing was
 * done, call fair_begins(). Inline, because it is called for each operation.
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
	bool had_cpu = is_busy & (made_ns > counted_ns) &
		       (made_ns - counted_ns < keeps_ns);

	if (task + 1 != fair->leader || !ran)
		return false;
	tasks->task[task].on = fair;
	fair->ahead_ns -= either(had_cpu, 0, made_ns - counted_ns);
	fair->began_ns = either(is_busy, began_ns, now_ns);
	fair->last_ns = end_ns;
	fair->counted_ns = made_ns + ran;
	return true;
}

/*
 * The same for a call that begins when it is made, on an idle CPU: all that was
 * known of the task's time is in the past.
 */
static inline bool fair_goes_on_at_once(const struct fair_tasks *tasks,
					struct fair *fair, uint32_t task,
					uint64_t now_ns, uint64_t end_ns)
{
	uint64_t keeps_ns = tasks->desc.keeps_cpu_ns;

	if (task + 1 != fair->leader || end_ns == now_ns)
		return false;
	tasks->task[task].on = fair;
	fair->ahead_ns -= either(now_ns - fair->counted_ns < keeps_ns, 0,
				 now_ns - fair->counted_ns);
	fair->began_ns = either(now_ns - fair->last_ns < keeps_ns,
				fair->began_ns, now_ns);
	fair->last_ns = fair->counted_ns = end_ns;
	return true;
}

/* The same for any task and any call. 0, or -1: the host has no memory. */
int fair_begins(struct fair_tasks *tasks, struct fair *fair, uint32_t task,
		uint64_t made_ns, uint64_t now_ns, uint64_t end_ns);

/* Internal to fair_ends(): the call takes `ns` longer than was known. */
void fair_goes_on_for(const struct fair_tasks *tasks, struct fair *fair,
		      uint64_t ns);

/* The call of the task that has the CPU will be over at `end_ns`. */
static inline void fair_ends(const struct fair_tasks *tasks, struct fair *fair,
			     uint64_t end_ns)
{
	if (fair->task && end_ns > fair->last_ns)
		fair_goes_on_for(tasks, fair, end_ns - fair->last_ns);
}

/* The task that has the CPU sleeps: nobody has it. */
void fair_sleeps(const struct fair_tasks *tasks, struct fair *fair);

/* A kernel task has been woken for this CPU. */
void fair_wakes(const struct fair_tasks *tasks, const struct fair *fair,
		struct fair_task *woken);
/*
 * It has run for `ns` until `now_ns`; the task that it took the CPU from goes
 * on.
 */
void fair_ran(const struct fair_tasks *tasks, struct fair *fair,
	      struct fair_task *woken, uint64_t ns, uint64_t now_ns);

/* Does the woken task take the CPU at once? */
bool fair_preempts(const struct fair_tasks *tasks, const struct fair *fair,
		   const struct fair_task *woken, uint64_t now_ns);

/*
 * A kernel task has had the CPU since `began_ns`, and somebody else wants it:
 * has the last tick ended its turn?
 */
bool fair_tick_ends(const struct fair_tasks *tasks, const struct fair *fair,
		    const struct fair_task *woken, uint64_t began_ns,
		    uint64_t now_ns);

/* A worker has the CPU until `end_ns`, in the middle of the task's call. */
void fair_lends(struct fair *fair, uint64_t end_ns);
/* Is the kernel task's virtual time ahead of the task it took the CPU from? */
bool fair_has_had_more(const struct fair_tasks *tasks, const struct fair *fair,
		       const struct fair_task *running);
/* Is it behind that of the task that has the CPU, or had it last? */
bool fair_has_had_less(const struct fair_tasks *tasks, const struct fair *fair,
		       const struct fair_task *woken);

/*
 * When a task that was woken at `since_ns`, and did not get the CPU then, will
 * get it if nothing else happens: at a tick, or when the CPU has been idle for
 * long enough. now_ns: it can have it now.
 */
uint64_t fair_turn(const struct fair_tasks *tasks, const struct fair *fair,
		   const struct fair_task *woken, uint64_t since_ns,
		   uint64_t now_ns);

#endif
