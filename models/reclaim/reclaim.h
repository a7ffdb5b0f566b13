/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_RECLAIM_RECLAIM_H
#define KMEMSIM_MODELS_RECLAIM_RECLAIM_H

/*
 * Reclaim: taking pages back from page cache, anonymous memory and slab
 * caches, by the task that needs them (direct reclaim) and by each node's
 * kswapd. Source: mm/vmscan.c, Linux 6.1.
 */

#include "models/memory.h"

/* NULL: the host has no memory. Called by memory_new(). */
struct reclaim *reclaim_new(struct memory *memory);
void reclaim_free(struct reclaim *reclaim);

/* The slots of struct pressure_ops; memory->pressure is given these by
 * models/pressure.c. */
void reclaim_wake_kswapd(struct memory *memory, struct zone *zone, gfp_t gfp,
			 order_t order, enum zone_type highest);
uint64_t reclaim_direct(struct memory *memory,
			const struct pressure_request *request);
uint64_t reclaim_reclaimable_pages(const struct memory *memory,
				   const struct zone *zone);
bool reclaim_node(struct memory *memory, struct zone *zone,
		  const struct pressure_request *request);

/*
 * The life of a node's kswapd, from boot on: sleeps until woken, balances the
 * node, sleeps again. Run as a task; returns only where sleeping is over at
 * once and there is nothing to do (no_task_ops). Source: kswapd().
 */
void reclaim_kswapd(struct memory *memory, uint32_t node_index);

/*
 * A recorded kswapd begins to balance the node, or has done so. Meanwhile
 * per-CPU lists are kept short; at the end those boosts of watermarks are over
 * that there were at the beginning. From the first such word on the node's own
 * kswapd is woken no more, nor its kcompactd for requests: what these do is
 * the workload's to tell. Which zones the recorded one was woken for is not
 * known: all of the node's. Source: balance_pgdat().
 */
void reclaim_begin_recorded(struct memory *memory, uint32_t node_index);
void reclaim_end_recorded(struct memory *memory, uint32_t node_index);

/*
 * Has a node's kswapd given up? It has freed nothing in so many runs that it
 * waits for somebody else to do so: all_unreclaimable in the kernel's log.
 */
bool reclaim_has_given_up(const struct memory *memory, uint32_t node_index);

/*
 * The life of the flusher, which writes dirty page cache: above the background
 * mark, when reclaim asks for it, and what has been dirty for 30 s. Run as a
 * task; returns as reclaim_kswapd() does. Source: wb_workfn().
 */
void reclaim_flusher(struct memory *memory);

/* Pages of page cache that may be dirty: /proc/vmstat has both. */
struct dirty_limits {
	uint64_t background; /* above: the flusher writes */
	uint64_t threshold;  /* writers wait from half way to it on */
};
struct dirty_limits reclaim_dirty_limits(const struct memory *memory);

/*
 * Whoever has made page cache dirty calls this afterwards: it sees to it that
 * the flusher knows, and may sleep while too much is dirty.
 * Source: balance_dirty_pages().
 */
void reclaim_balance_dirty(struct memory *memory);

/*
 * A cache whose objects the kernel can drop by itself: dentries, inodes.
 * `count` tells how many could be, `scan` tries nr and returns how many it
 * freed, or SHRINK_STOP: none, for a request with such flags. Source: struct
 * shrinker, do_shrink_slab().
 */
#define SHRINK_STOP UINT64_MAX
struct shrinker_ops {
	const char *name;
	uint64_t (*count)(struct memory *memory, void *argument,
			  uint32_t node_index);
	uint64_t (*scan)(struct memory *memory, void *argument,
			 uint32_t node_index, cpu_t cpu, gfp_t gfp,
			 uint64_t nr);
	uint32_t seeks; /* 2: DEFAULT_SEEKS; 0: objects cost nothing to make */
	uint32_t batch; /* objects scanned at once; 0: 128 */
};
/* 0, or -1: the host has no memory. `ops` and argument are borrowed. */
int reclaim_register_shrinker(struct memory *memory,
			      const struct shrinker_ops *ops, void *argument);

bool reclaim_validate(const struct memory *memory, char *why, size_t size);

#endif
