/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_MEMORY_H
#define KMEMSIM_MODELS_MEMORY_H

/*
 * The memory of the simulated machine: the state that all models work on.
 *
 *	struct memory
 *	  page tables of our own: states, places   one entry per page frame
 *	  pageblock types and zones                one entry per pageblock
 *	  node[]  --> zonelists                    where a request may go
 *	    zone[]                                 watermarks, counters
 *	      free_area lists                      [migratetype][order]
 *	      pcp[cpu]                             per-CPU lists
 *
 * Pages are named by their frame numbers everywhere. A page's own state is one
 * byte, and two bytes per page say where on their lists free blocks are.
 */

#include "models/machine.h"
#include "models/pressure_ops.h"
#include "models/task_ops.h"
#include "models/types.h"
#include "models/work.h"
#include "sim/base/error.h"

/*
 * A page frame's state, in a byte:
 *
 *	0x00             no memory, or a tail of a block
 *	0x01             in use since before the run, by whom is not known
 *	0x40 + o         first page of an allocated block of order o
 *	0x50 + o         the same of a compound one (__GFP_COMP)
 *	0x60 + m         first page of a block on a per-CPU list; when
 *	                 drained, it goes to the free list of migrate type m
 *	0x80 + 16 m + o  first page of a free block of order o on the list of
 *	                 migrate type m, which may differ from its pageblock's
 */
enum page_state {
	PAGE_TAIL = 0x00,
	PAGE_BOOT = 0x01,
	PAGE_COMPOUND = 0x10, /* of PAGE_ALLOCATED */
	PAGE_ALLOCATED = 0x40,
	PAGE_PCP = 0x60,
	PAGE_FREE = 0x80,
};

static inline uint8_t page_state_free(unsigned int migratetype,
				      unsigned int order)
{
	return PAGE_FREE | migratetype << 4 | order;
}

static inline bool page_state_is_free(uint8_t state)
{
	return state & PAGE_FREE;
}

static inline bool page_state_is_pcp(uint8_t state)
{
	return (state & 0xe0) == PAGE_PCP;
}

static inline bool page_state_is_allocated(uint8_t state)
{
	return (state & 0xe0) == PAGE_ALLOCATED;
}

static inline bool page_state_is_compound(uint8_t state)
{
	return (state & 0xf0) == (PAGE_ALLOCATED | PAGE_COMPOUND);
}

/* How many kinds of allocated blocks there are, by order and compound. */
#define PAGE_STATES (2 * PAGE_COMPOUND)

static inline unsigned int page_state_number(uint8_t state)
{
	return state % PAGE_STATES;
}

/* Compound or not. */
static inline bool page_state_is_allocated_of(uint8_t state, order_t order)
{
	return !((state ^ (PAGE_ALLOCATED | order)) & ~PAGE_COMPOUND);
}

/* Of a free or allocated block's first page. */
static inline order_t page_state_order(uint8_t state)
{
	return state & 0x0f;
}

static inline bool page_state_is_free_of(uint8_t state, order_t order)
{
	return (state & (PAGE_FREE | 0x0f)) == (PAGE_FREE | order);
}

/* Of a free block's first page: the list that it is on. */
static inline enum migratetype page_state_free_type(uint8_t state)
{
	return (enum migratetype)(state >> 4 & 0x07);
}

/* Of the first page of a block on a per-CPU list. */
static inline enum migratetype page_state_pcp_type(uint8_t state)
{
	return (enum migratetype)(state & 0x07);
}

/* Per-CPU lists: orders 0-3 of three types, and two for huge pages. */
#define NR_PCP_LISTS (NR_PCP_MIGRATETYPES * (PAGE_ALLOC_COSTLY_ORDER + 1) + 2)

/* One per-CPU list: a ring with the hottest block at the head. */
struct pcp_list {
	pfn_t *ring;
	uint32_t mask;	/* slots - 1 */
	uint32_t head;	/* slot of the hottest block */
	uint32_t count; /* blocks */
};

