/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_RECLAIM_RECLAIM_INTERNAL_H
#define KMEMSIM_MODELS_RECLAIM_RECLAIM_INTERNAL_H

/*
 * What the files of reclaim share. Nothing else includes this.
 *
 *	reclaim.c        one node, one request: how long, how hard
 *	reclaim_scan.c   which lists, how many pages of each
 *	reclaim_lists.c  batches off the lists and back
 *	reclaim_folio.c  one folio: free it, keep it, write it
 *	kswapd.c         each node's own task
 *	node_reclaim.c   the own node first: zone_reclaim_mode
 *	reclaim_state.c  what is kept between requests
 *	shrinker.c       slab caches
 *	throttle.c       who has to wait
 *	writeback.c      dirty page cache
 */

#include "models/reclaim/folio.h"
#include "models/reclaim/reclaim.h"

/* The mildest: a 4096th of each list a round. 0 is everything. */
#define DEF_PRIORITY 12
/* Rounds of a kswapd that free nothing before its node is given up. */
#define MAX_RECLAIM_RETRIES 16

/* The kernel's tick, CONFIG_HZ=250 as distributions have it. */
#define TICKS_PER_S 250
#define TICK_NS (1000000000ull / TICKS_PER_S)

/* No request waits: MAX_NR_ZONES in kswapd_highest_zoneidx. */
#define NO_ZONE_TYPE NR_ZONE_TYPES

/* What was met on a round through a node: pages. sc->nr in the kernel. */
struct round_counts {
	uint64_t dirty;
	uint64_t unqueued_dirty;
	uint64_t congested;
	uint64_t writeback;
	uint64_t immediate;
	uint64_t file_taken;
	uint64_t taken;
};

/* What somebody wants of reclaim, and how far it is: struct scan_control. */
struct scan_control {
	gfp_t gfp;
	cpu_t cpu; /* the request's; kswapd's is memory->cpu */
	order_t order;
	int priority;
	enum zone_type highest; /* folios of zones above are skipped */
	bool is_kswapd;
	bool may_writepage;
	bool may_unmap;
	bool may_swap;
	bool may_deactivate[2]; /* of anonymous memory, of page cache */
	bool force_deactivate;
	bool skipped_deactivate; /* it might have helped */
	bool compaction_ready;	 /* enough is free for compaction */
	bool cache_trim_mode;	 /* there is cold page cache to take first */
	bool file_is_tiny;	 /* hardly any page cache is left */
	uint64_t nr_to_reclaim;
	uint64_t nr_scanned;
	uint64_t nr_reclaimed;
	uint64_t reclaimed_slab; /* not yet in nr_reclaimed */
	uint64_t anon_cost;
	uint64_t file_cost;
	struct round_counts nr;
};

/* What became of a batch, in pages: struct reclaim_stat. */
struct batch_stat {
	uint64_t dirty;
	uint64_t unqueued_dirty;
	uint64_t congested;
	uint64_t writeback;
	uint64_t immediate;
	uint64_t pageout;
	uint64_t activated;
};

/* Folios off their list, in the order in which they were taken. */
struct folio_batch {
	folio_t folio[SWAP_CLUSTER_MAX];
	uint32_t nr;
};

/* What a node's reclaim keeps between requests: a part of pg_data_t. */
struct reclaim_node {
	order_t kswapd_order;	       /* that it was woken for */
	enum zone_type kswapd_highest; /* the same; NO_ZONE_TYPE */
	uint32_t kswapd_failures;      /* runs in a row that freed nothing */
	uint64_t min_unmapped_pages;
	uint64_t min_slab_pages;
	bool is_reclaimed; /* by node_reclaim(): PGDAT_RECLAIM_LOCKED */
	bool is_recorded; /* reclaim_begin_recorded(), reclaim_end_recorded() */
	/* The zones' boosts when the run began that the workload tells of. */
	int64_t recorded_boost[NR_ZONE_TYPES];
};

struct shrinker {
	const struct shrinker_ops *ops;
	void *argument;
	uint64_t *nr_deferred; /* [nr_nodes]: scans put off */
};

struct flusher {
	bool write_all;	     /* reclaim met nothing but dirty pages */
	bool is_idle;	     /* it sleeps, and nothing was dirty */
	uint64_t look_in_ns; /* until it looks for what is old */
};

struct reclaim {
	struct reclaim_node *node; /* [memory->nr_nodes] */
	struct shrinker *shrinker; /* in the order of registration */
	size_t nr_shrinkers;
	size_t shrinkers_capacity;
	uint64_t scanned; /* since programs were told of pressure: pages */
	struct flusher flusher;
};

static inline struct reclaim_node *reclaim_node_of(const struct memory *memory,
						   uint32_t node_index)
{
	return &memory->reclaim->node[node_index];
}

/* cond_resched() */
static inline void reclaim_elapse(struct memory *memory)
{
	memory->tasks->elapse(memory, memory->tasks_argument);
}

