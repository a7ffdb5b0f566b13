/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two tables that a memory begins with: one of help when memory is short,
 * where there is none, and one of tasks and time, where there are none. Tests
 * of a single model never see others.
 *
 * Nothing is reclaimed, moved or killed, nobody sleeps, and I/O is done and
 * grace periods are over at once.
 */

#include "models/reclaim/folio.h"
#include "models/pressure_ops.h"
#include "models/task_ops.h"

/* ---- who helps ----------------------------------------------------------- */

static void no_wake_kswapd(struct memory *memory, void *argument,
			   struct zone *zone, gfp_t gfp, order_t order,
			   enum zone_type highest)
{
	(void)memory;
	(void)argument;
	(void)zone;
	(void)gfp;
	(void)order;
	(void)highest;
}

static uint64_t no_reclaim(struct memory *memory, void *argument,
			   const struct pressure_request *request)
{
	(void)memory;
	(void)argument;
	(void)request;
	return 0;
}

static enum compact_result no_compaction(struct memory *memory, void *argument,
					 const struct pressure_request *request,
					 enum compact_priority priority,
					 pfn_t *captured)
{
	(void)memory;
	(void)argument;
	(void)request;
	(void)priority;
	*captured = PFN_NONE;
	return COMPACT_SKIPPED;
}

static void no_compaction_to_defer(struct memory *memory, void *argument,
				   struct zone *zone, order_t order)
{
	(void)memory;
	(void)argument;
	(void)zone;
	(void)order;
}

static bool nothing_helps(struct memory *memory, void *argument,
			  const struct pressure_request *request)
{
	(void)memory;
	(void)argument;
	(void)request;
	return false;
}

static enum oom_result no_oom_killer(struct memory *memory, void *argument,
				     const struct pressure_request *request)
{
	(void)memory;
	(void)argument;
	(void)request;
	return OOM_NOBODY;
}

static uint64_t nothing_reclaimable(struct memory *memory, void *argument,
				    const struct zone *zone)
{
	(void)memory;
	(void)argument;
	(void)zone;
	return 0;
}

static bool no_node_reclaim(struct memory *memory, void *argument,
			    struct zone *zone,
			    const struct pressure_request *request)
{
	(void)zone;
	return nothing_helps(memory, argument, request);
}

const struct pressure_ops no_pressure_ops = {
	.name = "none",
	.wake_kswapd = no_wake_kswapd,
	.direct_reclaim = no_reclaim,
	.direct_compact = no_compaction,
	.compaction_suitable = nothing_helps,
	.compaction_worked = no_compaction_to_defer,
	.out_of_memory = no_oom_killer,
	.reclaimable_pages = nothing_reclaimable,
	.node_reclaim = no_node_reclaim,
};

/* ---- time ---------------------------------------------------------------- */

static void no_elapse(struct memory *memory, void *argument)
{
	(void)memory;
	(void)argument;
}

static uint64_t no_sleep(struct memory *memory, void *argument,
			 enum sleep_queue queue, uint32_t number,
			 uint64_t timeout_ns)
{
	(void)memory;
	(void)argument;
	(void)queue;
	(void)number;
	(void)timeout_ns;
	return 0;
}

static void no_wake(struct memory *memory, void *argument,
		    enum sleep_queue queue, uint32_t number)
{
	(void)memory;
	(void)argument;
	(void)queue;
	(void)number;
}

static bool nobody_sleeps(struct memory *memory, void *argument,
			  enum sleep_queue queue, uint32_t number)
{
	(void)memory;
	(void)argument;
	(void)queue;
	(void)number;
	return false;
}

static bool no_others(struct memory *memory, void *argument)
{
	(void)memory;
	(void)argument;
	return false;
}

static void no_device(struct memory *memory, void *argument,
		      const struct io_request *request)
{
	(void)argument;
	folio_io_done(memory, request);
}

static bool no_grace_period(struct memory *memory, void *argument)
{
	(void)memory;
	(void)argument;
	return false;
}

const struct task_ops no_task_ops = {
	.name = "none",
	.elapse = no_elapse,
	.interlude = no_elapse,
	.sleep = no_sleep,
	.wake = no_wake,
	.is_asleep = nobody_sleeps,
	.let_others_run = no_others,
	.submit_io = no_device,
	.call_rcu = no_grace_period,
};
