/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_MACHINE_H
#define KMEMSIM_MODELS_MACHINE_H

/*
 * The machine to simulate, as data: what configs/ reads from YAML and the
 * models are built from. Plain values, no behaviour; whoever fills it owns
 * its arrays and keeps them until the models are freed.
 */

#include "models/types.h"
#include "models/work.h"

enum wmark { WMARK_MIN, WMARK_LOW, WMARK_HIGH, NR_WMARK };

/* Pages [start_pfn, start_pfn + pages) that are no memory. */
struct hole_desc {
	uint64_t start_pfn;
	uint64_t pages;
};

/*
 * Pages of a zone that are on its node's LRU lists at the start, one folio
 * each: models/initial/initial_lru.h.
 */
struct lru_desc {
	uint64_t inactive_anon;
	uint64_t active_anon;
	uint64_t inactive_file;
	uint64_t active_file;
	uint64_t unevictable;
	uint64_t dirty; /* of the page cache, or as much as there is */
};

/*
 * All page counts are in pages of the machine. What is not given (has_… is
 * false) is computed by the kernel's own formulas: models/page/watermark.h.
 */
/* A batch is doubled at most this many times: CONFIG_PCP_BATCH_SCALE_MAX. */
#define PCP_BATCH_SCALE_MAX 5
/* So that doubling a batch as often does not overflow. */
#define PCP_PAGES_MAX (INT32_MAX >> PCP_BATCH_SCALE_MAX)

struct zone_desc {
	enum zone_type type;
	uint64_t start_pfn;
	uint64_t spanned_pages;
	uint64_t present_pages; /* ≤ spanned; the rest are holes */
	uint64_t managed_pages; /* ≤ present; the rest was taken at boot */
	/*
	 * Part of managed: what the kernel gave back (its init sections, the
	 * initial ramdisk) after it had computed watermarks, reserves and
	 * batches, which therefore don't know of it.
	 */
	uint64_t freed_after_boot_pages;
	struct hole_desc *holes; /* spanned - present pages in all */
	size_t nr_holes;

	bool has_watermarks;
	uint64_t watermark[NR_WMARK];
	bool has_lowmem_reserve;
	uint64_t lowmem_reserve[NR_ZONE_TYPES]; /* by the request's zone */
	bool has_pcp;
	bool pcp_high_auto;	  /* with has_pcp: by the kernel's formula */
	bool pcp_batch_auto;	  /* the same */
	uint32_t pcp_high;	  /* pages, up to PCP_PAGES_MAX */
	uint32_t pcp_batch;	  /* the same */
	uint32_t pcp_free_factor; /* up to PCP_BATCH_SCALE_MAX */
	bool has_nr_free_pages;
	int64_t nr_free_pages;	  /* the counter, where it lags the lists */
	uint64_t watermark_boost; /* pages, on top of the marks at the start */
	bool has_lru; /* false: what the pages in use are is not known */
	struct lru_desc lru;
};

struct node_desc {
	node_t id;
	cpu_t *cpus;
	size_t nr_cpus;
	struct zone_desc *zones; /* lowest addresses first */
	size_t nr_zones;
	/* To node `id` n; 10 is local. 0: not given, 10 or 20. */
	uint32_t distance[MAX_NODES];
};

struct sysctl_desc {
	bool has_min_free_kbytes; /* false: auto */
	uint64_t min_free_kbytes;
	uint32_t watermark_scale_factor; /* of 10000 */
	uint32_t watermark_boost_factor; /* of 10000; 0: no boosting */
	uint32_t lowmem_reserve_ratio[NR_ZONE_TYPES]; /* by zone; 0: none */
	uint32_t percpu_pagelist_high_fraction;	      /* 0: by watermark */
	uint32_t extfrag_threshold;		      /* thousandths */
	uint32_t swappiness;		 /* 0…200: anonymous memory's share */
	uint32_t zone_reclaim_mode;	 /* bits: 1 reclaim, 2 write, 4 unmap */
	uint32_t min_unmapped_ratio;	 /* per cent of a node's pages */
	uint32_t min_slab_ratio;	 /* per cent of a node's pages */
	uint32_t dirty_ratio;		 /* per cent of what can be dirty */
	uint32_t dirty_background_ratio; /* per cent of what can be dirty */
	uint32_t compaction_proactiveness; /* 0…100; 0: none */
	uint32_t vfs_cache_pressure;	   /* per cent, of shrinkers' counts */
};

