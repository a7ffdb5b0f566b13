/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_COMPACTION_COMPACTION_H
#define KMEMSIM_MODELS_COMPACTION_COMPACTION_H

/*
 * Compaction: making large free blocks by moving pages. Two scanners walk a
 * zone towards each other, one from below that finds pages to move, one from
 * above that finds where to. Source: mm/compaction.c, Linux 6.1.
 */

#include "models/memory.h"

/* NULL: the host has no memory. Called by memory_new(). Costs a byte a
 * pageblock. */
struct compaction *compaction_new(struct memory *memory);
void compaction_free(const struct memory *memory,
		     struct compaction *compaction);

/* The slots of struct pressure_ops. */
enum compact_result compaction_direct(struct memory *memory,
				      const struct pressure_request *request,
				      enum compact_priority priority,
				      pfn_t *captured);
bool compaction_zonelist_suitable(struct memory *memory,
				  const struct pressure_request *request);

/*
 * Is compaction for this order what the zone needs, rather than reclaim?
 * COMPACT_SKIPPED: too few pages are free; COMPACT_SUCCESS: there is a block
 * already; COMPACT_CONTINUE: yes. Source: compaction_suitable().
 */
enum compact_result compaction_suitable(struct memory *memory,
					struct zone *zone, order_t order,
					unsigned int alloc_flags,
					enum zone_type highest);

/* Deferral after failures: defer_compaction() and its kind. */
bool compaction_is_deferred(struct memory *memory, struct zone *zone,
			    order_t order);
void compaction_defer_reset(struct memory *memory, struct zone *zone,
			    order_t order, bool allocated);

/* kswapd hands over: wakeup_kcompactd(). */
void compaction_wake_kcompactd(struct memory *memory, uint32_t node_index,
			       order_t order, enum zone_type highest);
/* kswapd goes to sleep: reset_isolation_suitable(). */
void compaction_reset_skips(struct memory *memory, uint32_t node_index);

/*
 * The life of a node's kcompactd: sleeps until woken or for half a second,
 * compacts, sleeps again. Run as a task; returns only where nobody runs tasks
 * (no_task_ops) and there is nothing to do, or where the node has no memory.
 * Source: kcompactd().
 */
void compaction_kcompactd(struct memory *memory, uint32_t node_index);

#endif
