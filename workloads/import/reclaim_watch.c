/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose page events are the kernel's own.
 *
 *	dd  ----[direct_reclaim_begin  free free free  end]---- free --->
 *	          reclaim's                                     dd's
 *
 * - What kswapd and kcompactd do in their own context, and what a task does
 *   between the begin and the end of its direct reclaim or compaction
 *   (__perform_reclaim(), try_to_free_mem_cgroup_pages(), node_reclaim(),
 *   compact_zone(), Linux 6.1; their tracepoints).
 * - Between the start and end of a shrinker (do_shrink_slab()) it is a slab
 *   cache that gives pages back.
 * - An interrupt on top of them is none of theirs: its pages are the
 *   workload's.
 *
 * The kernel's own tasks are known by their names, which begin with kswapd or
 * kcompactd and end with the node's number.
 */
#include <string.h>

#include "workloads/import/reclaim_watch.h"

enum within {
	WITHIN_RECLAIM = 1 << 0,
	WITHIN_SHRINKER = 1 << 1,
	WITHIN_COMPACTION = 1 << 2,
};

int reclaim_watch_event(struct reclaim_watch *watch,
			const struct trace_event *event, struct errors *errors)
{
	struct number_slot *slot =
		number_map_find(&watch->tasks, event->line.pid);
	uint32_t within = slot ? slot->extra : 0;

	switch (event->kind) {
	case TRACE_RECLAIM_BEGIN:
		within |= WITHIN_RECLAIM;
		break;
	case TRACE_RECLAIM_END:
		within &= ~(uint32_t)(WITHIN_RECLAIM | WITHIN_SHRINKER);
		break;
	case TRACE_SHRINKER_BEGIN:
		within |= WITHIN_SHRINKER;
		break;
	case TRACE_SHRINKER_END:
		within &= ~(uint32_t)WITHIN_SHRINKER;
		break;
	case TRACE_COMPACTION_BEGIN:
		within |= WITHIN_COMPACTION;
		break;
	case TRACE_COMPACTION_END:
		within &= ~(uint32_t)WITHIN_COMPACTION;
		break;
	default:
		return 0;
	}
	/* Only those within something are kept. */
	if (!within)
		number_map_remove(&watch->tasks, event->line.pid);
	else
		return number_map_set(&watch->tasks, event->line.pid, 0, within,
				      errors);
	return 0;
}

/* Is the task's name `what` with a node's number behind it? */
static bool is_named(const struct trace_line *line, const char *what)
{
	size_t length = strlen(what);

	return line->comm_length > length &&
	       memcmp(line->comm, what, length) == 0 &&
	       strspn(line->comm + length, "0123456789") >=
		       line->comm_length - length;
}

enum page_user reclaim_watch_user(const struct reclaim_watch *watch,
				  const struct trace_event *event)
{
	const struct trace_line *line = &event->line;
	const struct number_slot *slot;
	uint32_t within;

	if (line->ctx != CONTEXT_PROCESS)
		return PAGE_USER_WORKLOAD;
	slot = number_map_find(&watch->tasks, line->pid);
	within = slot ? slot->extra : 0;
	if (within & WITHIN_COMPACTION || is_named(line, "kcompactd"))
		return PAGE_USER_COMPACTION;
	if (within & WITHIN_SHRINKER)
		return PAGE_USER_SHRINKER;
	if (within & WITHIN_RECLAIM || is_named(line, "kswapd"))
		return PAGE_USER_RECLAIM;
	return PAGE_USER_WORKLOAD;
}

void reclaim_watch_release(struct reclaim_watch *watch)
{
	number_map_release(&watch->tasks);
}