/* Where page cache or anonymous memory goes to and comes from. */
struct device_desc {
	uint64_t latency_ns;  /* of a request on an idle device */
	uint64_t bytes_per_s; /* above that requests queue */
};

/*
 * The flavours of slab allocators, one per line: SLAB_ALLOCATOR_…, its
 * functions (`struct slab_flavour_ops …_ops`), and its word in a config.
 */
#define SLAB_ALLOCATORS(X)                                                     \
	X(SLUB, slub, "slub")                                                  \
	X(SLAB, aslab, "slab")

enum slab_allocator {
#define X(value, functions, word) SLAB_ALLOCATOR_##value,
	SLAB_ALLOCATORS(X)
#undef X
};

/*
 * Which kernel's SLAB it is: models/slab/aslab_layout.c has what that changes.
 */
enum slab_rules { SLAB_RULES_6_1, SLAB_RULES_2_6 };

/* The families of kmalloc caches. */
enum kmalloc_type {
	KMALLOC_NORMAL,
	KMALLOC_CGROUP,
	KMALLOC_RECLAIM,
	KMALLOC_DMA,
	NR_KMALLOC_TYPES
};

/* Which caches kmalloc() has. All zeros: those of Linux 6.1. */
struct kmalloc_desc {
	uint32_t smallest;     /* bytes, 2^n; 0: 8 with SLUB, 32 with SLAB */
	uint32_t largest;      /* bytes, 2^n; 0: two pages */
	bool no_96;	       /* no class of 96 bytes… */
	bool no_192;	       /* …or of 192, between the powers of two */
	unsigned int families; /* bit n: enum kmalloc_type n; 0: all */
	bool refuse_larger;    /* fails above `largest`; else takes pages */
	bool zero_is_smallest; /* kmalloc(0) gives an object */
	bool old_names;	       /* size-32, size-32(DMA); else kmalloc-32 */
};

/* Free blocks at the start, in list order, head first. */
struct free_block_desc {
	node_t node;
	enum zone_type zone;
	enum migratetype migratetype;
	order_t order;
	pfn_t pfn;
};

/* A run of pageblocks: to the next run's start_pfn or the zone's end. */
struct pageblock_run_desc {
	node_t node;
	enum zone_type zone;
	pfn_t start_pfn;
	enum migratetype migratetype;
	bool hole; /* no memory here; migratetype is meaningless */
};

/* Counts of free blocks, placed by seed. */
struct free_count_desc {
	node_t node;
	enum zone_type zone;
	bool any_migratetype; /* from buddyinfo, which does not say */
	enum migratetype migratetype;
	order_t order;
	uint64_t nr_free;
};

/* Counts of pageblocks, from pagetypeinfo. */
struct pageblock_count_desc {
	node_t node;
	enum zone_type zone;
	enum migratetype migratetype;
	uint64_t nr_blocks;
};

/* A busy range of vmalloc space: offsets from VMALLOC_START, guard included. */
struct vmap_area_desc {
	uint64_t start;
	uint64_t end;
};

/*
 * A contiguous memory area (CMA): whole pageblocks of one zone, for movable
 * pages until a device needs them. The first without a node of its own is
 * the default one; one with a node is that node's (cma= and cma_pernuma= on
 * the kernel's command line).
 */
#define CMA_NAME_MAX 64	 /* with the NUL */
#define CMA_AREAS_MAX 20 /* as CONFIG_CMA_AREAS=19 has them */

struct cma_desc {
	char name[CMA_NAME_MAX];
	node_t node; /* NODE_ANY: for devices of all nodes */
	pfn_t start_pfn;
	uint32_t pages;
};

