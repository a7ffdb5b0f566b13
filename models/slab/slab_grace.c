/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages of slabs that wait for a grace period: those of caches with
 * SLAB_TYPESAFE_BY_RCU, whose objects others may still read after their free.
 *
 *	         slab_discard()  |  tick     |  tick      |  tick
 *	                      |  |           |            |
 *	slabs they are of  ---+  |           |            |
 *	                      asked --> under way --> due --> page_free()
 *	                         |           |            |
 *	grace period             +-----------+            callbacks run
 *
 * Rules (Linux 6.1, CONFIG_PREEMPT_RCU, kernel/rcu/tree.c, one CPU):
 *
 * - A slab is its cache's until it is discarded: from then on slabinfo no
 *   longer counts it. The node counts its pages as slab pages until they are
 *   given back (discard_slab(), free_slab(), mm/slub.c; slab_destroy(),
 *   mm/slab.c).
 * - call_rcu() alone starts nothing: the next tick finds callbacks, and where
 *   no grace period is under way it wakes rcu's task, which begins one for all
 *   that were asked for by then (rcu_pending(), rcu_core(), rcu_gp_init()).
 * - The tick is also a quiescent state: the grace period under way is over
 *   when rcu's task has been woken for that (rcu_report_qs_rdp(),
 *   rcu_gp_cleanup()). Where others have asked meanwhile, the next one begins.
 * - A tick runs the callbacks that were due before it, oldest first. It runs
 *   ten at a time, or a 128th of those that wait, if that is more. With rcu's
 *   task woken it stops after the first time and leaves the rest to
 *   ksoftirqd, behind that task: what has become due then runs as well, and
 *   the grace period that has just begun is over, too (rcu_do_batch(),
 *   __do_softirq()).
 * - kmem_cache_destroy() does not wait: a worker does, and only for the memory
 *   of the cache itself (slab_caches_to_rcu_destroy_workfn()).
 *
 * So pages come back two or three ticks after the slab was empty: with 4 ms
 * a tick, after 4 to 12 ms. The model knows no time: struct task_ops is asked
 * to tell of ticks as long as anything waits. Where nobody runs tasks, a grace
 * period is over at once.
 *
 * Left out: readers, which only callers of the workload could be; other
 * callbacks, which may have a grace period under way already; a caller that
 * never lets rcu's task have the CPU, under whom no grace period ends; that
 * CPUs have queues of their own, and that one which is idle is found to be so
 * by a timer, a tick or two later (force_quiescent_state()); that more than
 * 10,000 callbacks hurry; the time that they take.
 */

#include "models/slab/slab_internal.h"

#include <string.h>

#include "sim/base/host.h"

#define BATCH_LEAST 10	/* blimit */
#define BATCH_SHARE 128 /* 2^rcu_divisor */

bool slab_grace_add(struct slab_caches *caches, const struct slab_pages *pages)
{
	struct slab_grace *grace = &caches->grace;
	struct memory *memory = caches->memory;
	struct slab_pages *grown;

	if (!memory->tasks->call_rcu(memory, memory->tasks_argument))
		return false;
	grown = host_grow(grace->pages, &grace->capacity, grace->nr + 1,
			  sizeof(*grown));
	if (!grown) {
		error_host(caches->errors,
			   "no memory for slabs in a grace period");
		return false;
	}
	grace->pages = grown;
	grown[grace->nr++] = *pages;
	return true;
}

void slab_pages_give_back(struct slab_caches *caches,
			  const struct slab_pages *pages)
{
	slab_account(caches, pages->node, pages->flags,
		     -((int64_t)1 << pages->order));
	page_free(caches->memory, pages->cpu, pages->pfn, pages->order);
}

bool slab_caches_await_grace(const struct slab_caches *caches)
{
	return caches->grace.nr || caches->grace.is_under_way;
}

/* Is there anything to do for rcu's task? */
static bool wakes_task(const struct slab_grace *grace)
{
	return grace->is_under_way || grace->nr > grace->nr_due;
}

/* rcu's task: rcu_gp_cleanup(), if one is under way, and rcu_gp_init(). */
static void run_task(struct slab_grace *grace)
{
	if (grace->is_under_way)
		grace->nr_due = grace->nr_under_way;
	grace->nr_under_way = grace->nr;
	grace->is_under_way = grace->nr > grace->nr_due;
}

/* Callbacks that are due are run, that many at most: rcu_do_batch(). */
static void run_callbacks(struct slab_caches *caches, size_t most)
{
	struct slab_grace *grace = &caches->grace;
	size_t nr = grace->nr_due < most ? grace->nr_due : most;

	for (size_t i = 0; i < nr; i++)
		slab_pages_give_back(caches, &grace->pages[i]);
	grace->nr -= nr;
	grace->nr_due -= nr;
	grace->nr_under_way -= nr;
	memmove(grace->pages, grace->pages + nr,
		grace->nr * sizeof(*grace->pages));
}

static size_t batch_of(const struct slab_grace *grace)
{
	size_t share = grace->nr / BATCH_SHARE;

	return share > BATCH_LEAST ? share : BATCH_LEAST;
}

void slab_caches_tick(struct slab_caches *caches)
{
	struct slab_grace *grace = &caches->grace;
	bool any_left;

	if (!wakes_task(grace)) {
		run_callbacks(caches, grace->nr_due);
		return;
	}
	run_callbacks(caches, batch_of(grace));
	any_left = grace->nr_due > 0;
	run_task(grace);
	if (!any_left)
		return;
	run_callbacks(caches, grace->nr_due);
	if (wakes_task(grace))
		run_task(grace);
}

uint64_t slab_grace_pages(const struct slab_caches *caches, uint32_t flags)
{
	const struct slab_grace *grace = &caches->grace;
	uint64_t pages = 0;

	for (size_t i = 0; i < grace->nr; i++)
		if ((grace->pages[i].flags & flags) == flags)
			pages += 1u << grace->pages[i].order;
	return pages;
}

bool slab_grace_is_valid(const struct slab_caches *caches, pfn_t *wrong)
{
	const struct slab_grace *grace = &caches->grace;
	const struct memory *memory = caches->memory;

	for (size_t i = 0; i < grace->nr; i++) {
		*wrong = grace->pages[i].pfn;
		if (!page_state_is_allocated_of(memory->state[*wrong],
						grace->pages[i].order) ||
		    caches->of_page[*wrong] != SLAB_NONE)
			return false;
	}
	return true;
}
