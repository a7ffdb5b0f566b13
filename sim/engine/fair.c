/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of the completely fair scheduler that decides when kswapd and its
 * like run. The slice of the config is sysctl_sched_latency.
 *
 * Rules (Linux 6.1, kernel/sched/fair.c):
 *
 * - A task's virtual time grows as it runs. min_vruntime of a CPU follows the
 *   least of those who want it, and never goes back (update_min_vruntime()).
 * - A task that wakes up is given at least min_vruntime less half of the
 *   latency: a sleeper's bonus (place_entity(), GENTLE_FAIR_SLEEPERS).
 * - The woken task takes the CPU at once if it is behind the running one by
 *   more than the wake-up granularity, a sixth of the latency
 *   (wakeup_preempt_entity()).
 * - Otherwise a tick decides, every 4 ms: a task that has run for its part of
 *   the latency has to go; one that has run for an eighth of the latency has to
 *   go if it is ahead by more than its part (check_preempt_tick()).
 * - The same holds the other way round, when a kernel task has the CPU and
 *   somebody else wants it. Whoever gets the CPU begins with all of its part
 *   (set_next_entity()).
 * - A worker has the CPU only for a moment, but after it the task with the
 *   least virtual time goes on (pick_next_entity()).
 * - All these times grow with 1 + log2 of the number of CPUs, 8 at most
 *   (get_update_sysctl_factor()).
 *
 * A workload shows a task only while it calls: from the end of a call to a next
 * one that follows within `keeps_cpu` it is taken to run, and is charged for
 * it, otherwise to sleep. The time of its own code between them is what the
 * workload says, even where calls are late and follow each other at once.
 *
 * Left out: weights, more than two tasks that want one CPU, groups; that a
 * caller who wakes takes the CPU from a kernel task before a tick.
 */

#include "sim/engine/fair.h"

#include <stdlib.h>

#include "sim/base/host.h"

void fair_init(struct fair_tasks *tasks, const struct scheduler_desc *desc,
	       uint32_t nr_cpus)
{
	uint32_t cpus = nr_cpus < 8 ? nr_cpus : 8;

	*tasks = (struct fair_tasks){
		.desc = *desc,
	};
	tasks->latency_ns = desc->slice_ns *
			    (32 - (uint32_t)__builtin_clz(cpus ? cpus : 1));
}

void fair_release(struct fair_tasks *tasks)
{
	free(tasks->task);
}

static int add_tasks(struct fair_tasks *tasks, uint32_t task)
{
	struct fair_task *grown = host_grow(tasks->task, &tasks->capacity,
					    task + 1ul, sizeof *grown);

	if (!grown)
		return -1;
	tasks->task = grown;
	while (tasks->nr <= task)
		grown[tasks->nr++] = (struct fair_task){ 0, NULL };
	return 0;
}

/* A task that comes back to the CPU is not far behind the others. */
static void place(const struct fair_tasks *tasks, const struct fair *fair,
		  struct fair_task *task)
{
	uint64_t bonus = tasks->latency_ns / 2;
	uint64_t least = fair_min_vruntime(fair);

	if (least > bonus && task->vruntime < least - bonus)
		task->vruntime = least - bonus;
}

/* What is counted of the task's time changes, the least virtual time not. */
static void count_to(struct fair *fair, uint64_t counted_ns)
{
	fair->ahead_ns += fair->counted_ns - counted_ns;
	fair->counted_ns = counted_ns;
}

/* The least virtual time never goes back. */
static void advance(struct fair *fair, uint64_t vruntime)
{
	if (fair_min_vruntime(fair) < vruntime)
		fair->ahead_ns = vruntime - fair->counted_ns;
}

/* Nobody leads any more: virtual times are as tasks have them. */
static void end_lead(const struct fair_tasks *tasks, struct fair *fair)
{
	struct fair_task *leader;

	if (!fair->leader)
		return;
	leader = &tasks->task[fair->leader - 1];
	if (leader->on == fair)
		leader->vruntime = fair_min_vruntime(fair);
	fair->leader = 0;
}

int fair_begins(struct fair_tasks *tasks, struct fair *fair, uint32_t task,
		uint64_t made_ns, uint64_t now_ns, uint64_t end_ns)
{
	uint64_t ran = end_ns - now_ns;
	struct fair_task *own;

	if (task >= tasks->nr && add_tasks(tasks, task) < 0)
		return -1;
	end_lead(tasks, fair);
	own = &tasks->task[task];
	if (own->on != fair)
		*own = (struct fair_task){ fair_min_vruntime(fair), fair };
	if (task + 1 != fair->task || fair_is_idle(tasks, fair, now_ns)) {
		place(tasks, fair, own);
		fair->began_ns = now_ns;
	} else if (made_ns > fair->counted_ns &&
		   made_ns - fair->counted_ns < tasks->desc.keeps_cpu_ns) {
		own->vruntime += made_ns - fair->counted_ns;
	}
	fair->task = task + 1;
	fair->last_ns = end_ns;
	count_to(fair, made_ns + ran);
	if (ran) {
		own->vruntime += ran;
		advance(fair, own->vruntime);
	}
	fair->leader = own->vruntime == fair_min_vruntime(fair) ? task + 1 : 0;
	return 0;
}