/* A zone's pages on one CPU: struct per_cpu_pages of the kernel. */
struct pcp {
	int32_t count; /* pages on all lists */
	int32_t high;
	int32_t batch;
	int32_t free_factor; /* doublings of the batch in a run of frees */
	struct pcp_list list[NR_PCP_LISTS];
};

/* One list of free blocks, as a ring of places: models/page/free_list.h. */
struct free_list {
	pfn_t *ring;
	uint32_t mask;	/* slots - 1 */
	uint32_t most;	/* that this may become */
	uint32_t first; /* place of the first block */
	uint32_t end;	/* one past that of the last */
};

struct free_area {
	uint32_t nonempty; /* bit o: the list of order o has blocks */
	uint32_t nr_free[MAX_ORDERS]; /* blocks */
	struct free_list list[MAX_ORDERS];
};

/* What a zone counts about requests, cumulative: enum numa_stat_item. */
#define NUMA_EVENTS(X)                                                         \
	X(NUMA_HIT, "numa_hit")                                                \
	X(NUMA_MISS, "numa_miss")                                              \
	X(NUMA_FOREIGN, "numa_foreign")                                        \
	X(NUMA_LOCAL, "numa_local")                                            \
	X(NUMA_OTHER, "numa_other")

enum numa_event {
#define X(name, text) name,
	NUMA_EVENTS(X)
#undef X
		NR_NUMA_EVENTS
};
extern const char *const numa_event_names[NR_NUMA_EVENTS];

/*
 * What a node has now, in pages, exactly (a kernel's counters lag by each
 * CPU's share): those of enum node_stat_item that a model keeps.
 */
#define NODE_STATS(X)                                                          \
	X(NR_INACTIVE_ANON, "nr_inactive_anon")                                \
	X(NR_ACTIVE_ANON, "nr_active_anon")                                    \
	X(NR_INACTIVE_FILE, "nr_inactive_file")                                \
	X(NR_ACTIVE_FILE, "nr_active_file")                                    \
	X(NR_UNEVICTABLE, "nr_unevictable")                                    \
	X(NR_SLAB_RECLAIMABLE, "nr_slab_reclaimable")                          \
	X(NR_SLAB_UNRECLAIMABLE, "nr_slab_unreclaimable")                      \
	X(NR_ISOLATED_ANON, "nr_isolated_anon")                                \
	X(NR_ISOLATED_FILE, "nr_isolated_file")                                \
	X(WORKINGSET_REFAULT_ANON, "workingset_refault_anon")                  \
	X(WORKINGSET_REFAULT_FILE, "workingset_refault_file")                  \
	X(WORKINGSET_ACTIVATE_ANON, "workingset_activate_anon")                \
	X(WORKINGSET_ACTIVATE_FILE, "workingset_activate_file")                \
	X(WORKINGSET_RESTORE_ANON, "workingset_restore_anon")                  \
	X(WORKINGSET_RESTORE_FILE, "workingset_restore_file")                  \
	X(NR_ANON_PAGES, "nr_anon_pages")                                      \
	X(NR_FILE_MAPPED, "nr_mapped")                                         \
	X(NR_FILE_PAGES, "nr_file_pages")                                      \
	X(NR_FILE_DIRTY, "nr_dirty")                                           \
	X(NR_WRITEBACK, "nr_writeback")                                        \
	X(NR_VMSCAN_WRITE, "nr_vmscan_write")                                  \
	X(NR_VMSCAN_IMMEDIATE, "nr_vmscan_immediate_reclaim")                  \
	X(NR_DIRTIED, "nr_dirtied")                                            \
	X(NR_WRITTEN, "nr_written")                                            \
	X(NR_THROTTLED_WRITTEN, "nr_throttled_written")                        \
	X(NR_SWAPCACHE, "nr_swapcached")

enum node_stat {
#define X(name, text) name,
	NODE_STATS(X)
#undef X
		NR_NODE_STATS
};
extern const char *const node_stat_names[NR_NODE_STATS];

