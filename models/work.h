/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_WORK_H
#define KMEMSIM_MODELS_WORK_H

/*
 * What a call did, counted. Models say what they did, never how long it
 * took: a cost model turns these counters into nanoseconds, so that a run
 * can be re-costed and models are tested without a clock.
 *
 * One line per counter: the identifier and what one unit of it is.
 */

#include "models/types.h"

#define WORK_KINDS(X)                                                          \
	X(PAGE_REQUESTS, "requests for pages")                                 \
	X(HIGH_REQUESTS, "of these, for a block above order 0")                \
	X(ZONES_TRIED, "zones whose watermark was looked at")                  \
	X(PCP_HITS, "blocks taken from a per-CPU list")                        \
	X(PCP_REFILLS, "refills of a per-CPU list")                            \
	X(PCP_REFILLED, "blocks brought in by refills")                        \
	X(PCP_FREES, "blocks put on a per-CPU list")                           \
	X(PCP_DRAINS, "drains of per-CPU lists")                               \
	X(PCP_DRAINED, "blocks moved out by drains")                           \
	X(PCP_LISTS, "lists that drains looked at")                            \
	X(BUDDY_ALLOCS, "blocks taken straight from the free lists")           \
	X(PAGES_TAKEN, "pages of blocks taken or split up, looked over")       \
	X(BUDDY_FREES, "blocks freed straight to the free lists")              \
	X(LOWMEM_FREES, "blocks freed that the kernel has an address of")      \
	X(SPLITS, "halvings of a block")                                       \
	X(MERGES, "joins of two buddies")                                      \
	X(FALLBACK_SCANS, "orders looked at for another type's block")         \
	X(PAGES_CLEARED, "pages zeroed")                                       \
	X(HIGHMEM_CLEARED, "of these, in HighMem, mapped one by one")          \
	X(PAGES_CHECKED, "pages of freed blocks above order 0 looked over")    \
	X(COMPOUND_CHECKED, "of these, pages of compound blocks")              \
	X(SLAB_FAST, "objects from the CPU's own slab or array")               \
	X(SLAB_SLOW, "objects through the slab slow path")                     \
	X(SLAB_FAST_FREES, "objects back to the CPU's own slab or array")      \
	X(SLAB_SLOW_FREES, "objects back to another slab")                     \
	X(SLAB_LISTED, "slabs put on a CPU's list of partial ones")            \
	X(SLAB_SPILLED, "slabs moved from there to their node's list")         \
	X(SLAB_TAKEN, "slabs taken from a node's list")                        \
	X(SLAB_EMPTIED, "listed slabs whose last object came back")            \
	X(KMALLOC_SIZES, "caches found for a size: kmalloc")                   \
	X(OBJECT_WORDS, "8 bytes of an object zeroed")                         \
	X(OBJECTS_CLEARED, "objects that had such words")                      \
	X(SLABS_FREED, "slabs given back")                                     \
	X(SLOWPATHS, "entries into the slow path")                             \
	X(KSWAPD_ASKED, "times that the slow path asked for kswapd")           \
	X(KCOMPACTD_ASKED, "of these, for kcompactd if kswapd is no use")      \
	X(PAGE_REFUSALS, "requests for pages that were refused there")         \
	X(LARGE_OBJECTS, "objects larger than any slab's, given out or freed") \
	X(SLABS_MADE, "slabs allocated")                                       \
	X(SLAB_OBJECTS, "objects of new slabs set up")                         \
	X(SLABS_SHUFFLED, "slabs of several objects set up in random order")   \
	X(FALLBACKS, "blocks taken from another migrate type")                 \
	X(BLOCK_SCANS, "pages looked at when a pageblock is moved")            \
	X(MOVABLE_ASKED, "of these, pages in use: are they movable?")          \
	X(BLOCKS_MOVED, "free blocks moved to another list")                   \
	X(CACHES_SHRUNK, "caches asked to give back empty slabs")              \
	X(CACHES_FLUSHED, "times that a CPU gave up a cache's slabs")          \
	X(CACHES_DESTROYED, "caches destroyed")                                \
	X(AREAS_MADE, "vmalloc areas made, or tried to")                       \
	X(AREAS_FREED, "vmalloc areas given back")                             \
	X(AREA_PAGES_FREED, "pages of areas given back one by one")            \
	X(VMAP_SEARCH, "ranges passed on the way to an area's place")          \
	X(VMAP_PURGED, "lazily freed ranges purged")                           \
	X(CMA_BUSY, "ranges of a contiguous area with pages in use")           \
	X(PTES_SET, "page-table entries written")                              \
	X(PTES_CLEARED, "page-table entries cleared")                          \
	X(IPIS, "other CPUs interrupted")                                      \
	X(LRU_BATCHES, "batches of pages taken off an LRU list")               \
	X(LRU_SCANNED, "pages that reclaim looked at")                         \
	X(LRU_RECLAIMED, "of these, pages freed")                              \
	X(LRU_MOVED, "of these, pages put on another list or back")            \
	X(RMAP_WALKS, "pages whose users reclaim asked or unmapped")           \
	X(PAGES_WRITTEN, "pages handed to a device")                           \
	X(SHRINKER_CALLS, "shrinkers asked")                                   \
	X(SHRINKER_SCANNED, "objects that shrinkers looked at")                \
	X(MIGRATE_SCANNED, "pages that compaction looked at to move")          \
	X(FREE_SCANNED, "pages that it looked at to move to")                  \
	X(PAGES_MIGRATED, "pages moved, copied and mapped anew")               \
	X(COMPACTION_ASKED, "times that a request turned to compaction")       \
	X(SKIPS_SAMPLED, "pages looked at to see if a skip mark still holds")  \
	X(COMPACTIONS, "zones whose compaction began")                         \
	X(COMPACTIONS_SKIPPED, "zones whose compaction never began")           \
	X(PAGES_ISOLATED, "pages that it took aside, of either kind")          \
	X(PAGEBLOCKS_PASSED, "pageblocks that it came to on its way")          \
	X(NODES_RECLAIMED, "nodes that a round of reclaim went through")       \
	X(LISTS_RECLAIMED, "of these, rounds that looked at any pages")        \
	X(PRESSURE_NOTICES, "times that programs are told of memory pressure") \
	X(WORKER_RUNS, "workers that had the CPU for a moment for that")       \
	X(TASKS_WOKEN, "times that kswapd or kcompactd was woken")             \
	X(TASK_TURNS, "turns of kcompactd: to work, and back to sleep")        \
	X(ORDERS_BARRED, "orders of which only others may take the blocks")

