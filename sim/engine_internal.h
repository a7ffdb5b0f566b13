/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_ENGINE_INTERNAL_H
#define KMEMSIM_SIM_ENGINE_INTERNAL_H

/*
 * What the files of the engine share: engine.c has time, events and the run,
 * engine_calls.c has calls, and those that wait. Nobody else sees this.
 *
 * A function that returns anything but ENGINE_DONE has added errors, and the
 * run is over.
 */

#include "sim/digest.h"
#include "sim/engine.h"
#include "sim/event_queue.h"
#include "sim/kernel.h"
#include "sim/sinks.h"
#include "sim/waiting.h"

#define BATCH 1024 /* calls that are taken from the source at once */

enum event_kind {
	EVENT_SAMPLE,
	EVENT_KSWAPD,
	EVENT_RETRY,
	EVENT_REAP,
	NR_EVENT_KINDS
};

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
	uint64_t now_ns;
	uint64_t ended_ns;     /* when a call that had waited last ended */
	uint64_t kswapd_woken; /* bit n: memory->node[n]'s, not yet run */
	/* Of node n: one above the highest zone it was woken for. */
	uint8_t kswapd_zones[MAX_NODES];
	bool invalid; /* invalid input was met */
	bool cut;     /* stopped before the workload's end */
	bool over;    /* all calls were made: the clock has stopped */
	struct call batch[BATCH];
};

/* --- engine.c --- */

/* An event at `t_ns`, now or later. `argument`: the kind's own. */
enum engine_result engine_schedule(struct engine *engine, uint64_t t_ns,
				   enum event_kind kind, uint32_t argument);

/* Carries out everything that is due at `t_ns` or before. */
enum engine_result engine_run_events(struct engine *engine, uint64_t t_ns);

/* An event at once for each kswapd that was woken. */
enum engine_result engine_schedule_kswapds(struct engine *engine);

/* --- engine_calls.c --- */

/* A call of the workload: it ends, or begins to wait. */
enum engine_result engine_operate(struct engine *engine,
				  const struct call *call);

/* What calls leave behind: work for a task, and those whom they have woken. */
enum engine_result engine_finish_left(struct engine *engine);

/* The same, after each call: most leave nothing. */
static inline enum engine_result engine_finish_calls(struct engine *engine)
{
	if (!engine->kernel->work.nr && !engine->kswapd_woken &&
	    engine->waiting.runnable.first == TICKET_NONE)
		return ENGINE_DONE;
	return engine_finish_left(engine);
}

/* The timer of a ticket is due: EVENT_RETRY. */
enum engine_result engine_retry(struct engine *engine, uint32_t ticket);

/* The workload is over: whoever still waits gets a last try, or fails. */
enum engine_result engine_end_waiting(struct engine *engine);

#endif