struct zone {
	struct free_area area[NR_MIGRATETYPES];
	int64_t watermark[NR_WMARK];
	int64_t watermark_boost;
	int64_t lowmem_reserve[NR_ZONE_TYPES]; /* by the request's zone */
	uint64_t nr_reserved_highatomic;       /* pages */
	/*
	 * The counter of free pages that watermarks look at. It lags the free
	 * lists by each CPU's share in free_diff[], which is added only once
	 * it exceeds stat_threshold.
	 */
	int64_t nr_free_pages;
	int64_t *free_diff; /* [nr_cpus] */
	/* Of them, those in contiguous memory areas; they lag just so. */
	int64_t nr_free_cma_pages;
	int64_t *free_cma_diff; /* [nr_cpus] */
	int64_t stat_threshold;
	int64_t drift_mark;   /* below it, shares are added up; 0: never */
	uint32_t nr_isolated; /* pageblocks being cleared: MIGRATE_ISOLATE */
	bool boosted;	     /* ZONE_BOOSTED_WATERMARK: kswapd is to be woken */
	bool reclaim_active; /* ZONE_RECLAIM_ACTIVE: keep pcp lists short */

	enum zone_type type;
	node_t node;
	uint16_t index; /* in memory->zone[] */
	pfn_t start_pfn;
	pfn_t end_pfn; /* one past the last spanned page */
	/* Its pageblocks' place in the tables that go zone by zone. */
	int64_t block_bias;
	uint64_t spanned_pages;
	uint64_t present_pages;
	uint64_t managed_pages;
	uint64_t boot_pages; /* managed when the kernel set its watermarks */
	uint32_t pcp_high;   /* of each CPU's lists at the start */
	uint32_t pcp_batch;
	struct pcp *pcp; /* [nr_cpus] */
	uint64_t numa_event[NR_NUMA_EVENTS];
};

/* The zones that a request may use, best first. */
struct zonelist {
	struct zone **zone;
	uint32_t nr;
	/* The place of the first of that type or below; nr: none. */
	uint32_t first[NR_ZONE_TYPES];
};

struct node {
	node_t id;
	struct zonelist fallback; /* all nodes, nearest first */
	struct zonelist thisnode; /* __GFP_THISNODE */
	uint32_t distance[MAX_NODES];
	uint32_t nr_zones;
	struct zone *zones; /* within memory->zone[] */
	uint64_t stat[NR_NODE_STATS];
};

