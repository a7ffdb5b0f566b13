/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_PRESSURE_OPS_H
#define KMEMSIM_MODELS_PRESSURE_OPS_H

/*
 * What the page allocator asks of those who help when memory is short:
 * kswapd, reclaim, compaction, the OOM killer. models/pressure.h has the
 * kernel's own; a test may stand in for them.
 */

#include "models/types.h"

struct memory;
struct zone;
struct zonelist;

/* What a request that needs help asks for. */
struct pressure_request {
	gfp_t gfp;
	order_t order;
	cpu_t cpu;		/* the caller's */
	enum zone_type highest; /* that it may use */
	enum migratetype type;
	unsigned int alloc_flags; /* enum alloc_flags: what it would take */
	const struct zonelist *zonelist;
	bool again; /* it has had direct reclaim before */
};

/* How hard compaction is to try: enum compact_priority of the kernel. */
enum compact_priority {
	COMPACT_PRIO_SYNC_FULL,	 /* everything, waiting for what is busy */
	COMPACT_PRIO_SYNC_LIGHT, /* the costly orders' most */
	COMPACT_PRIO_ASYNC,	 /* never waits */
};

/* How compaction went: enum compact_result of the kernel, in its order. */
enum compact_result {
	COMPACT_NOT_SUITABLE_ZONE, /* in traces only */
	COMPACT_SKIPPED,	   /* too few free pages to move others to */
	COMPACT_DEFERRED,	   /* it failed lately */
	COMPACT_NO_SUITABLE_PAGE,
	COMPACT_CONTINUE,
	COMPACT_COMPLETE,	 /* the scanners met, and no block came of it */
	COMPACT_PARTIAL_SKIPPED, /* the same, but not all was looked at */
	COMPACT_CONTENDED,	 /* given up for a lock or another task */
	COMPACT_SUCCESS,	 /* a block of the order is there */
	NR_COMPACT_RESULTS
};

/*
 * No page was reclaimed, but it is worth to try again: others have to use what
 * there is. A kernel's reclaim calls that one page.
 */
#define RECLAIM_RETRY UINT64_MAX

/* What the OOM killer did. */
enum oom_result {
	OOM_NOBODY, /* no task can be killed */
	OOM_WAIT,   /* one is dying, or the request may not kill: try again */
	OOM_KILLED, /* one was killed just now */
	NR_OOM_RESULTS
};

/*
 * What helps an allocation when memory is short. The page allocator calls these
 * in the kernel's order, and tries again after each. Every slot may be
 * called in the middle of an allocation and may itself free pages, and all but
 * wake_kswapd may sleep (struct task_ops); memory->work counts on.
 */
struct pressure_ops {
	const char *name;
	/*
	 * Wakes the kswapd of the zone's node, for zones up to `highest`;
	 * returns at once. Source: wakeup_kswapd().
	 */
	void (*wake_kswapd)(struct memory *memory, void *argument,
			    struct zone *zone, gfp_t gfp, order_t order,
			    enum zone_type highest);
	/*
	 * Reclaims for the request; returns pages reclaimed, or RECLAIM_RETRY.
	 * Source: __perform_reclaim().
	 */
	uint64_t (*direct_reclaim)(struct memory *memory, void *argument,
				   const struct pressure_request *request);
	/*
	 * Makes a block by moving pages. *captured is the block, taken out of
	 * the free lists for the caller, or PFN_NONE: then it may be on them.
	 * Source: try_to_compact_pages().
	 */
	enum compact_result (*direct_compact)(
		struct memory *memory, void *argument,
		const struct pressure_request *request,
		enum compact_priority priority, pfn_t *captured);
	/*
	 * Would compaction of the zones have what it needs, if reclaim went
	 * on? Source: compaction_zonelist_suitable().
	 */
	bool (*compaction_suitable)(struct memory *memory, void *argument,
				    const struct pressure_request *request);
	/*
	 * A block of the order was had from the zone: it need not be deferred
	 * any more. Source: compaction_defer_reset().
	 */
	void (*compaction_worked)(struct memory *memory, void *argument,
				  struct zone *zone, order_t order);
	/* Kills a task, if that may help. Source: out_of_memory(). */
	enum oom_result (*out_of_memory)(
		struct memory *memory, void *argument,
		const struct pressure_request *request);
	/*
	 * Pages that reclaim could still free in the zone.
	 * Source: zone_reclaimable_pages().
	 */
	uint64_t (*reclaimable_pages)(struct memory *memory, void *argument,
				      const struct zone *zone);
	/*
	 * Reclaims from one node before another is tried (zone_reclaim_mode);
	 * returns true if the zone is worth another look.
	 * Source: node_reclaim().
	 */
	bool (*node_reclaim)(struct memory *memory, void *argument,
			     struct zone *zone,
			     const struct pressure_request *request);
};

/* Nobody helps: nothing can be reclaimed, moved or killed. */
extern const struct pressure_ops no_pressure_ops;

#endif
