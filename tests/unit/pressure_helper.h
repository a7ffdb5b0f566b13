/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_TESTS_PRESSURE_HELPER_H
#define KMEMSIM_TESTS_PRESSURE_HELPER_H

/*
 * Stands in for the tasks that help an allocation when memory is short, and
 * writes down what it is asked, a letter each:
 *
 *	w  wake node 0's kswapd (W: node 1's)	r  reclaim
 *	c  compact				k  kill a task
 *	o  let others run
 *
 * Pages 0-15 are in use; they come free when the helper says so.
 */

#include "tests/unit/machine_fixture.h"

/* What the helper can do, and what it was asked. */
struct helper {
	uint64_t reclaimable;
	bool reclaims; /* direct reclaim says that it made progress */
	bool retries;  /* it says that trying again is worth it */
	bool compacts; /* compaction says that it was tried */
	bool waits;    /* somebody else is to kill: the caller may not */
	int victims;   /* tasks that can be killed */
	/* The how-manieth call frees pages 0-15; 0: none does. */
	int free_on_reclaim;
	int free_on_compact;
	int free_on_kill;
	int others; /* how often others have something to do */
	/* Calls so far. */
	int reclaimed, compacted, killed, let_others;
	char log[128];
};

static inline void note(struct helper *helper, char letter)
{
	size_t length = strlen(helper->log);

	assert_true(length + 1 < sizeof(helper->log));
	helper->log[length] = letter;
}

static inline void free_some(struct memory *memory)
{
	page_free_boot(memory, 0, 0, 4);
}

static inline void wake_kswapd(struct memory *memory, void *argument,
			       struct zone *zone, gfp_t gfp, order_t order,
			       enum zone_type highest)
{
	(void)memory;
	(void)gfp;
	(void)order;
	(void)highest;
	note(argument, zone->node ? 'W' : 'w');
}

static inline uint64_t direct_reclaim(struct memory *memory, void *argument,
				      const struct pressure_request *request)
{
	struct helper *helper = argument;

	(void)request;
	note(helper, 'r');
	if (++helper->reclaimed == helper->free_on_reclaim)
		free_some(memory);
	return helper->retries ? RECLAIM_RETRY : helper->reclaims;
}

static inline enum compact_result
direct_compact(struct memory *memory, void *argument,
	       const struct pressure_request *request,
	       enum compact_priority priority, pfn_t *captured)
{
	struct helper *helper = argument;

	(void)request;
	(void)priority;
	note(helper, 'c');
	*captured = PFN_NONE;
	if (++helper->compacted == helper->free_on_compact)
		free_some(memory);
	return helper->compacts ? COMPACT_COMPLETE : COMPACT_SKIPPED;
}

static inline bool compaction_suitable(struct memory *memory, void *argument,
				       const struct pressure_request *request)
{
	(void)memory;
	(void)argument;
	(void)request;
	return false;
}

static inline void compaction_worked(struct memory *memory, void *argument,
				     struct zone *zone, order_t order)
{
	(void)memory;
	(void)argument;
	(void)zone;
	(void)order;
}

static inline enum oom_result
out_of_memory(struct memory *memory, void *argument,
	      const struct pressure_request *request)
{
	struct helper *helper = argument;

	(void)request;
	note(helper, 'k');
	if (++helper->killed == helper->free_on_kill)
		free_some(memory);
	if (helper->waits)
		return OOM_WAIT;
	return helper->killed <= helper->victims ? OOM_KILLED : OOM_NOBODY;
}

static inline uint64_t reclaimable_pages(struct memory *memory, void *argument,
					 const struct zone *zone)
{
	struct helper *helper = argument;

	(void)memory;
	(void)zone;
	return helper->reclaimable;
}

static const struct pressure_ops helper_ops = {
	.name = "helper",
	.wake_kswapd = wake_kswapd,
	.direct_reclaim = direct_reclaim,
	.direct_compact = direct_compact,
	.compaction_suitable = compaction_suitable,
	.compaction_worked = compaction_worked,
	.out_of_memory = out_of_memory,
	.reclaimable_pages = reclaimable_pages,
};

static inline bool let_others_run(struct memory *memory, void *argument)
{
	struct helper *helper = argument;

	(void)memory;
	note(helper, 'o');
	return ++helper->let_others <= helper->others;
}

static inline void call_for_help(struct machine *m, struct helper *helper)
{
	m->memory->pressure = &helper_ops;
	m->memory->pressure_argument = helper;
}

#endif
