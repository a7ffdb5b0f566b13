/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_TASK_OPS_H
#define KMEMSIM_MODELS_TASK_OPS_H

/*
 * What models ask of whoever runs them as tasks: time, sleep, devices. They
 * know nothing of how that is done; sim/engine/engine_tasks.c does it.
 */

#include "models/types.h"

struct memory;
struct report;

/* What is slept for; with a number, one queue of sleepers. */
enum sleep_queue {
	SLEEP_KSWAPD,	  /* kswapd itself, until woken; number: node index */
	SLEEP_KCOMPACTD,  /* kcompactd, the same */
	SLEEP_FLUSHER,	  /* the flusher: until there is something to write */
	SLEEP_PFMEMALLOC, /* who must not go below the reserves; node index */
	SLEEP_WRITEBACK,  /* reclaim_throttle(): pages under writeback; node */
	SLEEP_ISOLATED,	  /* the same: too many pages isolated; node */
	SLEEP_NOPROGRESS, /* the same: nothing could be reclaimed; node */
	SLEEP_CONGESTED,  /* the same: the device is slow; node */
	SLEEP_IO,	  /* the end of a folio's I/O; number: folio */
	SLEEP_OOM,	  /* a killed task's memory; number: 0 */
	SLEEP_DIRTY,	  /* balance_dirty_pages(): too much is dirty; 0 */
	NR_SLEEP_QUEUES
};
/* "kswapd", "kcompactd", "flusher", "pfmemalloc", "writeback", … */
extern const char *const sleep_queue_names[NR_SLEEP_QUEUES];

/* Pages on their way between memory and a device. */
struct io_request {
	uint32_t folio; /* folio_t: whose contents */
	uint32_t pages;
	bool write; /* memory to device */
	bool swap;  /* the device is swap space */
};

/*
 * Whoever runs the models' code as a task: it lets time pass, puts tasks to
 * sleep and has devices. Models don't know the time; durations that they give
 * are the kernel's own constants. Nothing but what is called from a slot of
 * struct pressure_ops, or is a task itself, may sleep.
 */
struct task_ops {
	const char *name;
	/*
	 * cond_resched(): what was done since the last time takes its time
	 * now, and others may come in between: whatever the caller knows of
	 * lists and pages may have changed when it returns.
	 */
	void (*elapse)(struct memory *memory, void *argument);
	/*
	 * What was done since elapse() was done by a worker that the caller
	 * has woken, and that had the CPU for a moment. Then it is asked again
	 * whose turn it is.
	 */
	void (*interlude)(struct memory *memory, void *argument);
	/*
	 * Sleeps until the queue is woken, or for timeout_ns (0: for as long
	 * as it takes). Returns the ns left of the timeout, 0 if it is over.
	 */
	uint64_t (*sleep)(struct memory *memory, void *argument,
			  enum sleep_queue queue, uint32_t number,
			  uint64_t timeout_ns);
	/* Wakes all who sleep there. */
	void (*wake)(struct memory *memory, void *argument,
		     enum sleep_queue queue, uint32_t number);
	/* Does anybody sleep there? waitqueue_active() */
	bool (*is_asleep)(struct memory *memory, void *argument,
			  enum sleep_queue queue, uint32_t number);
	/*
	 * For who would try in vain for ever: lets the others go on until one
	 * of them has done something. false: nobody is left who could.
	 */
	bool (*let_others_run)(struct memory *memory, void *argument);
	/* Starts I/O; when it is over, folio_io_done() is called. */
	void (*submit_io)(struct memory *memory, void *argument,
			  const struct io_request *request);
	/*
	 * A slab's pages begin to wait for a grace period: from now on
	 * slab_caches_tick() is to be called at each tick of the clock, as long
	 * as any wait. false: there are no ticks, and it is over at once.
	 */
	bool (*call_rcu)(struct memory *memory, void *argument);
	/*
	 * The kernel would write to its log now: models/report.h. Changes
	 * nothing. NULL: nobody reads it.
	 */
	void (*report)(struct memory *memory, void *argument,
		       const struct report *report);
};

/*
 * Nobody runs tasks: no time passes, sleeps are over at once as after their
 * timeout, I/O is done as soon as it is started.
 */
extern const struct task_ops no_task_ops;

#endif