void fair_goes_on_for(const struct fair_tasks *tasks, struct fair *fair,
		      uint64_t ns)
{
	struct fair_task *own = &tasks->task[fair->task - 1];

	fair->last_ns += ns;
	if (own->on == fair && fair->leader == fair->task) {
		fair->counted_ns += ns;
		return;
	}
	count_to(fair, fair->counted_ns + ns);
	/* It may have gone to another CPU, where it leads. */
	if (own->on->leader == fair->task)
		end_lead(tasks, own->on);
	own->vruntime += ns;
	advance(fair, own->vruntime);
}

void fair_lends(struct fair *fair, uint64_t end_ns)
{
	if (fair->task && end_ns > fair->last_ns) {
		count_to(fair, fair->counted_ns + end_ns - fair->last_ns);
		fair->last_ns = end_ns;
	}
	fair->began_ns = end_ns;
}

void fair_sleeps(const struct fair_tasks *tasks, struct fair *fair)
{
	end_lead(tasks, fair);
	fair->task = 0;
}

void fair_wakes(const struct fair_tasks *tasks, const struct fair *fair,
		struct fair_task *woken)
{
	place(tasks, fair, woken);
}

void fair_ran(const struct fair_tasks *tasks, struct fair *fair,
	      struct fair_task *woken, uint64_t ns, uint64_t now_ns)
{
	end_lead(tasks, fair);
	woken->vruntime += ns;
	fair->began_ns = now_ns;
	count_to(fair, fair->counted_ns + ns);
	if (fair->task && fair->last_ns < now_ns)
		fair->last_ns = now_ns;
	else
		advance(fair, woken->vruntime);
}

/* Of the task that has the CPU, or had it last. */
static uint64_t vruntime_of(const struct fair_tasks *tasks,
			    const struct fair *fair)
{
	const struct fair_task *own = &tasks->task[fair->task - 1];

	return own->on->leader == fair->task ? fair_min_vruntime(own->on) :
					       own->vruntime;
}

/*
 * check_preempt_tick(): does who has had the CPU for so long have to go, with
 * this virtual time, if another one's is `other`?
 */
static bool tick_preempts(const struct fair_tasks *tasks, uint64_t ran,
			  uint64_t vruntime, uint64_t other)
{
	uint64_t part = tasks->latency_ns / 2;

	if (ran > part)
		return true;
	return ran >= tasks->latency_ns / 8 && vruntime > other + part;
}

/* How long it had the CPU at a tick. */
static uint64_t ran_at(uint64_t tick_ns, uint64_t began_ns)
{
	return tick_ns > began_ns ? tick_ns - began_ns : 0;
}

bool fair_tick_ends(const struct fair_tasks *tasks, const struct fair *fair,
		    const struct fair_task *woken, uint64_t began_ns,
		    uint64_t now_ns)
{
	uint64_t other = fair->task ? vruntime_of(tasks, fair) :
				      fair_min_vruntime(fair);

	return tick_preempts(tasks,
			     ran_at(now_ns / TICK_NS * TICK_NS, began_ns),
			     woken->vruntime, other);
}

bool fair_has_had_more(const struct fair_tasks *tasks, const struct fair *fair,
		       const struct fair_task *running)
{
	return fair->task && running->vruntime > vruntime_of(tasks, fair);
}

bool fair_has_had_less(const struct fair_tasks *tasks, const struct fair *fair,
		       const struct fair_task *woken)
{
	return fair->task && woken->vruntime < vruntime_of(tasks, fair);
}

bool fair_preempts(const struct fair_tasks *tasks, const struct fair *fair,
		   const struct fair_task *woken, uint64_t now_ns)
{
	return fair_is_idle(tasks, fair, now_ns) ||
	       vruntime_of(tasks, fair) >
		       woken->vruntime + tasks->latency_ns / 6;
}

uint64_t fair_turn(const struct fair_tasks *tasks, const struct fair *fair,
		   const struct fair_task *woken, uint64_t since_ns,
		   uint64_t now_ns)
{
	uint64_t idle_ns = fair->last_ns + tasks->desc.keeps_cpu_ns;
	uint64_t tick_ns = now_ns / TICK_NS * TICK_NS;

	if (fair_is_idle(tasks, fair, now_ns) ||
	    (tick_ns > since_ns &&
	     tick_preempts(tasks, ran_at(tick_ns, fair->began_ns),
			   vruntime_of(tasks, fair), woken->vruntime)))
		return now_ns;
	tick_ns += TICK_NS;
	return idle_ns < tick_ns ? idle_ns : tick_ns;
}