enum work_kind {
#define X(name, meaning) WORK_##name,
	WORK_KINDS(X)
#undef X
		NR_WORK_KINDS
};

/*
 * Sums over all kinds are made with each call: in whole groups of eight, the
 * last filled up with kinds that are never counted, a compiler makes few
 * instructions of it.
 */
#define WORK_SLOTS ((NR_WORK_KINDS + 7) / 8 * 8)

/*
 * Pages and objects come before it, and most calls do some of that. What comes
 * from it on, most calls do none of: the slow path, new slabs, blocks of other
 * types, areas, reclaim.
 */
#define WORK_FIRST_RARE WORK_SLOWPATHS

#define WORK_NAME_BYTES 32

/*
 * Writes the name of an enum work_kind as configs spell it, "pages_cleared",
 * and returns it.
 */
const char *work_name(int kind, char name[WORK_NAME_BYTES]);

/*
 * The locks that were taken, of zones or of nodes: a bit each. Few machines
 * have more than 31, so that the last bit stands for all others: which they
 * are, struct far_locks says as long as the bit is set.
 */
typedef uint32_t lock_set;
#define LOCKS_NEAR 31
#define LOCKS_FAR (1u << LOCKS_NEAR)

/* From lock LOCKS_NEAR on; bit n % 64 of word n / 64 is lock n. */
#define FAR_LOCK_WORDS (MAX_NODES * NR_ZONE_TYPES / 64)
struct far_locks {
	uint64_t word[FAR_LOCK_WORDS];
};

/* Internal to lock_set_add(). */
void lock_set_add_far(lock_set *set, struct far_locks *far, uint32_t lock);

static inline void lock_set_add(lock_set *set, struct far_locks *far,
				uint32_t lock)
{
	if (__builtin_expect(lock < LOCKS_NEAR, 1))
		*set |= 1u << lock;
	else
		lock_set_add_far(set, far, lock);
}

struct work {
	uint32_t count[WORK_SLOTS]; /* by enum work_kind; the rest are 0 */
	lock_set zones; /* by index in memory->zone[]: its lock was taken */
	lock_set nodes; /* by index in memory->node[]: a slab lock of it */
};

/* Adds what was done to `sum`; which locks it took is each stretch's own. */
static inline void work_add(struct work *sum, const struct work *work)
{
	for (int i = 0; i < NR_WORK_KINDS; i++)
		sum->count[i] += work->count[i];
}

#endif