static inline void reclaim_wake(struct memory *memory, enum sleep_queue queue,
				uint32_t number)
{
	memory->tasks->wake(memory, memory->tasks_argument, queue, number);
}

static inline bool reclaim_is_asleep(struct memory *memory,
				     enum sleep_queue queue, uint32_t number)
{
	return memory->tasks->is_asleep(memory, memory->tasks_argument, queue,
					number);
}

static inline bool zone_is_managed(const struct zone *zone)
{
	return zone->managed_pages;
}

/* Is the reclaim of the first zone's node the workload's to tell of? */
bool reclaim_is_recorded(const struct memory *memory,
			 const struct zonelist *zonelist);

/* The CPU that frees: kswapd's now, or the one that the caller called on. */
static inline cpu_t freeing_cpu(const struct memory *memory,
				const struct scan_control *sc)
{
	return sc->is_kswapd ? memory->cpu : sc->cpu;
}

static inline bool lru_is_file(enum lru_list lru)
{
	return lru == LRU_INACTIVE_FILE || lru == LRU_ACTIVE_FILE;
}

/* compact_gap(): pages that must be free beside a block for compaction. */
static inline uint64_t compaction_gap(order_t order)
{
	return 2ull << order;
}

/* reclaim.c */
/* Is there swap space left? can_reclaim_anon_pages() */
bool reclaim_can_swap(const struct memory *memory);
/* One round through a node. shrink_node() */
void reclaim_shrink_node(struct memory *memory, uint32_t node_index,
			 struct scan_control *sc);
/* Notes how many refaults there were until now. snapshot_refaults() */
void reclaim_snapshot_refaults(struct memory *memory, uint32_t node_index);

/* reclaim_scan.c */
/* Looks at the node's balance before a round. prepare_scan_count() */
void reclaim_prepare_scan(struct memory *memory, uint32_t node_index,
			  struct scan_control *sc);
/* Takes pages off all lists of a node. shrink_lruvec() */
void reclaim_shrink_lruvec(struct memory *memory, uint32_t node_index,
			   struct scan_control *sc);
/*
 * Moves some of the active anonymous folios on if too few are inactive, where
 * there is swap at all. kswapd_age_node()
 */
void reclaim_age_anon(struct memory *memory, uint32_t node_index,
		      struct scan_control *sc);

/* reclaim_lists.c */
/* One batch; returns pages reclaimed. shrink_inactive_list() */
uint64_t reclaim_shrink_inactive(struct memory *memory, uint32_t node_index,
				 struct scan_control *sc, enum lru_list lru,
				 uint64_t nr_to_scan);
/* One batch. shrink_active_list() */
void reclaim_shrink_active(struct memory *memory, uint32_t node_index,
			   struct scan_control *sc, enum lru_list lru,
			   uint64_t nr_to_scan);

/* reclaim_folio.c */
/*
 * Frees what it can of the batch, which keeps the others, to be put back.
 * Returns pages freed. shrink_folio_list()
 */
uint64_t reclaim_shrink_folios(struct memory *memory, uint32_t node_index,
			       struct scan_control *sc,
			       struct folio_batch *batch,
			       struct batch_stat *stat);

/* shrinker.c */
/* Asks all shrinkers for a node's share. shrink_slab() */
void reclaim_shrink_slab(struct memory *memory, uint32_t node_index,
			 struct scan_control *sc);
void reclaim_free_shrinkers(struct reclaim *reclaim);

/* throttle.c */
/* Waits a bit for what the queue stands for. reclaim_throttle() */
void reclaim_throttle(struct memory *memory, uint32_t node_index,
		      enum sleep_queue reason);
/*
 * Are so many folios off their lists that the caller should wait? If not, wakes
 * those that do. Source: too_many_isolated().
 */
bool reclaim_too_many_isolated(struct memory *memory, uint32_t node_index,
			       const struct scan_control *sc, bool file);
/* After a round: some wait, others need not. consider_reclaim_throttle() */
void reclaim_consider_throttle(struct memory *memory, uint32_t node_index,
			       const struct scan_control *sc);
/*
 * Is more than half of the min marks free, so that no caller need wait for
 * kswapd? allow_direct_reclaim()
 */
bool reclaim_is_allowed(struct memory *memory, uint32_t node_index);
/*
 * Lets the caller wait for kswapd if the reserves are going. true: it was
 * killed meanwhile. throttle_direct_reclaim()
 */
bool reclaim_throttle_direct(struct memory *memory,
			     const struct pressure_request *request);

/* writeback.c */
/* Hands a dirty folio to its device; it is under writeback from here on. */
void reclaim_write_folio(struct memory *memory, folio_t folio);
/* Asks for all dirty page cache to be written. wakeup_flusher_threads() */
void reclaim_wake_flusher(struct memory *memory);

#endif