/* The kernel's own event counters, under the kernel's names. */
#define VM_EVENTS(X)                                                           \
	X(PGALLOC_DMA, "pgalloc_dma")                                          \
	X(PGALLOC_DMA32, "pgalloc_dma32")                                      \
	X(PGALLOC_NORMAL, "pgalloc_normal")                                    \
	X(PGALLOC_HIGH, "pgalloc_high")                                        \
	X(PGALLOC_MOVABLE, "pgalloc_movable")                                  \
	X(ALLOCSTALL_DMA, "allocstall_dma")                                    \
	X(ALLOCSTALL_DMA32, "allocstall_dma32")                                \
	X(ALLOCSTALL_NORMAL, "allocstall_normal")                              \
	X(ALLOCSTALL_HIGH, "allocstall_high")                                  \
	X(ALLOCSTALL_MOVABLE, "allocstall_movable")                            \
	X(PGSKIP_DMA, "pgskip_dma")                                            \
	X(PGSKIP_DMA32, "pgskip_dma32")                                        \
	X(PGSKIP_NORMAL, "pgskip_normal")                                      \
	X(PGSKIP_HIGH, "pgskip_high")                                          \
	X(PGSKIP_MOVABLE, "pgskip_movable")                                    \
	X(PGFREE, "pgfree")                                                    \
	X(PGACTIVATE, "pgactivate")                                            \
	X(PGDEACTIVATE, "pgdeactivate")                                        \
	X(PGMAJFAULT, "pgmajfault")                                            \
	X(PGREFILL, "pgrefill")                                                \
	X(PGSTEAL_KSWAPD, "pgsteal_kswapd")                                    \
	X(PGSTEAL_DIRECT, "pgsteal_direct")                                    \
	X(PGSCAN_KSWAPD, "pgscan_kswapd")                                      \
	X(PGSCAN_DIRECT, "pgscan_direct")                                      \
	X(PGSCAN_DIRECT_THROTTLE, "pgscan_direct_throttle")                    \
	X(PGSCAN_ANON, "pgscan_anon")                                          \
	X(PGSCAN_FILE, "pgscan_file")                                          \
	X(PGSTEAL_ANON, "pgsteal_anon")                                        \
	X(PGSTEAL_FILE, "pgsteal_file")                                        \
	X(ZONE_RECLAIM_SUCCESS, "zone_reclaim_success")                        \
	X(ZONE_RECLAIM_FAILED, "zone_reclaim_failed")                          \
	X(SLABS_SCANNED, "slabs_scanned")                                      \
	X(KSWAPD_LOW_WMARK_HIT_QUICKLY, "kswapd_low_wmark_hit_quickly")        \
	X(KSWAPD_HIGH_WMARK_HIT_QUICKLY, "kswapd_high_wmark_hit_quickly")      \
	X(PAGEOUTRUN, "pageoutrun")                                            \
	X(PGROTATED, "pgrotated")                                              \
	X(OOM_KILL, "oom_kill")                                                \
	X(PSWPIN, "pswpin")                                                    \
	X(PSWPOUT, "pswpout")                                                  \
	X(PGPGIN, "pgpgin")                                                    \
	X(PGPGOUT, "pgpgout")                                                  \
	X(PGMIGRATE_SUCCESS, "pgmigrate_success")                              \
	X(PGMIGRATE_FAIL, "pgmigrate_fail")                                    \
	X(COMPACT_MIGRATE_SCANNED, "compact_migrate_scanned")                  \
	X(COMPACT_FREE_SCANNED, "compact_free_scanned")                        \
	X(COMPACT_ISOLATED, "compact_isolated")                                \
	X(COMPACT_STALL, "compact_stall")                                      \
	X(COMPACT_FAIL, "compact_fail")                                        \
	X(COMPACT_SUCCESS, "compact_success")                                  \
	X(COMPACT_DAEMON_WAKE, "compact_daemon_wake")                          \
	X(COMPACT_DAEMON_MIGRATE_SCANNED, "compact_daemon_migrate_scanned")    \
	X(COMPACT_DAEMON_FREE_SCANNED, "compact_daemon_free_scanned")          \
	X(CMA_ALLOC_SUCCESS, "cma_alloc_success")                              \
	X(CMA_ALLOC_FAIL, "cma_alloc_fail")

enum vm_event {
#define X(name, text) VM_##name,
	VM_EVENTS(X)
#undef X
		NR_VM_EVENTS
};
extern const char *const vm_event_names[NR_VM_EVENTS];

struct memory {
	uint32_t *place;	  /* free_list_place() */
	uint8_t *state;		  /* [max_pfn]: enum page_state */
	uint8_t *pageblock_type;  /* zone by zone: pageblock_type() */
	uint16_t *pageblock_free; /* zone by zone: pageblock_free() */
	uint16_t *pageblock_zone; /* [pfn >> pageblock_order]: zone index */
	struct zone *zone;
	struct node *node;	       /* by ascending id */
	int16_t node_index[MAX_NODES]; /* id -> index in node[]; -1: none */
	node_t *cpu_node; /* [nr_cpus]; NODE_ANY: no CPU has that number */
	struct work work; /* of the call that is under way */
	uint64_t vm_event[NR_VM_EVENTS]; /* cumulative */

	/*
	 * The zone type of a request by its four zone flags, and -1 where the
	 * kernel forbids the combination: gfp_zone().
	 */
	int8_t gfp_zone[16];