/*
 * How memory looks before the first call. With `free_blocks` it is exact;
 * with `free_counts` as /proc told, places drawn by seed; with neither it is
 * a machine just booted, everything free and movable.
 */
struct initial_state_desc {
	bool exact;
	struct free_block_desc *free_blocks;
	size_t nr_free_blocks;
	struct pageblock_run_desc *pageblocks;
	size_t nr_pageblocks;
	struct free_count_desc *free_counts;
	size_t nr_free_counts;
	struct pageblock_count_desc *pageblock_counts;
	size_t nr_pageblock_counts;
	struct vmap_area_desc *vmap_areas;
	size_t nr_vmap_areas;
};

/*
 * What work costs, by its kind, in thousandths of a nanosecond a unit. The
 * models don't look at it: the engine turns the work that they count into
 * time. All zeros: calls take no time.
 */
#define COST_UNITS_PER_NS 1000
#define COST_MULTIPLIER_ONE 1000
struct cost_desc {
	uint32_t work[WORK_SLOTS]; /* by enum work_kind; the rest are 0 */
	uint32_t multiplier;	   /* of the sum, in thousandths */
};

/*
 * Who gets a CPU. A workload says when calls are made, but not what their
 * callers do in between, nor who they are. A caller that calls again soon is
 * taken to have kept the CPU.
 */
struct scheduler_desc {
	uint64_t keeps_cpu_ns; /* so soon: kernel tasks wait for a longer gap */
	uint64_t slice_ns; /* a kernel task waits for a CPU at most this long */
	/*
	 * Callers are such: they never wait for reclaim, nor until fewer pages
	 * are isolated, nor keep the block that their compaction frees.
	 */
	bool kernel_threads;
};

struct machine_desc {
	struct cost_desc costs;
	uint32_t page_shift;	  /* 12…16 */
	uint32_t nr_orders;	  /* free lists of orders 0…nr_orders-1 */
	uint32_t pageblock_order; /* < nr_orders */
	unsigned int zone_types; /* the kernel's zones: bit n, enum zone_type */
	bool zone_device; /* and one above them for devices' memory: empty */
	uint64_t zone_floor
		[NR_ZONE_TYPES]; /* bytes: where a sized zone starts */
	uint64_t zone_limit[NR_ZONE_TYPES]; /* bytes; 0: no limit */
	bool transparent_hugepage; /* pageblock_order goes through pcp lists */
	bool numa;		   /* zonelists by distance; else by number */
	bool init_on_alloc;	   /* each page handed out is cleared */
	bool no_mobility_grouping; /* one kind of pageblocks: unmovable */
	uint32_t pcp_orders;   /* per-CPU lists of orders below; 0: below 4 */
	uint32_t address_bits; /* of a pointer: 32 or 64 */
	uint64_t page_offset;  /* the linear map's start */
	uint64_t vmalloc_start;
	uint64_t vmalloc_size; /* bytes */
	uint64_t kmap_start;   /* of the slots for HighMem pages */
	uint32_t kmap_slots;   /* a power of two; 0: kernel without HighMem */
	enum slab_allocator slab_allocator;
	bool slab_merge;	    /* like caches share their slabs */
	enum slab_rules slab_rules; /* of SLAB; SLUB is that of 6.1 */
	struct kmalloc_desc kmalloc;
	struct sysctl_desc sysctl;
	/*
	 * Memory for devices has to be mapped in another way than the CPU's,
	 * which may sleep: who can't, takes from pools made at boot.
	 */
	bool dma_needs_pool;
	uint64_t dma_pool_bytes; /* of each pool; 0: by the memory's size */
	struct cma_desc *cma;
	size_t nr_cma;
	struct device_desc disk; /* where page cache is read and written */
	struct device_desc swap; /* the same for anonymous memory */
	uint64_t swap_bytes;	 /* 0: there is no swap */
	struct scheduler_desc scheduler;
	struct node_desc *nodes; /* by ascending id */
	size_t nr_nodes;
	struct initial_state_desc initial;
};

#endif