	uint32_t max_pfn; /* one past the highest spanned frame */
	uint32_t nr_zones;
	uint32_t nr_nodes;
	uint32_t nr_cpus;	 /* one past the highest number */
	uint32_t nr_online_cpus; /* num_online_cpus(): numbers may have gaps */
	uint64_t managed_pages;	 /* of all zones: totalram_pages() */
	uint32_t nr_orders;
	uint32_t pageblock_order;
	uint32_t page_shift;
	uint32_t nr_pcp_lists;	 /* without huge pages, the last two are off */
	uint32_t pcp_max_order;	 /* of blocks on them, but for huge pages */
	uint32_t pcp_orders;	 /* bit o: they hold blocks of order o */
	gfp_t mobility_flags;	 /* flags that choose a migrate type */
	unsigned int zone_types; /* the kernel's: bit n, enum zone_type n */
	bool init_on_alloc;
	bool may_avoid_fragmentation; /* the kernel has ALLOC_NOFRAGMENT */
	bool has_cma;		      /* a pageblock is of MIGRATE_CMA */
	uint64_t boost_factor;	      /* watermark_boost_factor */
	const struct pressure_ops
		*pressure; /* who helps when memory is short */
	void *pressure_argument;
	const struct task_ops *tasks; /* who lets time pass */
	void *tasks_argument;
	cpu_t cpu;	       /* that runs the models' code now */
	uint32_t task;	       /* the name of the task that does; 0: not said */
	bool dying;	       /* that task has been killed */
	uint64_t switches;     /* times that another task has come in */
	struct folios *folios; /* reclaimable pages: models/reclaim/folio.h */
	struct reclaim *reclaim;	/* models/reclaim/reclaim.h */
	struct compaction *compaction;	/* models/compaction/compaction.h */
	struct block_capture *captures; /* who waits for a block: buddy.h */
	struct oom *oom;		/* models/reclaim/oom.h */
	struct far_locks far_zones;	/* of work.zones */
	struct far_locks far_nodes;	/* of work.nodes */
	struct contents *contents; /* borrowed; NULL: nobody reads memory */
	const struct machine_desc *desc; /* borrowed */

	size_t nr_blocks_mapped; /* entries of pageblock_zone[] */
	size_t nr_parts_mapped;	 /* entries of pageblock_type[], _free[] */
	size_t nr_places;
	uint32_t place_shift; /* 1: two buddies of order 0 share a place */
	uint32_t apart_place; /* where places of free_list.c begin that … */
	order_t apart_order;  /* … lie apart: of the largest order, or none */
	void *ring;	      /* all free lists */
	size_t ring_bytes;
	void *pcp_map; /* all per-CPU lists and their rings */
	size_t pcp_map_bytes;
};

#define ZONE_NONE 0xffff  /* pageblock_zone: no zone there */
#define ZONE_MIXED 0xfffe /* pageblock_zone: two zones meet in the block */

/* In pageblock_type(): the block is all hole. */
#define PAGEBLOCK_HOLE 0xff

/*
 * The type of the pageblock that holds a frame of the zone. A zone keeps the
 * types of its own blocks, as the kernel does without sparse memory: where
 * two zones meet within a block, each has a type for its part.
 */
static inline uint8_t *pageblock_type(const struct memory *memory,
				      const struct zone *zone, pfn_t pfn)
{
	return &memory->pageblock_type[(int64_t)(pfn >>
						 memory->pageblock_order) +
				       zone->block_bias];
}

/*
 * How many pages of that pageblock, or part, are on the zone's free lists:
 * those on per-CPU lists are not. Kept by buddy.c.
 */
static inline uint16_t *pageblock_free(const struct memory *memory,
				       const struct zone *zone, pfn_t pfn)
{
	return &memory->pageblock_free[(int64_t)(pfn >>
						 memory->pageblock_order) +
				       zone->block_bias];
}

/*
 * Pageblocks that the zone has a part of, holes included. The first begins at
 * zone_first_block_pfn(), which may lie below the zone's start.
 */
size_t zone_nr_pageblocks(const struct memory *memory, const struct zone *zone);
static inline pfn_t zone_first_block_pfn(const struct memory *memory,
					 const struct zone *zone)
{
	return zone->start_pfn & ~((1u << memory->pageblock_order) - 1);
}

/*
 * Builds the machine in its initial state. `seed` places what the initial
 * state gives only as counts. NULL with an error added: the initial state
 * contradicts itself or the zones (ERROR_INPUT was for configs/ to find, what
 * is left here is reported the same way without a place), or the host has no
 * memory. `desc` is borrowed until memory_free().
 */
struct memory *memory_new(const struct machine_desc *desc, uint64_t seed,
			  struct errors *errors);
void memory_free(struct memory *memory);

/* memory_zone_of() where zones meet within a pageblock, or in none of them. */
struct zone *memory_zone_in_mixed(const struct memory *memory, pfn_t pfn);

/* The zone of a frame, or NULL where there is no memory. */
static inline struct zone *memory_zone_of(const struct memory *memory,
					  pfn_t pfn)
{
	uint16_t owner;

	if (pfn >= memory->max_pfn)
		return NULL;
	owner = memory->pageblock_zone[pfn >> memory->pageblock_order];
	if (__builtin_expect(owner < memory->nr_zones, 1))
		return &memory->zone[owner];
	return memory_zone_in_mixed(memory, pfn);
}

/* The zone of this type on a node, by the node's id; NULL: there is none. */
struct zone *memory_find_zone(const struct memory *memory, node_t node,
			      enum zone_type type);

/* CPUs that there are besides the one that asks: those it may interrupt. */
uint32_t memory_other_cpus(const struct memory *memory);

/* The zone's lock is taken: zone->lock. */
static inline void zone_lock(struct memory *memory, const struct zone *zone)
{
	lock_set_add(&memory->work.zones, &memory->far_zones, zone->index);
}

/* Free pages on the zone's lists, counted exactly (without per-CPU lists). */
uint64_t zone_free_pages(const struct zone *zone);
/* Free blocks of an order, of all migrate types. */
uint64_t zone_nr_free(const struct zone *zone, unsigned int order);
/* Pages on the per-CPU lists of all CPUs. */
uint64_t zone_pcp_pages(const struct memory *memory, const struct zone *zone);
/* The counter as the kernel reads it: never below 0. */
static inline uint64_t zone_counted_free_pages(const struct zone *zone)
{
	return zone->nr_free_pages > 0 ? zone->nr_free_pages : 0;
}

/* The counter with every CPU's share: zone_page_state_snapshot(). */
uint64_t zone_exact_free_pages(const struct memory *memory,
			       const struct zone *zone);

/* The same two for NR_FREE_CMA_PAGES. */
static inline uint64_t zone_counted_free_cma_pages(const struct zone *zone)
{
	return zone->nr_free_cma_pages > 0 ? zone->nr_free_cma_pages : 0;
}
uint64_t zone_exact_free_cma_pages(const struct memory *memory,
				   const struct zone *zone);
/* Pageblocks of the zone by type; holes are not counted. */
void zone_count_pageblocks(const struct memory *memory, const struct zone *zone,
			   uint64_t count[NR_MIGRATETYPES]);

/*
 * Pages of the pageblocks whose type is MIGRATE_HIGHATOMIC, each counted
 * whole: what nr_reserved_highatomic is.
 */
uint64_t zone_highatomic_pages(const struct memory *memory,
			       const struct zone *zone);

/*
 * Recounts everything from first principles: each page is in exactly one
 * place, counts agree with lists, buddies are merged, per-CPU counts agree.
 * Returns true, or false with the first contradiction in `why`.
 */
bool memory_validate(const struct memory *memory, char *why, size_t size);

#endif
